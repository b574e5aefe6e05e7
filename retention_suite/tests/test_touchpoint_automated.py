from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID
from odoo.tests import tagged

from .capture import CaptureCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestTouchpointAutomated(CaptureCase):
    """What machines send is recorded as such."""

    def _assert_automated(self, **values):
        self._flush()
        contact = self._contacts()
        self.assertRecordValues(
            contact,
            [{"automated": True, "direction": "out", "kind": "automatic", **values}],
        )
        self.assertFalse(self.profile.last_contact_date)
        self._assert_run_agrees()

    def test_notice_to_one_person_is_automated(self):
        self.lead.with_user(self.seller).message_notify(
            body="Done", partner_ids=self.anna.ids
        )
        self._assert_automated(user_id=self.seller.id)

    def test_notice_without_a_document_is_automated(self):
        self.env["mail.thread"].with_user(self.seller).message_notify(
            body="Done", partner_ids=self.anna.ids
        )
        self._assert_automated(res_model=False)

    def test_acknowledgement_is_automated(self):
        self.lead.message_post(
            body="We got it",
            partner_ids=self.anna.ids,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._assert_automated()

    def test_notification_is_automated(self):
        self.lead.message_post(
            body="Your seat is booked",
            partner_ids=self.anna.ids,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )
        self._assert_automated()

    def test_message_rendered_by_a_template_notice_is_automated(self):
        self.lead.with_user(self.seller).message_post_with_source(
            "mail.message_notification_out_of_office",
            render_values={
                "out_of_office_message": Markup("<p>Hello</p>"),
                "replied_body": "",
                "signature": "",
                "is_html_empty": lambda text: not text,
            },
            partner_ids=self.anna.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self._assert_automated(user_id=self.seller.id)

    def test_comment_of_odoobot_is_automated(self):
        self.lead.with_user(SUPERUSER_ID).message_post(
            body="Hello",
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._assert_automated(user_id=False)

    def test_comment_of_a_cron_in_a_persons_name_is_automated(self):
        cron = self.env.ref("retention_suite.ir_cron_retention_run")
        lead = self.lead.with_user(SUPERUSER_ID).with_context(cron_id=cron.id)
        lead.message_post(
            body="Still interested?",
            author_id=self.seller.partner_id.id,
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._assert_automated(user_id=self.seller.id)

    def test_template_sent_to_many_is_a_mailing(self):
        template = self.env["mail.template"].create(
            {
                "name": "News",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "subject": "News",
                "body_html": "<p>News</p>",
                "partner_to": "{{ object.partner_id.id }}",
                "auto_delete": False,
            }
        )
        leads = self.lead | self._new_lead(self.bert, self.seller)
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.seller)
            .create(
                {
                    "composition_mode": "mass_mail",
                    "model": "crm.lead",
                    "res_ids": str(leads.ids),
                    "template_id": template.id,
                    "force_send": False,
                    "auto_delete": False,
                }
            )
        )
        composer._action_send_mail()
        self._run()
        mailing = {"kind": "mailing", "automated": True, "purpose": "marketing"}
        self.assertRecordValues(self._contacts().sorted("id"), [mailing, mailing])
        self.assertEqual(self._contacts().partner_id, self.anna | self.bert)


@tagged("post_install", "-at_install")
class TestTouchpointScheduled(CaptureCase):
    """What goes out later."""

    def test_message_scheduled_by_a_person_is_personal_when_it_goes_out(self):
        scheduled = (
            self.env["mail.scheduled.message"]
            .with_user(self.seller)
            .create(
                {
                    "author_id": self.seller.partner_id.id,
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "body": "Hello",
                    "partner_ids": self.anna.ids,
                    "scheduled_date": NOW + timedelta(hours=2),
                    # as the composer notes it
                    "notification_parameters": '{"message_type": "comment"}',
                }
            )
        )
        self._flush()
        self.assertFalse(self._contacts())
        later = NOW + timedelta(hours=3)
        with self._at(later):
            cron = self.env.ref("mail.ir_cron_post_scheduled_message")
            scheduled.with_user(SUPERUSER_ID).with_context(
                cron_id=cron.id
            )._post_messages_cron()
            self._flush()
            self.assertFalse(scheduled.exists())
            self.assertRecordValues(
                self._contacts(),
                [{"automated": False, "user_id": self.seller.id, "date": later}],
            )
            self._assert_run_agrees()

    def test_notifications_held_back_reach_nobody_yet(self):
        self._post(
            self.lead, self.seller, self.anna, scheduled_date=NOW + timedelta(hours=2)
        )
        self._run()
        self.assertFalse(self._contacts())
        with self._at(NOW + timedelta(hours=3)):
            self.env["mail.message.schedule"]._send_notifications_cron()
            self._flush()
            self.assertEqual(self._contacts().partner_id, self.anna)
            self._assert_run_agrees()
