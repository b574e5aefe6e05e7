from odoo import fields, models
from odoo.tools import SQL

from .retention_winback_life import OPEN_STEPS

# Purchases are noted late now and then: so long what is over is looked at again.
LATE_DAYS = 30
RETURN_BATCH = 500
# For cases that run without a play.
DEFAULT_SUCCESS_DAYS = 90


class RetentionPlayReturn(models.AbstractModel):
    """Who came back, told from facts: in the same way for those addressed and those
    left out."""

    _name = "retention.play.return"
    _description = "Who Came Back"

    def _returns_sql(self, profile, start, end):
        """A select ``date, amount`` of what tells that a customer came back.

        What was agreed on before the start tells nothing: the next period of an old
        contract comes by itself.

        :param SQL profile: id of the customer
        :param SQL start: after when
        :param SQL end: until when
        """
        return SQL(
            """
            SELECT e.date, e.amount
              FROM retention_value_event e
             WHERE e.profile_id = %(profile)s
               AND e.date > %(start)s AND e.date <= %(end)s
               AND (e.kind <> 'recurring' OR NOT EXISTS (
                    SELECT FROM retention_value_event f
                     WHERE f.res_model = e.res_model AND f.res_id = e.res_id
                       AND f.kind = e.kind AND f.date <= %(start)s))
             UNION ALL
            -- won without an amount
            SELECT l.date_closed, 0
              FROM retention_profile p
              JOIN res_partner person ON person.commercial_partner_id = p.partner_id
              JOIN crm_lead l ON l.partner_id = person.id
              LEFT JOIN res_users our ON our.id = l.user_id
             WHERE p.id = %(profile)s AND p.company_id = %(company)s
               AND l.active AND l.won_status = 'won'
               AND l.date_closed > %(start)s AND l.date_closed <= %(end)s
               AND NOT EXISTS (SELECT FROM retention_value_event e
                                WHERE e.res_model = 'crm.lead' AND e.res_id = l.id)
            """,
            profile=profile,
            start=start,
            end=end,
            company=self.env["crm.lead"]._retention_company_sql(),
        )

    def _note_returns(self):
        """Note who came back and what they bought, and whose time is over.

        :return: how many changed
        """
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH wanted AS (
                    SELECT m.id, MIN(r.date) AS date, COALESCE(SUM(r.amount), 0) AS sum,
                           CASE WHEN m.end_date <= %(now)s THEN 'done'
                                ELSE 'running' END AS state
                      FROM retention_play_member m
                      LEFT JOIN LATERAL (%(returns)s) r ON TRUE
                     WHERE m.state = 'running'
                        OR (m.state = 'done' AND m.end_date > %(late)s)
                     GROUP BY m.id
                )
                UPDATE retention_play_member m
                   SET returned_date = w.date, revenue = w.sum, state = w.state,
                       write_date = %(moment)s
                  FROM wanted w
                 WHERE w.id = m.id AND (m.returned_date, m.revenue, m.state)
                       IS DISTINCT FROM (w.date, w.sum, w.state)
                """,
                returns=self._returns_sql(
                    SQL("m.profile_id"),
                    SQL("m.start_date"),
                    SQL("LEAST(m.end_date, %s)", now),
                ),
                now=now,
                late=fields.Datetime.subtract(now, days=LATE_DAYS),
                moment=self.env.cr.now(),
            )
        )
        changed = self.env.cr.rowcount
        if changed:
            self.env["retention.play.member"].invalidate_model()
        return changed

    def _success_end_sql(self, case, play):
        """Until when a purchase counts as a success of the measure of a case.

        :param str case: alias of the case
        :param str play: alias of its play, if it has any
        """
        return SQL(
            "(%s + make_interval(days => COALESCE(%s, %s)))",
            SQL.identifier(case, "start_date"),
            SQL.identifier(play, "success_days"),
            DEFAULT_SUCCESS_DAYS,
        )

    def _win_returned(self):
        """Close the cases whose customer came back in time.

        A cancellation stands until it is taken back: whoever has cancelled comes back
        by buying after the last day.

        :return: how many
        """
        dates = dict(
            self._cases_that_bought(
                SQL(
                    """
                    c.step = 'running'
                    AND (c.cancel_date IS NULL OR c.is_withdrawn OR r.day > c.end_date)
                    """
                ),
                SQL("c.start_date"),
                SQL(
                    "LEAST(%s, %s)",
                    fields.Datetime.now(),
                    self._success_end_sql("c", "play"),
                ),
            )
        )
        note = self.env._("Bought again or won: seen from the facts")
        self.env["retention.winback"].browse(dates)._close("won", note, dates)
        return len(dates)

    def _ask_who_stays(self):
        """Ask about those who have bought although they cancelled, once each.

        :return: about how many
        """
        rows = self._cases_that_bought(
            SQL(
                """
                c.step IN %s AND c.cancel_date IS NOT NULL
                AND c.is_withdrawn IS NOT TRUE AND c.is_stay_asked IS NOT TRUE
                AND r.day >= c.cancel_date AND (r.day <= c.end_date) IS NOT FALSE
                """,
                OPEN_STEPS,
            ),
            SQL("COALESCE(c.start_date, c.open_date)"),
            SQL("%s::timestamp", fields.Datetime.now()),
        )
        cases = self.env["retention.winback"].browse([row[0] for row in rows])
        cases._ask_whether_they_stay()
        return len(cases)

    def _cases_that_bought(self, condition, start, end):
        """Return some of the cases whose customers bought: ``(id, when first)``.

        :param SQL condition: on the case ``c`` and what tells of the purchase ``r``,
            with ``r.day`` by the company's calendar
        :param SQL start: after when
        :param SQL end: until when
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT c.id, MIN(r.date)
                  FROM retention_winback c
                  JOIN res_company company ON company.id = c.company_id
                  LEFT JOIN resource_calendar cal
                    ON cal.id = company.resource_calendar_id
                  LEFT JOIN retention_play play ON play.id = c.play_id
                  JOIN LATERAL (
                       SELECT f.date, ((f.date AT TIME ZONE 'UTC')
                              AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date AS day
                         FROM (%(returns)s) f) r ON TRUE
                 WHERE %(condition)s
                 GROUP BY c.id ORDER BY c.id LIMIT %(limit)s
                """,
                returns=self._returns_sql(SQL("c.profile_id"), start, end),
                condition=condition,
                limit=RETURN_BATCH,
            )
        )
