from odoo import fields, models
from odoo.tools import SQL

from .retention_purpose_rule import ROUTINE_PURPOSES


class RetentionPlayBudget(models.AbstractModel):
    """What is held back, why, and until when."""

    _name = "retention.play.budget"
    _description = "What Is Held Back"

    def _weigh(self):
        """Decide for all messages that are due whether they may go: one statement,
        which writes what has changed."""
        self.env.cr.execute(
            SQL(
                """
                WITH due AS MATERIALIZED (
                    SELECT s.id, s.company_id, person.id AS person_id,
                           person.email_normalized AS email
                      FROM retention_play_sending s
                      JOIN retention_profile p ON p.id = s.profile_id
                      LEFT JOIN LATERAL (%(person)s) person ON TRUE
                     WHERE s.planned_date <= %(now)s
                       AND (s.state = 'waiting' OR (
                            s.state = 'held'
                            AND s.reason NOT IN ('blacklist', 'failed')))
                ), used AS MATERIALIZED (%(used)s
                ), weighed AS (
                    SELECT due.id, due.person_id,
                           CASE WHEN due.email IS NULL THEN 'address'
                                WHEN EXISTS (SELECT FROM mail_blacklist b
                                              WHERE b.active AND b.email = due.email)
                                THEN 'blacklist'
                                WHEN COALESCE(used.count, 0) >= c.retention_budget_count
                                THEN 'budget' END AS reason,
                           CASE WHEN c.retention_budget_count > 0
                                THEN used.dates[c.retention_budget_count]
                                     + make_interval(days => c.retention_budget_days)
                                END AS allowed_date
                      FROM due
                      JOIN res_company c ON c.id = due.company_id
                      LEFT JOIN used ON used.company_id = due.company_id
                       AND used.person_id = due.person_id
                ), wanted AS (
                    SELECT id, person_id, reason,
                           CASE WHEN reason IS NULL THEN 'waiting' ELSE 'held' END
                           AS state,
                           CASE WHEN reason = 'budget' THEN allowed_date END
                           AS allowed_date
                      FROM weighed
                )
                UPDATE retention_play_sending s
                   SET state = w.state, reason = w.reason, partner_id = w.person_id,
                       allowed_date = w.allowed_date, write_date = %(moment)s
                  FROM wanted w
                 WHERE w.id = s.id
                   AND (s.state, s.reason, s.partner_id, s.allowed_date)
                       IS DISTINCT FROM
                       (w.state, w.reason, w.person_id, w.allowed_date)
                """,
                person=self._person_sql(),
                used=self._used_sql(),
                now=fields.Datetime.now(),
                moment=self.env.cr.now(),
            )
        )

    def _person_sql(self):
        """Who of a customer ``p`` gets the message: the customer itself, else the
        first of its contacts with an address."""
        return SQL(
            """
            SELECT r.id, r.email_normalized FROM res_partner r
             WHERE r.commercial_partner_id = p.partner_id AND r.active
               AND COALESCE(r.email_normalized, '') <> ''
               AND (r.id = p.partner_id OR r.type = 'contact')
             ORDER BY r.id <> p.partner_id, r.id LIMIT 1
            """
        )

    def _used_sql(self):
        """What each person got from us unasked within the days of the budget, the
        newest first: contacts of all channels, and messages of plays that are not
        known as contacts yet."""
        return SQL(
            """
            SELECT company_id, person_id, COUNT(*) AS count,
                   ARRAY_AGG(date ORDER BY date DESC) AS dates
              FROM (SELECT d.company_id, d.person_id, t.date
                      FROM (SELECT DISTINCT company_id, person_id FROM due) d
                      JOIN res_company c ON c.id = d.company_id
                      JOIN res_partner r ON r.id = d.person_id
                      JOIN retention_profile p
                        ON p.partner_id = r.commercial_partner_id
                       AND p.company_id = d.company_id
                      JOIN retention_touchpoint t ON t.profile_id = p.id
                       AND (t.partner_id = d.person_id OR EXISTS (
                            SELECT FROM retention_touchpoint_other_partner_rel o
                             WHERE o.touchpoint_id = t.id
                               AND o.partner_id = d.person_id))
                     WHERE t.direction = 'out' AND t.purpose NOT IN %(routine)s
                       AND t.date > %(now)s
                           - make_interval(days => c.retention_budget_days)
                       AND NOT EXISTS (SELECT FROM retention_touchpoint q
                                        WHERE q.answer_id = t.id)
                     UNION ALL
                    SELECT d.company_id, d.person_id, s.sent_date
                      FROM (SELECT DISTINCT company_id, person_id FROM due) d
                      JOIN res_company c ON c.id = d.company_id
                      JOIN retention_play_sending s ON s.partner_id = d.person_id
                       AND s.company_id = d.company_id AND s.state = 'sent'
                     WHERE s.sent_date > %(now)s
                           - make_interval(days => c.retention_budget_days)
                       AND NOT EXISTS (SELECT FROM retention_touchpoint t
                                        WHERE t.message_id = s.message_id)) sent
             GROUP BY company_id, person_id
            """,
            routine=ROUTINE_PURPOSES,
            now=fields.Datetime.now(),
        )
