import { _t } from "@web/core/l10n/translation";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { loadBundle } from "@web/core/assets";
import { OverviewBlock } from "./overview_block";
import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";

/** The chart itself: each part of a bar opens the customers behind it. */
export class OverviewStockChart extends Component {
    static template = "retention_suite.OverviewStockChart";
    static props = { months: Array, series: Array, onSelect: Function };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new window.Chart(this.canvas.el, this.config);
                return () => chart.destroy();
            },
            () => [this.props.months, this.props.series]
        );
    }

    get label() {
        return _t("Customers by stage over the last months; the same as a table by the button above.");
    }

    get config() {
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.15)");
        const { months, series } = this.props;
        return {
            type: "bar",
            data: {
                labels: [...months],
                datasets: series.map(({ label, values }, index) => ({
                    label,
                    data: [...values],
                    backgroundColor: getColor(index, scheme, series.length),
                })),
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                onClick: (event, [part]) => part && this.select(part),
                onHover: (event, [part]) => {
                    event.native.target.style.cursor = part ? "pointer" : "default";
                },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: { color: text, boxWidth: 12 },
                    },
                },
                scales: {
                    x: { stacked: true, ticks: { color: text }, grid: { display: false } },
                    y: {
                        stacked: true,
                        beginAtZero: true,
                        ticks: { color: text, precision: 0 },
                        grid: { color: grid },
                    },
                },
            },
        };
    }

    select({ datasetIndex, index }) {
        this.props.onSelect(this.props.series[datasetIndex].key, index);
    }
}

/** How many customers were in each stage at the end of each month. */
export class OverviewStock extends Component {
    static template = "retention_suite.OverviewStock";
    static components = { OverviewBlock, OverviewStockChart };
    static props = { model: Object, open: Function };

    setup() {
        // kept with the model, so that it is still a table after coming back
        this.shown = useState(this.props.model.shown);
    }

    toggle() {
        this.shown.isStockTable = !this.shown.isStockTable;
    }

    select(stage, month) {
        this.props.open("stages", stage, month);
    }
}
