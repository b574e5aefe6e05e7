import {registry} from "@web/core/registry";
import {openRetention, row} from "@retention_suite/../tests/tours/retention_tour_utils.esm";

/* Marketing gives an opportunity away. */
registry.category("web_tour.tours").add("retention_handover_give_tour", {
    steps: () => [
        {
            content: "hand it over",
            trigger: "button[name=action_retention_hand_over]",
            run: "click",
        },
        {
            content: "to a colleague",
            trigger: ".modal .o_field_widget[name=user_id] input",
            run: "edit Robert",
        },
        {
            content: "choose the colleague",
            trigger: '.o-autocomplete--dropdown-item a:contains("Robert Receiver")',
            run: "click",
        },
        {
            content: "hand it over",
            trigger: ".modal button[name=action_hand_over]",
            run: "click",
        },
        {
            content: "who lost sight of the lead sees what becomes of it",
            trigger: '.o_data_row:contains("Offered to Robert Receiver")',
        },
    ],
});

/* Sales sees what was offered, accepts one lead and returns the other. */
registry.category("web_tour.tours").add("retention_handover_receive_tour", {
    steps: () => [
        ...openRetention("retention_handover_menu"),
        {
            content: "the line says how things stand",
            trigger: `${row("Azur")}:contains("Offered to Robert Receiver")`,
        },
        {
            content: "accept it",
            trigger: `${row("Azur")} button[name=action_accept]`,
            run: "click",
        },
        {
            content: "it is accepted",
            trigger: `${row("Azur")}:contains("Accepted by Robert Receiver")`,
        },
        {
            content: "open the other",
            trigger: `${row("Boreal")} .o_data_cell[name=lead_id]`,
            run: "click",
        },
        {
            content: "go to its opportunity",
            trigger: ".o_form_view button[name=action_open_lead]",
            run: "click",
        },
        {
            content: "the strip tells the same; return it",
            trigger:
                '.o_retention_handover:contains("Offered to Robert Receiver") button[name=action_retention_return]',
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit No budget",
        },
        {
            content: "choose the reason",
            trigger: '.o-autocomplete--dropdown-item a:contains("No budget")',
            run: "click",
        },
        {
            content: "return it on the day that is proposed",
            trigger: ".modal button[name=action_return]",
            run: "click",
        },
        {
            content: "the strip says when it is taken up again",
            trigger: '.o_retention_handover:contains("to resume on")',
        },
    ],
});

/* Marketing sees what became of both, and takes one back. */
registry.category("web_tour.tours").add("retention_handover_take_back_tour", {
    steps: () => [
        ...openRetention("retention_handover_menu"),
        {
            content: "take it back",
            trigger: `${row("Azur")} button[name=action_take_back]`,
            run: "click",
        },
        {
            content: "confirm",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "nothing is under way any more, and the screen says so",
            trigger: ".o_view_nocontent",
        },
    ],
});
