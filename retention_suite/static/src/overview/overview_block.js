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
        const { blocks } = this.props.model;
        this.block = useState(blocks[this.props.name]);
        this.first = useState(blocks.figures);
    }

    /** Whether there is nothing to show but what is said above already. */
    get isSaid() {
        const empty = this.block.data?.empty;
        const isSame = this.props.name !== "figures" && empty === this.first.data?.empty;
        return Boolean(empty) && (this.props.isQuiet || isSame);
    }

    retry() {
        this.props.model.load(this.props.name);
    }
}
