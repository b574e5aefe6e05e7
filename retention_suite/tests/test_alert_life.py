from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.retention_suite.models.retention_profile_measure import MEASURES

from .alert_common import AlertCase
from .common import NOW


def day(days):
    return NOW.date() + timedelta(days=days)


@tagged("post_install", "-at_install")
class TestAlertLife(AlertCase):
    """How alerts are answered."""

    def setUp(self):
        super().setUp()
        self.alert = self._raised()
        self.activity = self.alert.activity_id

    # -- a contact -----------------------------------------------------

    def assertAnswered(self, touchpoint):
        self.assertEqual(self.alert.state, "resolved")
        self.assertEqual(self.alert.touchpoint_id, touchpoint)
        self.assertEqual(self.alert.close_date, fields.Datetime.now())
        self.assertFalse(self.activity.exists())

    def test_message_answers_without_a_run(self):
        self._post(self.lead, self.seller, self.anna)
        self.assertAnswered(self.profile.touchpoint_ids[0])

    def test_message_leaves_the_run_nothing_to_correct(self):
        self.env.company.resource_calendar_id.tz = "Pacific/Auckland"
        self.profile.with_user(self.manager).user_id = self.seller
        names = [*MEASURES, "active", "contact_policy_id"]
        names.remove("refresh_date")
        with self._at(NOW.replace(hour=23)):
            self._post(self.lead, self.seller, self.anna)
            at_once = self.profile.read(names)
            self._run()
            self.assertEqual(self.profile.read(names), at_once)
        # already the next day where the company is
        self.assertEqual(
            self.profile.next_contact_date, day(1 + self.policy.max_gap_days)
        )
        self.assertEqual(
            self.profile.own_contact_due_date, self.profile.next_contact_date
        )

    def test_message_that_does_not_count_answers_nothing(self):
        due_date = self.profile.next_contact_date
        self.policy.channel_ids = self.env.ref("retention_suite.channel_phone")
        self._run()
        self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self.alert.state, "open")
        self.assertTrue(self.activity.exists())
        self.assertEqual(self.profile.last_outbound_date, NOW)
        self.assertEqual(self.profile.next_contact_date, due_date)
        self.policy.channel_ids |= self.env.ref("retention_suite.channel_email")
        self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self.alert.state, "resolved")

    def test_message_into_the_past_answers_nothing(self):
        self._post(self.lead, self.seller, self.anna, date=NOW - timedelta(days=95))
        self.assertEqual(self.alert.state, "open")

    def test_done_activity_stays_when_a_message_answers(self):
        self.env.cr.execute(
            "UPDATE mail_activity SET active = FALSE WHERE id = %s", [self.activity.id]
        )
        self.env.invalidate_all()
        self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self.alert.state, "resolved")
        self.assertTrue(self.activity.exists())

    def test_logged_contact_answers_without_a_run(self):
        self.assertAnswered(self._log(self.profile, NOW))

    def test_answer_from_the_customer_counts(self):
        self.lead.with_user(self._portal_user(self.anna)).sudo().message_post(
            body="Hello",
            author_id=self.anna.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertAnswered(self.profile.touchpoint_ids[0])

    def test_contact_that_does_not_count_answers_nothing(self):
        self.policy.counted = "ours"
        self._log(self.profile, NOW, direction="in")
        self.assertEqual(self.alert.state, "open")
        self.assertTrue(self.activity.exists())
        self._log(self.profile, NOW)
        self.assertEqual(self.alert.state, "resolved")

    def test_old_contact_answers_nothing(self):
        self._log(self.profile, NOW - timedelta(days=95))
        self.assertEqual(self.alert.state, "open")

    def test_snoozed_alert_is_answered_too(self):
        self._snooze(self.alert, day(10))
        self.assertAnswered(self._log(self.profile, NOW))

    def test_longer_agreed_gap_ends_it(self):
        self.policy.max_gap_days = 120
        self._run()
        self.assertEqual(self.alert.state, "resolved")
        self.assertFalse(self.alert.touchpoint_id)
        self.assertFalse(self.activity.exists())

    # -- the activity --------------------------------------------------

    def test_done_call_closes_and_is_a_contact(self):
        self.activity.with_user(self.seller).action_feedback(feedback="All well")
        touchpoint = self.profile.touchpoint_ids[0]
        self.assertEqual(touchpoint.activity_id, self.activity)
        self.assertRecordValues(
            touchpoint,
            [{"channel": "phone", "direction": "out", "user_id": self.seller.id}],
        )
        self.assertEqual(self.alert.state, "resolved")
        self.assertEqual(self.alert.touchpoint_id, touchpoint)
        self.assertEqual(self.profile.gap_days, 0)

    def test_done_meeting_is_a_contact(self):
        self.activity.activity_type_id = self.env.ref("mail.mail_activity_data_meeting")
        self.activity.action_feedback()
        self.assertEqual(self.profile.touchpoint_ids[0].channel, "meeting")
        self.assertEqual(self.alert.state, "resolved")

    def _finish_todo(self):
        self.activity.activity_type_id = self.env.ref("mail.mail_activity_data_todo")
        self.activity.action_feedback()

    def test_done_todo_closes_and_is_no_contact(self):
        self._finish_todo()
        self.assertEqual(self.profile.touchpoint_ids, self.call)
        self.assertEqual(self.alert.state, "resolved")
        self.assertFalse(self.alert.touchpoint_id)

    def test_done_todo_is_asked_again_after_the_days_of_escalation(self):
        self._finish_todo()
        for days, count in ((0, 0), (13, 0), (14, 1)):
            with self._in_days(days):
                self._run()
                self.assertEqual(len(self.profile.open_alert_ids), count)

    def test_done_todo_is_not_asked_again_at_once_without_escalation(self):
        self.policy.escalation_days = 0
        self._finish_todo()
        with self._in_days(1):
            self._run()
            self.assertFalse(self.profile.open_alert_ids)

    def test_cancelled_activity_leaves_the_alert(self):
        self.activity.unlink()
        self._run()
        self.assertEqual(self.alert.state, "open")
        self.assertFalse(self.alert.activity_id, "not asked twice")

    # -- snooze --------------------------------------------------------

    def test_snooze_until_a_day(self):
        self._snooze(self.alert, day(10))
        self.assertEqual(self.alert.state, "snoozed")
        self.assertEqual(self.activity.date_deadline, day(10))
        for days, state in ((9, "snoozed"), (10, "open")):
            with self._in_days(days):
                self._run()
                self.assertEqual(self.alert.state, state)
        self.assertEqual(self.alert.activity_id, self.activity)
        self.assertEqual(len(self.profile.alert_ids), 1)

    def test_snooze_only_until_a_day_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "from tomorrow on"):
            self._snooze(self.alert, day(0))
        self.assertEqual(self.alert.state, "open")

    def test_snoozed_alert_does_not_escalate_the_day_it_wakes_up(self):
        self.policy.escalation_user_id = self.manager
        self._snooze(self.alert, day(30))
        for days, escalated in ((30, False), (44, False), (45, True)):
            with self._in_days(days):
                self._run()
                self.assertEqual(
                    bool(self.alert.escalation_activity_id), escalated, days
                )

    def test_snooze_is_taken_back(self):
        self._snooze(self.alert, day(10))
        self.alert.with_user(self.seller).action_reopen()
        self.assertEqual(self.alert.state, "open")
        self.assertFalse(self.alert.snooze_date)

    # -- dismiss -------------------------------------------------------

    def test_dismiss_with_a_reason(self):
        self._dismiss(self.alert, "Closed for the season")
        self.assertRecordValues(
            self.alert,
            [
                {
                    "state": "dismissed",
                    "dismiss_reason": "Closed for the season",
                    "close_user_id": self.env.uid,
                }
            ],
        )
        self.assertFalse(self.activity.exists())

    def test_dismissed_is_not_raised_before_the_next_contact(self):
        self._dismiss(self.alert)
        with self._in_days(200):
            self._run()
            self.assertFalse(self.profile.open_alert_ids)
            self._log(self.profile, NOW + timedelta(days=200))
        with self._in_days(289):
            self._run()
            self.assertFalse(self.profile.open_alert_ids)
        with self._in_days(290):
            self.assertNotEqual(self._raised(), self.alert)

    def test_dismissal_is_taken_back(self):
        self._dismiss(self.alert)
        self.alert.with_user(self.seller).action_reopen()
        self.assertEqual(self.alert.state, "open")
        self.assertFalse(self.alert.dismiss_reason)
        with self._in_days(1):
            self._run()
            self.assertTrue(self.alert.activity_id, "on the list again")

    def test_answered_alert_is_not_reopened(self):
        self._log(self.profile, NOW)
        with self.assertRaisesRegex(UserError, "snoozed or dismissed"):
            self.alert.action_reopen()

    # -- who is asked --------------------------------------------------

    def test_goes_along_with_the_contact_person(self):
        self.profile.user_id = self.colleague
        self.assertEqual(self.alert.user_id, self.colleague)
        self.assertEqual(self.activity.user_id, self.colleague)

    def test_goes_along_with_the_salesperson_of_the_partner(self):
        self.customer.user_id = self.colleague
        self.assertEqual(self.alert.user_id, self.colleague)
        self.assertEqual(self.activity.user_id, self.colleague)

    def test_salesperson_may_give_a_customer_away(self):
        self.profile.with_user(self.seller).user_id = self.colleague
        self.assertEqual(self.alert.user_id, self.colleague)
        self.assertEqual(self.activity.user_id, self.colleague)

    def test_waits_when_nobody_is_left_and_is_handed_out_again(self):
        self.lead.user_id = False
        self._run()
        self.assertFalse(self.alert.user_id)
        self.assertFalse(self.activity.exists())
        self.lead.user_id = self.colleague
        self._run()
        self.assertEqual(self.alert.activity_id.user_id, self.colleague)

    # -- the customer goes ---------------------------------------------

    def test_archived_contact_closes(self):
        self.customer.action_archive()
        self.assertEqual(self.alert.state, "resolved")
        self.assertFalse(self.activity.exists())
        self.assertFalse(self.profile.active)

    def test_archived_customer_closes(self):
        self.profile.action_archive()
        self.assertEqual(self.alert.state, "resolved")
        self.assertFalse(self.activity.exists())

    def test_deleted_customer_leaves_no_activity(self):
        self.profile.with_user(self.manager).unlink()
        self.assertFalse(self.alert.exists())
        self.assertFalse(self.activity.exists())
