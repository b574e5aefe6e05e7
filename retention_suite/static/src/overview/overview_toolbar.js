import { _t } from "@web/core/l10n/translation";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate, today } from "@web/core/l10n/dates";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { Component, useState } from "@odoo/owl";

const EVERYBODY = "all";

/** Which period and whose customers the overview is about. */
export class OverviewToolbar extends Component {
    static template = "retention_suite.OverviewToolbar";
    static components = { DateTimeInput, Dropdown, DropdownItem, SelectMenu };
    static props = {
        frame: Object,
        options: Object,
        onChange: Function,
        onWorkbook: Function,
    };

    setup() {
        this.state = useState({ isMaking: false });
    }

    /** A workbook of what is shown; twice while it is made is once. */
    async makeWorkbook() {
        this.state.isMaking = true;
        try {
            await this.props.onWorkbook();
        } finally {
            this.state.isMaking = false;
        }
    }

    get periodLabel() {
        const { frame, options } = this.props;
        return frame.periods.find(({ key }) => key === options.period)?.label;
    }

    /** For who does not see the calendar. */
    get periodName() {
        return _t("Period: %s", this.periodLabel);
    }

    get isOwn() {
        return this.props.options.period === "own";
    }

    get dateFrom() {
        return deserializeDate(this.props.options.date_from);
    }

    get dateTo() {
        return deserializeDate(this.props.options.date_to);
    }

    selectPeriod(period) {
        const { options, onChange } = this.props;
        const changes = { period };
        if (period === "own" && !(options.date_from && options.date_to)) {
            changes.date_from = serializeDate(today().startOf("month"));
            changes.date_to = serializeDate(today());
        }
        onChange(changes);
    }

    /** The other end follows when the dates would cross. */
    setDate(name, date) {
        if (!date) {
            return;
        }
        const changes = { [name]: serializeDate(date) };
        if (name === "date_from" && date > this.dateTo) {
            changes.date_to = changes.date_from;
        } else if (name === "date_to" && date < this.dateFrom) {
            changes.date_from = changes.date_to;
        }
        this.props.onChange(changes);
    }

    // Persons and teams are chosen in one list: one of them at most is set.

    get everybody() {
        return [{ value: EVERYBODY, label: _t("Everybody") }];
    }

    get groups() {
        const { users, teams } = this.props.frame;
        const choices = (kind, records) =>
            records.map(({ id, name }) => ({ value: `${kind}-${id}`, label: name }));
        return [
            { label: _t("Sales teams"), choices: choices("team", teams) },
            { label: _t("People"), choices: choices("user", users) },
        ].filter((group) => group.choices.length);
    }

    get who() {
        const { user_id: userId, team_id: teamId } = this.props.options;
        return userId ? `user-${userId}` : teamId ? `team-${teamId}` : EVERYBODY;
    }

    get whoLabel() {
        const all = [...this.everybody, ...this.groups.flatMap(({ choices }) => choices)];
        return all.find(({ value }) => value === this.who)?.label || _t("Everybody");
    }

    selectWho(value) {
        const [kind, id] = (value || EVERYBODY).split("-");
        this.props.onChange({
            user_id: kind === "user" && Number(id),
            team_id: kind === "team" && Number(id),
        });
    }
}
