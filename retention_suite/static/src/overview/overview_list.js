import { _t } from "@web/core/l10n/translation";
import { OverviewBlock } from "./overview_block";
import { Component } from "@odoo/owl";

/** Lines of customers, and a button for all of them. */
class OverviewList extends Component {
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };

    all({ count }) {
        return _t("All %s", count);
    }
}

/** What I should do today: one line, one record. */
export class OverviewToday extends OverviewList {
    static template = "retention_suite.OverviewToday";
}

/** Who is most likely to leave, and why. */
export class OverviewDanger extends OverviewList {
    static template = "retention_suite.OverviewDanger";

    value(line) {
        return line.value_text && _t("value %s", line.value_text);
    }
}
