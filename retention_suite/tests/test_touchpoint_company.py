from odoo import Command
from odoo.tests import tagged

from .capture import CaptureCase
from .common import NOW


class TwoCompaniesCase(CaptureCase):
    """A second company of ours, for which ``second_seller`` works, that has a
    relationship with the same customer."""

    def setUp(self):
        super().setUp()
        self.second = self.env["res.company"].create({"name": "Second"})
        self.second_seller = self._new_user(
            "second_seller",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.second.id,
            company_ids=[Command.set(self.second.ids)],
        )
        self.second_profile = self._add_profile(
            self.customer, company_id=self.second.id
        )


@tagged("post_install", "-at_install")
class TestTouchpointCompany(TwoCompaniesCase):
    """To which relationship a contact belongs."""

    def _second_lead(self, user=None):
        return self._new_lead(self.anna, user, company_id=self.second.id)

    def test_document_decides(self):
        """Whoever of us writes in it."""
        self.seller.company_ids |= self.second
        self._post(self._second_lead(), self.seller, self.anna)
        self.assertRecordValues(
            self._contacts(),
            [
                {
                    "profile_id": self.second_profile.id,
                    "company_id": self.second.id,
                    "user_id": self.seller.id,
                }
            ],
        )
        self._assert_run_agrees()

    def test_document_without_a_company_leaves_it_to_our_person(self):
        for user, profile in (
            (self.seller, self.profile),
            (self.second_seller, self.second_profile),
        ):
            message = self._post(self.anna, user, self.anna)
            contact = self._contacts(message_id=message.id)
            self.assertEqual(contact.profile_id, profile)
        self._assert_run_agrees()

    def test_contact_as_document_decides(self):
        self.anna.company_id = self.second
        self.anna.message_post(
            body="Hello",
            author_id=self.seller.partner_id.id,
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertEqual(self._contacts().profile_id, self.second_profile)

    def test_incoming_message_goes_to_the_documents_responsible(self):
        lead = self._new_lead(self.anna, self.second_seller, company_id=False)
        self._incoming(lead)
        self.assertEqual(self._contacts().profile_id, self.second_profile)
        self._assert_run_agrees()

    def test_with_neither_the_contacts_own_company_decides(self):
        team = self.env["crm.team"].create({"name": "Inside", "company_id": False})
        self.anna.company_id = self.second
        self._incoming(team)
        self.assertEqual(self._contacts().profile_id, self.second_profile)
        self._assert_run_agrees()

    def test_with_nothing_the_main_company_decides(self):
        team = self.env["crm.team"].create({"name": "Inside", "company_id": False})
        self._incoming(team)
        self.assertEqual(self._contacts().profile_id, self.profile)
        self._assert_run_agrees()

    def test_machine_has_no_company(self):
        """OdooBot's own company is nobody's."""
        self.env.ref("base.user_root").company_id = self.second
        team = self.env["crm.team"].create({"name": "Inside", "company_id": False})
        team.with_user(self.env.ref("base.user_root")).message_post(
            body="Hello",
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()
        self.assertEqual(self._contacts().profile_id, self.profile)

    def _incoming(self, record):
        record.message_post(
            body="Hello",
            author_id=self.anna.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._flush()

    def test_company_without_the_customer_records_nothing(self):
        self.second_profile.unlink()
        self._post(self.anna, self.second_seller, self.anna)
        self._run()
        self.assertFalse(self._contacts())

    def test_call_belongs_to_the_documents_company(self):
        lead = self._second_lead(self.second_seller)
        activity = lead.with_user(self.second_seller).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.second_seller.id
        )
        activity.action_feedback()
        self._flush()
        self.assertEqual(self._contacts().profile_id, self.second_profile)
        self._assert_run_agrees()

    def test_meeting_belongs_to_the_organisers_company(self):
        self.env["calendar.event"].with_context(no_mail_to_attendees=True).create(
            {
                "name": "Visit",
                "start": "2026-06-14 09:00:00",
                "stop": "2026-06-14 10:00:00",
                "user_id": self.second_seller.id,
                "partner_ids": (self.second_seller.partner_id | self.anna).ids,
            }
        )
        self._run()
        self.assertEqual(self._contacts().profile_id, self.second_profile)

    def test_contact_logged_from_a_lead_belongs_to_its_company(self):
        self.seller.write({"company_ids": [Command.link(self.second.id)]})
        lead = (
            self._second_lead(self.seller)
            .with_user(self.seller)
            .with_context(allowed_company_ids=(self.company | self.second).ids)
        )
        action = lead.action_retention_log_contact()
        dialog = self.env["retention.log.contact"].with_context(**action["context"])
        dialog.create({"channel": "phone"}).action_log()
        self.assertEqual(self._contacts().profile_id, self.second_profile)

    def test_people_see_only_their_companys_contacts(self):
        self._post(self.lead, self.seller, self.anna)
        self._post(self._second_lead(), self.second_seller, self.anna)
        visible = self.Touchpoint.with_user(self.second_seller).search([])
        self.assertEqual(visible.company_id, self.second)


@tagged("post_install", "-at_install")
class TestTouchpointMove(CaptureCase):
    """A person who changes employers."""

    def setUp(self):
        super().setUp()
        self.other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True}
        )
        self.other_profile = self._add_profile(self.other)
        with self._at("2026-06-08 10:00:00"):
            self.before = self._post(self.lead, self.seller, self.anna)

    def _move(self):
        self.anna.parent_id = self.other
        self.env.flush_all()

    def test_what_happened_before_stays_with_the_old_relationship(self):
        self._move()
        self._run()
        self.assertEqual(self._contacts().profile_id, self.profile)

    def test_what_happens_afterwards_is_of_the_new_relationship(self):
        self._move()
        after = self._post(self.lead, self.seller, self.anna)
        contact = self._contacts(message_id=after.id)
        self.assertEqual(contact.profile_id, self.other_profile)
        self._run()
        self.assertEqual(len(self._contacts()), 2)

    def test_new_customer_does_not_take_the_history_of_the_old_one(self):
        self.other_profile.unlink()
        self._move()
        profile = self._add_profile(self.other)
        self.assertFalse(profile.touchpoint_ids)
        self.assertEqual(self._contacts().profile_id, self.profile)

    def test_rereading_does_not_move_what_happened_before(self):
        self._move()
        self.env.cr.execute(
            "UPDATE retention_watermark SET confirmed_id = 0 WHERE name <> 'run';"
            "UPDATE retention_profile SET is_history_captured = FALSE"
        )
        self.env.invalidate_all()
        self._run()
        self.assertEqual(self._contacts().profile_id, self.profile)

    def test_meeting_from_before_stays_as_well(self):
        event = (
            self.env["calendar.event"]
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "Visit",
                    "start": "2026-06-14 09:00:00",
                    "stop": "2026-06-14 10:00:00",
                    "user_id": self.seller.id,
                    "partner_ids": (self.seller.partner_id | self.anna).ids,
                }
            )
        )
        self._run()
        self._move()
        event.name = "A visit"
        self.env.flush_all()
        self._run()
        contact = self._contacts(event_id=event.id)
        self.assertEqual(contact.profile_id, self.profile)
        self.assertEqual(contact.summary, "A visit")

    def test_bounce_after_the_move_is_the_old_relationships(self):
        self._move()
        self.before.sudo().notification_ids.notification_status = "bounce"
        self._flush()
        self.assertFalse(self._contacts())

    def test_person_who_was_a_customer_takes_the_history_along(self):
        person = self.env["res.partner"].create({"name": "Carl"})
        profile = self._add_profile(person)
        self._log(profile, NOW)
        person.parent_id = self.other
        self._run()
        self.assertFalse(profile.exists())
        self.assertEqual(self.other_profile.touchpoint_ids.partner_id, person)
