from datetime import datetime, timedelta

from odoo.tests import tagged

from .alert_common import AlertCase
from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestTimezone(RetentionCase):
    """Days are the company's: everybody reads the same number of them."""

    def setUp(self):
        super().setUp()
        self.seller.tz = "Pacific/Auckland"
        with self._at("2026-01-05 09:00:00"):
            self.profile = self._add_profile(self.customer, user_id=self.seller.id)

    def test_gap_is_the_same_for_a_user_in_auckland(self):
        # 23:30 in Berlin, 09:30 of the next day in Auckland
        self._log(self.profile, datetime(2026, 6, 10, 21, 30))
        with self._at("2026-06-15 22:30:00"):
            # 00:30 of the 16th in Berlin, 10:30 of the 16th in Auckland
            self.profile.invalidate_recordset()
            for user in (self.seller, self.colleague):
                profile = self.profile.with_user(user).with_context(tz=user.tz)
                self.assertEqual(profile.gap_days, 6)
                found = profile.search([("gap_days", "=", 6)])
                self.assertEqual(found, self.profile)

    def test_due_and_raised_on_the_day_of_berlin(self):
        with self._at("2026-03-16 23:30:00"):
            # 00:30 of the 17th in Berlin
            self._log(self.profile, datetime(2026, 3, 16, 23, 15))
            self.assertEqual(str(self.profile.next_contact_date), "2026-06-15")
        for moment, count in (
            ("2026-06-14 21:59:00", 0),  # 23:59 of the 14th
            ("2026-06-14 22:01:00", 1),  # 00:01 of the 15th
        ):
            with self._at(moment):
                self._run()
                self.assertEqual(len(self.profile.open_alert_ids), count)
        alert = self.profile.open_alert_ids
        self.assertEqual(str(alert.date), "2026-06-15")
        self.assertEqual(str(alert.activity_id.date_deadline), "2026-06-15")
        with self._at("2026-06-14 22:01:00"):
            alert.invalidate_recordset()
            self.assertEqual(alert.gap_days, 90)
            self.assertIn("03/17/2026", alert.reason)

    def test_message_is_of_the_day_of_the_company_wherever_that_is_now(self):
        calendar = self.company.resource_calendar_id
        other = calendar.copy({"tz": "Pacific/Auckland"})
        with self._at("2026-03-16 23:30:00"):
            # 00:30 of the 17th in Berlin, 12:30 of it in Auckland
            self._post(self.customer, self.seller, self.anna)
            due_date = self.profile.next_contact_date
            calendar.tz = "UTC"
            self.env.cr.execute("UPDATE retention_profile SET next_contact_date = NULL")
            self.env.invalidate_all()
            self._post(self.customer, self.seller, self.anna)
            self.assertEqual((due_date - self.profile.next_contact_date).days, 1)
            self.company.resource_calendar_id = other
            self._post(self.customer, self.seller, self.anna)
            self.assertEqual(self.profile.next_contact_date, due_date)

    def test_summer_time(self):
        # clocks go forward on 29 March 2026
        self._log(self.profile, datetime(2026, 3, 28, 23, 30))  # 00:30 of the 29th
        self._log(self.profile, datetime(2026, 3, 27, 22, 30))  # 23:30 of the 27th
        with self._at("2026-03-29 22:30:00"):  # 00:30 of the 30th
            self.profile.invalidate_recordset()
            self.assertEqual(self.profile.gap_days, 1)
            self.assertIn(self.profile, self.profile.search([("gap_days", "=", 1)]))

    def test_company_without_a_calendar(self):
        self.company.resource_calendar_id = False
        with self._at("2026-06-15 23:30:00"):
            self._log(self.profile, datetime(2026, 6, 15, 0, 30))
            self.assertEqual(self.profile.gap_days, 0)
            self.assertIn(self.profile, self.profile.search([("gap_days", "=", 0)]))


@tagged("post_install", "-at_install")
class TestFarCompany(AlertCase):
    """A company in Auckland is half a day ahead."""

    def setUp(self):
        super().setUp()
        self.company.resource_calendar_id.tz = "Pacific/Auckland"

    def test_daily_limit_is_for_its_day(self):
        self.company.retention_daily_limit = 1
        self._new_customer("Second", self.seller, 110)
        for moment, count in (
            ("2026-06-15 20:00:00", 1),  # 08:00 of the 16th
            ("2026-06-16 04:00:00", 1),  # 16:00 of the 16th
            ("2026-06-16 12:30:00", 2),  # 00:30 of the 17th
        ):
            with self._at(moment):
                self._run()
                activities = self.Alert.search([]).activity_id
                self.assertEqual(len(activities), count, moment)

    def test_wakes_up_in_the_morning_of_its_day(self):
        alert = self._raised()
        self._snooze(alert, "2026-06-20")
        for moment, state in (
            ("2026-06-19 11:30:00", "snoozed"),  # 23:30 of the 19th
            ("2026-06-19 12:30:00", "open"),  # 00:30 of the 20th
        ):
            with self._at(moment):
                self._run()
                self.assertEqual(alert.state, state)

    def test_escalates_when_its_day_is_over(self):
        self.policy.escalation_user_id = self.manager
        alert = self._raised()
        self.assertEqual(str(alert.deadline_date), "2026-06-29")
        for moment, escalated in (
            ("2026-06-29 11:30:00", False),  # 23:30 of the 29th
            ("2026-06-29 12:30:00", True),  # 00:30 of the 30th
        ):
            with self._at(moment):
                self._run()
                self.assertEqual(bool(alert.escalation_date), escalated)

    def test_done_activity_is_no_contact_of_tomorrow(self):
        alert = self._raised()
        with self._at("2026-06-15 20:00:00"):  # 08:00 of the 16th
            alert.activity_id.with_context(tz="Pacific/Auckland").action_feedback()
            self.profile.invalidate_recordset()
            self.assertLessEqual(
                self.profile.last_contact_date,
                datetime(2026, 6, 15, 20) + timedelta(seconds=1),
            )
            self.assertEqual(self.profile.gap_days, 0)
