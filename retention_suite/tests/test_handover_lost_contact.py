from datetime import timedelta
from email.message import EmailMessage

from odoo.tests import tagged

from odoo.addons.base.tests.common import MockSmtplibCase

from .common import NOW
from .handover_common import HandoverCase

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestLostContact(MockSmtplibCase, HandoverCase):
    """A contact that was none after all leaves the hand-over where it was."""

    def setUp(self):
        super().setUp()
        self.handover = self._hand_over()

    def _write(self, hours=1, person=None, record=None, user=None):
        with self._later(hours=hours):
            return self._post(
                record or self.lead, user or self.seller, person or self.anna
            )

    def _bounce(self, message, address="anna@azur.example"):
        """The mail comes back, as the mail server of the other side says it."""
        alias = self.env["mail.alias.domain"].search([], limit=1)
        if not alias:
            alias = self.env["mail.alias.domain"].create({"name": "our.example"})
        self.company.alias_domain_id = alias
        bounce = EmailMessage()
        bounce["From"] = "MAILER-DAEMON@azur.example"
        bounce["To"] = alias.bounce_email
        bounce["Subject"] = "Undelivered Mail Returned to Sender"
        bounce["Date"] = "Mon, 15 Jun 2026 13:30:00 +0200"
        bounce["Message-Id"] = "<bounce@azur.example>"
        report = bounce.as_string().strip() + (
            "\nContent-Type: multipart/report; report-type=delivery-status;"
            ' boundary="b"\nMIME-Version: 1.0\n\n--b\n'
            "Content-Type: text/plain\n\nNobody has this address.\n\n--b\n"
            "Content-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.azur.example\n\n"
            f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n\n"
            "--b\nContent-Type: message/rfc822\n\n"
            f"Message-Id: {message.message_id}\nTo: {address}\n\nHello\n\n--b--\n"
        )
        gateway = self.env(user=self.env.ref("base.user_root"))["mail.thread"]
        gateway.message_process(False, report)
        self._flush()
        self.assertIn(
            "bounce", message.sudo().notification_ids.mapped("notification_status")
        )

    def assertOffered(self):
        self.assertRecordValues(
            self.handover,
            [{"state": "offered", "contacted_date": False, "accepted_date": False}],
        )

    def test_bounced_message_at_once(self):
        """Written on the customer, so nothing was done in the lead."""
        message = self._write(record=self.anna)
        self.assertEqual(self.handover.state, "contacted")
        due = self.handover.accept_due_date, self.handover.contact_due_date
        with self._later(hours=2):
            self._bounce(message)
            self.assertOffered()
            self.assertEqual(self.handover.contact_lost_date, NOW + 2 * HOUR)
        self.assertEqual(
            (self.handover.accept_due_date, self.handover.contact_due_date), due
        )

    def test_bounced_message_in_the_lead_was_an_act(self):
        message = self._write()
        with self._later(hours=2):
            self._bounce(message)
        self.assertRecordValues(
            self.handover,
            [
                {
                    "state": "accepted",
                    "contacted_date": False,
                    "accepted_date": NOW + HOUR,
                }
            ],
        )

    def test_found_by_the_run(self):
        """What came past the hook, with the same result."""
        message = self._write(record=self.anna)
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM mail_message WHERE id = %s", [message.id], log_exceptions=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.handover.state, "contacted")
        with self._later(hours=2):
            self._run()
            self.assertOffered()

    def test_accepted_by_hand_stays_accepted(self):
        self.handover.with_user(self.seller).action_accept()
        message = self._write(record=self.anna)
        with self._later(hours=2):
            self._bounce(message)
        self.assertEqual(self.handover.state, "accepted")
        self.assertEqual(self.handover.accepted_date, NOW)

    def test_alert_comes_again(self):
        """It was there, the message ended it, and the message came back."""
        with self._later(days=3):
            self._run()
            alert = self._alerts()
            self.assertTrue(alert)
            message = self._post(self.anna, self.seller, self.anna)
            self.assertEqual(alert.state, "resolved")
            self.assertEqual(self.handover.state, "contacted")
        with self._later(days=3, hours=1):
            self._bounce(message)
            self._run()
            again = self._alerts()
            self.assertTrue(again)
            self.assertNotEqual(again, alert)
            self._run()
            self.assertEqual(self._alerts(), again)

    def test_dismissed_alert_does_not_come_again(self):
        with self._later(days=3):
            self._run()
            self._alerts()._close("dismissed", "I know")
            message = self._post(self.anna, self.seller, self.anna)
        with self._later(days=3, hours=1):
            self._bounce(message)
            self.assertOffered()
            self._run()
            self.assertFalse(self._alerts())

    def test_the_next_contact_counts_then(self):
        message = self._write(1, record=self.anna)
        with self._later(hours=2):
            self._call()
        self.assertEqual(self.handover.contacted_date, NOW + HOUR)
        with self._later(hours=3):
            self._bounce(message)
        self.assertEqual(self.handover.state, "contacted")
        self.assertEqual(self.handover.contacted_date, NOW + 2 * HOUR)
        self.assertFalse(self.handover.contact_lost_date)

    def test_deleted_message_at_once(self):
        message = self._write(record=self.anna)
        with self._later(hours=2):
            message.sudo().unlink()
            self.assertOffered()

    def test_deleted_call_at_once(self):
        with self._later(hours=1):
            call = self._call()
            self.assertEqual(self.handover.state, "contacted")
            call.unlink()
            self.assertOffered()

    def test_ended_ones_stay(self):
        message = self._write(record=self.anna)
        self.lead.with_user(self.seller).action_set_won()
        self._flush()
        message.sudo().unlink()
        self._run()
        self.assertEqual(self.handover.state, "succeeded")
        self.assertEqual(self.handover.contacted_date, NOW + HOUR)

    def test_expired_one_waits_for_somebody_again(self):
        with self._later(days=7):
            self._run()
            self.assertEqual(self.handover.state, "expired")
            self.assertTrue(self._alerts())
            message = self._post(self.anna, self.colleague, self.anna)
            self.assertFalse(self._alerts())
        with self._later(days=7, hours=1):
            self._bounce(message)
            self.assertEqual(self.handover.state, "expired")
            self.assertFalse(self.handover.contacted_date)
            self._run()
            self.assertTrue(self._alerts())

    def test_customer_who_is_none_of_ours_any_more(self):
        self._write(record=self.anna)
        self.profile.unlink()
        self.lead.active = True
        self.handover._follow_facts()
        self.assertEqual(self.handover.state, "contacted")

    def test_another_customer_of_the_lead(self):
        """What was said in the lead stays said."""
        self._write()
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        self.lead.partner_id = other
        self.assertEqual(self.lead.email_normalized, "info@rosso.example")
        self._flush()
        with self._later(hours=2):
            self._run()
        self.assertEqual(self.handover.customer_id, other)
        self.assertEqual(self.handover.state, "contacted")

    def test_address_of_a_lead_without_a_customer(self):
        lead = self._new_lead(
            self.env["res.partner"],
            self.marketer,
            name="Unknown",
            email_from="Kim <kim@unknown.example>",
        )
        self._flush()
        handover = self._hand_over(lead)
        with self._later(hours=1):
            message = lead.with_user(self.seller).message_post(
                body="Hello Kim",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to="kim@unknown.example",
            )
            self._flush()
        self.assertEqual(handover.state, "contacted")
        with self._later(hours=2):
            self._run()
            self.assertEqual(handover.state, "contacted")
            self._bounce(message, "kim@unknown.example")
            self._run()
        self.assertEqual(handover.state, "accepted")
        self.assertFalse(handover.contacted_date)


