import {registry} from "@web/core/registry";

/* A customer gets a link in the portal. */
registry.category("web_tour.tours").add("retention_refer_share_tour", {
    steps: () => [
        {
            content: "there is none yet",
            trigger: 'form[action="/my/recommendations/link"] button',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it can be copied",
            trigger: ".o_retention_copy[data-link*='/refer/']",
        },
        {
            content: "or sent, from where customers send",
            trigger: 'a[href^="https://wa.me/"]',
        },
        {
            content: "or shown",
            trigger: 'img[src^="data:image/svg+xml"]',
        },
    ],
});

/* A salesperson thanks, from the list of those not thanked yet. */
registry.category("web_tour.tours").add("retention_refer_thank_tour", {
    steps: () => [
        {
            content: "it waits for thanks",
            trigger: '.o_data_row:contains("Carl Friend") button[name=action_thank]',
            run: "click",
        },
        {
            content: "how it was done",
            trigger: ".modal .o_field_widget[name=kind] input[data-value=gift]",
            run: "click",
        },
        {
            content: "with what",
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit A cake",
        },
        {
            content: "done",
            trigger: ".modal button[name=action_thank]",
            run: "click",
        },
        {
            content: "nobody waits any more",
            trigger: '.o_list_view:not(:has(.o_data_row:contains("Carl Friend")))',
        },
    ],
});
