from psycopg2.extras import Json

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .capture import CaptureCase
from .play_common import PlayCase


class SendingCase(PlayCase):
    """One customer with one message on its way."""

    def setUp(self):
        super().setUp()
        self.profile = self._customers(1)
        self.person = self.profile.partner_id
        self.play = self._new_play()
        self.case = self._new_case(self.profile)

    def _start(self):
        self.play._start(self.case)
        self.sending = self.Sending.search([("case_id", "=", self.case.id)])

    def _send(self, moment=None):
        if moment:
            self._run_at(moment)
        else:
            self._run()
            self._flush()
            self.env.invalidate_all()

    def _contacts(self):
        return self.Touchpoint.search([("profile_id", "=", self.profile.id)])

    def _wrote(self, moment, **values):
        """Something of ours that nobody asked for."""
        return self._log(self.profile, moment, purpose="sales", **values)


@tagged("post_install", "-at_install")
class TestPlaySending(SendingCase):
    """What goes, what waits and what never goes."""

    def test_message_in_the_chatter_is_a_contact(self):
        self._start()
        self._send()
        self.assertEqual(self.sending.state, "sent")
        message = self.sending.message_id
        self.assertIn(message, self.case.message_ids)
        self.assertEqual(message.subject, "How are you?")
        self.assertIn("Hello Customer 0", message.body)
        self.assertEqual(message.partner_ids, self.person)
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.recipient_ids, self.person)
        self.assertRecordValues(
            self._contacts(),
            [
                {
                    "message_id": message.id,
                    "partner_id": self.person.id,
                    "direction": "out",
                    "channel": "email",
                    "purpose": "marketing",
                    "automated": True,
                }
            ],
        )
        self.assertFalse(self.profile.last_contact_date, "nothing personal")

    def test_run_finds_the_same_contact(self):
        self._start()
        self._send()
        before = self._contacts().read(["message_id", "kind", "purpose", "automated"])
        self.env.cr.execute("DELETE FROM retention_touchpoint")
        self.env.cr.execute("UPDATE retention_profile SET is_history_captured = FALSE")
        self.env.invalidate_all()
        self._run()
        after = self._contacts().read(["message_id", "kind", "purpose", "automated"])
        for row in before + after:
            row.pop("id")
        self.assertEqual(after, before)

    def test_followers_get_nothing(self):
        self.case.message_subscribe(self.colleague.partner_id.ids)
        self._start()
        self._send()
        self.assertEqual(
            self.sending.message_id.notification_ids.res_partner_id, self.person
        )

    def test_on_its_day(self):
        self.play.message_ids.delay_days = 3
        self._start()
        self._send()
        self.assertEqual(self.sending.state, "waiting")
        self._send("2026-06-18 09:59:00")
        self.assertEqual(self.sending.state, "waiting")
        self._send("2026-06-18 10:00:00")
        self.assertEqual(self.sending.state, "sent")

    def test_nothing_goes_twice(self):
        self._start()
        for _number in range(3):
            self._send()
        self.assertEqual(len(self._contacts()), 1)

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.template.with_context(lang="de_DE").subject = "Wie geht es Ihnen?"
        self.person.lang = "de_DE"
        self._start()
        self._send()
        self.assertEqual(self.sending.message_id.subject, "Wie geht es Ihnen?")

    # ------------------------------------------------------------------
    # Contact budget
    # ------------------------------------------------------------------

    def test_budget_is_used_up(self):
        """Two in fourteen days: the older one makes room on its day."""
        self._wrote("2026-06-05 10:00:00")
        self._wrote("2026-06-10 10:00:00", channel="letter")
        self._start()
        self._send()
        self.assertRecordValues(
            self.sending,
            [
                {
                    "state": "held",
                    "reason": "budget",
                    "allowed_date": fields.Datetime.to_datetime("2026-06-19 10:00:00"),
                }
            ],
        )
        self._send("2026-06-19 09:59:00")
        self.assertEqual(self.sending.state, "held")
        self._send("2026-06-19 10:00:00")
        self.assertEqual(self.sending.state, "sent", "by itself")
        self.assertFalse(self.sending.reason)
        self.assertFalse(self.sending.allowed_date)

    def test_one_is_left(self):
        self._wrote("2026-06-10 10:00:00")
        self._start()
        self._send()
        self.assertEqual(self.sending.state, "sent")

    def test_own_messages_count(self):
        self.play.message_ids = [
            Command.create({"template_id": self.template.id, "delay_days": days})
            for days in (1, 2)
        ]
        self._start()
        self._send("2026-06-20 10:00:00")
        states = sorted(self.Sending.search([]).mapped("state"))
        self.assertEqual(states, ["held", "sent", "sent"])
        held = self.Sending.search([("state", "=", "held")])
        self.assertEqual(str(held.allowed_date), "2026-07-04 10:00:00")
        self._send("2026-07-04 10:00:01")
        self.assertEqual(held.state, "sent")

    def test_what_does_not_count(self):
        for values in (
            {"purpose": "service"},
            {"purpose": "payment"},
            {"direction": "in"},
            {"date": "2026-06-01 09:59:00"},
        ):
            for _number in range(2):
                self._log(
                    self.profile,
                    values.get("date", "2026-06-10 10:00:00"),
                    **{k: v for k, v in values.items() if k != "date"},
                )
        self._start()
        self._send()
        self.assertEqual(self.sending.state, "sent")

    def test_others_of_the_same_customer(self):
        other = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": self.person.id}
        )
        for _number in range(2):
            self._wrote("2026-06-10 10:00:00", partner_id=other.id)
        self._start()
        self._send()
        self.assertEqual(self.sending.state, "sent", "each person has a budget")

    def test_one_of_several_counts_too(self):
        other = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": self.person.id}
        )
        for _number in range(2):
            self._wrote(
                "2026-06-10 10:00:00",
                partner_id=other.id,
                other_partner_ids=[Command.link(self.person.id)],
            )
        self._start()
        self._send()
        self.assertEqual(self.sending.reason, "budget")

    def test_no_budget_at_all(self):
        self.company.retention_budget_count = 0
        self._start()
        self._send()
        self.assertEqual(self.sending.reason, "budget")
        self.assertFalse(self.sending.allowed_date, "there is no such day")
        self.company.retention_budget_count = 1
        self._send()
        self.assertEqual(self.sending.state, "sent")

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        settings.retention_budget_count = 5
        settings.retention_budget_days = 30
        settings.execute()
        self.assertEqual(self.company.retention_budget_count, 5)
        self.assertEqual(self.company.retention_budget_days, 30)

    # ------------------------------------------------------------------
    # Who gets none
    # ------------------------------------------------------------------

    def test_blacklisted_never_goes(self):
        self.env["mail.blacklist"]._add(self.person.email)
        self._start()
        self._send()
        self.assertEqual(
            (self.sending.state, self.sending.reason), ("held", "blacklist")
        )
        self.env["mail.blacklist"]._remove(self.person.email)
        self._send("2026-07-20 10:00:00")
        self.assertEqual(self.sending.state, "held")
        self.assertFalse(self._contacts())

    def test_no_address(self):
        self.person.email = "no address"
        self._start()
        self._send()
        self.assertEqual(self.sending.reason, "address")
        self.person.email = "now@customers.example"
        self._send()
        self.assertEqual(self.sending.state, "sent", "as soon as there is one")

    def test_first_contact_with_an_address(self):
        self.person.write({"email": False, "is_company": True})
        persons = self.env["res.partner"].create(
            [
                {"name": "Nobody", "parent_id": self.person.id},
                {
                    "name": "Invoices",
                    "parent_id": self.person.id,
                    "type": "invoice",
                    "email": "invoices@customers.example",
                },
                {
                    "name": "Carla",
                    "parent_id": self.person.id,
                    "email": "carla@customers.example",
                },
            ]
        )
        self._start()
        self._send()
        self.assertEqual(self.sending.partner_id, persons[2])
        self.assertEqual(self.sending.message_id.partner_ids, persons[2])

    @mute_logger("odoo.addons.retention_suite.models.retention_play_sending")
    def test_text_that_fails_does_not_keep_the_others(self):
        other = self._customers(1, email="other@customers.example")
        bad = self._new_template("Bad")
        # Odoo refuses it when it is written, but records change afterwards
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = %s WHERE id = %s",
            [Json({"en_US": "<t t-out='object.partner_id.nothing'/>"}), bad.id],
        )
        self.env.invalidate_all()
        play = self._new_play(message_ids=[Command.create({"template_id": bad.id})])
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            play._start(self._new_case(other))
            self._start()
            self._send()
        self.assertEqual(self.sending.state, "sent")
        failed = self.Sending.search([("play_id", "=", play.id)])
        self.assertEqual((failed.state, failed.reason), ("held", "failed"))
        self._send()
        self.assertEqual(failed.state, "held")
        bad.body_html = "<p>Good</p>"
        failed.with_user(self.manager).action_try_again()
        self._send()
        self.assertEqual(failed.state, "sent")
        self.assertEqual(failed.action_open_case()["res_id"], failed.case_id.id)

    # ------------------------------------------------------------------
    # Stopped
    # ------------------------------------------------------------------

    def test_case_is_closed(self):
        self.play.message_ids.delay_days = 5
        self._start()
        self.case._close("lost")
        self._send()
        self.assertEqual(
            (self.sending.state, self.sending.reason), ("cancelled", "closed")
        )
        self._send("2026-06-30 10:00:00")
        self.assertFalse(self._contacts())

    def test_customer_called(self):
        self.play.message_ids.delay_days = 5
        self._start()
        self._log(self.profile, "2026-06-15 09:00:00", direction="in")
        self._send()
        self.assertEqual(self.sending.state, "waiting", "that was before the start")
        with self._at("2026-06-16 10:00:00"):
            self._log(self.profile, "2026-06-16 09:00:00", direction="in")
        self._send("2026-06-16 11:00:00")
        self.assertEqual(
            (self.sending.state, self.sending.reason), ("cancelled", "answered")
        )

    def test_salesperson_sees_what_is_held_back(self):
        self._start()
        self.assertTrue(self.Sending.with_user(self.seller).search([]))
        self.profile.user_id = self.colleague
        self.case.user_id = self.colleague
        self.assertFalse(self.Sending.with_user(self.seller).search([]))
        self.assertTrue(self.Sending.with_user(self.colleague).search([]))


