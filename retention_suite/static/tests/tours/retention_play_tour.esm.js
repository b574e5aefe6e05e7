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
