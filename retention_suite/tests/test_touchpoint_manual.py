import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .capture import CaptureCase
from .common import NOW

SATURDAY = "2026-06-13 14:00:00"


@tagged("post_install", "-at_install")
class TestTouchpointManual(CaptureCase):
    """What people log by hand."""

    def _dialog(self, record, method, user=None, **values):
        """The dialog as a button of a record opens it, filled in."""
        record = record.with_user(user or self.seller)
        action = getattr(record, method)()
        self.assertEqual(action["target"], "new")
        model = self.env[action["res_model"]].with_user(user or self.seller)
        form = Form(model.with_context(**action["context"]))
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def _log_from(self, record, method="action_retention_log_contact", **values):
        before = self._contacts()
        self._dialog(record, method, **values).action_log()
        return self._contacts() - before

    # ------------------------------------------------------------------
    # From where
    # ------------------------------------------------------------------

    def test_log_a_fair_from_the_customer(self):
        contact = self._log_from(
            self.profile,
            "action_log_contact",
            channel="event",
            direction="in",
            date=SATURDAY,
            purpose="marketing",
            summary="Came to our stand",
        )
        self.assertRecordValues(
            contact,
            [
                {
                    "profile_id": self.profile.id,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "kind": "manual",
                    "automated": False,
                    "channel": "event",
                    "direction": "in",
                    "date": fields.Datetime.to_datetime(SATURDAY),
                    "purpose": "marketing",
                    "summary": "Came to our stand",
                    "user_id": self.seller.id,
                }
            ],
        )
        self.assertEqual(str(self.profile.last_contact_date), SATURDAY)

    def test_log_from_the_contact_with_the_person(self):
        contact = self._log_from(self.bert, channel="letter")
        self.assertEqual(contact.partner_id, self.bert)
        self.assertEqual(contact.profile_id, self.profile)
        self.assertEqual(contact.date, NOW)

    def test_log_from_the_lead_with_its_customer_and_document(self):
        contact = self._log_from(self.lead)
        self.assertRecordValues(
            contact,
            [
                {
                    "partner_id": self.anna.id,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "purpose": "sales",
                    "direction": "out",
                    "channel": "phone",
                }
            ],
        )

    def test_log_from_the_alert_closes_it(self):
        with self._at("2026-12-01 10:00:00"):
            self._run()
            alert = self.profile.open_alert_ids
            self.assertEqual(len(alert), 1)
            contact = self._log_from(alert, "action_log_contact", summary="Talk")
            self.assertEqual(alert.state, "resolved")
            self.assertEqual(alert.touchpoint_id, contact)

    def test_log_with_another_person_of_the_customer(self):
        contact = self._log_from(self.lead, partner_id=self.bert)
        self.assertEqual(contact.partner_id, self.bert)

    def test_log_from_a_contact_that_was_no_customer_makes_it_one(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        contact = self._log_from(stranger)
        self.assertTrue(contact.profile_id.is_manual)
        self.assertEqual(contact.profile_id.partner_id, stranger)

    def test_opening_the_dialog_makes_nobody_a_customer(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        action = stranger.with_user(self.seller).action_retention_log_contact()
        self.assertFalse(self._profile(stranger))
        Wizard = self.env["retention.log.contact"].with_user(self.seller)
        Wizard.with_context(**action["context"]).create({}).action_log()
        self.assertEqual(len(self._profile(stranger).touchpoint_ids), 1)

    def test_log_from_a_customer_put_away_brings_it_back(self):
        self.profile.active = False
        contact = self._log_from(self.anna)
        self.assertEqual(contact.profile_id, self.profile)
        self.assertTrue(self.profile.active)

    def test_log_from_a_lead_without_a_customer_is_refused(self):
        lead = self._new_lead(self.env["res.partner"], self.seller)
        with self.assertRaisesRegex(UserError, "Choose the customer first"):
            lead.with_user(self.seller).action_retention_log_contact()

    def test_log_with_a_colleagues_customer_is_refused(self):
        self.profile.user_id = self.colleague
        with self.assertRaises(AccessError):
            self.anna.with_user(self.seller).action_retention_log_contact()

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------

    def test_date_in_the_future_is_refused(self):
        dialog = self._dialog(
            self.profile, "action_log_contact", date="2026-06-15 10:00:01"
        )
        with self.assertRaisesRegex(ValidationError, "in the future"):
            dialog.action_log()

    def test_empty_date_is_refused_by_the_dialog(self):
        with self.assertRaisesRegex(AssertionError, "date is a required field"):
            self._dialog(self.profile, "action_log_contact", date=False)

    def test_empty_date_is_refused_by_the_record(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error):
            self._log(self.profile, False)

    def test_person_of_another_customer_is_refused(self):
        other = self.env["res.partner"].create({"name": "Rosso"})
        for values in (
            {"partner_id": other.id},
            {"other_partner_ids": [fields.Command.link(other.id)]},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, "does not belong to Azur"),
            ):
                self._log(self.profile, NOW, **values)

    def test_customer_of_another_company_is_refused(self):
        company = self.env["res.company"].create({"name": "Second"})
        elsewhere = self.env["res.partner"].create(
            {"name": "Elsewhere", "company_id": company.id}
        )
        profile = self._add_profile(elsewhere, company_id=company.id)
        with self.assertRaises(AccessError):
            self.Touchpoint.with_user(self.seller).create(
                {
                    "profile_id": profile.id,
                    "partner_id": elsewhere.id,
                    "date": NOW,
                    "channel": "phone",
                    "direction": "out",
                    "purpose": "sales",
                }
            )
        with self.assertRaises(UserError):
            elsewhere.with_user(self.manager).action_retention_log_contact()

    def test_contact_cannot_pretend_to_be_captured(self):
        contact = self._log(
            self.profile, NOW, kind="message", automated=True, company_id=False
        )
        self.assertRecordValues(
            contact,
            [{"kind": "manual", "automated": False, "company_id": self.company.id}],
        )

    # ------------------------------------------------------------------
    # A record of its own
    # ------------------------------------------------------------------

    def test_logged_contact_survives_a_rebuild(self):
        contact = self._log(self.profile, SATURDAY)
        self._post(self.lead, self.seller, self.anna)
        self._assert_run_agrees()
        self.assertTrue(contact.exists())

    def test_logged_contact_cannot_be_changed(self):
        contact = self._log(self.profile, SATURDAY)
        with self.assertRaises(AccessError):
            contact.with_user(self.manager).write({"direction": "in"})

    def test_logged_contact_can_be_taken_back_by_whoever_logged_it(self):
        contact = self._log_from(self.lead)
        with self.assertRaises(AccessError):
            contact.with_user(self.colleague).unlink()
        contact.with_user(self.seller).unlink()
        self.assertFalse(self.profile.last_contact_date)

    def test_captured_contact_cannot_be_taken_back(self):
        self._post(self.lead, self.seller, self.anna)
        with self.assertRaisesRegex(UserError, "Only contacts logged by hand"):
            self._contacts().unlink()
