from odoo import models
from odoo.tools import SQL

from .retention_profile_measure import (
    RHYTHM_MIN_DAYS,
    SILENT_DAYS,
    SILENT_MIN_DAYS,
    WINDOW_DAYS,
)
from .retention_profile_value import RHYTHM_MIN_PURCHASES
from .retention_purpose_rule import ROUTINE_PURPOSES
from .retention_risk_factor import FACTORS

# A gap counts in full from so many times what is usual on.
FULL_FACTOR = 3
# Whoever is in contact less often than this has no rhythm to wait for.
RHYTHM_MAX_DAYS = 180
# With fewer contacts before, fewer now say nothing.
FALLING_MIN_CONTACTS = 3
# A message waits too long from so many days on, whatever the weekday.
WAITING_DAYS = 3
# With so many conversations that wait, answers are missing in full.
WAITING_FULL = 2
# What is longer ago than this, as of the last personal contact, says nothing: the
# relationship has gone on since. Silence is no going on, and makes nobody safer.
RECENT_DAYS = 180


class RetentionProfileRiskSql(models.AbstractModel):
    """The risk of leaving as of any moment, in one statement.

    It never falls merely because time goes on without any contact: each factor
    rises with the silence, or rests on what was before it.
    """

    _name = "retention.profile.risk.sql"
    _description = "How the Risk Is Counted"

    def _risk_sql(self, ids, moment, agreed=True):
        """The risk of some customers as of a moment, from facts up to it alone.

        A select of ``id``, the points per factor (``risk_<code>_points``), their
        sum ``risk_score``, and what they follow from. Days are those of UTC, so
        that within a day nothing moves by itself. What a person corrects about
        the past (a message needs no answer) corrects the past score, too.

        :param list ids: of the customers
        :param datetime moment: facts after it are not looked at
        :param bool agreed: without an own rhythm count against the days agreed
            now; else against 90 days, as nobody knows what was agreed then
        """
        return SQL(
            """
            WITH scope AS MATERIALIZED (
                SELECT p.id, p.partner_id, p.company_id, %(agreed)s AS agreed_days,
                       p.start_date, %(moment)s::timestamp AS moment,
                       %(moment)s::date AS day
                  FROM retention_profile p WHERE p.id = ANY(%(ids)s)
            ), contact AS (%(contacts)s
            ), purchase AS (%(purchases)s
            ), failed AS (%(handovers)s
            ), judged AS (
                SELECT scope.id, scope.start_date, contact.last_contact_date,
                       contact.rhythm_days, purchase.last_purchase_date,
                       purchase.purchase_rhythm_days,
                       COALESCE(%(before)s, 0) AS risk_before_count,
                       COALESCE(contact.waiting_count, 0) AS risk_waiting_count,
                       %(points)s
                  FROM scope
                  LEFT JOIN contact ON contact.profile_id = scope.id
                  LEFT JOIN purchase ON purchase.profile_id = scope.id
                  LEFT JOIN failed ON failed.profile_id = scope.id
            )
            SELECT judged.*, %(rounded)s FROM judged
             -- There is one row of each. The planner cannot know, expects millions,
             -- and would spread them over thousands of files.
             LIMIT %(count)s
            """,
            ids=list(ids),
            count=len(ids),
            moment=moment,
            agreed=SQL("p.agreed_days") if agreed else SQL("NULL::int"),
            contacts=self._risk_contacts_sql(),
            purchases=self._risk_purchases_sql(),
            handovers=self._risk_handovers_sql(),
            before=self._risk_before_sql(),
            points=self._risk_points_sql(),
            rounded=self._risk_rounded_sql(),
        )

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def _risk_contacts_sql(self):
        """One row for each customer with contacts up to the moment.

        Of the conversations that wait, the first message without an answer by
        then counts: answers that came later do not change which one that is. The
        last contact is that of the same sort: of personal ones, a personal one.
        """
        return SQL(
            """
            SELECT t.profile_id,
                   MAX(t.last_date) FILTER (WHERE NOT t.automated)
                       AS last_contact_date,
                   CASE WHEN COUNT(t.gap) >= %(gaps)s
                        THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY t.gap)
                   END AS rhythm_days,
                   COUNT(*) FILTER (WHERE NOT t.automated AND t.age <= %(window)s)
                       AS recent_count,
                   COUNT(*) FILTER (WHERE NOT t.automated AND t.before <= %(window)s)
                       AS latest_count,
                   COUNT(*) FILTER (WHERE NOT t.automated AND t.before > %(window)s
                                      AND t.before <= 2 * %(window)s) AS earlier_count,
                   MAX(t.date) FILTER (WHERE t.purpose IN %(routine)s)
                       AS routine_date,
                   MAX(t.date) FILTER (WHERE NOT t.automated
                                         AND t.purpose NOT IN %(routine)s)
                       AS other_date,
                   COUNT(DISTINCT t.res_model || ',' || t.res_id) FILTER (
                       WHERE t.waits AND t.age >= %(waiting)s
                         AND t.before < %(recent)s) AS waiting_count
              FROM (SELECT t.profile_id, t.date, t.automated, t.purpose, t.res_model,
                           t.res_id, scope.day - t.date::date AS age,
                           FIRST_VALUE(t.date) OVER sort AS last_date,
                           (FIRST_VALUE(t.date) OVER sort)::date - t.date::date
                               AS before,
                           t.needs_answer AND (t.answered_date IS NULL
                               OR t.answered_date > scope.moment) AS waits,
                           CASE WHEN NOT t.automated THEN NULLIF(
                                t.date::date - LEAD(t.date::date) OVER sort, 0)
                           END AS gap
                      FROM retention_touchpoint t
                      JOIN scope ON scope.id = t.profile_id
                     WHERE t.date <= scope.moment
                    WINDOW sort AS (PARTITION BY t.profile_id, t.automated
                                    ORDER BY t.date DESC)) t
             GROUP BY t.profile_id
            """,
            gaps=RHYTHM_MIN_DAYS - 1,
            window=WINDOW_DAYS,
            recent=RECENT_DAYS,
            routine=ROUTINE_PURPOSES,
            waiting=WAITING_DAYS,
        )

    def _risk_purchases_sql(self):
        """One row for each customer with purchases up to the moment."""
        return SQL(
            """
            SELECT e.profile_id, MAX(e.date) AS last_purchase_date,
                   CASE WHEN COUNT(e.gap) >= %s
                        THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY e.gap)
                   END AS purchase_rhythm_days
              FROM (SELECT v.profile_id, v.date, NULLIF(
                           v.date::date - LAG(v.date::date) OVER (
                           PARTITION BY v.profile_id ORDER BY v.date), 0) AS gap
                      FROM retention_value_event v
                      JOIN scope ON scope.id = v.profile_id
                     WHERE v.date <= scope.moment) e
             GROUP BY e.profile_id
            """,
            RHYTHM_MIN_PURCHASES - 1,
        )

    def _risk_handovers_sql(self):
        """The customers with a lead whose newest hand-over by then had failed:
        it was returned, or nobody was in contact in time; with when that was."""
        return SQL(
            """
            SELECT profile_id, MAX(failed_date) AS failed_date
              FROM (SELECT DISTINCT ON (scope.id, h.lead_id)
                           scope.id AS profile_id, scope.moment,
                           CASE WHEN h.state = 'returned'
                                 AND h.closed_date <= scope.moment THEN h.closed_date
                                WHEN (h.contacted_date IS NULL
                                      OR h.contacted_date > scope.moment)
                                 AND (h.closed_date IS NULL
                                      OR h.closed_date > scope.moment
                                      OR h.state = 'expired')
                                THEN COALESCE(h.contact_due_date, h.expire_due_date)
                           END AS failed_date
                      FROM retention_handover h
                      JOIN scope ON scope.partner_id = h.customer_id
                       AND scope.company_id = h.company_id
                     WHERE h.offered_date <= scope.moment
                     ORDER BY scope.id, h.lead_id, h.offered_date DESC, h.id DESC
                   ) newest
             WHERE failed_date <= moment
             GROUP BY profile_id
            """
        )

    # ------------------------------------------------------------------
    # Strengths and points
    # ------------------------------------------------------------------

    def _risk_strengths(self):
        """Return how strong each factor is, from 0 to 1 or NULL, by its code."""
        gap = SQL(
            "(scope.day - COALESCE(contact.last_contact_date, scope.start_date)::date)"
        )
        usual = SQL(
            # LEAST passes over what is not known, so it has to be known first
            "GREATEST(%s, CASE WHEN contact.rhythm_days IS NOT NULL"
            " THEN LEAST(contact.rhythm_days, %s)"
            " ELSE COALESCE(NULLIF(scope.agreed_days, 0), %s) END)",
            SILENT_MIN_DAYS,
            RHYTHM_MAX_DAYS,
            SILENT_DAYS,
        )
        pause = SQL("(scope.day - purchase.last_purchase_date::date)")
        between = SQL(
            "CASE WHEN purchase.purchase_rhythm_days IS NOT NULL"
            " THEN GREATEST(%s, purchase.purchase_rhythm_days) END",
            SILENT_MIN_DAYS,
        )
        return {
            "gap": self._risk_ramp_sql(gap, usual),
            "purchase": self._risk_ramp_sql(pause, between),
            "falling": SQL(
                "CASE WHEN %(before)s >= %(least)s"
                " THEN GREATEST(0, 1 - contact.recent_count::numeric / %(before)s) END",
                before=self._risk_before_sql(),
                least=FALLING_MIN_CONTACTS,
            ),
            "answer": SQL(
                "LEAST(1, COALESCE(contact.waiting_count, 0)::numeric / %s)",
                WAITING_FULL,
            ),
            # who was never contacted has not gone on since
            "handover": SQL(
                "(contact.last_contact_date::date - failed.failed_date::date < %s"
                " OR (failed.failed_date IS NOT NULL"
                " AND contact.last_contact_date IS NULL))::int",
                RECENT_DAYS,
            ),
            "routine": SQL(
                "(contact.routine_date > COALESCE(contact.other_date, '-infinity')"
                " AND COALESCE(scope.day - contact.other_date::date >= %s, TRUE))::int",
                RECENT_DAYS,
            ),
        }

    def _risk_before_sql(self):
        """How many personal contacts there were in 90 days before: up to the last
        contact or in the 90 days before that, whichever were more.

        Both stand still while nobody is in contact, so that the contacts of the last
        90 days only become fewer in comparison.
        """
        return SQL("GREATEST(contact.latest_count, contact.earlier_count)")

    def _risk_ramp_sql(self, days, usual):
        """Rise from 0 at what is usual to 1 at ``FULL_FACTOR`` times that."""
        return SQL(
            "LEAST(1, GREATEST(0, (%s / (%s)::numeric - 1) / %s))",
            days,
            usual,
            FULL_FACTOR - 1,
        )

    def _risk_points_sql(self):
        """``exact_<code>``: the points of each factor, before they are rounded."""
        weights = self.env["retention.risk.factor"]._weights()
        total = sum(weights.values()) or 1
        return SQL(", ").join(
            SQL(
                "100.0 * %s / %s * COALESCE(%s, 0) AS %s",
                weights.get(code, 0),
                total,
                strength,
                SQL.identifier(f"exact_{code}"),
            )
            for code, strength in self._risk_strengths().items()
        )

    def _risk_rounded_sql(self):
        """The points as whole numbers whose sum is the score.

        What is rounded is the sum up to each factor (so a factor alone has its
        own points rounded, and each is off by less than one): rounding each by
        itself could add up to more than 100, or to another number than shown.
        """
        columns, before, exact = [], SQL("0"), SQL("0")
        for code, _label in FACTORS:
            exact = SQL("%s + %s", exact, SQL.identifier(f"exact_{code}"))
            rounded = SQL("ROUND(%s)::int", exact)
            name = SQL.identifier(f"risk_{code}_points")
            columns.append(SQL("%s - %s AS %s", rounded, before, name))
            before = rounded
        return SQL("%s, %s AS risk_score", SQL(", ").join(columns), before)
