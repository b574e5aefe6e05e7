import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

/**
 * Dials a number with whatever the user's device calls with, and goes on with
 * the dialog that logs the call.
 */
export function callAction(env, action) {
    const { phone, next } = action.params;
    if (phone) {
        browser.location.assign(`tel:${phone.replace(/\s+/g, "")}`);
    }
    return next;
}

registry.category("actions").add("retention_suite.call", callAction);
