from odoo import api, fields, models
from odoo.tools import SQL

from .among import among
from .cached import forget

OPEN_STATES = ("open", "snoozed")
# What customers show of their alerts.
OPEN_ALERT_FIELDS = (
    "alert_ids",
    "open_alert_ids",
    "open_alert_count",
    "question_count",
)
# What every statement that ends alerts sets.
ENDING_TEXT = """
    state = %(state)s, close_date = %(ended)s, close_user_id = %(user)s,
    snooze_date = NULL, write_date = %(now)s"""
# With so many new ones at once, what PostgreSQL knows of them is brought up to date.
ANALYZE_FROM = 1000


class RetentionAlertLife(models.AbstractModel):
    """How alerts come, wake up, and end."""

    _name = "retention.alert.life"
    _description = "How Alerts Come and Go"

    # ------------------------------------------------------------------
    # Coming
    # ------------------------------------------------------------------

    @api.private
    def _raise_contact_gaps(self, profile_ids=None):
        """Raise an alert for every customer whose next contact is due.

        Not for those who are lost: what is to do for them is in their win-back case.
        Not for those dismissed since the last contact, nor for those whose
        activity was finished without a contact, until the days of escalation
        (without any: the agreed days) have passed.

        :param list profile_ids: of the customers; None for all
        :return: how many were raised
        """
        self.env.flush_all()
        return self._insert(
            SQL(
                """
                -- apart, not to be read again for each row that is added
                WITH due AS MATERIALIZED (
                    SELECT p.id FROM retention_profile p
                      JOIN %(today)s today ON today.company_id = p.company_id
                     WHERE p.active AND p.next_contact_date <= %(latest)s
                       AND p.next_contact_date <= today.day AND %(scope)s
                       AND NOT %(lost)s
                    EXCEPT
                    SELECT a.profile_id FROM retention_alert a
                     WHERE a.kind = 'contact_gap' AND a.state IN ('open', 'snoozed')
                       AND %(noted_scope)s
                ), closed AS MATERIALIZED (
                    SELECT a.profile_id, a.state, a.last_contact_date, a.close_date
                      FROM retention_alert a
                     WHERE a.kind = 'contact_gap'
                       AND a.state NOT IN ('open', 'snoozed'))
                INSERT INTO retention_alert (
                       profile_id, company_id, kind, policy_id, user_id, date,
                       deadline_date, agreed_days, last_contact_date, base_date,
                       priority_score, state,
                       create_uid, create_date, write_uid, write_date)
                SELECT p.id, p.company_id, 'contact_gap', pol.id,
                       COALESCE(p.user_id, pol.fallback_user_id), today.day,
                       CASE WHEN pol.escalation_days > 0
                            THEN today.day + pol.escalation_days END,
                       p.agreed_days, p.last_counted_date,
                       p.next_contact_date - p.agreed_days, %(score)s, 'open',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM due
                  JOIN retention_profile p ON p.id = due.id
                  JOIN retention_contact_policy pol ON pol.id = p.contact_policy_id
                  JOIN %(today)s today ON today.company_id = p.company_id
                 WHERE NOT EXISTS (
                       SELECT FROM closed a
                        WHERE a.profile_id = p.id
                          AND a.last_contact_date
                              IS NOT DISTINCT FROM p.last_counted_date
                          AND (a.state = 'dismissed'
                               OR a.close_date + make_interval(
                                  days => COALESCE(
                                      NULLIF(pol.escalation_days, 0),
                                      p.agreed_days)) > %(now)s))
                    ON CONFLICT DO NOTHING
                """,
                score=self._priority_sql(),
                lost=self._lost_sql,
                scope=among("p.id", profile_ids),
                noted_scope=among("a.profile_id", profile_ids),
                today=self._today_sql(),
                latest=fields.Date.add(fields.Date.today(), days=1),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    def _insert(self, query):
        """Run a statement that raises alerts.

        :param SQL query: the ``INSERT``
        :return: how many were raised
        """
        [(raised,)] = self.env.execute_query(
            SQL(
                "WITH raised AS (%s RETURNING profile_id, kind), %s"
                " SELECT COUNT(*) FROM raised",
                query,
                self._counted_sql("raised", 1),
            )
        )
        if raised >= ANALYZE_FROM:
            # what it knows of a table tells PostgreSQL how to join it
            self.env.cr.execute("ANALYZE retention_alert")
        if raised:
            forget(self.env, "retention.profile", field_names=OPEN_ALERT_FIELDS)
        return raised

    def _today_sql(self):
        """Today by each company's calendar: ``(company_id, day)``."""
        return SQL(
            """(SELECT c.id AS company_id,
                       ((%s::timestamp AT TIME ZONE 'UTC')
                        AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date AS day
                  FROM res_company c
                  LEFT JOIN resource_calendar cal
                    ON cal.id = c.resource_calendar_id)""",
            fields.Datetime.now(),
        )

    def _priority_sql(self):
        """How urgent a contact with customer ``p`` is on the day ``today.day``.

        The percentage of the agreed days that has passed, 300 at most, plus 20
        for each digit of the open opportunities' revenue.
        """
        # floats: logarithms of decimals take a hundred times longer
        return SQL(
            """round(LEAST(300, 100::float8 * (today.day - p.next_contact_date
                                            + p.agreed_days)
                                / GREATEST(p.agreed_days, 1))
                     + 20 * log(1 + GREATEST(
                            COALESCE(p.open_revenue, 0), 0)::float8))"""
        )

    @api.private
    def _update_priorities(self, profile_ids=None):
        """Bring the order of open alerts up to date.

        :param list profile_ids: of the customers; None for all
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH asked AS MATERIALIZED (
                    -- apart: with figures that are new to it PostgreSQL would
                    -- begin with the customers, which are many more
                    SELECT a.id, a.profile_id FROM retention_alert a
                     WHERE a.kind = 'contact_gap' AND a.state = 'open' AND %(scope)s)
                UPDATE retention_alert a SET priority_score = s.score
                  FROM (SELECT asked.id, %(score)s AS score
                          FROM asked
                          JOIN retention_profile p ON p.id = asked.profile_id
                          JOIN %(today)s today ON today.company_id = p.company_id
                         WHERE p.next_contact_date IS NOT NULL) s
                 WHERE s.id = a.id AND a.priority_score IS DISTINCT FROM s.score
                """,
                score=self._priority_sql(),
                today=self._today_sql(),
                scope=among("a.profile_id", profile_ids),
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model(["priority_score"])

    @api.private
    def _wake_up(self):
        """Open again what was snoozed until today."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id FROM retention_alert a
                  JOIN %s today ON today.company_id = a.company_id
                 WHERE a.state = 'snoozed' AND a.snooze_date <= today.day
                """,
                self._today_sql(),
            )
        )
        self.browse(row[0] for row in rows)._open_again()

    def _open_again(self):
        """Take back a snooze or a dismissal.

        Whoever is asked has the whole time to answer, and finds it on the list
        of activities again.
        """
        for alert in self:
            values = {
                "state": "open",
                "snooze_date": False,
                "dismiss_reason": False,
                "close_date": False,
                "close_user_id": False,
            }
            if alert.deadline_date and not alert.escalation_date:
                values["deadline_date"] = max(
                    alert.deadline_date,
                    fields.Date.add(
                        alert._today(), days=alert.policy_id.escalation_days
                    ),
                )
            if not alert.activity_id.active:
                values["activity_date"] = False
            alert.write(values)

    def _today(self):
        """Today by the company's calendar."""
        return self.company_id._retention_day(fields.Datetime.now())

    # ------------------------------------------------------------------
    # Ending
    # ------------------------------------------------------------------

    def _follow_measures(self, profile_ids):
        """Close what new figures of some customers meet, and order the rest.

        :param list profile_ids: of the customers
        :return: how many were closed
        """
        if not profile_ids:
            return 0
        scope = among("a.profile_id", profile_ids)
        closed = self._close_gaps(SQL("%s AND %s", scope, self._met_sql))
        self._update_priorities(profile_ids)
        return closed

    @api.private
    def _close_met(self):
        """Close the contact gap alerts whose gap is no longer too long, by the
        figures or by the day.

        :return: how many were closed
        """
        return self._close_gaps(self._met_sql)

    @api.private
    def _close_put_away(self):
        """Close the contact gap alerts whose customers were put away, or are lost.

        :return: how many were closed
        """
        self.env.flush_all()
        stages = self.env["retention.journey.stage"].with_context(active_test=False)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM retention_profile
                 WHERE (NOT active OR journey_stage_id = ANY(%s))
                   AND company_id = ANY(%s) AND open_alert_count > 0
                   AND open_alert_count > COALESCE(question_count, 0)
                """,
                # named, so that PostgreSQL knows that these are few
                stages.search([("kind", "=", "lost")]).ids,
                self.env["res.company"].with_context(active_test=False).search([]).ids,
            )
        )
        if not rows:
            return 0
        return self._close_gaps(SQL("p.id = ANY(%s)", [row[0] for row in rows]))

    _lost_sql = SQL(
        """
        COALESCE(p.journey_stage_id IN (
            SELECT id FROM retention_journey_stage WHERE kind = 'lost'), FALSE)
        """
    )

    _met_sql = SQL("(p.next_contact_date IS NULL OR p.next_contact_date > today.day)")

    def _close_gaps(self, condition):
        self.env.flush_all()
        ended = SQL(
            """
            a.id IN (
                SELECT a.id FROM retention_alert a
                  JOIN retention_profile p ON p.id = a.profile_id
                  JOIN %s today ON today.company_id = p.company_id
                 WHERE a.kind = 'contact_gap' AND a.state IN ('open', 'snoozed')
                   AND %s)
            """,
            self._today_sql(),
            condition,
        )
        return self._end(ended, "resolved")

    def _close(self, state, reason=None):
        """End alerts and take them off the lists of activities.

        :param str state: ``resolved`` or ``dismissed``
        :param str reason: why, if dismissed
        """
        if self:
            self.env.flush_all()
            self._end(SQL("a.id = ANY(%s)", self.ids), state, reason)

    def _end(self, which, state, reason=None, answer=None):
        """End the open ones among some alerts, in one statement.

        The newest contact that counts is noted as what resolved them, if there
        was one since they were raised.

        :param SQL which: a condition on the alerts ``a``
        :param SQL answer: the contact that ended alert ``a``; None for the newest
            that counts, of contact gaps that were resolved
        :return: how many were ended
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH ended AS (
                    UPDATE retention_alert a
                       SET %(ending)s, dismiss_reason = %(reason)s,
                           touchpoint_id = %(answer)s
                     WHERE a.state IN ('open', 'snoozed') AND %(which)s
                 RETURNING a.profile_id, a.kind, a.activity_id,
                           a.escalation_activity_id
                ), %(counted)s
                SELECT activity_id, escalation_activity_id FROM ended
                """,
                counted=self._counted_sql("ended", -1),
                ending=self._ending_sql(state),
                reason=reason or None,
                answer=answer or self._answer_sql(state),
                which=which,
            )
        )
        if rows:
            self._ended({id_ for row in rows for id_ in row if id_})
        return len(rows)

    def _answer_sql(self, state):
        """The contact that ends alert ``a``."""
        return SQL(
            """
            CASE WHEN %s AND a.kind = 'contact_gap' THEN (
                SELECT t.id
                  FROM retention_profile p
                  JOIN retention_touchpoint t
                    ON t.profile_id = p.id AND t.date = p.last_counted_date
                 WHERE p.id = a.profile_id AND NOT t.automated
                   AND p.last_counted_date IS DISTINCT FROM a.last_contact_date
                 ORDER BY t.id DESC LIMIT 1) ELSE a.touchpoint_id END
            """,
            state == "resolved",
        )

    def _ending_sql(self, state):
        return SQL(
            ENDING_TEXT,
            state=state,
            ended=fields.Datetime.now(),
            user=self.env.uid,
            now=self.env.cr.now(),
        )

    def _ended(self, activity_ids):
        """Take ended alerts off the lists of activities.

        :param activity_ids: those that were made for them
        """
        forget(self.env, "retention.alert")
        forget(self.env, "retention.profile", field_names=OPEN_ALERT_FIELDS)
        if activity_ids:
            activities = self.env["mail.activity"].browse(activity_ids)
            # not those that are done: they are part of the history
            activities.filtered("active").unlink()

    def _open_activities(self):
        return (self.activity_id | self.escalation_activity_id).filtered("active")

    def _of_activities(self, activities):
        """Return the open alerts that some activities were made for."""
        if not activities:
            return self.browse()
        return self.search(
            [
                ("activity_id", "in", activities.ids),
                ("state", "in", OPEN_STATES),
            ]
        )

    def _activity_done(self):
        """End alerts because their activity was marked as done."""
        self._close("resolved")

    def _snooze(self, until):
        """Let alerts rest until a day; their activities wait as well.

        :param date until: when they open again
        """
        self.write({"state": "snoozed", "snooze_date": until})
        self.activity_id.filtered("active").write({"date_deadline": until})
