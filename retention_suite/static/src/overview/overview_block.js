import { OverviewHelp } from "./overview_help";
import { Component, useState } from "@odoo/owl";

/** The frame of a block: its title, and what is shown while it loads or fails. */
export class OverviewBlock extends Component {
    static template = "retention_suite.OverviewBlock";
    static components = { OverviewHelp };
    static props = {
        model: Object,
        name: String,
        title: { type: String, optional: true },
        help: { type: String, optional: true },
        // what another block says already need not be said twice
        isQuiet: { type: Boolean, optional: true },
        class: { type: String, optional: true },
        slots: Object,
    };

    setup() {
        this.block = useState(this.props.model.blocks[this.props.name]);
    }

    retry() {
        this.props.model.load(this.props.name);
    }
}
