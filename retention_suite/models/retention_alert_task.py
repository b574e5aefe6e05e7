from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from .retention_alert_life import OPEN_STATES

# So many activities are made in one go; each costs some milliseconds.
ACTIVITY_BATCH = 250
# Nobody is written a mail for each customer on their list, nor from then on one for
# each message to that customer.
QUIETLY = {"mail_activity_quick_update": True, "retention_no_follow": True}


class RetentionAlertTask(models.AbstractModel):
    """How alerts become activities of people, and of whom."""

    _name = "retention.alert.task"
    _description = "Alerts as Activities"

    # ------------------------------------------------------------------
    # On somebody's list
    # ------------------------------------------------------------------

    @api.private
    def _hand_out(self, limit=None):
        """Put open alerts on the contact persons' lists of activities.

        The best first, and for each person only as many new ones a day as the
        company allows, less the others that the suite has made for them.

        :param int limit: at most so many at a time
        :return: how many were handed out
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                -- each person's best ones, as far as the day's number allows:
                -- what else is open is not looked at
                SELECT best.id
                  FROM res_company company
                  JOIN %(today)s today ON today.company_id = company.id
                  JOIN res_users u ON u.active AND NOT u.share
                 CROSS JOIN LATERAL (
                       SELECT company.retention_daily_limit - %(given)s AS count
                       ) allowed
                 CROSS JOIN LATERAL (
                       SELECT a.id, ROW_NUMBER() OVER (
                              ORDER BY a.priority_score DESC, a.date, a.id) AS rank
                         FROM retention_alert a
                        WHERE a.user_id = u.id AND a.company_id = company.id
                          AND a.state = 'open' AND a.activity_date IS NULL
                        ORDER BY a.priority_score DESC, a.date, a.id
                        LIMIT GREATEST(allowed.count, 0)) best
                 ORDER BY best.rank, best.id
                 LIMIT %(limit)s
                """,
                today=self._today_sql(),
                given=self._given_sql(),
                limit=limit or ACTIVITY_BATCH,
            )
        )
        alerts = self.browse(row[0] for row in rows)
        alerts._make_activities()
        return len(alerts)

    def _given_sql(self):
        """How many activities the user ``u`` was given in the company ``company`` on
        the day ``today``: those of alerts, those about what others did not do, and
        those that ask to decide."""
        return SQL(
            """((SELECT COUNT(*) FROM retention_alert g
                  WHERE g.user_id = u.id AND g.company_id = company.id
                    AND g.activity_date = today.day) + %s + %s)""",
            self._told_sql(),
            self._asked_to_decide_sql(),
        )

    def _asked_to_decide_sql(self):
        """About how many win-back cases that user was asked to decide that day."""
        return SQL(
            """(SELECT COUNT(*) FROM retention_winback d
                 WHERE d.user_id = u.id AND d.company_id = company.id
                   AND d.decision_date = today.day)"""
        )

    def _make_activities(self):
        if not self:
            return
        activities = self._create_activities(
            [(alert, alert.user_id, alert._activity_summary()) for alert in self]
        )
        for alert, activity in zip(self, activities, strict=True):
            alert.write({"activity_id": activity.id, "activity_date": alert._today()})

    def _create_activities(self, wanted):
        """Create activities on the documents, else on the customers' contacts.

        :param list wanted: of (alert, user, summary)
        """
        default_type = self._type_of("mail.mail_activity_data_call")
        targets = self.browse(alert.id for alert, *_others in wanted)._targets()
        Activity = self.env["mail.activity"].with_context(
            **clean_context(self.env.context), **QUIETLY
        )
        return Activity.create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(
                        targets[alert.id]._name
                    ),
                    "res_id": targets[alert.id].id,
                    "user_id": user.id,
                    "summary": summary,
                    "activity_type_id": (alert._activity_type() or default_type).id,
                    "date_deadline": alert._today(),
                    "automated": True,
                }
                for alert, user, summary in wanted
            ]
        )

    def _activity_type(self):
        """Return the type of its activity; empty for the usual one."""
        return self.policy_id.activity_type_id

    def _type_of(self, xmlid):
        """Return one of Odoo's types of activities; empty if it was deleted."""
        # no query for each alert
        find = self.env["ir.model.data"]._xmlid_to_res_id
        return self.env["mail.activity.type"].browse(find(xmlid) or ())

    def _targets(self):
        """Return, by the id of each, what its activity is put on."""
        documents = self._documents()
        return {
            alert.id: document
            if (document := documents[alert.id]) and "activity_ids" in document._fields
            else alert.partner_id
            for alert in self
        }

    def _activity_summary(self):
        alert = self.with_context(lang=self.user_id.lang)
        return alert.reason

    # ------------------------------------------------------------------
    # Moving on
    # ------------------------------------------------------------------

    @api.private
    def _follow_contact_person(self, profile_ids):
        """Move open alerts and activities to the customers' contact persons.

        Only those that are theirs: what is about a document belongs to whoever
        is responsible for it.
        """
        alerts = self.search(
            [
                ("profile_id", "in", profile_ids),
                ("state", "in", OPEN_STATES),
                ("res_id", "=", False),
            ]
        )
        moved = defaultdict(self.browse)
        for alert in alerts:
            user = alert.profile_id.user_id or alert.policy_id.fallback_user_id
            if user != alert.user_id:
                moved[user] |= alert
        for user, theirs in moved.items():
            theirs.write({"user_id": user.id})
            theirs._move_activities()

    def _move_activities(self):
        """Put the activities of alerts on the lists of those who are responsible
        now; without anybody they go, and come again with somebody."""
        for user, theirs in self.grouped("user_id").items():
            activities = theirs.activity_id.filtered("active")
            if user:
                activities.with_context(**QUIETLY).write({"user_id": user.id})
            else:
                activities.unlink()
                theirs.write({"activity_date": False})
