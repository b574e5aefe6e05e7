import { Component } from "@odoo/owl";

/** What to do first while there are no customers. */
export class OverviewStart extends Component {
    static template = "retention_suite.OverviewStart";
    static props = { isManager: Boolean, onRun: Function, onAction: Function };
}