@tagged("post_install", "-at_install")
class TestDoneAtOnce(HandoverCase):
    """Calls and meetings count when somebody says that they are done."""

    def setUp(self):
        super().setUp()
        self.handover = self._hand_over()

    def _done(self, kind, record=None, user=None, **values):
        user = user or self.seller
        activity = (record or self.lead).activity_schedule(
            f"mail.mail_activity_data_{kind}", user_id=user.id, **values
        )
        activity.with_user(user).action_done()

    def test_call_on_the_customer(self):
        with self._later(hours=1):
            self._done("call", self.anna)
            self.assertEqual(self.handover.state, "contacted")

    def test_call_by_a_colleague(self):
        with self._later(hours=1):
            self._done("call", self.anna, self.colleague)
            self.assertEqual(self.handover.state, "contacted")

    def test_meeting_that_is_in_no_calendar(self):
        with self._later(hours=1):
            self._done("meeting")
            self.assertEqual(self.handover.state, "contacted")

    def _meeting(self, hours):
        """An hour in the calendar with Anna, and the activity that it is for."""
        start = NOW + timedelta(hours=hours)
        event = (
            self.env["calendar.event"]
            .with_user(self.seller)
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "Visit",
                    "start": start,
                    "stop": start + HOUR,
                    "user_id": self.seller.id,
                    "partner_ids": (self.seller.partner_id | self.anna).ids,
                    "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "res_id": self.lead.id,
                }
            )
        )
        self.env.flush_all()
        return event

    def test_meeting_in_the_calendar(self):
        event = self._meeting(hours=1)
        with self._later(hours=2, minutes=5):
            self._done("meeting", calendar_event_id=event.id)
            self.assertEqual(self.handover.state, "contacted")
            self.assertEqual(self.handover.contacted_date, NOW + HOUR)
            contact = self.profile.touchpoint_ids
            self.assertEqual(contact.event_id, event)
            self._run()
            self.assertEqual(self.profile.touchpoint_ids, contact)

    def test_deleted_meeting(self):
        event = self._meeting(hours=1)
        with self._later(hours=3):
            self._run()
            self.assertEqual(self.handover.state, "contacted")
            event.sudo().unlink()
            self.assertFalse(self.handover.contacted_date)

    def test_meeting_that_is_not_over(self):
        event = self._meeting(hours=3)
        with self._later(hours=2):
            self._done("meeting", calendar_event_id=event.id)
            self.assertFalse(self.handover.contacted_date)
            self.assertFalse(self.profile.touchpoint_ids)
        with self._later(hours=5):
            self._run()
            self.assertEqual(self.handover.state, "contacted")
