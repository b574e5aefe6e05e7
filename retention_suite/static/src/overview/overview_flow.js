import { _t } from "@web/core/l10n/translation";
import { OverviewBlock } from "./overview_block";
import { Component, useState } from "@odoo/owl";

const SHOWN = 8;

/** From which stage to which customers moved, the most frequent first. */
export class OverviewFlow extends Component {
    static template = "retention_suite.OverviewFlow";
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };

    setup() {
        this.state = useState({ isLong: false });
    }

    moves({ stages, cells }) {
        const labels = Object.fromEntries(stages.map(({ key, label }) => [key, label]));
        const most = Math.max(...cells.map(({ count }) => count), 1);
        const moves = cells
            .filter(({ count }) => count)
            .sort((a, b) => b.count - a.count)
            .map((cell) => ({
                ...cell,
                fromLabel: labels[cell.from],
                toLabel: labels[cell.to],
                width: Math.round((100 * cell.count) / most),
            }));
        return this.state.isLong ? moves : moves.slice(0, SHOWN);
    }

    more({ cells }) {
        const count = cells.filter((cell) => cell.count).length - SHOWN;
        return this.state.isLong ? 0 : Math.max(count, 0);
    }

    moreLabel(flow) {
        return _t("%s more", this.more(flow));
    }

    showAll() {
        this.state.isLong = true;
    }
}
