import {registry} from "@web/core/registry";
import {openRetention, row} from "@retention_suite/../tests/tours/retention_tour_utils.esm";

/* A salesperson notes who recommended us to a lead, finds it under Referrals, and
 * notes whom the same customer told about us besides. */
registry.category("web_tour.tours").add("retention_referral_tour", {
    steps: () => [
        {
            content: "somebody told them about us",
            trigger: "button[name=action_retention_recommended_by]",
            run: "click",
        },
        {
            content: "who",
            trigger: ".modal .o_field_widget[name=referrer_id] input",
            run: "edit Azur",
        },
        {
            content: "choose the customer",
            trigger: '.o-autocomplete--dropdown-item a:contains("Azur Advocates")',
            run: "click",
        },
        {
            content: "why",
            trigger: ".modal .o_field_widget[name=reason_ids] input",
            run: "edit Good service",
        },
        {
            content: "choose the reason",
            trigger: '.o-autocomplete--dropdown-item a:contains("Good service")',
            run: "click",
        },
        {
            content: "that is all",
            trigger: ".modal button[name=action_record]",
            run: "click",
        },
        {
            content: "the lead says by whom it came; open it",
            trigger: '.o_retention_recommended:contains("Azur Advocates")',
            run: "click",
        },
        {
            content: "the whole story",
            trigger:
                '.o_form_view .o_retention_name:contains("Azur Advocates recommended us to Bo Boreal")',
        },
        ...openRetention("retention_referral_root_menu"),
        {
            content: "all of mine",
            trigger:
                '.dropdown-item[data-menu-xmlid="retention_suite.retention_referral_menu"]',
            run: "click",
        },
        {
            content: "it is in the list, with the reason",
            trigger: `${row("Bo Boreal")}:contains("Good service")`,
        },
        ...openRetention("retention_profile_menu"),
        {
            content: "the customer who recommends",
            trigger: `${row("Azur Advocates")} .o_data_cell[name=partner_id]`,
            run: "click",
        },
        {
            content: "told somebody else, too",
            trigger: "button[name=action_recommend]",
            run: "click",
        },
        {
            content: "whom",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Carl Cabinet",
        },
        {
            content: "how to reach them",
            trigger: ".modal .o_field_widget[name=email] input",
            run: "edit carl@cabinet.example",
        },
        {
            content: "save it",
            trigger: ".modal .modal-footer button[name=action_recommend]",
            run: "click",
        },
        {
            content: "what was done is said",
            trigger: '.o_notification:contains("Sam Seller gets in touch")',
        },
        {
            content: "both are with the customer",
            trigger: ".o_form_view a[name=referrals]",
            run: "click",
        },
        {
            content: "the one just noted",
            trigger: '.o_field_widget[name=given_referral_ids] .o_data_row:contains("Carl Cabinet")',
        },
    ],
});
