import math
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import models
from odoo.tools import SQL

from .retention_profile_risk import UNRATED_KINDS

# With fewer on either side the interval is so wide that it says nothing.
MIN_CUSTOMERS = 20
# Who bought nothing for longer was no customer any more.
ACTIVE_DAYS = 365
# Of the standard normal distribution, for 95 %.
Z = 1.959964


class RetentionRiskBacktestFigures(models.AbstractModel):
    """How the risks of then compare with who left: in one statement."""

    _name = "retention.risk.backtest.figures"
    _description = "Figures of a Backtest"

    def _end_of_day(self, day):
        """Return the last moment of a day by the company's calendar, in UTC."""
        zone = self.company_id._retention_zones().get(self.company_id.id) or "UTC"
        midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
        moment = midnight.astimezone(UTC).replace(tzinfo=None)
        return moment - timedelta(microseconds=1)

    def _customer_ids(self, moment):
        """Return the customers that could leave then: put away or not now, as
        otherwise those who left would be missing."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.profile_id
                  FROM (SELECT profile_id FROM retention_value_event
                         WHERE company_id = %(company)s AND date <= %(moment)s
                         GROUP BY profile_id
                        HAVING COUNT(DISTINCT date::date) >= 2
                           AND MAX(date) > %(earliest)s) b
                  LEFT JOIN LATERAL (
                       SELECT s.kind
                         FROM (%(moves)s) t
                         JOIN retention_journey_stage s ON s.id = t.to_stage_id
                        WHERE t.stage_date <= %(moment)s
                        ORDER BY t.stage_date DESC, t.id DESC LIMIT 1) stage ON TRUE
                 WHERE stage.kind IS NULL OR stage.kind NOT IN %(unrated)s
                """,
                company=self.company_id.id,
                moment=moment,
                earliest=moment - timedelta(days=ACTIVE_DAYS),
                moves=self._moves_sql(SQL("b.profile_id")),
                unrated=UNRATED_KINDS,
            )
        )
        return [row[0] for row in rows]

    def _outcomes_sql(self):
        """One row for each customer: ``score`` and ``days`` as of then, and whether
        it ``has_left`` afterwards; ``is_skipped`` if that cannot be told."""
        moment = self._end_of_day(self.as_of_date)
        end = self._end_of_day(self.as_of_date + timedelta(days=self.span_days))
        return SQL(
            """
            SELECT r.id, r.risk_score::float8 AS score,
                   (%(moment)s::date - GREATEST(
                    r.last_purchase_date, r.last_contact_date)::date)::float8 AS days,
                   COALESCE(r.purchase_rhythm_days > %(span)s, FALSE) AS is_skipped,
                   NOT EXISTS (
                       SELECT FROM retention_value_event e
                        WHERE e.profile_id = r.id
                          AND e.date > %(moment)s AND e.date <= %(end)s)
                   OR EXISTS (
                       SELECT FROM (%(moves)s) t
                         JOIN retention_journey_stage s ON s.id = t.to_stage_id
                        WHERE s.kind = 'lost'
                          AND t.stage_date > %(moment)s AND t.stage_date <= %(end)s)
                   AS has_left
              FROM (%(risks)s) r
            """,
            risks=self.env["retention.profile"]._risk_sql(
                self._customer_ids(moment), moment, agreed=False
            ),
            moves=self._moves_sql(SQL("r.id")),
            moment=moment,
            end=end,
            span=self.span_days,
        )

    def _moves_sql(self, profile):
        """The moves of one customer that have happened."""
        return self.env["retention.journey.transition"]._happened_sql(
            SQL("t.profile_id = %s", profile)
        )

    def _figures_sql(self, outcomes):
        """Compare two orders of the same customers with who left: one row.

        The AUC is the chance that of one who left and one who stayed the former
        comes first, ties counting half: Mann and Whitney's statistic, from mean
        ranks. Its variance, and that of the difference between the two, follow
        from the placements: E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson,
        "Comparing the Areas under Two or More Correlated Receiver Operating
        Characteristic Curves", Biometrics 44 (1988) 837-845; with mean ranks as
        in X. Sun and W. Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393.

        Those who tie at the end of the top tenth share the places that are left.

        :param SQL outcomes: ``score, days, is_skipped, has_left``
        """
        return SQL(
            """
            WITH outcome AS MATERIALIZED (%(outcomes)s
            ), counted AS (
                SELECT COUNT(*) AS total, COUNT(*) FILTER (WHERE has_left) AS gone,
                       COUNT(*) FILTER (WHERE NOT has_left) AS stayed,
                       CEIL(COUNT(*) / 10.0)::int AS top
                  FROM outcome WHERE NOT is_skipped
            ), placed AS (
                SELECT has_left, %(score)s, %(days)s
                  FROM outcome, counted WHERE NOT is_skipped
            )
            SELECT (SELECT COUNT(*) FROM outcome WHERE is_skipped) AS skipped,
                   MAX(c.total) AS total, MAX(c.gone) AS gone,
                   MAX(c.stayed) AS stayed, MAX(c.top) AS top,
                   SUM(score_top) FILTER (WHERE has_left) AS risk_top,
                   SUM(days_top) FILTER (WHERE has_left) AS days_top,
                   AVG(score_place) FILTER (WHERE has_left) AS risk_auc,
                   AVG(days_place) FILTER (WHERE has_left) AS days_auc,
                   %(score_variance)s AS risk_variance,
                   %(days_variance)s AS days_variance,
                   %(both_variance)s AS difference_variance
              FROM counted c LEFT JOIN placed ON TRUE
            """,
            outcomes=outcomes,
            score=self._placed_sql("score"),
            days=self._placed_sql("days"),
            score_variance=self._variance_sql(SQL("score_place")),
            days_variance=self._variance_sql(SQL("days_place")),
            both_variance=self._variance_sql(SQL("score_place - days_place")),
        )

    def _placed_sql(self, name):
        """``<name>_place``: the share of the others (those who stayed, for one who
        left) that comes after by this order; ``<name>_top``: whether it is in the
        top tenth, or which share of a place it has there."""
        return SQL(
            """
            (RANK() OVER (ORDER BY %(by)s)
             + (COUNT(*) OVER (PARTITION BY %(by)s) - 1) / 2.0::float8
             - RANK() OVER (PARTITION BY has_left ORDER BY %(by)s)
             - (COUNT(*) OVER (PARTITION BY has_left, %(by)s) - 1) / 2.0::float8)
            / NULLIF(CASE WHEN has_left THEN counted.stayed ELSE counted.gone END, 0)
            AS %(place)s,
            GREATEST(0, LEAST(1, (counted.top + 1 - RANK() OVER (
                     ORDER BY %(by)s DESC))::float8
                     / COUNT(*) OVER (PARTITION BY %(by)s))) AS %(top)s
            """,
            by=SQL.identifier(name),
            place=SQL.identifier(f"{name}_place"),
            top=SQL.identifier(f"{name}_top"),
        )

    def _variance_sql(self, place):
        """The variance of an AUC, or of a difference, from the placements."""
        return SQL(
            "VAR_SAMP(%(place)s) FILTER (WHERE has_left) / NULLIF(MAX(c.gone), 0)"
            " + VAR_SAMP(%(place)s) FILTER (WHERE NOT has_left)"
            " / NULLIF(MAX(c.stayed), 0)",
            place=place,
        )

    def _evaluate(self, figures):
        """Return what is stored of the figures of the statement."""
        missing = max(
            0, MIN_CUSTOMERS - figures["gone"], MIN_CUSTOMERS - figures["stayed"]
        )
        values = {
            "state": "few" if missing else "done",
            "customer_count": figures["total"],
            "skipped_count": figures["skipped"],
            "left_count": figures["gone"],
            "missing_count": missing,
        }
        if missing:
            return values
        values.update(
            top_count=figures["top"],
            risk_top_left=figures["risk_top"],
            days_top_left=figures["days_top"],
            difference=figures["risk_auc"] - figures["days_auc"],
            risk_auc=figures["risk_auc"],
            days_auc=figures["days_auc"],
            # without any spread there is nothing to take an interval from
            has_interval=bool(figures["risk_variance"] and figures["days_variance"]),
        )
        for name, lowest in (("risk_auc", 0), ("days_auc", 0), ("difference", -1)):
            variance = figures[f"{name.removesuffix('_auc')}_variance"]
            margin = Z * math.sqrt(max(0, variance))
            values[f"{name}_low"] = max(lowest, values[name] - margin)
            values[f"{name}_high"] = min(1, values[name] + margin)
        return values
