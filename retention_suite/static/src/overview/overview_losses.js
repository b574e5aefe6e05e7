import { _t } from "@web/core/l10n/translation";
import { OverviewBlock } from "./overview_block";
import { formatFloat } from "@web/core/utils/numbers";
import { Component } from "@odoo/owl";

/** Why customers were lost, the dearest reason first, and what it adds up to. */
export class OverviewLosses extends Component {
    static template = "retention_suite.OverviewLosses";
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };

    note({ count, cumulated }) {
        const share = this.percent(cumulated);
        return _t("%(count)s lost, %(share)s summed up", { count, share });
    }

    percent(share) {
        return `${formatFloat(share, { digits: [16, 0] })}\u00a0%`;
    }
}
