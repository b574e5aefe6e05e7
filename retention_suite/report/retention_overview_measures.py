from collections import namedtuple

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .retention_advocate_report import ACTIVE_KINDS

# What a figure is made of: the records that it looks at, those of them that it counts
# (``counted`` is a domain within ``base``), and how they are shown.
Source = namedtuple("Source", "model base counted title context")


class RetentionOverviewMeasures(models.AbstractModel):
    """What the figures of the overview are made of."""

    _name = "retention.overview.measures"
    _description = "Measures of the Overview"

    # Each figure has its ``_source_<key>(scope, period)``.

    def _source_advocate_rate(self, scope, period):
        """Now by the report, at the end of a past period by the stages of then."""
        title = self.env._("Advocates")
        if not period.is_past:
            base = scope.of() & Domain("customer_count", "=", 1)
            counted = Domain("advocate_count", "=", 1)
            return Source("retention.advocate.report", base, counted, title, {})
        base = scope.of() & Domain("stage_kind", "in", list(ACTIVE_KINDS))
        base &= self._there_at(period.stop)
        counted = Domain(
            "first_referral_date", "<", fields.Datetime.to_string(period.stop)
        )
        return Source("retention.journey.stay", base, counted, title, {})

    def _there_at(self, moment):
        """Of stays: those that had begun and not ended at a moment."""
        moment = fields.Datetime.to_string(moment)
        return Domain("start_date", "<", moment) & (
            Domain("end_date", "=", False) | Domain("end_date", ">=", moment)
        )

    def _source_churn_rate(self, scope, period):
        """The months of the period in the report, and who was lost on its days."""
        months = Domain(
            "month", ">=", fields.Date.to_string(self._month_of(period.date_from))
        ) & Domain("month", "<=", fields.Date.to_string(period.date_to))
        lost = Domain("lost_count", "=", 1)
        # whole months go by the company's calendar, as they do in the report
        if period.date_from.day > 1:
            lost &= Domain("left_date", ">=", fields.Datetime.to_string(period.start))
        if period.is_past and period.date_to != fields.Date.end_of(
            period.date_to, "month"
        ):
            lost &= Domain("left_date", "<", fields.Datetime.to_string(period.stop))
        return Source(
            "retention.churn.report",
            scope.of() & months,
            lost,
            self.env._("Lost Customers"),
            {},
        )

    def _source_contacts_in_time(self, scope, period):
        today = fields.Date.to_string(self._today())
        base = scope.of() & Domain("next_contact_date", "!=", False)
        # what is to do for who is lost is in their case
        base &= Domain("journey_stage_id", "=", False) | Domain(
            "journey_stage_id.kind", "!=", "lost"
        )
        if period.is_past:
            stop = fields.Datetime.to_string(period.stop)
            base &= Domain("start_date", "<", stop)
        return Source(
            "retention.profile",
            base,
            Domain("next_contact_date", ">=", today),
            self.env._("Customers by Next Contact"),
            {},
        )

    def _source_answered(self, scope, period):
        return Source(
            "retention.answer.report",
            scope.of() & period.within("date"),
            Domain("answered_date", "!=", False),
            self.env._("Messages"),
            {"search_default_group_state": 1},
        )

    def _source_answer_time(self, scope, period):
        source = self._source_answered(scope, period)
        return source._replace(title=self.env._("Answered Messages"))

    def _source_handovers_arrived(self, scope, period):
        return Source(
            "retention.handover.report",
            scope.of("to_user_id") & period.within("date"),
            Domain("contacted_count", "=", 1),
            self.env._("Hand-overs"),
            {"search_default_group_state": 1},
        )

    def _source_winbacks(self, scope, period):
        return Source(
            "retention.winback.report",
            scope.of() & period.within("close_date") & Domain("is_rated", "=", True),
            Domain("result", "=", "won"),
            self.env._("Won Back"),
            {},
        )

    def _source_value_at_risk(self, scope, period):
        return Source(
            "retention.profile",
            scope.of() & self._at_risk(),
            Domain.TRUE,
            self.env._("Customers at Risk"),
            {},
        )

    def _at_risk(self):
        """Of customers: those who are at risk."""
        return Domain("journey_stage_id.kind", "=", "at_risk") | Domain(
            "risk_level", "=", "high"
        )

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------

    def _measure(self, key, scope):
        """Return what a figure is now, and what it was before: pairs of the number of
        records that it looks at and counts, and what it says."""
        return getattr(self, f"_measure_{key}", self._measure_share)(key, scope)

    def _measure_share(self, key, scope):
        """The records that are counted, as a percentage of all."""
        sources = [
            getattr(self, f"_source_{key}")(scope, period)
            for period in (scope.now, scope.before)
        ]
        return [
            (total, count, 100 * count / total if total else None)
            for total, count in self._count(sources)
        ]

    def _count(self, sources):
        """Return for each source how many records it looks at, and how many of them it
        counts: in one statement if they are of the same model."""
        if sources[0].model != sources[-1].model:
            return [self._count([source])[0] for source in sources]
        parts = []
        for source in sources:
            parts.append((SQL("COUNT(*)"), source.base))
            parts.append((SQL("COUNT(*)"), source.base & source.counted))
        row = self._aggregate(sources, parts)
        return list(zip(row[::2], row[1::2], strict=True))

    def _aggregate(self, sources, parts):
        """Aggregate the records of some sources in one statement.

        :param sources: of the same model
        :param parts: pairs of an aggregate and a domain
        :return: tuple
        """
        model = self.env[sources[0].model]
        query = model._search(Domain.OR(source.base for source in sources))
        columns = [
            SQL(
                "%s FILTER (WHERE %s)",
                aggregate,
                domain.optimize_full(model)._to_sql(model, query.table, query),
            )
            for aggregate, domain in parts
        ]
        [row] = self.env.execute_query(query.select(*columns))
        return row

    def _measure_answer_time(self, key, scope):
        """The median of all answers, as the report has it."""
        sources = [
            self._source_answer_time(scope, period)
            for period in (scope.now, scope.before)
        ]
        median = SQL(
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)",
            SQL.identifier(self.env[sources[0].model]._table, "response_hours"),
        )
        parts = []
        for source in sources:
            counted = source.base & source.counted
            parts += [(SQL("COUNT(*)"), counted), (median, counted)]
        row = self._aggregate(sources, parts)
        return [(row[i], row[i], row[i + 1]) for i in (0, 2)]

    def _measure_winbacks(self, key, scope):
        return [
            (total, count, count if total else None)
            for total, count, _share in self._measure_share(key, scope)
        ]

    def _measure_value_at_risk(self, key, scope):
        """Of today, whatever the period: what customers were worth is not kept."""
        domain = self._source_value_at_risk(scope, scope.now).base
        rows = self.env["retention.profile"]._read_group(
            domain, ["company_id"], ["__count", "customer_value:sum"]
        )
        count = sum(count for _company, count, _value in rows)
        value = sum(self._converted(value, company) for company, _count, value in rows)
        return [(count, count, value if count else None), None]

    def _converted(self, amount, company):
        """Return an amount of a company in the currency of the current one, at the
        rate of today."""
        return company.currency_id._convert(
            amount or 0, self.env.company.currency_id, self.env.company, self._today()
        )

    def _measure_contacts_in_time(self, key, scope):
        """Now by the customers themselves, else by the contacts until then."""
        return [
            self._contacts_in_time_at(scope, period)
            if period.is_past
            else self._share(
                *self._count([self._source_contacts_in_time(scope, period)])[0]
            )
            for period in (scope.now, scope.before)
        ]

    def _share(self, total, count):
        return total, count, 100 * count / total if total else None

    def _contacts_in_time_at(self, scope, period):
        """Whose next contact was not overdue at the end of the period, by the gaps that
        are agreed today: of the customers of today who were known then."""
        base = self._source_contacts_in_time(scope, period).base
        query = self.env["retention.profile"]._search(base)
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), COUNT(*) FILTER (
                       WHERE due.base_day + r.agreed_days >= %(day)s)
                  FROM (SELECT p.id, p.agreed_days, p.start_date,
                               p.contact_policy_id, cal.tz
                          FROM retention_profile p
                          JOIN res_company company ON company.id = p.company_id
                          LEFT JOIN resource_calendar cal
                            ON cal.id = company.resource_calendar_id
                         WHERE p.id IN %(customers)s) r
                  LEFT JOIN %(policy)s pol ON pol.id = r.contact_policy_id
                  LEFT JOIN LATERAL (
                       SELECT t.date FROM retention_touchpoint t
                        WHERE t.profile_id = r.id AND t.date < %(stop)s
                          AND NOT t.automated
                          AND (pol.counted = 'both' OR t.direction = 'out')
                          AND (pol.channels IS NULL OR t.channel = ANY(pol.channels))
                        ORDER BY t.date DESC LIMIT 1) last ON TRUE
                 CROSS JOIN LATERAL (SELECT %(base_day)s AS base_day) due
                """,
                customers=query.subselect("id"),
                policy=SQL("(%s)", self.env["retention.profile"]._policy_sql()),
                day=period.date_to,
                stop=period.stop,
                base_day=self.env["retention.profile"]._day_sql(
                    SQL("COALESCE(last.date, r.start_date)")
                ),
            )
        )
        return self._share(*row)
