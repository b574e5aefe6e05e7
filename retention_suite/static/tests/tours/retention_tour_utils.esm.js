import {stepUtils} from "@web_tour/tour_utils";

export const row = (name) => `.o_data_row:contains("${name}")`;
export const gone = (name) => `.o_list_view:not(:has(${row(name)}))`;

/** Open the app, and one of its menus if it is not the first. */
export function openRetention(menu) {
    const steps = [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger: '.o_app[data-menu-xmlid="retention_suite.retention_menu_root"]',
            run: "click",
        },
    ];
    if (menu) {
        steps.push({
            content: `open ${menu}`,
            trigger: `[data-menu-xmlid="retention_suite.${menu}"]`,
            run: "click",
        });
    }
    return steps;
}
