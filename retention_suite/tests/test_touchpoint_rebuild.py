from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .capture import CaptureCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestTouchpointRebuild(CaptureCase):
    """Contacts can be captured again at any time, with the same result."""

    def _everything(self):
        """One contact of every source, captured as it happens."""
        other = self.env["res.partner"].create(
            {"name": "Rosso", "is_company": True, "email": "info@rosso.example"}
        )
        self._add_profile(other)
        self._post(self.lead, self.seller, self.bert | self.anna | other)
        theirs = self._receive(self._mail("Anna <anna@azur.example>"))
        self._receive(self._mail("Zoe <zoe@home.example>", answers=theirs))
        self._receive(
            self._mail("Bert <bert@azur.example>", Auto_Submitted="auto-replied")
        )
        self._receive(
            self._mail(
                "Seller <seller@our.example>",
                to="anna@azur.example, info@rosso.example",
                answers=theirs,
            )
        )
        self.lead.message_notify(body="Done", partner_ids=self.anna.ids)
        channel = self.env["discuss.channel"].with_user(self.seller)
        channel._create_group(partners_to=self.anna.ids).message_post(
            body="Hi", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.lead.with_user(self.seller).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.seller.id
        ).action_feedback()
        self.env["calendar.event"].with_context(no_mail_to_attendees=True).create(
            {
                "name": "Visit",
                "start": NOW - timedelta(days=1),
                "stop": NOW - timedelta(hours=23),
                "user_id": self.seller.id,
                "partner_ids": [Command.set((self.anna | other).ids)],
            }
        )
        self._flush()
        self._run()

    def test_rebuilding_gives_the_same_contacts(self):
        self._everything()
        self.assertEqual(
            set(self._contacts().mapped("kind")),
            {"message", "automatic", "activity", "meeting"},
        )
        self.assertEqual(
            set(self._contacts().mapped("channel")),
            {"email", "chat", "phone", "meeting"},
        )
        self._assert_run_agrees()

    def test_rebuilding_gives_the_same_figures(self):
        self._everything()
        figures = [
            "first_contact_date",
            "last_inbound_date",
            "last_outbound_date",
            "last_own_contact_date",
            "inbound_count",
            "outbound_count",
            "next_contact_date",
        ]
        before = self.profile.read(figures)
        self._rebuild()
        self.assertEqual(self.profile.read(figures), before)
        self.assertTrue(self.profile.last_inbound_date)

    def test_reading_again_writes_nothing(self):
        self._everything()
        ids = self._contacts().ids
        self.env.cr.execute(
            "UPDATE retention_watermark SET confirmed_id = 0 WHERE name <> 'run';"
            "UPDATE retention_profile SET is_history_captured = FALSE"
        )
        self.env.invalidate_all()
        figures = self._run()
        self.assertEqual(self._contacts().ids, ids)
        self.assertFalse(figures.get("contact_count"))

    def test_logged_contacts_survive_and_are_not_doubled(self):
        logged = self._log(self.profile, NOW - timedelta(days=2), summary="A talk")
        self._everything()
        count = len(self._contacts())
        self._rebuild()
        self.assertEqual(logged.summary, "A talk")
        self.assertEqual(len(self._contacts()), count)

    def test_customer_added_later_gets_its_history(self):
        person = self.env["res.partner"].create(
            {"name": "Carl", "email": "carl@home.example"}
        )
        message = self._post(self.lead, self.seller, person)
        self._run()
        self.assertFalse(self._contacts())
        profile = self._add_profile(person)
        self.assertEqual(profile.touchpoint_ids.message_id, message)
        self.assertEqual(profile.last_contact_date, NOW)

    def test_customer_named_by_a_lead_later_gets_its_history(self):
        person = self.env["res.partner"].create(
            {"name": "Carl", "email": "carl@home.example"}
        )
        message = self._post(self.lead, self.seller, person)
        self._new_lead(person, self.seller)
        self._run()
        self.assertEqual(self._profile(person).touchpoint_ids.message_id, message)

    def test_error_in_one_source_does_not_hide_what_the_run_finds_later(self):
        self.env.cr.execute(
            "ALTER TABLE retention_touchpoint ADD CONSTRAINT broken"
            " CHECK (channel <> 'email') NOT VALID"
        )
        logger = "odoo.addons.retention_suite.models.retention_touchpoint_hook"
        with self.assertLogs(logger, "WARNING"):
            message = self._receive(self._mail("Anna <anna@azur.example>"))
        self.assertTrue(message)
        self.assertFalse(self._contacts())
        self.env.cr.execute("ALTER TABLE retention_touchpoint DROP CONSTRAINT broken")
        self._run()
        self.assertEqual(self._contacts().message_id, message)
