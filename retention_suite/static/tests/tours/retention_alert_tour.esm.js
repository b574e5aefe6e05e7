import {registry} from "@web/core/registry";
import {gone, openRetention, row} from "@retention_suite/../tests/tours/retention_tour_utils.esm";

/*
 * The whole life of what is to do: it waits with its reason, is snoozed and
 * comes back, is dismissed with a reason, and is done by logging a contact,
 * which the customer's timeline shows.
 */
registry.category("web_tour.tours").add("retention_alert_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention("retention_alert_menu"),
        {
            content: "the line says who and why",
            trigger: `${row("Azur")}:contains("No personal contact")`,
        },
        {
            content: "snooze one",
            trigger: `${row("Boreal")} button[name=action_snooze]`,
            run: "click",
        },
        {
            content: "until the day that is proposed",
            trigger: ".modal button[name=action_snooze]",
            run: "click",
        },
        {content: "it waits out of sight", trigger: gone("Boreal")},
        {
            content: "dismiss another",
            trigger: `${row("Cedar")} button[name=action_dismiss]`,
            run: "click",
        },
        {
            content: "a reason is asked for",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Moved abroad",
        },
        {
            content: "dismiss it",
            trigger: ".modal button[name=action_dismiss]",
            run: "click",
        },
        {content: "it is gone", trigger: gone("Cedar")},
        {
            content: "log a talk with the third",
            trigger: `${row("Azur")} button[name=action_log_contact]`,
            run: "click",
        },
        {
            content: "say what it was about",
            trigger: ".modal .o_field_widget[name=summary] input",
            run: "edit Met at the fair",
        },
        {
            content: "log it",
            trigger: ".modal button[name=action_log]",
            run: "click",
        },
        {
            content: "nothing is left to do, and the screen says so",
            trigger: ".o_view_nocontent",
        },
        {
            content: "open the customers",
            trigger:
                '[data-menu-xmlid="retention_suite.retention_profile_menu"]',
            run: "click",
        },
        {
            content: "open the customer",
            trigger: `${row("Azur")} .o_data_cell[name=partner_id]`,
            run: "click",
        },
        {
            content: "the timeline shows the talk",
            trigger: '.o_form_view .o_kanban_record:contains("Met at the fair")',
        },
    ],
});
