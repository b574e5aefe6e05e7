import {registry} from "@web/core/registry";
import {openRetention} from "@retention_suite/../tests/tours/retention_tour_utils.esm";

const column = (name) => `.o_kanban_group:has(.o_column_title:contains("${name}"))`;
const card = (name) => `.o_kanban_record:contains("${name}")`;

/*
 * A customer is dragged to another stage and kept there, and the journey tells
 * who moved it and why.
 */
registry.category("web_tour.tours").add("retention_journey_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention("retention_journey_menu"),
        {
            content: "drag the customer from its stage to another",
            trigger: `${column("Prospect")} ${card("Azur")}`,
            run: `drag_and_drop(${column("Onboarding")})`,
        },
        {
            content: "it is there",
            trigger: `${column("Onboarding")} ${card("Azur")}`,
        },
        {
            content: "keep it there",
            trigger: ".o_notification button:contains(Keep here until)",
            run: "click",
        },
        {
            content: "until a day",
            trigger: ".modal .o_field_widget[name=keep_date] input",
            run: "edit 12/31/2099",
        },
        {
            content: "and no longer",
            trigger: ".modal footer button[name=action_move]:contains(Keep there)",
            run: "click",
        },
        {
            content: "the card says so",
            trigger: `body:not(:has(.modal)) ${card("Azur")}:contains("kept until")`,
        },
        {
            content: "open the customer",
            trigger: `${column("Onboarding")} ${card("Azur")}`,
            run: "click",
        },
        {
            content: "open its journey",
            trigger: "a[name=journey]",
            run: "click",
        },
        {
            content: "it tells who moved it",
            trigger: '.o_field_widget[name=transition_ids]:contains("Moved by Sally")',
        },
    ],
});
