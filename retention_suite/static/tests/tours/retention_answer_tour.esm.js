import {registry} from "@web/core/registry";
import {gone, openRetention, row} from "@retention_suite/../tests/tours/retention_tour_utils.esm";

/*
 * Messages that wait, the oldest first: one needs no answer, another is answered
 * in Odoo's composer, which takes it off the list at once.
 */
registry.category("web_tour.tours").add("retention_answer_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention("retention_alert_unanswered_menu"),
        {
            content: "the oldest comes first, with its reason",
            trigger: `.o_data_row:first:contains("Azur"):contains("is unanswered for")`,
        },
        {
            content: "this one needs no answer",
            trigger: `${row("Boreal")} button[name=action_no_answer]`,
            run: "click",
        },
        {content: "it is gone", trigger: gone("Boreal")},
        {
            content: "answer the other",
            trigger: `${row("Azur")} button[name=action_answer]`,
            run: "click",
        },
        {
            content: "write the answer",
            trigger: ".modal .o_field_widget[name=body] .odoo-editor-editable",
            run: "editor We come on Friday",
        },
        {
            content: "send it",
            trigger: ".modal .o_mail_send:enabled",
            run: "click",
        },
        {
            content: "nothing is left, and the screen says so",
            trigger: ".o_view_nocontent",
        },
    ],
});
