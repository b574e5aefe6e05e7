import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Puts the link beside the button on the clipboard, and says so. */
export class CopyLink extends Interaction {
    static selector = ".o_retention_copy";
    dynamicContent = {
        _root: { "t-on-click.prevent": this.onClick },
    };

    async onClick() {
        await this.waitFor(browser.navigator.clipboard.writeText(this.el.dataset.link));
        this.el.textContent = this.el.dataset.copied;
    }
}

registry.category("public.interactions").add("retention_suite.copy_link", CopyLink);
