from datetime import timedelta

from odoo.tests import tagged

from .alert_common import AlertCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestAlertEscalate(AlertCase):
    """Who is told about alerts that nobody worked in time."""

    def setUp(self):
        super().setUp()
        self.alert = self._raised()
        self.activity = self.alert.activity_id

    def _team_of(self, user, leader):
        team = self.env["crm.team"].create(
            {"name": "Team", "user_id": leader.id, "company_id": False}
        )
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": user.id})
        return team

    def test_unanswered_is_shown_to_the_named_person_once(self):
        self.policy.escalation_user_id = self.manager
        for days, escalated in ((14, False), (15, True)):
            with self._in_days(days):
                self._run()
                self.assertEqual(bool(self.alert.escalation_activity_id), escalated)
        activity = self.alert.escalation_activity_id
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("Not answered by Seller", activity.summary)
        self.assertTrue(self.activity.exists(), "the first one stays")
        with self._in_days(16):
            activity.unlink()
            self._run()
            self.assertFalse(self.alert.escalation_activity_id)

    def test_leader_of_the_sales_team_by_default(self):
        team = self.env["crm.team"].create(
            {"name": "Team", "user_id": self.manager.id, "company_id": False}
        )
        self.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": self.seller.id}
        )
        with self._in_days(15):
            self._run()
            self.assertEqual(self.alert.escalation_activity_id.user_id, self.manager)

    def test_never_to_the_person_who_did_not_answer(self):
        self.policy.escalation_user_id = self.seller
        with self._in_days(15):
            self._run()
            self.assertFalse(self.alert.escalation_activity_id)

    def test_no_days_mean_never(self):
        self.policy.write({"escalation_days": 0, "escalation_user_id": self.manager.id})
        alert = self._raised(self._new_customer("Other", self.seller))
        with self._in_days(500):
            self._run()
            self.assertFalse(alert.deadline_date)
            self.assertFalse(alert.escalation_activity_id)

    def test_contact_ends_the_escalation_as_well(self):
        self.policy.escalation_user_id = self.manager
        with self._in_days(15):
            self._run()
            activity = self.alert.escalation_activity_id
            self._log(self.profile, NOW + timedelta(days=15))
            self.assertFalse(activity.exists())

    def test_who_is_asked_is_no_follower(self):
        """Or every later message to the customer would be sent to them as well."""
        self.policy.escalation_user_id = self.manager
        with self._in_days(15):
            self._run()
            activities = self.alert.activity_id | self.alert.escalation_activity_id
            self.assertEqual(activities.user_id, self.seller | self.manager)
            self.profile.user_id = self.colleague
            self.assertEqual(self.alert.activity_id.user_id, self.colleague)
            asked = (activities.user_id | self.colleague).partner_id
            self.assertFalse(self.customer.message_partner_ids & asked)

    def test_leader_who_comes_later_is_told_then(self):
        with self._in_days(15):
            self._run()
            self.assertFalse(self.alert.escalation_date)
            self._team_of(self.seller, self.manager)
            self._run()
            self.assertEqual(self.alert.escalation_activity_id.user_id, self.manager)

    def test_leader_of_the_document_where_the_named_person_did_not_answer(self):
        self.policy.escalation_user_id = self.seller
        self.alert.sudo().team_id = self._team_of(self.colleague, self.manager)
        with self._in_days(15):
            self._run()
            self.assertEqual(self.alert.escalation_activity_id.user_id, self.manager)

    def test_nobody_who_has_left_is_told(self):
        self.policy.escalation_user_id = self.manager
        self.manager.active = False
        with self._in_days(15):
            self._run()
            self.assertFalse(self.alert.escalation_activity_id)

    # -- how many a day ------------------------------------------------

    def _told(self):
        told = self.env["retention.alert"].search([("escalation_date", "!=", False)])
        return told.profile_id.mapped("partner_id.name")

    def _overdue_ones(self, *days):
        self.policy.escalation_user_id = self.manager
        for number in days:
            self._raised(self._new_customer(f"Customer {number}", self.seller, number))

    def test_half_of_the_daily_limit_best_first(self):
        self.company.retention_daily_limit = 4
        self._overdue_ones(110, 130, 120)
        with self._in_days(15):
            self._run()
            self.assertEqual(self._told(), ["Customer 130", "Customer 120"])
            self._run()
            self.assertEqual(len(self._told()), 2, "no more on this day")
        with self._in_days(16):
            self._run()
            self.assertEqual(len(self._told()), 4)

    def test_limit_is_for_each_person_told(self):
        self.company.retention_daily_limit = 2
        self._overdue_ones(110)
        other = self._raised(self._new_customer("Other", self.colleague))
        self._team_of(self.colleague, self.seller)
        other.sudo().policy_id = False
        with self._in_days(15):
            self._run()
            self.assertEqual(other.escalation_activity_id.user_id, self.seller)
            self.assertEqual(len(self._told()), 2)

    def test_the_rest_of_the_day_is_for_ones_own(self):
        self.company.retention_daily_limit = 2
        self._overdue_ones(130, 120)
        self.policy.escalation_days = 100
        with self._in_days(15):
            for number in (1, 2):
                self._new_customer(f"Own {number}", self.manager)
            self._run()
            own = self.env["retention.alert"].search(
                [("user_id", "=", self.manager.id)]
            )
            self.assertEqual(len(own), 2)
            self.assertEqual(len(own.activity_id), 1)
            self.assertEqual(len(self._told()), 1)

    def test_own_ones_of_the_day_leave_no_room(self):
        self._overdue_ones(130)
        self.company.retention_daily_limit = 0
        with self._in_days(14):
            for number in (1, 2):
                self._raised(self._new_customer(f"Own {number}", self.manager))
        self.company.retention_daily_limit = 2
        with self._in_days(15):
            self.env["retention.alert"]._hand_out()
            self._run()
            self.assertFalse(self._told())
        with self._in_days(16):
            self._run()
            self.assertEqual(self._told(), ["Customer 130"])

    def test_told_and_answered_leaves_room_for_the_next(self):
        self.company.retention_daily_limit = 2
        self._overdue_ones(130)
        with self._in_days(15):
            self._run()
            told = self.env["retention.alert"].search(
                [("escalation_date", "!=", False)]
            )
            self.assertEqual(len(told), 1)
            self._log(told.profile_id, NOW + timedelta(days=15))
            self._run()
            self.assertEqual(len(self._told()), 2)
