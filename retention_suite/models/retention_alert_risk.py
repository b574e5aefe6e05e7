from odoo import api, fields, models
from odoo.tools import SQL

from .among import among
from .retention_purpose_rule import ROUTINE_PURPOSES
from .retention_winback_life import OPEN_STEPS


class RetentionAlertRisk(models.AbstractModel):
    """What is to do for customers who may leave.

    Entering high risk asks once: ``risk_high_date`` of the customer says since
    when it is high, and whatever was asked since then was about the same time.
    """

    _name = "retention.alert.risk"
    _description = "To Do for Customers at Risk"

    risk_score = fields.Integer(
        string="Risk Then",
        readonly=True,
        aggregator=None,
        help="The customer's risk when this came up.",
    )

    def _reason_risk(self, last_contact):
        # sudo: who sees what is to do may know why
        profile = self.sudo().profile_id
        if self.state in ("open", "snoozed"):
            return profile.risk_text
        return self.env._("The risk had risen to %s of 100.", self.risk_score)

    def action_win_back(self):
        """Open the win-back case of a customer at risk, with the play that fits."""
        self.ensure_one()
        self.check_access("read")
        return self.profile_id.action_win_back()

    @api.private
    def _raise_risks(self):
        """Ask for customers whose risk has become high, once each time.

        :return: how many were raised
        """
        self.env.flush_all()
        raised = self._insert(
            SQL(
                """
                INSERT INTO retention_alert (
                       profile_id, company_id, kind, policy_id, user_id, date,
                       deadline_date, priority_score, risk_score, last_contact_date,
                       state, create_uid, create_date, write_uid, write_date)
                SELECT p.id, p.company_id, 'risk', pol.id,
                       COALESCE(p.user_id, pol.fallback_user_id), today.day,
                       CASE WHEN pol.escalation_days > 0
                            THEN today.day + pol.escalation_days END,
                       %(score)s, p.risk_score, p.last_contact_date, 'open',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM retention_profile p
                  LEFT JOIN retention_contact_policy pol
                    ON pol.id = p.contact_policy_id
                  JOIN %(today)s today ON today.company_id = p.company_id
                 WHERE p.risk_high_date IS NOT NULL AND p.active
                   -- somebody has them in work already
                   AND NOT EXISTS (
                       SELECT FROM retention_winback w
                        WHERE w.profile_id = p.id AND w.step IN %(open)s)
                   AND NOT EXISTS (
                       SELECT FROM retention_alert a
                        WHERE a.profile_id = p.id AND a.kind = 'risk'
                          AND (a.state IN ('open', 'snoozed')
                               OR a.create_date >= p.risk_high_date))
                    ON CONFLICT DO NOTHING
                """,
                score=self._risk_priority_sql(),
                today=self._today_sql(),
                open=OPEN_STEPS,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self._update_risk_priorities()
        return raised

    def _risk_priority_sql(self):
        """How urgent customer ``p`` at high risk is: twice the risk, plus 20 for
        each digit of what the customer is worth."""
        return SQL(
            """round(2 * p.risk_score
                     + 20 * log(1 + GREATEST(COALESCE(p.customer_value, 0), 0)::float8))
            """
        )

    def _update_risk_priorities(self):
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_alert a SET priority_score = %(score)s
                  FROM retention_profile p
                 WHERE p.id = a.profile_id AND a.kind = 'risk' AND a.state = 'open'
                   AND a.priority_score IS DISTINCT FROM %(score)s
                """,
                score=self._risk_priority_sql(),
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model(["priority_score"], flush=False)

    @api.private
    def _close_risks(self, profile_ids=None):
        """End what is to do for customers whose risk has fallen, and where one of
        us has been in contact since about more than payment and service.

        :param list profile_ids: only for these customers
        :return: how many were ended
        """
        self.env.flush_all()
        contact = SQL(
            """
            (SELECT t.id FROM retention_touchpoint t
              WHERE t.profile_id = a.profile_id AND t.date >= a.create_date
                AND t.direction = 'out' AND NOT t.automated
                AND t.purpose NOT IN %s
              ORDER BY t.date, t.id LIMIT 1)
            """,
            ROUTINE_PURPOSES,
        )
        return self._end(
            SQL(
                """
                a.kind = 'risk' AND %(scope)s AND (
                    %(contact)s IS NOT NULL OR NOT EXISTS (
                        SELECT FROM retention_profile p
                         WHERE p.id = a.profile_id
                           AND p.risk_high_date IS NOT NULL AND p.active))
                """,
                scope=among("a.profile_id", profile_ids),
                contact=contact,
            ),
            "resolved",
            answer=contact,
        )
