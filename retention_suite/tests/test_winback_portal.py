import re
from datetime import date, timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestWinbackPortal(RetentionCase, HttpCase):
    """Anna of Azur cancels in the portal, by today's date."""

    def setUp(self):
        super().setUp()
        self.env["retention.play"].search([]).active = False
        self.company.retention_portal_cancel = True
        self.profile = self._add_profile(self.customer, user_id=self.seller.id)
        self.user = self._portal_user(self.anna, "anna-portal")
        self.user.password = "anna-portal-password"
        self.dora = self.env["res.partner"].create(
            {"name": "Dora", "email": "dora@dora.example"}
        )
        self.stranger = self._portal_user(self.dora, "dora-portal")
        self.stranger.password = "dora-portal-password"
        self.reason = self.env.ref("retention_suite.lost_reason_quality")

    def _log_in(self, name="anna"):
        self.authenticate(f"{name}-portal", f"{name}-portal-password")

    def _token(self, path="/my/cancellation"):
        """From a page that has a form, or of the other form in the portal."""
        page = self.url_open(path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        if not found:
            page = self.url_open("/my/account")
            found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        return found[1]

    def _send(self, **values):
        return self.url_open(
            "/my/cancellation/send", data={"csrf_token": self._token(), **values}
        )

    def _withdraw(self, case):
        return self.url_open(
            f"/my/cancellation/{case.id}/withdraw",
            data={"csrf_token": self._token()},
        )

    def _cases(self):
        return self.env["retention.winback"].search(
            [("partner_id", "=", self.customer.id)]
        )

    def _first_day(self):
        today = self.company._retention_day(fields.Datetime.now())
        return fields.Date.add(today, days=30)

    def test_looking_changes_nothing(self):
        self._log_in()
        page = self.url_open("/my/cancellation")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Cancel now", page.text)
        self.assertIn("Not satisfied with the quality", page.text)
        self.assertNotIn("Nobody looked after them", page.text)
        self.assertFalse(self._cases())
        self.assertEqual(self.url_open("/my/cancellation/send").status_code, 405)
        self.assertFalse(self._cases())

    def test_cancels(self):
        self._log_in()
        page = self._send(
            reason_id=self.reason.id, wish="A <b>better</b> lamp", end_date=""
        )
        case = self._cases()
        self.assertIn(case.reference, page.text)
        self.assertIn("We have received your cancellation", page.text)
        self.assertIn("A &lt;b&gt;better&lt;/b&gt; lamp", page.text)
        self.assertEqual(case.kind, "cancellation")
        self.assertEqual(case.reason_id, self.reason)
        self.assertEqual(case.cancel_partner_id, self.anna)
        self.assertEqual(case.end_date, self._first_day())
        self.assertTrue(case.is_from_portal)
        self.assertEqual(case.activity_ids.user_id, self.seller)
        self.assertEqual(self.profile.journey_kind, "at_risk")
        receipt = case.message_ids.filtered(lambda m: m.message_type == "auto_comment")
        self.assertEqual(receipt.partner_ids, self.anna)
        self.assertEqual(receipt.author_id, self.seller.partner_id)

    def test_sent_twice_is_once(self):
        self._log_in()
        token = self._token()
        data = {"csrf_token": token, "wish": "Bye"}
        first = self.url_open("/my/cancellation/send", data=data)
        second = self.url_open("/my/cancellation/send", data=data)
        self.assertEqual(len(self._cases()), 1)
        self.assertEqual(first.url, second.url)

    def test_without_token_nothing_happens(self):
        self._log_in()
        answer = self.url_open("/my/cancellation/send", data={"wish": "Bye"})
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._cases())

    def test_wrong_days(self):
        self._log_in()
        early = self._first_day() - timedelta(days=1)
        for day in (str(early), "0001-01-01", "9999-12-31", "soon", "2026-13-45"):
            with self.subTest(day):
                page = self._send(end_date=day, wish="Kept", reason_id=self.reason.id)
                self.assertEqual(page.status_code, 200)
                self.assertIn("alert-danger", page.text)
                self.assertIn("Kept", page.text)
        self.assertFalse(self._cases())
        later = self._first_day() + timedelta(days=10)
        self._send(end_date=str(later))
        self.assertEqual(self._cases().end_date, later)

    def test_wrong_reasons_are_unknown(self):
        self._log_in()
        self._send(reason_id=self.env.ref("retention_suite.lost_reason_died").id)
        self.assertEqual(len(self._cases()), 1)
        self.assertFalse(self._cases().reason_id)

    def test_withdraws(self):
        self._log_in()
        self._send()
        case = self._cases()
        page = self._withdraw(case)
        self.assertIn("was taken back", page.text)
        case.invalidate_recordset()
        self.assertTrue(case.is_withdrawn)
        self.assertEqual((case.result, case.result_note), ("won", "Withdrawn"))
        self.assertEqual(self.profile.journey_kind, "recovered")
        self._withdraw(case)
        self.assertIn(case.reference, self.url_open("/my/cancellation").text)

    # ------------------------------------------------------------------
    # Given up before the last day
    # ------------------------------------------------------------------

    def _given_up(self):
        """Azur has cancelled, and the salesperson has given up."""
        self._log_in()
        self._send(reason_id=self.reason.id)
        case = self._cases()
        case.with_user(self.seller)._close("lost", "Too dear")
        self.env.flush_all()
        return case

    def test_withdraws_what_we_have_given_up(self):
        case = self._given_up()
        self.assertEqual((case.result, self.profile.journey_kind), ("lost", "at_risk"))
        for path in ("/my/cancellation", f"/my/cancellation/{case.id}"):
            self.assertIn("Take my cancellation back", self.url_open(path).text)
        self.assertNotIn("Cancel now", self.url_open("/my/cancellation").text)
        page = self._withdraw(case)
        self.assertIn("was taken back", page.text)
        case.invalidate_recordset()
        self.assertTrue(case.is_withdrawn)
        self.assertEqual(
            (case.step, case.result, case.result_note), ("loyalty", "won", "Withdrawn")
        )
        self.assertEqual(self.profile.journey_kind, "recovered")
        self.assertFalse(self.profile.journey_keep_date)
        self.assertTrue(case.loyalty_until)
        thanks = case.activity_ids.filtered(
            lambda a: (
                a.summary == "The customer has withdrawn the cancellation. Call "
                "and say thank you"
            )
        )
        self.assertEqual(thanks.user_id, self.seller)
        today = self.company._retention_day(fields.Datetime.now())
        self.assertEqual(thanks.date_deadline, today)
        # the notice that is over later loses nobody
        self.env["retention.winback"]._end_notices()
        self.assertEqual(self.profile.journey_kind, "recovered")

    def test_withdraws_twice_what_we_have_given_up(self):
        case = self._given_up()
        token = self._token()
        for _time in range(2):
            page = self.url_open(
                f"/my/cancellation/{case.id}/withdraw", data={"csrf_token": token}
            )
            self.assertIn("was taken back", page.text)
            self.assertNotIn("alert-danger", page.text)
        case.invalidate_recordset()
        receipts = case.message_ids.filtered(
            lambda m: m.message_type == "auto_comment" and "taken" in m.body
        )
        self.assertEqual(len(receipts), 1)
        self.assertEqual(len(case.activity_ids), 2, "say thanks, deal with the cause")

    def test_too_late_to_withdraw_what_we_have_given_up(self):
        """On the last day it is not yet."""
        case = self._given_up()
        token = self._token()
        today = self.company._retention_day(fields.Datetime.now())
        case.write({"notice_days": 0, "cancel_date": today, "end_date": today})
        self.env.flush_all()
        self.assertIn(
            "Take my cancellation back", self.url_open("/my/cancellation").text
        )
        past = fields.Date.subtract(today, days=1)
        case.write({"cancel_date": past, "end_date": past})
        self.env.flush_all()
        page = self.url_open("/my/cancellation")
        self.assertNotIn("Take my cancellation back", page.text)
        self.assertIn("Cancel now", page.text)
        page = self.url_open(
            f"/my/cancellation/{case.id}/withdraw", data={"csrf_token": token}
        )
        self.assertIn("Your last day is over", page.text)
        case.invalidate_recordset()
        self.assertEqual(case.result, "lost")

    def test_nobody_elses_that_we_have_given_up(self):
        case = self._given_up()
        self._add_profile(self.dora)
        self._log_in("dora")
        self.assertEqual(self._withdraw(case).status_code, 404)
        case.invalidate_recordset()
        self.assertEqual(case.result, "lost")

    def test_cancelling_again_what_we_have_given_up(self):
        """It stands: a page that was left open makes no second case."""
        case = self._given_up()
        self._send(wish="Again")
        self.assertEqual(self._cases(), case)
        self.assertEqual(case.result, "lost")

    def test_too_late_to_withdraw(self):
        """Whether the run has noticed or not; we can still win them back."""
        self._log_in()
        self._send()
        case = self._cases()
        self.assertIn(
            "Take my cancellation back", self.url_open("/my/cancellation").text
        )
        token = self._token()
        past = fields.Date.subtract(self._first_day(), days=31)
        for values in (
            {"has_left": True},
            {"has_left": False, "notice_days": 0, "cancel_date": past},
        ):
            if "cancel_date" in values:
                values["end_date"] = past
            case.write(values)
            self.env.flush_all()
            for path in ("/my/cancellation", f"/my/cancellation/{case.id}"):
                page = self.url_open(path)
                self.assertNotIn("Take my cancellation back", page.text)
                self.assertIn("Your last day is over", page.text)
            page = self.url_open(
                f"/my/cancellation/{case.id}/withdraw", data={"csrf_token": token}
            )
            self.assertIn("Your last day is over", page.text)
            case.invalidate_recordset()
            self.assertTrue(case.is_open)
        case.reason_id = self.reason
        case.with_user(self.seller).action_withdraw()
        self.assertEqual(case.result, "won")

    def test_can_cancel_again_later(self):
        self._log_in()
        self._send()
        self._withdraw(self._cases())
        self._send()
        self.assertEqual(len(self._cases()), 2)

    def test_withdrawing_needs_a_click(self):
        self._log_in()
        self._send()
        path = f"/my/cancellation/{self._cases().id}/withdraw"
        self.assertEqual(self.url_open(path).status_code, 405)
        self.assertEqual(self.url_open(path, data={"x": "1"}).status_code, 400)
        self.assertTrue(self._cases().is_open)

    def test_nobody_elses(self):
        self._log_in()
        self._send()
        case = self._cases()
        self._add_profile(self.dora)
        self._log_in("dora")
        self.assertNotIn(case.reference, self.url_open("/my/cancellation").text)
        self.assertEqual(self.url_open(f"/my/cancellation/{case.id}").status_code, 404)
        self.assertEqual(self._withdraw(case).status_code, 404)
        self.assertTrue(case.is_open)
        self._send(partner_id=self.customer.id, profile_id=self.profile.id)
        self.assertEqual(len(self._cases()), 1)

    def test_a_colleague_of_the_same_customer(self):
        self._log_in()
        self._send()
        user = self._portal_user(self.bert, "bert-portal")
        user.password = "bert-portal-password"
        self._log_in("bert")
        self.assertIn(self._cases().reference, self.url_open("/my/cancellation").text)

    def test_no_customer(self):
        self._log_in("dora")
        page = self.url_open("/my/cancellation")
        self.assertIn("you are no customer yet", page.text)
        self.assertNotIn("Cancel now", page.text)
        page = self._send()
        self.assertIn("you are no customer yet", page.text)

    def test_switched_off(self):
        self._log_in()
        token = self._token()
        self.assertIn("/my/cancellation", self.url_open("/my/home").text)
        self.company.retention_portal_cancel = False
        self.assertEqual(self.url_open("/my/cancellation").status_code, 404)
        answer = self.url_open("/my/cancellation/send", data={"csrf_token": token})
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self._cases())
        self.assertNotIn("/my/cancellation", self.url_open("/my/home").text)

    def test_off_unless_switched_on(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.assertFalse(company.retention_portal_cancel)

    def test_public_is_asked_to_log_in(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/cancellation").url)

    def test_portal_users_read_no_record(self):
        self._log_in()
        self._send()
        self.assertFalse(self._cases().with_user(self.user).has_access("read"))

    def test_counter(self):
        self._log_in()
        answer = self.url_open(
            "/my/counters", json={"params": {"counters": ["cancellation_count"]}}
        )
        self.assertEqual(answer.json()["result"], {"cancellation_count": 1})

    def test_customer_cancels_and_is_won_back(self):
        """In a real browser: the customer, then the salesperson."""
        self.seller.password = "seller-password"
        self.start_tour(
            "/my/home", "retention_winback_cancel_tour", login="anna-portal"
        )
        case = self._cases()
        self.assertEqual(case.wish, "Faster answers")
        self.start_tour(
            "/odoo/retention-win-back", "retention_winback_tour", login="seller"
        )
        case.invalidate_recordset()
        self.assertEqual((case.step, case.result), ("loyalty", "won"))
        self.assertEqual(case.reason_id, self.reason)
        self.assertEqual(case.result_note, "We answer within a day")
        self.assertEqual(self.profile.journey_kind, "recovered")
        self.assertGreater(case.loyalty_until, date.today())
