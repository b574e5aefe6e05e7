from odoo import api, fields, models
from odoo.tools import SQL

from . import retention_alert_task


class RetentionAlertEscalate(models.AbstractModel):
    """Who is told about alerts that nobody worked in time."""

    _name = "retention.alert.escalate"
    _description = "Alerts That Are Overdue"

    @api.private
    def _escalate(self, limit=None):
        """Show overdue alerts to somebody else, once.

        The most urgent first. Nobody gets more activities a day than the company
        allows, and half of them may be such ones: what is overdue from the time
        before the suite buries nobody.

        :param int limit: at most so many at a time
        :return: how many were escalated
        """
        self.env.flush_all()
        # asked first: mostly the day is full, and what is overdue may be a lot
        room = self.env.execute_query(self._room_sql())
        if not room:
            return 0
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ranked.id, ranked.person_id
                  FROM (SELECT overdue.*, room.count, ROW_NUMBER() OVER (
                               PARTITION BY overdue.company_id, overdue.person_id
                               ORDER BY overdue.priority_score DESC, overdue.date,
                                        overdue.id) AS rank
                          FROM (%(overdue)s) overdue
                          JOIN unnest(%(companies)s, %(users)s, %(counts)s)
                               AS room (company_id, user_id, count)
                            ON room.user_id = overdue.person_id
                           AND room.company_id = overdue.company_id) ranked
                 WHERE ranked.rank <= ranked.count
                 ORDER BY ranked.priority_score DESC, ranked.date, ranked.id
                 LIMIT %(limit)s
                """,
                overdue=self._overdue_sql(),
                companies=[row[0] for row in room],
                users=[row[1] for row in room],
                counts=[row[2] for row in room],
                limit=limit or retention_alert_task.ACTIVITY_BATCH,
            )
        )
        alerts = self.browse(row[0] for row in rows)
        users = self.env["res.users"].browse(row[1] for row in rows)
        activities = self._create_activities(
            [
                (alert, user, alert._escalation_summary(user))
                for alert, user in zip(alerts, users, strict=True)
            ]
        )
        for alert, activity in zip(alerts, activities, strict=True):
            alert.write(
                {
                    "escalation_activity_id": activity.id,
                    "escalation_date": alert._today(),
                }
            )
        return len(alerts)

    def _room_sql(self):
        """How many overdue alerts each person may still be told about today:
        ``(company_id, user_id, count)``."""
        return SQL(
            """
            SELECT company.id AS company_id, u.id AS user_id, allowed.count
              FROM res_company company
              JOIN %(today)s today ON today.company_id = company.id
              JOIN res_users u ON u.active AND NOT u.share
             CROSS JOIN LATERAL (
                   SELECT LEAST((company.retention_daily_limit + 1) / 2 - %(told)s,
                                company.retention_daily_limit - %(given)s) AS count
                   ) allowed
             WHERE allowed.count > 0
            """,
            today=self._today_sql(),
            told=self._told_sql(),
            given=self._given_sql(),
        )

    def _told_sql(self):
        """About how many overdue alerts the user ``u`` was told in the company
        ``company`` on the day ``today``, less those that ended since."""
        return SQL(
            """(SELECT COUNT(*) FROM retention_alert told
                  JOIN mail_activity activity
                    ON activity.id = told.escalation_activity_id
                 WHERE activity.user_id = u.id AND told.company_id = company.id
                   AND told.escalation_date = today.day)"""
        )

    def _overdue_sql(self):
        """The overdue alerts that nobody was told about yet, with whom to tell.

        That is whom the policy names, else the leader of the person's sales team.
        For leads it is who handed it over and kept an eye on it, else the leader of
        that team. If that is the person itself or has left, it is the leader of the
        document's team.
        """
        return SQL(
            """
            SELECT a.id, a.company_id, a.priority_score, a.date, person.id AS person_id
              FROM (SELECT * FROM retention_alert a
                     WHERE a.state = 'open' AND a.escalation_date IS NULL
                       AND (a.deadline_date <= %(date)s OR a.due_date < %(now)s)
                    -- apart, so that it uses the indexes of those dates
                    OFFSET 0) a
              JOIN %(today)s today ON today.company_id = a.company_id
              LEFT JOIN retention_contact_policy policy ON policy.id = a.policy_id
              LEFT JOIN res_users asked ON asked.id = a.user_id
              LEFT JOIN crm_team own ON own.id = asked.sale_team_id
              LEFT JOIN crm_team documents ON documents.id = a.team_id
              LEFT JOIN retention_handover h ON h.id = a.handover_id
              LEFT JOIN res_users giver
                ON giver.id = h.from_user_id AND h.state <> 'returned' AND giver.active
              LEFT JOIN crm_team giving
                ON giving.id = COALESCE(h.from_team_id, h.to_team_id)
              LEFT JOIN res_users first
                ON first.active AND first.id <> COALESCE(a.user_id, 0)
               AND first.id = COALESCE(
                   CASE WHEN a.kind IN ('handover', 'first_contact')
                        THEN COALESCE(giver.id, giving.user_id)
                        ELSE policy.escalation_user_id END, own.user_id)
              JOIN res_users person
                ON person.active AND person.id <> COALESCE(a.user_id, 0)
               AND person.id = COALESCE(first.id, documents.user_id)
             WHERE a.deadline_date < today.day OR a.due_date < %(now)s
            """,
            date=fields.Date.today(),
            now=fields.Datetime.now(),
            today=self._today_sql(),
        )

    def _escalation_summary(self, user):
        alert = self.with_context(lang=user.lang)
        return alert.env._(
            "Not answered by %(person)s: %(reason)s",
            person=alert.user_id.name or alert.env._("anybody"),
            reason=alert.reason,
        )
