from odoo import fields, models
from odoo.tools import SQL

from .retention_play_return import RETURN_BATCH


class RetentionPlayDecide(models.AbstractModel):
    """Measures that have had their time without success: somebody is to decide."""

    _name = "retention.play.decide"
    _description = "Who Is to Decide about Win-back"

    def _ask_who_decides(self):
        """Mark the cases whose measure has had its time without success, and ask about
        them, once each.

        All are marked at once. Asked about are the most valuable first, and for each
        person only as many a day as the company allows new activities: see
        ``retention.alert._hand_out``. At most half of these, so that there is room for
        the others.

        :return: how many were asked about
        """
        self._mark_what_is_over()
        self._have_somebody_decide()
        self.env.flush_all()
        alerts = self.env["retention.alert"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT best.id
                  FROM res_company company
                  JOIN %(today)s today ON today.company_id = company.id
                  JOIN res_users u ON u.active AND NOT u.share
                 CROSS JOIN LATERAL (
                       SELECT LEAST((company.retention_daily_limit + 1) / 2
                                    - %(asked)s,
                                    company.retention_daily_limit - %(given)s) AS count
                       ) allowed
                 CROSS JOIN LATERAL (
                       SELECT c.id, ROW_NUMBER() OVER (
                              ORDER BY c.priority_value DESC NULLS LAST, c.id) AS rank
                         FROM retention_winback c
                        WHERE c.user_id = u.id AND c.company_id = company.id
                          AND c.is_decision_due AND c.decision_date IS NULL
                        ORDER BY c.priority_value DESC NULLS LAST, c.id
                        LIMIT GREATEST(allowed.count, 0)) best
                 ORDER BY best.rank, best.id
                 LIMIT %(limit)s
                """,
                today=alerts._today_sql(),
                asked=alerts._asked_to_decide_sql(),
                given=alerts._given_sql(),
                limit=RETURN_BATCH,
            )
        )
        cases = self.env["retention.winback"].browse([row[0] for row in rows])
        cases._ask_to_decide()
        return len(cases)

    def _mark_what_is_over(self):
        """Mark the cases whose measure has had its time, and no others.

        :return: how many changed
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_winback w SET is_decision_due = over.is_due
                  FROM (SELECT c.id, (c.step = 'running' AND %s <= %s) IS TRUE AS is_due
                          FROM retention_winback c
                          LEFT JOIN retention_play play ON play.id = c.play_id
                         WHERE c.step = 'running' OR c.is_decision_due) over
                 WHERE w.id = over.id
                   AND COALESCE(w.is_decision_due, FALSE) <> over.is_due
                """,
                self._success_end_sql("c", "play"),
                fields.Datetime.now(),
            )
        )
        changed = self.env.cr.rowcount
        if changed:
            self.env["retention.winback"].invalidate_model(["is_decision_due"])
        return changed

    def _have_somebody_decide(self):
        """Give the most valuable of the cases that nobody works to somebody, as many
        as one person may be asked about in a day."""
        cases = self.env["retention.winback"]
        asking = [("retention_daily_limit", ">", 0)]
        for company in self.env["res.company"].search(asking):
            nobodys = cases.search(
                [
                    ("company_id", "=", company.id),
                    ("is_decision_due", "=", True),
                    ("decision_date", "=", False),
                    "|",
                    ("user_id", "=", False),
                    ("user_id.active", "=", False),
                ],
                order="priority_value desc, id",
                limit=company.retention_daily_limit,
            )
            # who is asked needs no mail about it
            nobodys.with_context(mail_auto_subscribe_no_notify=True)._have_responsible()
