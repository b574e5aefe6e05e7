from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from .common import NOW
from .handover_common import HandoverCase


@tagged("post_install", "-at_install")
class TestContact(HandoverCase):
    """Accepted by the first act of the receiver, contacted by the first
    personal contact of ours with the customer."""

    def setUp(self):
        super().setUp()
        self.handover = self._hand_over()

    def _note(self, user):
        """A note in the lead, as the chatter logs it."""
        self.lead.with_user(user).sudo().message_post(
            body="Looks promising", message_type="comment"
        )

    def test_accepted_by_the_button(self):
        self.handover.with_user(self.seller).action_accept()
        self.assertEqual(self.handover.state, "accepted")
        self.assertEqual(self.handover.accepted_date, NOW)
        # pressed twice
        self.handover.with_user(self.seller).action_accept()
        self.assertEqual(self.handover.accepted_date, NOW)

    def test_message_to_the_person(self):
        with self._later(hours=1):
            self._post(self.lead, self.seller, self.anna)
            self.assertRecordValues(
                self.handover,
                [
                    {
                        "state": "contacted",
                        "contacted_date": NOW + timedelta(hours=1),
                        "accepted_date": NOW + timedelta(hours=1),
                        "closed_date": False,
                    }
                ],
            )

    def test_message_to_another_person_in_another_document(self):
        self._post(self.customer, self.colleague, self.bert)
        self.assertEqual(self.handover.state, "contacted")

    def test_message_to_two_persons(self):
        self._post(self.lead, self.seller, self.anna | self.bert)
        self.assertEqual(self.handover.state, "contacted")

    def test_call_logged_by_hand(self):
        self._call()
        self.assertEqual(self.handover.state, "contacted")

    def test_activity_done(self):
        self.lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.seller.id
        ).with_user(self.seller).action_done()
        self.assertEqual(self.handover.state, "contacted")

    def test_last_word_of_the_giver_is_no_contact(self):
        self._post(self.customer, self.marketer, self.anna, "Sally will call you")
        self.assertTrue(self.profile.touchpoint_ids)
        self._run()
        self.assertEqual(self.handover.state, "offered")

    def test_contact_before_the_offer(self):
        self._call(date=NOW - timedelta(hours=1))
        self._run()
        self.assertEqual(self.handover.state, "offered")

    def test_message_from_the_customer(self):
        self._call(direction="in")
        self._run()
        self.assertEqual(self.handover.state, "offered")

    def test_automatic_message(self):
        with self._later(hours=1):
            self.lead.message_post(
                body="We got your mail",
                partner_ids=self.anna.ids,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
            )
            self._flush()
            self._run()
            self.assertTrue(self.profile.touchpoint_ids.automated)
        self.assertEqual(self.handover.state, "offered")

    def test_note_and_stage_accept_but_are_no_contact(self):
        with self._later(hours=1):
            self._note(self.seller)
            self._flush()
            self.assertEqual(self.handover.state, "accepted")
            self._run()
            self.assertEqual(self.handover.state, "accepted")
            self.assertFalse(self.handover.contacted_date)
            other = self._new_lead(self.bert, self.marketer)
            self._flush()
            handover = self._hand_over(other)
            stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=2)[-1]
            other.with_user(self.seller).stage_id = stage
            self._flush()
            self.assertEqual(handover.state, "accepted")
            self.assertFalse(handover.contacted_date)

    def test_stage_moved_by_somebody_else_accepts_nothing(self):
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=2)[-1]
        self.lead.with_user(self.manager).stage_id = stage
        self._flush()
        self.assertEqual(self.handover.state, "offered")

    def test_customer_found_later(self):
        lead = self._new_lead(self.env["res.partner"], self.marketer, name="Unknown")
        self._flush()
        handover = self._hand_over(lead)
        self.assertFalse(handover.customer_id)
        lead.partner_id = self.anna
        self._flush()
        self.assertEqual(handover.customer_id, self.customer)
        self._call()
        self.assertEqual(handover.state, "contacted")

    def test_lead_without_a_customer(self):
        lead = self._new_lead(
            self.env["res.partner"],
            self.marketer,
            name="Unknown",
            email_from="Kim <kim@unknown.example>",
        )
        self._flush()
        handover = self._hand_over(lead)
        with self._later(hours=1):
            lead.with_user(self.seller).message_post(
                body="Hello Kim",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to="kim@unknown.example",
            )
            self._flush()
            self.assertFalse(lead.partner_id)
            self.assertEqual(handover.state, "contacted")
            at_once = handover.contacted_date
            handover.write({"state": "offered", "contacted_date": False})
            self._run()
            self.assertEqual(handover.state, "contacted")
            self.assertEqual(handover.contacted_date, at_once)

    def test_note_past_the_hook(self):
        with self._later(hours=1):
            self.env["mail.message"].create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "message_type": "comment",
                    "author_id": self.seller.partner_id.id,
                    "body": "Looks promising",
                    "date": NOW + timedelta(hours=1),
                }
            )
            self._run()
            self.assertEqual(self.handover.state, "accepted")

    def test_note_of_somebody_else_accepts_nothing(self):
        with self._later(hours=1):
            self._note(self.colleague)
            self._flush()
            self._run()
            self.assertEqual(self.handover.state, "offered")

    def test_run_agrees_with_the_hook(self):
        """What came past the hook is found by the run, with the same result."""
        with self._later(hours=1):
            self._post(self.lead, self.seller, self.anna)
        found = ("state", "accepted_date", "contacted_date", "closed_date")
        at_once = self.handover.read(found)
        self.handover.write(
            {"state": "offered", "accepted_date": False, "contacted_date": False}
        )
        with self._later(hours=2):
            self._run()
        self.assertEqual(self.handover.read(found), at_once)

    def test_leads_written_past_the_orm(self):
        other = self._new_lead(self.bert, self.marketer)
        self._flush()
        second = self._hand_over(other)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = 'won' WHERE id = %s", [self.lead.id]
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET user_id = %s WHERE id = %s",
            [self.colleague.id, other.id],
        )
        self.env.invalidate_all()
        self._run()
        self.assertEqual(self.handover.state, "succeeded")
        self.assertEqual(second.state, "passed_on")

    def test_customer_of_two_companies(self):
        """A contact of the other company's is none of ours."""
        other = self.env["res.company"].create({"name": "Other"})
        self.colleague.write({"company_ids": [(4, other.id)], "company_id": other.id})
        profile = (
            self.env["retention.profile"]
            .with_company(other)
            .create({"partner_id": self.customer.id, "company_id": other.id})
        )
        self._log(profile, NOW, user_id=self.colleague.id)
        self._run()
        self.assertEqual(self.handover.state, "offered")


@tagged("post_install", "-at_install")
class TestCost(HandoverCase):
    """A message to a customer costs no query more, handed over or not."""

    def _statements(self, user=None):
        """What a message to the customer asks of the database."""
        statements = []
        execute = type(self.env.cr).execute

        def spy(cursor, query, *args, **kwargs):
            statements.append(getattr(query, "code", str(query)))
            return execute(cursor, query, *args, **kwargs)

        self._flush()
        self.env.invalidate_all()
        with patch.object(type(self.env.cr), "execute", spy):
            self._post(self.lead, user or self.marketer, self.anna)
        return statements

    def test_message_without_a_handover(self):
        self._statements()
        about = [code for code in self._statements() if "retention_handover" in code]
        self.assertFalse(about)

    def test_message_after_a_handover_that_is_over(self):
        handover = self._hand_over()
        self._post(self.lead, self.seller, self.anna)
        self._flush()
        self.assertEqual(handover.state, "contacted")
        said = self._statements(self.seller)
        self.assertTrue(
            [code for code in said if "retention_handover" in code],
            "for all that is known one may wait",
        )
        self._run()
        said = self._statements(self.seller)
        self.assertFalse([code for code in said if "retention_handover" in code])
