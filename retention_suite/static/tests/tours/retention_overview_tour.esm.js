import {openRetention, row} from "@retention_suite/../tests/tours/retention_tour_utils.esm";
import {registry} from "@web/core/registry";

const block = (name) => `.o_retention_block[data-block=${name}]`;
const tile = (key) => `.o_retention_tile[data-key=${key}]`;

/** Back to the overview, which is as it was left. */
const back = (state) => [
    {
        content: "the records behind it are listed",
        trigger: ".o_list_view .o_data_row",
    },
    {
        content: "go back",
        trigger: '.o_breadcrumb a:contains("Overview")',
        run: "click",
    },
    {content: "the overview is as it was left", trigger: state},
];

const thisYear = ".o_retention_period[data-period=year]";

/*
 * A manager looks at the year, and at what is behind a figure, a part of the chart
 * and a loss.
 */
registry.category("web_tour.tours").add("retention_overview_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "the app opens on the overview, the advocate rate first",
            trigger: `.o_retention_tile:first${tile("advocate_rate").slice(17)}`,
        },
        {
            content: "choose another period",
            trigger: ".o_retention_period[data-period=month]",
            run: "click",
        },
        {
            content: "the year",
            trigger: ".o-dropdown--menu [data-period=year]",
            run: "click",
        },
        {content: "it is the year", trigger: thisYear},
        {
            content: "a figure says how it is counted, to the keyboard as well",
            trigger: `${tile("churn_rate")} .o_retention_help`,
            run: ({anchor}) => anchor.focus(),
        },
        {content: "the formula", trigger: ".o-tooltip"},
        {
            content: "who is behind a figure",
            trigger: `${tile("churn_rate")} .o_retention_tile_value`,
            run: "click",
        },
        ...back(thisYear),
        {
            content: "read the chart as a table",
            trigger: ".o_retention_stock:has(canvas) .o_retention_as_table",
            run: "click",
        },
        {
            content: "who is behind a part of it",
            trigger: ".o_retention_stock_table tbody tr:last button:first",
            run: "click",
        },
        ...back(thisYear),
        {
            content: "who left for a reason",
            trigger: `${block("losses")} .o_retention_bar:contains("Competitor"):contains("1 lost")`,
            run: "click",
        },
        ...back(thisYear),
        {
            content: "one salesperson's customers only",
            trigger: ".o_retention_who button",
            run: "click",
        },
        {
            content: "who has none",
            trigger: '.o_select_menu_menu .o_select_menu_item:contains("Nora Newcomer")',
            run: "click",
        },
        {
            content: "nobody of theirs was lost",
            trigger: `${block("losses")} .o_retention_block_empty`,
        },
    ],
});

/*
 * A salesperson sees own customers only, and gets to what is to be done.
 */
registry.category("web_tour.tours").add("retention_overview_own_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "nobody else can be chosen, and nothing is to be set up",
            trigger:
                ".o_retention_overview:not(:has(button.o_select_menu_toggler)):not(:has(.o_retention_onboarding))",
        },
        {
            content: "own customers only",
            trigger: `${block("today")}:contains("Azur"):not(:contains("Boreal"))`,
        },
        {
            content: "one click to what is to be done",
            trigger: `${block("today")} button:contains("Azur")`,
            run: "click",
        },
        {
            content: "it is open",
            trigger: '.o_form_view:contains("Azur")',
        },
    ],
});

/*
 * Without customers the overview says what to do first.
 */
registry.category("web_tour.tours").add("retention_overview_empty_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "it says what to do",
            trigger: '.o_retention_start:contains("no customers to look after yet")',
        },
        {
            content: "and leads there",
            trigger: '.o_retention_start button:contains("Customers")',
            run: "click",
        },
        {content: "the customers", trigger: ".o_list_view"},
    ],
});

/*
 * A part that fails says so, and leaves the others alone.
 */
registry.category("web_tour.tours").add("retention_overview_failing_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "the others are there",
            trigger: `.o_retention_overview:has(${tile("churn_rate")}):has(${block("stages")} .o_retention_bar)`,
        },
        {
            content: "one is not, and says why",
            trigger: `${block("losses")} .o_retention_block_error:contains("Gone fishing")`,
        },
        {
            content: "try again",
            trigger: `${block("losses")} .o_retention_block_error button`,
            run: "click",
        },
        {
            content: "now it is there",
            trigger: `${block("losses")} .o_retention_bar`,
        },
    ],
});

