import { OverviewBlock } from "./overview_block";
import { Component } from "@odoo/owl";

/** What I should do today: one line, one record. */
export class OverviewToday extends Component {
    static template = "retention_suite.OverviewToday";
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };
}

/** Who is most likely to leave, and why. */
export class OverviewDanger extends Component {
    static template = "retention_suite.OverviewDanger";
    static components = { OverviewBlock };
    static props = { model: Object, open: Function };
}
