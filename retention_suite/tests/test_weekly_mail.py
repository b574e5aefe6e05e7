from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models import retention_weekly_mail
from .weekly_mail_common import WeeklyMailCase


@tagged("post_install", "-at_install")
class TestWeeklyMail(WeeklyMailCase):
    """What each salesperson is told once a week."""

    # ------------------------------------------------------------------
    # What is told
    # ------------------------------------------------------------------

    def test_what_is_to_do(self):
        """By hand: four customers to contact, one message, one thanks, one at risk;
        the three most urgent stand at the top, and nowhere else."""
        self._gaps(4, score=90)
        risk = self._new_customer("Risk Ltd", self.seller)
        self._alert("risk", risk, score=300, risk_score=80)
        self._alert(
            "unanswered",
            score=200,
            res_model="crm.lead",
            res_id=self.lead.id,
            last_contact_date="2026-06-12 08:00:00",
            message_id=self.lead.message_post(
                body="When?", author_id=self.anna.id, message_type="email"
            ).id,
        )
        self._recommend()
        numbers, parts = self._read(self._sent_to(self.seller))
        self.assertEqual(
            numbers,
            {"to contact": 4, "unanswered": 1, "to thank": 1, "other to do": 1},
        )
        self.assertEqual(
            list(parts),
            ["Most important", "More customers to contact", "Say thank you"],
        )
        top = parts["Most important"]
        self.assertEqual(
            [title for title, _text in top], ["Risk Ltd", "Azur GmbH", "Customer 1"]
        )
        self.assertIn("Anna's message of", top[1][1])
        self.assertIn("106 days (agreed: 90)", top[2][1])
        self.assertEqual(
            [title for title, _text in parts["More customers to contact"]],
            ["Customer 2", "Customer 3", "Customer 4"],
        )
        [(title, text)] = parts["Say thank you"]
        self.assertEqual(title, self.anna.display_name)
        self.assertEqual(
            text, "Recommended Berta on 06/15/2026. Say thank you by 06/22/2026."
        )

    def _recommend(self, **values):
        lead = self.env["crm.lead"].create(
            {"name": "Berta", "contact_name": "Berta", "type": "lead"}
        )
        referral = self.env["retention.referral"]._receive(
            self.anna, lead=lead, **values
        )
        referral.thank_due_date = "2026-06-22"
        return referral

    def test_thanks_that_are_late_are_told_once(self):
        referral = self._recommend()
        alert = self._alert(
            "referral_thanks", res_model="retention.referral", res_id=referral.id
        )
        numbers, parts = self._read(self._sent_to(self.seller))
        self.assertEqual(numbers, {"to thank": 1})
        self.assertEqual(list(parts), ["Most important"])
        # who wants to do it later, or not at all, is not told again
        self.env["res.users"].search([]).retention_weekly_date = "2026-06-01"
        alert._snooze("2026-07-01")
        self.assertEqual(self._send(), {})

    def test_thanked_already(self):
        self._recommend()._thank("call", "Told her")
        self.assertEqual(self._send(), {})

    def test_no_more_than_somebody_reads(self):
        self._gaps(10)
        mail = self._sent_to(self.seller)
        numbers, parts = self._read(mail)
        self.assertEqual(numbers, {"to contact": 10})
        self.assertEqual(len(parts["Most important"]), 3)
        self.assertEqual(
            [title for title, _text in parts["More customers to contact"]],
            [f"Customer {number}" for number in range(4, 9)],
        )
        self.assertIn("See all (10)", mail.body_html)
        self.assertIn("/odoo/retention-to-do", mail.body_html)
        action = "retention_suite.weekly_mail_due_action"
        self.assertIn(f"/odoo/action-{action}", mail.body_html)
        domain = self.env["ir.actions.act_window"]._for_xml_id(action)["domain"]
        alerts = self.Alert.with_user(self.seller)
        self.assertEqual(
            alerts.search_count(safe_eval(domain, {"uid": self.seller.id})), 10
        )

    def test_nothing_to_say(self):
        """No mail, and it is dealt with for the week."""
        self._alert()._snooze("2026-06-20")
        self.assertEqual(self._send(), {})
        self.assertEqual(str(self.seller.retention_weekly_date), "2026-06-15")
        self._gaps(1)
        self.assertEqual(self._send(), {})

    def test_how_it_is_sent(self):
        self._alert()
        mail = self._sent_to(self.seller)
        self.assertEqual(mail.state, "outgoing")
        self.assertTrue(mail.auto_delete)
        self.assertEqual(mail.subject, f"{self.company.name}: your customers this week")
        link = f"/retention/weekly-mail/{self.seller.id}/"
        self.assertIn(link, mail.headers)
        self.assertIn(
            "'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'", mail.headers
        )
        self.assertIn(link, mail.body_html)
        self.assertNotIn("digest/", mail.body_html)

    def test_no_contact_of_a_customer(self):
        """Neither when it is sent nor when a run looks for contacts."""
        self._alert()
        before = self.Touchpoint.search([])
        with self.mock_mail_gateway():
            self.Mail._send_batch()
            [mail] = self._new_mails
            mail.send()
            self._flush()
            self._run()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(self._mails[0]["email_to"], [self.seller.email_formatted])
        self.assertEqual(self.Touchpoint.search([]), before)

    def test_own_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.seller.lang = "de_DE"
        self._gaps(1)
        self._gaps(1, self.colleague)
        mails = self._send()
        german = mails[self.seller.email_formatted]
        numbers, parts = self._read(german)
        self.assertEqual(numbers, {"zu kontaktieren": 1})
        [(_title, text)] = parts["Das Wichtigste"]
        self.assertIn("106 Tagen", text)
        self.assertIn("Montag, 15. Juni 2026", german.body_html)
        self.assertIn("Ihre Kunden in dieser Woche", german.subject)
        numbers, _parts = self._read(mails[self.colleague.email_formatted])
        self.assertEqual(numbers, {"to contact": 1})

    # ------------------------------------------------------------------
    # To whom
    # ------------------------------------------------------------------

    def test_own_customers_only(self):
        """Whatever somebody may see: told is what is theirs to do."""
        self._gaps(2)
        self._gaps(1, self.colleague)
        mails = self._send()
        self.assertEqual(
            set(mails), {self.seller.email_formatted, self.colleague.email_formatted}
        )
        body = mails[self.colleague.email_formatted].body_html
        self.assertIn("Customer 1", body)
        self.assertNotIn("Customer 2", body)

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["retention.profile"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Foreign"}).id,
                "company_id": other.id,
                "user_id": self.seller.id,
            }
        )
        self._alert(profile=foreign)
        self.assertEqual(self._send(), {}, "not a company of the seller's any more")
        self.seller.company_ids |= other
        self.seller.retention_weekly_date = "2026-06-01"
        self.assertIn("Foreign", self._sent_to(self.seller).body_html)
        # a company without the mail is not told of
        other.retention_weekly_mail = False
        self.seller.retention_weekly_date = "2026-06-01"
        self.assertEqual(self._send(), {})
        self._alert(score=50)
        self.seller.retention_weekly_date = "2026-06-01"
        self.assertNotIn("Foreign", self._sent_to(self.seller).body_html)

    def test_who_gets_none(self):
        portal = self._portal_user(self.anna)
        stranger = self._new_user("stranger", "base.group_user")
        silent = self._new_user("silent", "sales_team.group_sale_salesman")
        silent.partner_id.email = False
        away = self._new_user("away", "sales_team.group_sale_salesman")
        users = portal | stranger | silent | away
        self._gaps(1)
        for user in users:
            self._alert("unanswered", user=user, res_model="x", res_id=user.id)
        away.active = False
        users.retention_weekly_date = "2026-06-08"
        self.assertEqual(list(self._send()), [self.seller.email_formatted])

    def test_turned_off_by_the_person(self):
        """In the own preferences, and only there."""
        self._alert()
        seller = self.seller.with_user(self.seller)
        self.assertTrue(seller.retention_weekly_mail)
        self.assertIn("retention_weekly_mail", seller.SELF_READABLE_FIELDS)
        view = self.env.ref("base.view_users_form_simple_modif")
        arch = self.env["res.users"].with_user(self.seller).get_view(view.id)["arch"]
        self.assertIn("retention_weekly_mail", arch)
        seller.write({"retention_weekly_mail": False})
        self.assertEqual(self._send(), {})
        with self.assertRaises(AccessError):
            self.colleague.with_user(self.seller).write(
                {"retention_weekly_mail": False}
            )
        with self.assertRaises(AccessError):
            seller.write({"retention_weekly_date": "2020-01-01"})

    def test_turned_off_by_the_company(self):
        self._alert()
        self.company.retention_weekly_mail = False
        self.assertEqual(self._send(), {})
        self.assertEqual(str(self.seller.retention_weekly_date), "2026-06-08")

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------

    def _sends_at(self, moment):
        with self._at(moment):
            return bool(self._sent_to(self.seller))

    def test_once_a_week(self):
        self._alert()
        self.assertTrue(self._sends_at("2026-06-15 10:00:00"))
        self.assertFalse(self._sends_at("2026-06-15 11:00:00"))
        self.assertFalse(self._sends_at("2026-06-21 20:00:00"))
        self.assertTrue(self._sends_at("2026-06-22 10:00:00"))

    def test_on_the_day_of_the_company(self):
        self._alert()
        self.company.retention_weekly_day = "3"
        self.assertFalse(self._sends_at("2026-06-16 10:00:00"))
        self.assertTrue(self._sends_at("2026-06-17 10:00:00"))
        # another day in the same week brings no second one
        self.company.retention_weekly_day = "5"
        self.assertFalse(self._sends_at("2026-06-19 10:00:00"))
        self.assertTrue(self._sends_at("2026-06-26 10:00:00"))

    def test_missed_day(self):
        """Made up for, even in the week after."""
        self._alert()
        self.company.retention_weekly_day = "7"
        self.seller.retention_weekly_date = "2026-06-07"
        # Monday after the Sunday on which nothing ran
        self.assertTrue(self._sends_at("2026-06-15 10:00:00"))
        self.assertEqual(str(self.seller.retention_weekly_date), "2026-06-14")
        self.assertFalse(self._sends_at("2026-06-20 10:00:00"))
        self.assertTrue(self._sends_at("2026-06-21 10:00:00"))

    def test_in_the_morning_by_the_own_clock(self):
        """Six o'clock in Berlin, and in Tokyo."""
        self._alert()
        self.assertFalse(self._sends_at("2026-06-15 03:59:00"))
        self.assertTrue(self._sends_at("2026-06-15 04:00:00"))
        self.seller.tz = "Asia/Tokyo"
        self.assertFalse(self._sends_at("2026-06-21 20:59:00"))
        self.assertTrue(self._sends_at("2026-06-21 21:00:00"))

    def test_zone_that_nobody_knows(self):
        self._alert()
        self.env.cr.execute(
            "UPDATE res_partner SET tz = 'Mars/Base' WHERE id = %s",
            [self.seller.partner_id.id],
        )
        self.env.invalidate_all()
        with patch.object(
            type(self.env["retention.weekly.mail"]), "_body", return_value="Hello"
        ):
            self.assertTrue(self._sends_at("2026-06-15 10:00:00"))

    def test_who_is_new_begins_next_week(self):
        with self._at("2026-06-17 10:00:00"):
            new = self._new_user("new", "sales_team.group_sale_salesman")
            self._alert(user=new)
            self.assertFalse(self._sent_to(new))
        with self._at("2026-06-22 10:00:00"):
            self.assertTrue(self._sent_to(new))

    # ------------------------------------------------------------------
    # How
    # ------------------------------------------------------------------

    def test_few_statements_for_all(self):
        """No more for ten people than for two, but rendering and what is written."""
        people = [
            self._new_user(f"person{number}", "sales_team.group_sale_salesman")
            for number in range(10)
        ]
        for user in people:
            self._gaps(2, user)
        users = self.env["res.users"].union(*people)
        users.retention_weekly_date = "2026-06-08"
        counts = []
        # the first time reads what stays in memory
        for some in (users, users[:2], users):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            facts = self.Mail._facts(some)
            self.assertEqual(len(facts), len(some))
            self.Mail._lines(list(facts.values()))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertEqual(len(self._send()), 10)

    def test_batches(self):
        people = [
            self._new_user(f"person{number}", "sales_team.group_sale_salesman")
            for number in range(5)
        ]
        for user in people:
            user.retention_weekly_date = "2026-06-08"
            self._gaps(1, user)
        self.patch(retention_weekly_mail, "BATCH", 2)
        with self.mock_mail_gateway():
            counts = []
            while count := self.Mail._send_batch():
                counts.append(count)
        self.assertEqual(set(counts[:-1]), {2})
        self.assertEqual(len(self._new_mails), 5)

    def test_one_that_fails_keeps_nobody_else(self):
        self._gaps(1)
        self._gaps(1, self.colleague)
        model = type(self.Mail)
        body = model._body

        def fail(mails, user, found, lines):
            if user == self.seller:
                raise ValueError("broken")
            return body(mails, user, found, lines)

        with (
            patch.object(model, "_body", fail),
            mute_logger("odoo.addons.retention_suite.models.retention_weekly_mail"),
        ):
            self.assertEqual(list(self._send()), [self.colleague.email_formatted])

    def test_cron(self):
        self._alert()
        cron = self.env.ref("retention_suite.ir_cron_retention_weekly_mail")
        with self.enter_registry_test_mode(), self.mock_mail_gateway():
            cron.method_direct_trigger()
        self.assertEqual(
            self._new_mails.mapped("email_to"), [self.seller.email_formatted]
        )

    def test_send_me_mine(self):
        self._alert(user=self.manager)
        self._gaps(1)
        settings = self.env["res.config.settings"]
        with self.mock_mail_gateway():
            self.Mail.with_user(self.manager).action_send_mine()
        self.assertEqual(
            self._new_mails.mapped("email_to"), [self.manager.email_formatted]
        )
        # the one of the week comes all the same
        self.assertTrue(self._sent_to(self.manager))
        with self.assertRaises(AccessError):
            self.Mail.with_user(self.seller).action_send_mine()
        with self.assertRaisesRegex(UserError, "nothing to do"):
            settings.create({}).action_retention_weekly_mail()

    def test_preview(self):
        """Only for managers; nothing is noted."""
        self._alert(user=self.manager)
        self.assertIn("Azur", self.Mail.with_user(self.manager)._preview())
        with self.assertRaises(AccessError):
            self.Mail.with_user(self.seller)._preview()
        self.assertEqual(
            self.manager.retention_weekly_date, datetime(2026, 6, 8).date()
        )
