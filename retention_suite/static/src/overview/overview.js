import { _t } from "@web/core/l10n/translation";
import { errorText, OverviewModel } from "./overview_model";
import { Layout } from "@web/search/layout";
import { OverviewCohorts } from "./overview_cohorts";
import { OverviewDanger, OverviewToday } from "./overview_list";
import { OverviewFigures } from "./overview_figures";
import { OverviewFlow } from "./overview_flow";
import { OverviewLosses } from "./overview_losses";
import { OverviewOnboarding } from "./overview_onboarding";
import { OverviewStages } from "./overview_stages";
import { OverviewStart } from "./overview_start";
import { OverviewStock } from "./overview_stock";
import { OverviewToolbar } from "./overview_toolbar";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Component, onWillStart, useRef, useState } from "@odoo/owl";

/** How the company keeps its customers, at a glance. */
export class Overview extends Component {
    static template = "retention_suite.Overview";
    static components = {
        Layout,
        OverviewCohorts,
        OverviewDanger,
        OverviewFigures,
        OverviewFlow,
        OverviewLosses,
        OverviewOnboarding,
        OverviewStages,
        OverviewStart,
        OverviewStock,
        OverviewToday,
        OverviewToolbar,
    };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Overview");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.display = { controlPanel: {} };
        const saved = this.props.state?.overview;
        this.model = useState(new OverviewModel(this.orm, saved));
        this.state = useState({ error: "", onboarding: null, hasSteps: false });
        useSetupAction({
            rootRef: this.rootRef,
            getLocalState: () => ({ overview: this.model.save() }),
        });
        onWillStart(() => (saved ? this.refresh() : this.start()));
        this.open = this.open.bind(this);
    }

    // ------------------------------------------------------------------
    // Loading
    // ------------------------------------------------------------------

    async start() {
        this.state.error = "";
        try {
            await this.model.loadFrame();
        } catch (error) {
            this.state.error = errorText(error);
            return;
        }
        await this.loadSteps();
        this.model.loadAll();
    }

    /** What was left is shown at once, and brought up to date meanwhile. */
    refresh() {
        this.start();
    }

    get lastRun() {
        return _t("Last run: %s", this.model.frame.last_run);
    }

    async loadSteps() {
        if (!this.model.frame.is_manager) {
            return;
        }
        try {
            this.takeSteps(await this.callSteps("get_steps"));
        } catch {
            // the overview does without its first steps
            this.state.onboarding = null;
        }
    }

    // ------------------------------------------------------------------
    // Going elsewhere
    // ------------------------------------------------------------------

    async open(name, key, secondKey) {
        const action = await this.model.getAction(name, key, secondKey);
        return this.action.doAction(action);
    }

    async makeWorkbook() {
        const options = { ...this.model.options };
        const action = await this.orm.call("retention.workbook", "start", [options]);
        return this.action.doAction(action);
    }

    doAction(action) {
        return this.action.doAction(action, { onClose: () => this.start() });
    }

    async run() {
        this.doAction(await this.callSteps("get_action", "run"));
    }

    // ------------------------------------------------------------------
    // First steps
    // ------------------------------------------------------------------

    callSteps(method, ...args) {
        return this.orm.call("retention.onboarding", method, args);
    }

    takeSteps(onboarding) {
        this.state.onboarding = onboarding;
        this.state.hasSteps = !onboarding.is_over;
    }

    get isStepsButton() {
        const { onboarding, hasSteps } = this.state;
        return onboarding && !hasSteps && onboarding.steps.some(({ state }) => state !== "done");
    }

    showSteps() {
        this.state.hasSteps = true;
    }

    async markStep(key, state) {
        this.takeSteps(await this.callSteps("set_step", key, state));
    }

    async doStep(key) {
        this.doAction(await this.callSteps("get_action", key));
    }

    async closeSteps() {
        this.takeSteps(await this.callSteps("set_closed", true));
    }
}

registry.category("actions").add("retention_suite.overview", Overview);