/*
 * A manager takes the figures along, then a long workbook from the menu.
 */
registry.category("web_tour.tours").add("retention_workbook_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "take it along",
            trigger: ".o_retention_overview .o_retention_workbook",
            run: "click",
        },
        {
            content: "it was made, and can be asked for again",
            trigger: ".o_retention_workbook:not([disabled]) .fa-file-excel-o",
        },
        {
            content: "the reports",
            trigger: '[data-menu-xmlid="retention_suite.retention_report_menu"]',
            run: "click",
        },
        {
            content: "all workbooks",
            trigger: '[data-menu-xmlid="retention_suite.retention_workbook_job_menu"]',
            run: "click",
        },
        {
            content: "that one is ready",
            trigger: '.o_data_row .o_field_badge:contains("Ready")',
        },
        {
            content: "another",
            trigger: 'button:contains("New workbook")',
            run: "click",
        },
        {
            content: "of this year",
            trigger: '.modal .o_field_radio [data-value="year"]',
            run: "click",
        },
        {
            content: "make it",
            trigger: ".modal button[name=action_make]",
            run: "click",
        },
        {
            content: "that takes a while",
            trigger: '.o_notification:contains("is being made")',
        },
    ],
});

/*
 * A salesperson without customers is told so once, not in each part.
 */
registry.category("web_tour.tours").add("retention_overview_newcomer_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "it says what to do first",
            trigger: `${block("figures")} .o_retention_block_empty:contains("Take over a lead")`,
        },
        {
            content: "once, and the other parts are there",
            trigger: `.o_retention_overview:has(${block("today")} .o_retention_block_empty):has(${block("cohorts")} .o_retention_block_empty):not(:has(${block("danger")})):not(:has(${block("stages")}))`,
        },
    ],
});

/*
 * An administrator puts one of the first steps off, looks at another, and does the
 * last.
 */
registry.category("web_tour.tours").add("retention_onboarding_tour", {
    url: "/odoo",
    steps: () => [
        ...openRetention(),
        {
            content: "whom to look after is put off",
            trigger:
                ".o_retention_onboarding:has([data-step=customers].active) .o_retention_onboarding_skip",
            run: "click",
        },
        {
            content: "it can be done later",
            trigger: ".o_retention_onboarding [data-step=customers][data-state=skipped]",
        },
        {
            content: "how often comes next: look at the policies",
            trigger:
                ".o_retention_onboarding:has([data-step=policies].active) .o_retention_onboarding_do",
            run: "click",
        },
        {content: "there they are", trigger: row("All other customers")},
        {
            content: "go back",
            trigger: '.o_breadcrumb a:contains("Overview")',
            run: "click",
        },
        {
            content: "they fit as they are",
            trigger:
                ".o_retention_onboarding:has([data-step=policies].active) .o_retention_onboarding_keep",
            run: "click",
        },
        {
            content: "that is done",
            trigger: ".o_retention_onboarding [data-step=policies][data-state=done]",
        },
        {
            content: "on to the first run",
            trigger: ".o_retention_onboarding [data-step=run]",
            run: "click",
        },
        {
            content: "run",
            trigger:
                ".o_retention_onboarding:has([data-step=run].active) .o_retention_onboarding_do",
            run: "click",
        },
        {content: "it is through", trigger: ".modal .o_retention_run_done"},
        {
            content: "close the window",
            trigger: '.modal-footer button:contains("Close")',
            run: "click",
        },
        {
            content: "the first run is done",
            trigger: ".o_retention_onboarding [data-step=run][data-state=done]",
        },
        {
            content: "put the steps away",
            trigger: ".o_retention_onboarding_close",
            run: "click",
        },
        {
            content: "they can be taken out again",
            trigger:
                ".o_retention_overview:not(:has(.o_retention_onboarding)) .o_retention_show_steps",
            run: "click",
        },
        {
            content: "as they were",
            trigger: ".o_retention_onboarding [data-step=customers][data-state=skipped]",
        },
    ],
});
