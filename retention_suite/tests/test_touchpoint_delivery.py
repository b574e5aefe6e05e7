from unittest.mock import patch

from odoo import fields, modules
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import MockSmtplibCase

from .capture import CaptureCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestTouchpointDelivery(MockSmtplibCase, CaptureCase):
    """What comes back was no contact."""

    def _notifications(self, message, persons):
        notifications = message.sudo().notification_ids
        return notifications.filtered(lambda n: n.res_partner_id in persons)

    def _mails(self, message):
        return self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def _send(self, message):
        with self.mock_smtplib_connection():
            self._mails(message).send()
        self._flush()
        notifications = message.sudo().notification_ids
        self.assertEqual(set(notifications.mapped("notification_status")), {"sent"})

    def _fail(self, message, persons, status="bounce"):
        self._notifications(message, persons).write({"notification_status": status})
        self._flush()

    def test_message_that_bounces_is_none_and_the_figures_go_back(self):
        with self._at("2026-06-08 10:00:00"):
            self._post(self.lead, self.seller, self.anna)
        message = self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self.profile.last_contact_date, NOW)
        self._fail(message, self.anna)
        self.assertNotIn(message, self._contacts().message_id)
        self._run()
        before = fields.Datetime.to_datetime("2026-06-08 10:00:00")
        self.assertEqual(self.profile.last_contact_date, before)
        self._assert_run_agrees()

    def test_message_that_could_not_be_sent_or_was_cancelled_is_none(self):
        for status in ("exception", "canceled"):
            message = self._post(self.lead, self.seller, self.anna)
            self.assertTrue(self._contacts())
            self._fail(message, self.anna, status)
            self.assertFalse(self._contacts())

    def test_sending_a_mail_keeps_its_contact(self):
        """While it is being sent, Odoo marks every mail as failed."""
        message = self._post(self.lead, self.seller, self.anna)
        contact = self._contacts()
        self._send(message)
        self.assertEqual(self._contacts(), contact)

    def _post_and_send(self, prepare=lambda message: None):
        """Post a message, and send it once that is committed, as Odoo does outside of
        tests. Return the message and how often a status was looked up."""
        with (
            self.enter_registry_test_mode(),
            self.mock_smtplib_connection(),
            patch.object(
                Cursor, "execute", autospec=True, side_effect=Cursor.execute
            ) as execute,
        ):
            with patch.object(modules.module, "current_test", None):
                message = self._post(self.lead, self.seller, self.anna)
                prepare(message)
            self.env.cr.postcommit.run()
        statements = [str(call.args[1]) for call in execute.call_args_list]
        self.env.invalidate_all()
        self._flush()
        return message, sum("FROM mail_notification WHERE id" in s for s in statements)

    def test_what_was_made_in_a_transaction_is_not_looked_up_when_it_is_sent(self):
        message, asked = self._post_and_send()
        self.assertEqual(message.sudo().notification_ids.notification_status, "sent")
        self.assertEqual(self._contacts().message_id, message)
        self.assertEqual(asked, 0)

    def test_what_had_failed_before_the_commit_is_looked_up_when_it_is_sent(self):
        def fail(message):
            self._fail(message, self.anna, "exception")
            self.assertFalse(self._contacts())
            # somebody tries again
            self.env.cr.postcommit.clear()
            self._mails(message).send_after_commit()

        message, asked = self._post_and_send(fail)
        self.assertEqual(message.sudo().notification_ids.notification_status, "sent")
        self.assertEqual(self._contacts().message_id, message)
        self.assertTrue(asked)

    def test_message_that_arrives_after_all_is_a_contact(self):
        message = self._post(self.lead, self.seller, self.anna)
        self._fail(message, self.anna, "exception")
        self._run()
        self.assertFalse(self._contacts())
        self._mails(message).mark_outgoing()
        self._send(message)
        self.assertEqual(self._contacts().message_id, message)
        self.assertEqual(self.profile.last_contact_date, NOW)
        self._assert_run_agrees()

    def test_message_that_reached_one_of_two_persons_is_a_contact_with_that_one(self):
        message = self._post(self.lead, self.seller, self.anna | self.bert)
        self.assertEqual(self._contacts().partner_id, self.anna)
        self._fail(message, self.anna)
        contact = self._contacts()
        self.assertEqual(contact.partner_id, self.bert)
        self.assertFalse(contact.other_partner_ids)
        self._assert_run_agrees()

    def test_message_that_bounces_at_one_customer_reached_the_other(self):
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        message = self._post(self.lead, self.seller, self.anna | other)
        self._fail(message, other)
        self.assertEqual(self._contacts().partner_id, self.anna)

    @mute_logger("odoo.sql_db")
    def test_error_of_the_capture_keeps_no_mail_from_being_marked(self):
        message = self._post(self.lead, self.seller, self.anna)
        self.env.cr.execute(
            """
            CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'refused'; END $$;
            CREATE TRIGGER refuse BEFORE DELETE ON retention_touchpoint
            FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()
            """
        )
        logger = "odoo.addons.retention_suite.models.retention_touchpoint_hook"
        with self.assertLogs(logger, "WARNING"):
            self._fail(message, self.anna)
        notification = self._notifications(message, self.anna)
        notification.invalidate_recordset()
        self.assertEqual(notification.notification_status, "bounce")
