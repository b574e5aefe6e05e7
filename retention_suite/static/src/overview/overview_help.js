import { Tooltip } from "@web/core/tooltip/tooltip";
import { usePopover } from "@web/core/popover/popover_hook";
import { Component, useRef } from "@odoo/owl";

/**
 * Explains a figure: with the mouse, with the keyboard, and with a finger. Odoo's
 * own tooltips do not open for who moves by keyboard.
 */
export class OverviewHelp extends Component {
    static template = "retention_suite.OverviewHelp";
    static props = { text: String };

    setup() {
        this.button = useRef("button");
        this.popover = usePopover(Tooltip, { position: "bottom-middle" });
    }

    show() {
        if (!this.popover.isOpen) {
            this.popover.open(this.button.el, { tooltip: this.props.text });
        }
    }

    hide() {
        this.popover.close();
    }
}
