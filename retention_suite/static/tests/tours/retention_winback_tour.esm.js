import {registry} from "@web/core/registry";
import {openRetention} from "@retention_suite/../tests/tours/retention_tour_utils.esm";

const column = (name) => `.o_kanban_group:has(.o_column_title:contains("${name}"))`;
const card = (name) => `.o_kanban_record:contains("${name}")`;

/* A customer cancels in the portal. */
registry.category("web_tour.tours").add("retention_winback_cancel_tour", {
    steps: () => [
        {
            content: "the page is found under My Account",
            trigger: '.o_portal_docs a[href="/my/cancellation"]',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "why",
            trigger: "select[name=reason_id]",
            run: "selectByLabel Not satisfied with the quality",
        },
        {
            content: "what would help",
            trigger: "textarea[name=wish]",
            run: "edit Faster answers",
        },
        {
            content: "cancel",
            trigger: 'form[action="/my/cancellation/send"] button[type=submit]',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "there is a receipt",
            trigger: 'p:contains("We have received your cancellation")',
        },
    ],
});

/* A salesperson wins the customer back. */
registry.category("web_tour.tours").add("retention_winback_tour", {
    steps: () => [
        {
            content: "the case is on the board",
            trigger: '.o_kanban_record:contains("Azur")',
            run: "click",
        },
        {
            content: "somebody has to call today",
            trigger: '.o-mail-Activity:contains("Call about the cancellation")',
        },
        {
            content: "what the customer wishes",
            trigger: ".o_field_widget[name=wish]:contains(Faster), .o_field_widget[name=wish] textarea",
        },
        {
            content: "they stay",
            trigger: ".o_form_view button[name=action_won]:visible",
            run: "click",
        },
        {
            content: "what helped",
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit We answer within a day",
        },
        {
            content: "the reason is known already",
            trigger: ".modal button[name=action_close]",
            run: "click",
        },
        {
            content: "the watch begins",
            trigger: ".o_form_view .o_field_widget[name=loyalty_until]",
        },
    ],
});

/* A customer is dragged to the lost: the case that this opens is one click away. */
registry.category("web_tour.tours").add("retention_winback_lost_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention("retention_journey_menu"),
        {
            content: "drag the customer to the lost",
            trigger: `${column("Active")} ${card("Azur")}`,
            run: `drag_and_drop(${column("Lost")})`,
        },
        {
            content: "a case was opened",
            trigger: '.o_notification:contains("A win-back case was opened for Azur")',
        },
        {
            content: "look at it",
            trigger: '.o_notification button:contains("Open the case")',
            run: "click",
        },
        {
            content: "somebody has to call today",
            trigger: '.o_form_view .o-mail-Activity:contains("Ask why they left")',
        },
    ],
});
