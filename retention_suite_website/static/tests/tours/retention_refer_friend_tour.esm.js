import {registry} from "@web/core/registry";

/* A friend asks for something, on a phone. */
registry.category("web_tour.tours").add("retention_refer_friend_tour", {
    steps: () => [
        {
            content: "it says who recommends",
            trigger: '.o_retention_refer:contains("Anna recommends")',
        },
        {
            content: "the name",
            trigger: "input[name=name]",
            run: "edit Carl Friend",
        },
        {
            content: "how to be reached",
            trigger: "input[name=email]",
            run: "edit carl@friend.example",
        },
        {
            content: "what about",
            trigger: "textarea[name=message]",
            run: "edit Please call me.",
        },
        {
            content: "agreed",
            trigger: "input[name=consent]",
            run: "check",
        },
        {
            content: "send it",
            trigger: ".o_retention_refer button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "thank you",
            trigger: '.o_retention_refer:contains("Thank you"):not(:has(form))',
        },
    ],
});
