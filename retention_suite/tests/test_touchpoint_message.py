from datetime import timedelta

from odoo.tests import new_test_user, tagged

from ..models import retention_run_step
from .capture import CaptureCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestTouchpointIncoming(CaptureCase):
    """What a customer writes in Odoo itself."""

    def _portal_comment(self, record, **values):
        portal = self._portal_user(self.anna)
        message = (
            record.with_user(portal)
            .sudo()
            .message_post(
                body="When?",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **values,
            )
        )
        self._flush()
        return message

    def test_portal_comment_is_a_contact_from_the_customer(self):
        message = self._portal_comment(self.lead, subject="Delivery")
        contact = self._contacts()
        self.assertRecordValues(
            contact,
            [
                {
                    "profile_id": self.profile.id,
                    "partner_id": self.anna.id,
                    "direction": "in",
                    "channel": "portal",
                    "kind": "message",
                    "purpose": "sales",
                    "automated": False,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    "message_id": message.id,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "summary": "Delivery",
                    "date": NOW,
                }
            ],
        )
        self.assertEqual(self.profile.last_inbound_date, NOW)
        self._assert_run_agrees()

    def test_internal_message_of_an_outside_person_is_none(self):
        self._portal_comment(self.lead, is_internal=True)
        self.lead.message_post(
            author_id=self.anna.id, body="A note", subtype_xmlid="mail.mt_note"
        )
        self._run()
        self.assertFalse(self._contacts())

    def test_message_posted_for_an_outside_person_is_theirs(self):
        """As a web form or a portal page with a link does."""
        self.lead.message_post(
            author_id=self.anna.id,
            body="When?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertEqual(self._contacts().direction, "in")

    def test_incoming_message_is_for_the_documents_responsible(self):
        self.lead.user_id = self.colleague
        self._portal_comment(self.lead)
        self.assertEqual(self._contacts().user_id, self.colleague)

    def test_incoming_message_is_for_whom_it_answers(self):
        self.lead.user_id = False
        question = self._post(self.lead, self.colleague, self.anna)
        answer = self._portal_comment(self.lead, parent_id=question.id)
        contact = self._contacts(message_id=answer.id)
        self.assertEqual(contact.user_id, self.colleague)

    def test_stranger_is_no_customer(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.lead.message_post(
            author_id=stranger.id,
            body="Buy!",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self._run()
        self.assertFalse(self._contacts())

    def test_our_out_of_office_reply_is_none(self):
        self.seller.write(
            {
                "out_of_office_from": NOW - timedelta(days=1),
                "out_of_office_to": NOW + timedelta(days=1),
                "out_of_office_message": "<p>Away</p>",
            }
        )
        message = self._portal_comment(self.lead)
        away = self.env["mail.message"].search([("message_type", "=", "out_of_office")])
        self.assertIn(self.anna, away.notification_ids.res_partner_id)
        self.assertEqual(self._contacts().message_id, message)
        self._assert_run_agrees()


@tagged("post_install", "-at_install")
class TestTouchpointOutgoing(CaptureCase):
    """What we write to customers in Odoo."""

    def test_message_to_a_recipient_is_a_contact_from_us(self):
        message = self._post(self.lead, self.seller, self.anna, subject="Offer")
        self.assertRecordValues(
            self._contacts(),
            [
                {
                    "profile_id": self.profile.id,
                    "partner_id": self.anna.id,
                    "direction": "out",
                    "channel": "email",
                    "kind": "message",
                    "purpose": "sales",
                    "automated": False,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    "message_id": message.id,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "summary": "Offer",
                    "date": NOW,
                }
            ],
        )
        self.assertEqual(self.profile.last_own_contact_date, NOW)
        self._assert_run_agrees()

    def test_whoever_writes_needs_no_rights_to_contacts(self):
        user = new_test_user(self.env, "warehouse", groups="base.group_user")
        self.anna.with_user(user).sudo().message_post(
            body="It is on its way",
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertFalse(self.Touchpoint.with_user(user).has_access("read"))
        self.assertEqual(self._contacts().user_id, user)
        self.assertEqual(self.profile.last_contact_date, NOW)

    def test_message_reaches_a_follower(self):
        self.lead.message_subscribe(self.bert.ids)
        self._post(self.lead, self.seller, self.env["res.partner"])
        self.assertEqual(self._contacts().partner_id, self.bert)
        self._assert_run_agrees()

    def test_message_that_reaches_nobody_outside_is_none(self):
        self._post(self.lead, self.seller, self.colleague.partner_id)
        self._run()
        self.assertFalse(self._contacts())

    def test_any_document_counts_without_an_addon_for_it(self):
        team = self.env["crm.team"].create({"name": "Inside"})
        team.message_post(
            body="Hello",
            author_id=self.seller.partner_id.id,
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertEqual(self._contacts().res_model, "crm.team")
        self._assert_run_agrees()

    def test_two_persons_of_a_customer_are_one_contact(self):
        self._post(self.lead, self.seller, self.bert | self.anna | self.customer)
        contact = self._contacts()
        self.assertEqual(len(contact), 1)
        self.assertEqual(contact.partner_id, self.customer)
        self.assertEqual(contact.other_partner_ids, self.anna | self.bert)
        self._assert_run_agrees()

    def test_two_messages_in_one_transaction_are_two_contacts(self):
        values = {
            "message_type": "comment",
            "partner_ids": self.anna.ids,
            "subtype_xmlid": "mail.mt_comment",
        }
        self.lead.with_user(self.seller).message_post(body="One", **values)
        self.lead.with_user(self.colleague).message_post(body="Two", **values)
        self._flush()
        self.assertEqual(len(self._contacts()), 2)
        figures = ["outbound_count", "sales_count", "last_own_contact_date"]
        at_once = self.profile.read(figures)
        self.assertEqual(self.profile.outbound_count, 2)
        self._run()
        self.assertEqual(self.profile.read(figures), at_once)

    def test_two_customers_are_two_contacts(self):
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        self._post(self.lead, self.seller, self.anna | other)
        self.assertEqual(
            self._contacts().profile_id, self.profile | self._profile(other)
        )
        self.assertEqual(len(self._contacts()), 2)
        self._assert_run_agrees()

    def test_internal_note_to_an_outside_person_is_none(self):
        note = self.lead.with_user(self.seller).message_post(
            body="Look", partner_ids=self.anna.ids, subtype_xmlid="mail.mt_note"
        )
        self._flush()
        self.assertEqual(note.notification_ids.res_partner_id, self.anna)
        self._run()
        self.assertFalse(self._contacts())

    def test_tracking_message_is_none(self):
        subtype = self.env.ref("crm.mt_lead_stage")
        self.assertFalse(subtype.internal)
        self.lead.message_subscribe(self.anna.ids, subtype.ids)
        lead = self.lead.with_context(tracking_disable=False, mail_notrack=False)
        self._flush()
        stage = self.env["crm.stage"].search([("id", "!=", lead.stage_id.id)], limit=1)
        lead.with_user(self.seller).stage_id = stage
        self._flush()
        reached = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.anna.id)]
        )
        self.assertTrue(reached.mail_message_id.sudo().tracking_value_ids)
        self._run()
        self.assertFalse(self._contacts())

    def test_mail_in_the_companys_name_is_of_whoever_sent_it(self):
        self.lead.with_user(self.seller).message_post(
            body="Hello",
            author_id=self.company.partner_id.id,
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertRecordValues(
            self._contacts(), [{"user_id": self.seller.id, "automated": False}]
        )
        self._assert_run_agrees()

    def test_mail_of_a_former_colleague_stays_a_contact(self):
        self._post(self.lead, self.seller, self.anna)
        self.seller.active = False
        self._rebuild()
        self.assertRecordValues(
            self._contacts(), [{"user_id": self.seller.id, "direction": "out"}]
        )

    def test_message_that_is_deleted_is_none(self):
        message = self._post(self.lead, self.seller, self.anna)
        self.assertEqual(self.profile.last_contact_date, NOW)
        message.unlink()
        self.assertFalse(self._contacts())
        self._run()
        self.assertFalse(self.profile.last_contact_date)

    def test_message_deleted_at_once_does_not_hide_the_other(self):
        lead = self.lead.with_user(self.seller)
        values = {"partner_ids": self.anna.ids, "subtype_xmlid": "mail.mt_comment"}
        kept = lead.message_post(body="Kept", message_type="comment", **values)
        lead.message_post(body="Not", message_type="comment", **values).sudo().unlink()
        self._flush()
        self.assertEqual(self._contacts().message_id, kept)

    def _post_past_the_hook(self, lead_id):
        """Insert a message to Anna, as an import would; return its id."""
        self.env.cr.execute(
            """
            INSERT INTO mail_message (model, res_id, author_id, date, message_type,
                                      subtype_id, create_uid, create_date)
            VALUES ('crm.lead', %s, %s, %s, 'comment', %s, %s, %s) RETURNING id
            """,
            [
                lead_id,
                self.seller.partner_id.id,
                NOW,
                self.env.ref("mail.mt_comment").id,
                self.seller.id,
                NOW,
            ],
        )
        [inserted_id] = self.env.cr.fetchone()
        self.env.cr.execute(
            """
            INSERT INTO mail_notification (mail_message_id, res_partner_id,
                                           notification_type, notification_status)
            VALUES (%s, %s, 'email', 'sent')
            """,
            [inserted_id, self.anna.id],
        )
        return inserted_id

    def test_what_bypasses_the_hook_is_found_by_the_run(self):
        inserted_id = self._post_past_the_hook(self.lead.id)
        self._run()
        self.assertEqual(self._contacts().message_id.id, inserted_id)
        self.assertEqual(self.profile.last_contact_date, NOW)

    def test_whether_documents_are_few_or_many_changes_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.lead.write({"user_id": False, "team_id": False, "company_id": other.id})
        self.env["retention.profile"].create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        for limit in (0, 1):
            self.patch(retention_run_step, "DOCUMENT_LIMIT", limit)
            inserted_id = self._post_past_the_hook(self.lead.id)
            self._run()
            contact = self.env["retention.touchpoint"].search(
                [("message_id", "=", inserted_id)]
            )
            self.assertEqual(contact.company_id, other, limit)

    def test_message_without_a_document_does_not_stop_the_run(self):
        self._post_past_the_hook(None)
        inserted_id = self._post_past_the_hook(self.lead.id)
        self._run()
        self.assertIn(inserted_id, self._contacts().message_id.ids)

    def test_error_of_the_capture_keeps_no_message_from_being_posted(self):
        self.env.cr.execute(
            "ALTER TABLE retention_touchpoint ADD CONSTRAINT broken"
            " CHECK (kind = 'manual') NOT VALID"
        )
        logger = "odoo.addons.retention_suite.models.retention_touchpoint_hook"
        with self.assertLogs(logger, "WARNING") as logs:
            message = self._post(self.lead, self.seller, self.anna)
        self.assertIn("the next run will", logs.output[0])
        self.assertEqual(message.notification_ids.res_partner_id, self.anna)
        self.assertFalse(self._contacts())
        self.env.cr.execute("ALTER TABLE retention_touchpoint DROP CONSTRAINT broken")
        self._run()
        self.assertEqual(self._contacts().message_id, message)
