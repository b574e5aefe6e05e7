import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";

/**
 * Runs the retention run batch by batch and shows how far it is.
 *
 * Every batch is a transaction of its own on the server: closing the window
 * ends the run between two of them, and the next run carries on.
 */
export class RetentionRunWindow extends Component {
    static template = "retention_suite.RunWindow";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({
            status: "running",
            step: null,
            label: _t("Starting"),
            progress: 0,
            runId: null,
            figures: [],
            error: "",
        });
        onWillStart(() => {
            // Not awaited: the window shows itself while the first step is done.
            this.run();
        });
        onWillDestroy(() => this.stop());
    }

    get percentage() {
        return Math.round(this.state.progress * 100);
    }

    get isUnderWay() {
        return ["running", "stopping"].includes(this.state.status);
    }

    async run() {
        this.state.status = "running";
        this.state.error = "";
        try {
            while (this.state.status === "running") {
                this.take(
                    await this.orm.silent.call("retention.run", "run_step", [], {
                        step: this.state.step,
                        run_id: this.state.runId,
                    })
                );
            }
            if (this.state.status === "stopping") {
                this.state.status = "stopped";
            }
        } catch (error) {
            this.state.status = "failed";
            this.state.error =
                error instanceof ConnectionLostError
                    ? _t("The server cannot be reached.")
                    : error.data?.message || error.message;
        }
    }

    /** Take in the answer of one step. */
    take(answer) {
        if (answer.busy) {
            this.state.status = "busy";
            return;
        }
        this.state.step = answer.step;
        this.state.runId = answer.run_id;
        this.state.progress = answer.progress;
        this.state.figures = answer.figures;
        if (answer.step) {
            this.state.label = answer.label;
        } else {
            this.state.status = "done";
        }
    }

    /** Stop as soon as the step under way is through. */
    stop() {
        if (this.state.status === "running") {
            this.state.status = "stopping";
        }
    }

    close() {
        this.action.doAction({ type: "ir.actions.act_window_close" });
    }
}

registry.category("actions").add("retention_suite.run", RetentionRunWindow);
