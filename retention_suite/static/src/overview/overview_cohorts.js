import { _t } from "@web/core/l10n/translation";
import { cookie } from "@web/core/browser/cookie";
import { formatFloat } from "@web/core/utils/numbers";
import { getColor, hexToRGBA } from "@web/core/colors/colors";
import { OverviewBlock } from "./overview_block";
import { Component } from "@odoo/owl";

/** How many of those who first bought in a month bought again, month by month. */
export class OverviewCohorts extends Component {
    static template = "retention_suite.OverviewCohorts";
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };

    hasShare(share) {
        return share !== null && share !== undefined && share !== false;
    }

    percent(share) {
        return `${formatFloat(share, { digits: [16, 0] })}\u00a0%`;
    }

    /** For who does not see the table. */
    name({ label }, months, share) {
        const percent = this.percent(share);
        return _t("%(cohort)s, after %(months)s months: %(percent)s", {
            cohort: label,
            months,
            percent,
        });
    }

    /** The more stayed, the stronger; the number stands in the cell as well. */
    shade(share) {
        const color = getColor(0, cookie.get("color_scheme"), 6);
        return `background-color: ${hexToRGBA(color, (share / 100) * 0.6)}`;
    }
}
