import {openRetention, row} from "@retention_suite/../tests/tours/retention_tour_utils.esm";
import {registry} from "@web/core/registry";

/*
 * What a play did: from the menu to the list, and from there to the figures of both
 * groups and the verdict in words.
 */
registry.category("web_tour.tours").add("retention_play_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention("retention_report_menu"),
        {
            content: "what plays did",
            trigger: '[data-menu-xmlid="retention_suite.retention_play_verdict_menu"]',
            run: "click",
        },
        {
            content: "the list says it in a word",
            trigger: `${row("Tour: wake them up")}:contains("Helps"):contains("20.0 points")`,
        },
        {
            content: "open the play",
            trigger: `${row("Tour: wake them up")} td[name=name]`,
            run: "click",
        },
        {
            content: "look at what it did",
            trigger: '.o_notebook .nav-link:contains("What it did")',
            run: "click",
        },
        {
            content: "the verdict in words",
            trigger: '.alert-success:contains("20.0 more come back")',
        },
        {
            content: "the difference with its interval",
            trigger: '.o_field_widget[name=difference_text]:contains("5.2 to 33.4")',
        },
        {
            content: "open the customers behind the figures",
            trigger: "button[name=action_open_members]",
            run: "click",
        },
        {
            content: "they are listed",
            trigger: '.o_list_view .o_data_row:contains("Left Out")',
        },
    ],
});

/*
 * A salesperson starts a play for many customers, and sees how far it is.
 */
registry.category("web_tour.tours").add("retention_play_start_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention("retention_profile_menu"),
        {
            content: "they are listed",
            trigger: row("Tour customer 30"),
        },
        {
            content: "tick all customers",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "what can be done with them",
            trigger: ".o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            content: "start a play",
            trigger: '.o-dropdown--menu .o_menu_item:contains("Start a play")',
            run: "click",
        },
        {
            content: "choose it",
            trigger: ".modal .o_field_widget[name=play_id] input",
            run: "edit Tour: wake them up",
        },
        {
            content: "from the list",
            trigger: '.ui-autocomplete .dropdown-item:contains("Tour: wake them up")',
            run: "click",
        },
        {
            content: "who does not fit, and why",
            trigger:
                '.modal .o_field_widget[name=text]:contains("31 customers are chosen. 1 of them"):contains("have not left silently: 1")',
        },
        {
            content: "start it",
            trigger: ".modal button[name=action_start]",
            run: "click",
        },
        {
            content: "how far it is",
            trigger:
                '.modal .o_field_widget[name=start_text]:contains("0 of 30 customers done")',
        },
        {
            content: "look again",
            trigger: ".modal button[name=action_look_again]",
            run: "click",
        },
        {
            content: "who takes part",
            trigger: ".modal button[name=action_view_customers]",
            run: "click",
        },
        {
            content: "they wait to be started",
            trigger:
                '.o_list_view .o_data_row:contains("Tour customer"):contains("Waits to Be Started")',
        },
    ],
});
