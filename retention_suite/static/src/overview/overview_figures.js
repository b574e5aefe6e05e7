import { _t } from "@web/core/l10n/translation";
import { OverviewBlock } from "./overview_block";
import { OverviewHelp } from "./overview_help";
import { Component } from "@odoo/owl";

const ARROWS = { "+": "fa-arrow-up", "-": "fa-arrow-down", "\u2212": "fa-arrow-down" };

/** The figures of the period, each compared with the period before. */
export class OverviewFigures extends Component {
    static template = "retention_suite.OverviewFigures";
    static components = { OverviewBlock, OverviewHelp };
    static props = { model: Object, open: Function };

    arrow(line) {
        if (!/[1-9]/.test(line.change_text)) {
            return "fa-arrow-right";
        }
        return ARROWS[line.change_text.trim()[0]] || "fa-arrow-right";
    }

    before(line) {
        return _t("before: %s", line.before_text);
    }

    /** For who does not see the tile. */
    name({ label, text }) {
        return _t("%(figure)s: %(text)s, open the records", { figure: label, text });
    }

    verdict(line) {
        if (line.is_better === null) {
            return "";
        }
        return line.is_better ? _t("better") : _t("worse");
    }
}
