"""Read by Odoo's shell, which knows `env`: what the screens show of the demo data.

The figures are left in a parameter, as JSON.
"""

import json


def groups(model, *names, domain=()):
    """The number of records of each group, by its values as one text."""
    rows = env[model]._read_group(list(domain), names, ["__count"])  # noqa: F821

    def words(value):
        return str(getattr(value, "display_name", value))

    return {" / ".join(map(words, row[:-1])): row[-1] for row in rows}


def sums(model, group, *measures, domain=()):
    """The measures of each group, the groups in their order."""
    return [
        [str(row[0]), *row[1:]]
        for row in env[model]._read_group(list(domain), [group], measures)  # noqa: F821
    ]


def factors(profile):
    """How many factors a customer's risk is made of."""
    names = [name for name in profile._fields if name.endswith("_points")]
    return sum(profile[name] > 0 for name in names)


def found(model, domain=()):
    """The records of a model."""
    return env[model].search(list(domain))  # noqa: F821


figures = {
    "churn": sums(
        "retention.churn.report", "month:month", "opening_count:avg", "lost_count:sum"
    ),
    "cohorts": groups(
        "retention.cohort.report",
        "cohort_month:month",
        domain=[("month_number", "=", 0)],
    ),
    "still_buying": sums("retention.cohort.report", "month_number", "bought_share:avg"),
    "losses": [
        [line.reason_id.name, line.reason_group, line.is_preventable, line.value]
        for line in found("retention.loss.report")
    ],
    "competitors": groups("retention.winback.report", "competitor_id"),
    "results": groups("retention.winback.report", "result"),
    "results_of_kinds": groups("retention.winback.report", "kind", "result"),
    "results_of_plays": groups("retention.winback.report", "play_id", "result"),
    "results_of_people": groups("retention.winback.report", "user_id", "result"),
    "returns": sums(
        "retention.winback.report",
        "kind",
        "return_days:avg",
        "later_revenue:sum",
        "offer_cost:sum",
        domain=[("result", "=", "won")],
    ),
    "verdicts": {
        play.name: [play.verdict, play.running_count]
        for play in found("retention.play")
    },
    "watched": len(
        found(
            "retention.winback", [("step", "=", "loyalty"), ("is_watch_over", "=", 0)]
        )
    ),
    "lost_again": len(found("retention.winback", [("is_lost_again", "=", True)])),
    "cases": groups("retention.winback", "step"),
    "messages_of_plays": groups("retention.play.sending", "state"),
    "value_classes": groups("retention.profile", "value_class"),
    "risks": [
        [profile.risk_score, factors(profile), profile.risk_trend]
        for profile in found("retention.profile", [("risk_score", ">=", 50)])
    ],
    "backtests": groups("retention.risk.backtest", "state"),
    "advocates": sums("retention.advocate.report", "company_id", "advocate_share:avg"),
    "referrals": groups("retention.referral", "state"),
    "thanked": groups("retention.referral", "thank_kind"),
    "handovers": groups("retention.handover", "state"),
    "answers": sums("retention.answer.report", "company_id", "median_hours:avg"),
    "stages": groups("retention.profile", "journey_stage_id"),
    "stock": groups("retention.journey.stock", "date:month"),
    "flow": groups(
        "retention.journey.report",
        "stage_id",
        "next_stage_id",
        domain=[("next_stage_id", "!=", False)],
    ),
    "moved_by_the_first_run": len(
        found(
            "retention.journey.transition",
            [("date", ">=", "today"), ("from_stage_id", "!=", False)],
        )
    ),
    "to_do": groups("retention.alert", "kind", domain=[("state", "=", "open")]),
}
env["ir.config_parameter"].set_param("demo_figures", json.dumps(figures))  # noqa: F821
env.cr.commit()  # noqa: F821