@tagged("post_install", "-at_install")
class TestPlayReply(CaptureCase):
    """What comes in as mail."""

    def setUp(self):
        super().setUp()
        self.template = self.env["mail.template"].create(
            {
                "name": "Text",
                "model_id": self.env["ir.model"]._get_id("retention.winback"),
                "subject": "How are you?",
                "body_html": "<p>Hello</p>",
                "email_from": "us@our.example",
            }
        )
        self.play = self.env["retention.play"].create(
            {
                "name": "Wake up",
                "activity_plan_id": self.env.ref(
                    "retention_suite.activity_plan_wake_up"
                ).id,
                "message_ids": [
                    Command.create({"template_id": self.template.id, "delay_days": d})
                    for d in (0, 7)
                ],
            }
        )
        self.case = self.env["retention.winback"].create(
            {"profile_id": self.profile.id, "kind": "dormancy"}
        )
        self.Sending = self.env["retention.play.sending"]

    def _sendings(self):
        self.env.invalidate_all()
        return self.Sending.search([("case_id", "=", self.case.id)]).mapped(
            lambda s: (s.state, s.reason)
        )

    def _started(self):
        self.play._start(self.case)
        self._run()
        self._flush()
        return self.Sending.search([("state", "=", "sent")]).message_id

    def test_reply_stops_what_is_to_come(self):
        message = self._started()
        self.assertEqual(self._sendings(), [("sent", False), ("waiting", False)])
        with self._at("2026-06-16 10:00:00"):
            self._receive(
                self._mail(
                    "Anna <anna@azur.example>",
                    In_Reply_To=message.message_id,
                    Subject="Re: How are you?",
                    Date="Tue, 16 Jun 2026 10:00:00 +0000",
                )
            )
            self._flush()
            self.assertTrue(
                self._contacts(direction="in", res_model="retention.winback")
            )
            self._run()
        self.assertEqual(self._sendings(), [("sent", False), ("cancelled", "answered")])

    def test_machine_does_not_answer(self):
        message = self._started()
        with self._at("2026-06-16 10:00:00"):
            self._receive(
                self._mail(
                    "Anna <anna@azur.example>",
                    In_Reply_To=message.message_id,
                    Auto_Submitted="auto-replied",
                    Date="Tue, 16 Jun 2026 10:00:00 +0000",
                )
            )
            self._flush()
            self._run()
        self.assertEqual(self._sendings(), [("sent", False), ("waiting", False)])

    def test_answers_of_ours_do_not_count(self):
        """Two answers to the customer leave the budget as it is."""
        self.env["res.partner"].browse(self.customer.id).email = False
        for day in ("10", "12"):
            with self._at(f"2026-06-{day} 10:00:00"):
                self._receive(
                    self._mail("Anna <anna@azur.example>", Subject=f"Question {day}")
                )
                self._flush()
                lead = self.env["crm.lead"].search([("name", "=", f"Question {day}")])
            with self._at(f"2026-06-{day} 11:00:00"):
                self._post(lead, self.seller, self.anna)
                self._run()
        self.assertEqual(len(self._contacts(direction="out")), 2)
        self.assertEqual(len(self._contacts(needs_answer=True).answer_id), 2)
        message = self._started()
        self.assertEqual(message.partner_ids, self.anna)

    def test_messages_of_ours_count(self):
        self.env["res.partner"].browse(self.customer.id).email = False
        for day in ("10", "12"):
            with self._at(f"2026-06-{day} 11:00:00"):
                self._post(self.lead, self.seller, self.anna)
        self.assertFalse(self._started())
        self.assertIn(("held", "budget"), self._sendings())
