from odoo.tests import tagged

from .capture import CaptureCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestTouchpointActivity(CaptureCase):
    """Calls and meetings that were marked as done."""

    def _activity(self, xmlid="mail.mail_activity_data_call", record=None, **values):
        return (
            (record or self.lead)
            .with_user(self.seller)
            .activity_schedule(xmlid, user_id=self.seller.id, **values)
        )

    def _done(self, activity, **values):
        activity.with_user(self.seller).action_feedback(**values)
        self._flush()

    def test_done_call_is_a_contact(self):
        activity = self._activity(summary="Ask about the delivery")
        self._done(activity, feedback="It arrived")
        contact = self._contacts()
        self.assertRecordValues(
            contact,
            [
                {
                    "profile_id": self.profile.id,
                    "partner_id": self.anna.id,
                    "direction": "out",
                    "channel": "phone",
                    "kind": "activity",
                    "purpose": "sales",
                    "automated": False,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    "activity_id": activity.id,
                    "message_id": False,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "summary": "Ask about the delivery",
                    "date": NOW,
                }
            ],
        )
        self.assertEqual(contact.preview, "It arrived")
        self.assertEqual(self.profile.last_own_contact_date, NOW)
        self._assert_run_agrees()

    def test_done_meeting_is_a_contact(self):
        self._done(self._activity("mail.mail_activity_data_meeting"))
        self.assertEqual(self._contacts().channel, "meeting")
        self._assert_run_agrees()

    def test_done_call_is_of_whom_it_was_given_to(self):
        activity = self._activity()
        activity.user_id = self.colleague
        self._done(activity)
        self.assertEqual(self._contacts().user_id, self.colleague)

    def test_call_on_the_contact_itself_counts(self):
        self._done(self._activity(record=self.bert))
        self.assertRecordValues(
            self._contacts(), [{"partner_id": self.bert.id, "purpose": "relationship"}]
        )
        self._assert_run_agrees()

    def test_planned_call_is_none(self):
        # so that the run looks at leads at all
        self.lead.message_post(body="A note")
        self._activity()
        self._run()
        self.assertFalse(self._contacts())

    def test_cancelled_call_is_none(self):
        self.lead.message_post(body="A note")
        self._activity().unlink()
        self._run()
        self.assertFalse(self._contacts())

    def test_done_task_or_mail_is_none(self):
        self._done(self._activity("mail.mail_activity_data_todo"))
        self._done(self._activity("mail.mail_activity_data_email"))
        self._run()
        self.assertFalse(self._contacts())

    def test_message_about_a_done_call_is_no_second_contact(self):
        """Even if a follower outside gets it."""
        self.lead.message_subscribe(
            self.anna.ids, self.env.ref("mail.mt_activities").ids
        )
        self.env.ref("mail.mt_activities").internal = False
        self._done(self._activity())
        reached = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.anna.id)]
        )
        self.assertTrue(reached.mail_message_id.mail_activity_type_id)
        self.assertEqual(self._contacts().kind, "activity")
        self._assert_run_agrees()

    def test_call_on_a_document_without_a_customer_is_none_until_it_has_one(self):
        lead = self._new_lead(self.env["res.partner"], self.seller)
        activity = self._activity(record=lead)
        self._done(activity)
        self._run()
        self.assertFalse(self._contacts())
        with self._at("2026-06-18 10:00:00"):
            lead.partner_id = self.bert
            self._run()
        contact = self._contacts()
        self.assertEqual(contact.partner_id, self.bert)
        self.assertEqual(contact.date, NOW)

    def test_call_done_in_an_earlier_year_is_dated_by_its_day(self):
        activity = self._activity()
        self._done(activity)
        self.env.cr.execute(
            "UPDATE mail_activity SET date_done = '2024-02-29' WHERE id = %s",
            [activity.id],
        )
        self._rebuild()
        self.assertEqual(str(self._contacts().date), "2024-02-29 12:00:00")

    def test_done_call_that_is_deleted_is_none(self):
        activity = self._activity()
        self._done(activity)
        self.assertEqual(self.profile.last_contact_date, NOW)
        activity.sudo().unlink()
        self.assertFalse(self._contacts())
        self._run()
        self.assertFalse(self.profile.last_contact_date)

    def test_error_of_the_capture_keeps_no_call_from_being_done(self):
        self.env.cr.execute(
            "ALTER TABLE retention_touchpoint ADD CONSTRAINT broken"
            " CHECK (kind = 'manual') NOT VALID"
        )
        activity = self._activity()
        logger = "odoo.addons.retention_suite.models.retention_touchpoint_hook"
        with self.assertLogs(logger, "WARNING"):
            self._done(activity, feedback="It arrived")
        activity.invalidate_recordset()
        self.assertFalse(activity.active)
        self.assertEqual(activity.feedback, "It arrived")
        self.env.cr.execute("ALTER TABLE retention_touchpoint DROP CONSTRAINT broken")
        self._run()
        self.assertEqual(self._contacts().activity_id, activity)
