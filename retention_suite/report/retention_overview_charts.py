from collections import defaultdict

from babel.dates import format_skeleton

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, formatLang, get_lang

# How many months a stock looks back, and how many cohorts are shown.
MONTHS = 12


class RetentionOverviewCharts(models.AbstractModel):
    """What people would rather look at than read."""

    _name = "retention.overview.charts"
    _description = "Charts of the Overview"

    def _month_label(self, month):
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_skeleton("yMMM", month, locale=locale)

    def _used_stages(self):
        """The stages that the current companies use, in their order."""
        return self.env["retention.journey.stage"].search(
            [("company_id", "in", [*self.env.companies.ids, False])]
        )

    # ------------------------------------------------------------------
    # Stages: now, and over time
    # ------------------------------------------------------------------

    def _block_stages(self, scope):
        counts = {
            stage: (count, alerts)
            for stage, count, alerts in self.env["retention.profile"]._read_group(
                scope.of(), ["journey_stage_id"], ["__count", "open_alert_count:sum"]
            )
        }
        series = self._stock(scope)
        stages = self._used_stages() | self._stages(series)
        # in whatever stages they are, those given up included
        stages |= stages.union(*counts)
        lines = [
            {"key": stage.id, "label": stage.name, "count": count, "alerts": alerts}
            for stage in stages.sorted()
            for count, alerts in [counts.get(stage, (0, 0))]
        ]
        if unplaced := counts.get(stages.browse()):
            label = self.env._("Not placed yet")
            count, alerts = unplaced
            lines.append({"key": 0, "label": label, "count": count, "alerts": alerts})
        has_some = counts or any(any(values) for values in series.values())
        return {
            "stages": lines,
            "months": [self._month_label(month) for month in self._stock_months()],
            "series": [
                {"key": stage.id, "label": stage.name, "values": series[stage.id]}
                for stage in stages.sorted()
                if any(series.get(stage.id, ()))
            ],
            "empty": False if has_some else self._no_customers(),
        }

    def _stages(self, ids):
        return self.env["retention.journey.stage"].browse(ids)

    def _stock_months(self):
        """The months of the stock, the current one last: those of the report, which go
        by UTC."""
        month = self._month_of(fields.Date.today())
        return [fields.Date.subtract(month, months=i) for i in range(MONTHS)][::-1]

    def _stock(self, scope):
        """By the id of each stage, how many customers it had at the end of each month:
        as the report counts them."""
        months = self._stock_months()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT stage_id, GREATEST(month, %s), SUM(change)::int
                  FROM (%s) step GROUP BY 1, 2
                """,
                months[0],
                self.env["retention.journey.stock"]._step_sql(self._moves_of(scope)),
            )
        )
        series = defaultdict(lambda: [0] * MONTHS)
        for stage_id, month, change in rows:
            for place, end in enumerate(months):
                if month <= end:
                    series[stage_id][place] += change
        return series

    def _moves_of(self, scope):
        """The condition on the moves ``t`` of customers that are to be seen."""
        Profile = self.env["retention.profile"].with_context(active_test=False)
        return SQL("t.profile_id IN %s", Profile._search(scope.of()).subselect("id"))

    def _action_stages(self, scope, key, second_key):
        stage = self._key_id(key)
        if second_key is False or second_key is None:
            return self._open(
                self._stages(stage).name or self.env._("Not placed yet"),
                "retention.profile",
                scope.of() & Domain("journey_stage_id", "=", stage or False),
                ("list", "kanban", "form"),
            )
        months = self._stock_months()
        place = self._key_id(second_key)
        if not 0 <= place < MONTHS:
            raise UserError(self.env._("There is no such part of the overview."))
        domain = scope.of() & Domain("stage_id", "=", stage)
        if place == MONTHS - 1:
            domain &= Domain("end_date", "=", False)
        else:
            domain &= self._there_at(fields.Datetime.to_datetime(months[place + 1]))
        title = self.env._(
            "%(stage)s, end of %(month)s",
            stage=self._stages(stage).name,
            month=self._month_label(months[place]),
        )
        return self._open(title, "retention.journey.stay", domain, ("list",))

    # ------------------------------------------------------------------
    # Flow between stages
    # ------------------------------------------------------------------

    def _flow_domain(self, scope):
        return (
            scope.of()
            & scope.now.within("left_date")
            & Domain("next_stage_id", "!=", False)
        )

    def _block_flow(self, scope):
        rows = self.env["retention.journey.report"]._read_group(
            self._flow_domain(scope), ["stage_id", "next_stage_id"], ["__count"]
        )
        stages = self._stages([]).union(
            *(stage | following for stage, following, _count in rows)
        )
        return {
            "stages": [
                {"key": stage.id, "label": stage.name} for stage in stages.sorted()
            ],
            "cells": [
                {"from": stage.id, "to": following.id, "count": count}
                for stage, following, count in rows
            ],
            "empty": False
            if rows
            else self.env._(
                "No customer moved from one stage to another in this period. Choose a "
                "longer one: it fills with the moves of rules and people."
            ),
        }

    def _action_flow(self, scope, key, second_key):
        domain = self._flow_domain(scope)
        title = self.env._("Moves")
        if key:
            domain &= Domain("stage_id", "=", self._key_id(key))
        if second_key:
            domain &= Domain("next_stage_id", "=", self._key_id(second_key))
        if key and second_key:
            stages = self._stages([self._key_id(key), self._key_id(second_key)])
            title = " → ".join(stages.exists().mapped("name"))
        return self._open(title, "retention.journey.report", domain)

    # ------------------------------------------------------------------
    # Cohorts
    # ------------------------------------------------------------------

    def _cohort_domain(self, scope):
        """The customers of the last twelve months that are over."""
        since = fields.Date.subtract(self._month_of(self._today()), months=MONTHS)
        return scope.of() & Domain("cohort_month", ">=", fields.Date.to_string(since))

    def _block_cohorts(self, scope):
        return self._cohorts_of(self._cohort_domain(scope))

    def _cohorts_of(self, domain):
        rows = self.env["retention.cohort.report"]._read_group(
            domain,
            ["cohort_month:month", "month_number"],
            ["__count", "bought_share:avg"],
        )
        cohorts = defaultdict(dict)
        for month, number, count, share in rows:
            cohorts[month][number] = (count, share)
        width = max((len(found) for found in cohorts.values()), default=0)
        return {
            "months": [str(number) for number in range(width)],
            "lines": [
                {
                    "key": f"{month:%Y-%m}",
                    "label": self._month_label(month),
                    "size": found[0][0],
                    "shares": [
                        found[number][1] if number in found else None
                        for number in range(width)
                    ],
                }
                for month, found in sorted(cohorts.items(), reverse=True)
            ],
            "empty": False
            if cohorts
            else self.env._(
                "Nobody first bought in the last twelve months that are over. Win "
                "opportunities with an expected revenue: each is a purchase."
            ),
        }

    def _action_cohorts(self, scope, key, second_key):
        try:
            month = fields.Date.to_date(f"{key}-01")
        except ValueError:
            raise UserError(
                self.env._("There is no such part of the overview.")
            ) from None
        domain = self._cohort_domain(scope)
        domain &= Domain("cohort_month", "=", fields.Date.to_string(month))
        domain &= Domain("month_number", "=", self._key_id(second_key))
        domain &= Domain("has_bought", "=", True)
        title = self.env._("Customers since %s", self._month_label(month))
        return self._open(title, "retention.cohort.report", domain)

    # ------------------------------------------------------------------
    # Losses
    # ------------------------------------------------------------------

    def _loss_domain(self, scope):
        return scope.of() & scope.now.days_within("lost_date")

    def _block_losses(self, scope):
        losses = self._losses(scope)
        total = sum(value for _count, value in losses.values())
        groups = dict(
            self.env["retention.winback.report"]
            ._fields["reason_group"]
            ._description_selection(self.env)
        )
        lines, summed = [], 0
        for (reason, group), (count, value) in losses.items():
            summed += value
            lines.append(
                {
                    "key": reason.id,
                    "label": reason.name or self.env._("Not known yet"),
                    "group": groups.get(group, ""),
                    "count": count,
                    "value": value,
                    "value_text": formatLang(
                        self.env, value, currency_obj=self.env.company.currency_id
                    ),
                    "share": 100 * value / total if total else 0.0,
                    "cumulated": 100 * summed / total if total else 0.0,
                }
            )
        return {"lines": lines, "empty": False if lines else self._no_losses()}

    def _losses(self, scope):
        """By reason and its group how many were lost and what they were worth, the
        dearest first."""
        losses = defaultdict(lambda: (0, 0.0))
        for reason, group, company, count, value in self.env[
            "retention.winback.report"
        ]._read_group(
            self._loss_domain(scope),
            ["reason_id", "reason_group", "company_id"],
            ["__count", "lost_value:sum"],
        ):
            known, known_value = losses[reason, group]
            value = known_value + self._converted(value, company)
            losses[reason, group] = (known + count, value)
        return dict(
            sorted(
                losses.items(),
                key=lambda item: (-item[1][1], -item[1][0], item[0][0].id or 0),
            )
        )

    def _no_losses(self):
        return self.env._(
            "No customer was lost in this period. When one cancels, record it at the "
            "customer: why customers leave then shows here."
        )

    def _action_losses(self, scope, key, second_key):
        domain = self._loss_domain(scope)
        title = self.env._("Losses")
        if key is not False and key is not None:
            reason = self._key_id(key)
            domain &= Domain("reason_id", "=", reason or False)
            title = self.env["crm.lost.reason"].browse(reason).name or title
        return self._open(title, "retention.winback.report", domain)
