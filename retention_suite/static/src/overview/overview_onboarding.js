import { _t } from "@web/core/l10n/translation";
import { Component, useState } from "@odoo/owl";

const ICONS = { done: "fa-check", skipped: "fa-clock-o", open: "fa-circle-o" };
const WORDS = { done: _t("done"), skipped: _t("later"), open: _t("open") };

/** The first steps of a company, for managers. */
export class OverviewOnboarding extends Component {
    static template = "retention_suite.OverviewOnboarding";
    static props = { steps: Array, onMark: Function, onDo: Function, onClose: Function };

    setup() {
        this.icons = ICONS;
        this.words = WORDS;
        this.state = useState({ key: null });
    }

    /** The step that is looked at: the one chosen, or else the next one. */
    get step() {
        const { steps } = this.props;
        const find = (test) => steps.find(test);
        return (
            find(({ key }) => key === this.state.key) ||
            find(({ state }) => state === "open") ||
            find(({ state }) => state === "skipped") ||
            steps[0]
        );
    }

    get doneText() {
        const { steps } = this.props;
        const done = steps.filter(({ state }) => state === "done").length;
        return _t("(%(done)s of %(all)s done)", { done, all: steps.length });
    }

    select(key) {
        this.state.key = key;
    }

    mark(state) {
        const { key } = this.step;
        this.state.key = null;
        return this.props.onMark(key, state);
    }
}
