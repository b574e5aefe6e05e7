import { _t } from "@web/core/l10n/translation";
import { OverviewBlock } from "./overview_block";
import { Component } from "@odoo/owl";

/** Where the customers stand now, with what is to do. */
export class OverviewStages extends Component {
    static template = "retention_suite.OverviewStages";
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };

    toDo({ alerts }) {
        return _t("%s to do", alerts);
    }

    width(stage, stages) {
        const most = Math.max(...stages.map(({ count }) => count), 1);
        return Math.round((100 * stage.count) / most);
    }
}
