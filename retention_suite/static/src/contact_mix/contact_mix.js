import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";

const DIRECTIONS = [
    { name: "inbound_count", label: _t("From the customer"), icon: "fa-arrow-left" },
    { name: "outbound_count", label: _t("From us"), icon: "fa-arrow-right" },
];
const PURPOSES = [
    { name: "relationship_count", label: _t("Relationship") },
    { name: "sales_count", label: _t("Sales") },
    { name: "service_count", label: _t("Service") },
    { name: "payment_count", label: _t("Payment") },
    { name: "marketing_count", label: _t("Marketing") },
    { name: "survey_count", label: _t("Survey") },
];

/** What a customer's personal contacts were about, as bars. */
export class ContactMix extends Component {
    static template = "retention_suite.ContactMix";
    static props = { ...standardWidgetProps };

    get groups() {
        return [this.bars(DIRECTIONS), this.bars(PURPOSES)];
    }

    bars(measures) {
        const { data, fields } = this.props.record;
        const counted = measures.map((measure) => ({
            ...measure,
            count: data[measure.name],
            help: fields[measure.name].help,
        }));
        const total = counted.reduce((sum, bar) => sum + bar.count, 0);
        return counted.map((bar) => ({
            ...bar,
            percentage: total ? Math.round((100 * bar.count) / total) : 0,
        }));
    }
}

registry.category("view_widgets").add("retention_contact_mix", {
    component: ContactMix,
    fieldDependencies: [...DIRECTIONS, ...PURPOSES].map(({ name }) => ({
        name,
        type: "integer",
        readonly: true,
    })),
});
