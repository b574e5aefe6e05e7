from datetime import datetime, timedelta

from odoo.tests import tagged

from .answer_common import AnswerCase
from .common import NOW

ZOE = "Zoe <zoe@home.example>"


@tagged("post_install", "-at_install")
class TestAnswerStranger(AnswerCase):
    """Mails of people whom we do not know yet."""

    def setUp(self):
        super().setUp()
        self.message = self._receive(
            self._mail(ZOE, Subject="Hello", Date="Mon, 15 Jun 2026 12:10:00 +0200")
        )
        self.new_lead = self.env["crm.lead"].search([("name", "=", "Hello")])
        self.assertFalse(self.new_lead.partner_id)

    def test_waits_without_a_customer(self):
        self.assertRecordValues(
            self._contact(self.message),
            [
                {
                    "profile_id": False,
                    "partner_id": False,
                    "needs_answer": True,
                    "answer_due_date": datetime(2026, 6, 15, 11, 10),
                    "res_id": self.new_lead.id,
                }
            ],
        )
        alert = self._unanswered()
        self.assertRecordValues(
            alert,
            [{"profile_id": False, "res_id": self.new_lead.id, "state": "open"}],
        )
        self.assertEqual(alert.customer_name, "Zoe")
        self.assertIn("Zoe's message of", alert.reason)
        self.assertIn("Zoe", alert.display_name)
        self.assertEqual(alert.document_name, "Hello")
        self._assert_run_agrees()

    def test_address_stands_in_for_a_name(self):
        self._unanswered().message_id.email_from = "zoe@home.example"
        self.assertEqual(self._unanswered().customer_name, "zoe@home.example")
        self._unanswered().message_id.email_from = "nobody"
        self.env.invalidate_all()
        self.assertEqual(self._unanswered().customer_name, "nobody")

    def test_is_on_the_list_of_the_leads_salesperson(self):
        self.new_lead.user_id = self.seller
        self._run()
        alert = self._unanswered()
        self.assertEqual(alert.user_id, self.seller)
        self.assertEqual(alert.activity_id.res_id, self.new_lead.id)
        self.assertFalse(
            alert.with_user(self.seller).action_answer()["target"] == "new"
        )

    def test_answered_at_once(self):
        zoe = self.env["res.partner"].create(
            {"name": "Zoe", "email": "zoe@home.example"}
        )
        with self._at(NOW + timedelta(hours=1)):
            self._post(self.new_lead, self.seller, zoe)
            self.assertRecordValues(
                self._contact(self.message),
                [
                    {
                        "is_waiting": False,
                        "answered_date": NOW + timedelta(hours=1),
                        "answer_user_id": self.seller.id,
                    }
                ],
            )
            self.assertEqual(self._unanswered().state, "resolved")
            if not self.new_lead.partner_id:
                self._assert_run_agrees()

    def test_note_does_not_answer(self):
        with self._at(NOW + timedelta(hours=1)):
            self.new_lead.with_user(self.colleague).message_post(
                body="Who is that?", subtype_xmlid="mail.mt_note"
            )
            self._flush()
            self._run()
            self.assertTrue(self._contact(self.message).is_waiting)

    def test_joins_the_customer(self):
        alert = self._unanswered()
        self.new_lead.partner_id = self.bert
        self._run()
        contact = self._contact(self.message)
        self.assertEqual(contact.profile_id, self.profile)
        self.assertEqual(contact.partner_id, self.bert)
        self.assertTrue(contact.is_waiting)
        self.assertEqual(alert.profile_id, self.profile)
        self.assertEqual(self._unanswered(state="open"), alert)
        self.assertEqual(self.profile.inbound_count, 1)
        self._assert_run_agrees()

    def test_joins_a_new_customer(self):
        zoe = self.env["res.partner"].create(
            {"name": "Zoe", "email": "zoe@home.example"}
        )
        self.new_lead.partner_id = zoe
        self._run()
        contact = self._contact(self.message)
        self.assertEqual(contact.profile_id, self._profile(zoe))
        self.assertEqual(self._unanswered(state="open").profile_id, contact.profile_id)
        self.assertEqual(contact.profile_id.last_inbound_date, self.message.date)

    def test_needs_no_answer_and_undo(self):
        alert = self._unanswered()
        alert.with_user(self.colleague).action_no_answer()
        self.assertFalse(self._contact(self.message).needs_answer)
        self._run()
        self.assertFalse(self._unanswered(state="open"))
        alert.with_user(self.colleague).action_reopen()
        self.assertTrue(self._contact(self.message).is_waiting)
        self.assertEqual(self._unanswered(state="open"), alert)

    def test_counts_in_no_figure(self):
        report = self.env["retention.contact.report"].search([])
        self.assertNotIn(self.message.id, report.mapped("id"))
        self.assertFalse(report.filtered(lambda r: not r.profile_id))
        self.assertFalse(self.profile.last_inbound_date)

    def test_deleted_lead(self):
        alert = self._unanswered()
        self.new_lead.unlink()
        self._run()
        self.assertFalse(self._contacts(res_id=self.new_lead.id))
        self.assertEqual(alert.state, "resolved")
