import base64
import re

from odoo.tests import HttpCase, tagged

from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralPortal(ReferralCase, HttpCase):
    """The customer's own page."""

    def setUp(self):
        super().setUp()
        self.program = self.env.ref("retention_suite.referral_program_default")
        self.other = self._portal_user(self.bert, "bert-portal")
        self.user = self._portal_user(self.anna, "anna-portal")
        self.user.password = "anna-portal-password"
        self.Link = self.env["retention.referral.link"]

    def _open(self):
        self.authenticate("anna-portal", "anna-portal-password")
        page = self.url_open("/my/recommendations")
        self.assertEqual(page.status_code, 200)
        return page

    def _send(self, path, **values):
        page = self._open()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        return self.url_open(
            f"/my/recommendations/{path}", data={"csrf_token": token[1], **values}
        )

    def _get_link(self, program_id=None):
        return self._send("link", program_id=program_id or self.program.id)

    def test_looking_makes_no_link(self):
        page = self._open()
        self.assertIn("Get my link", page.text)
        self.assertFalse(self.Link.search([("partner_id", "=", self.anna.id)]))

    def test_gets_a_link_once(self):
        page = self._get_link()
        link = self.Link.search([("partner_id", "=", self.anna.id)])
        self.assertEqual(len(link), 1)
        self.assertIn(link.code, page.text)
        self.assertIn("wa.me", page.text)
        picture = re.search(r"data:image/svg\+xml;base64,([^\"]+)", page.text)
        self.assertIn(b"<svg", base64.b64decode(picture[1]))
        self._get_link()
        self.assertEqual(self.Link.search([("partner_id", "=", self.anna.id)]), link)

    def test_who_lost_the_link_makes_no_other(self):
        """A manager revoked it: only a manager gives another one."""
        self._get_link()
        link = self.Link.search([("partner_id", "=", self.anna.id)])
        link.action_revoke()
        page = self._get_link()
        self.assertIn("Your link was closed", page.text)
        self.assertFalse(self.Link.search([("partner_id", "=", self.anna.id)]))
        self.assertTrue(link.can_renew)
        link.action_renew()
        new = self.Link.search([("partner_id", "=", self.anna.id)])
        self.assertIn(new.code, self._open().text)
        self.env.invalidate_all()
        self.assertEqual([link.can_renew, new.can_renew], [False, True])

    def test_chooses_the_name_that_friends_read(self):
        self.assertEqual(self.anna.retention_referral_name, "first")
        page = self._send("name", named="none")
        self.assertEqual(self.anna.retention_referral_name, "none")
        self.assertRegex(page.text, r'value="none"[^>]*selected')
        self._send("name", named="<script>")
        self.assertEqual(self.anna.retention_referral_name, "none")
        self.assertEqual(self.bert.retention_referral_name, "first")

    def test_without_token_nothing_happens(self):
        self.authenticate("anna-portal", "anna-portal-password")
        answer = self.url_open(
            "/my/recommendations/link", data={"program_id": self.program.id}
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.Link.search([("partner_id", "=", self.anna.id)]))

    def test_only_programmes_that_are_running(self):
        ended = self.program.copy({"date_end": "2020-01-01"})
        second = self.env["res.company"].create({"name": "Second"})
        foreign = self.program.copy({"company_id": second.id})
        self._open()
        for program_id in (ended.id, foreign.id, 10**9, "9" * 5000, "x", "1e9", "-1"):
            with self.subTest(program_id=program_id):
                self.assertLess(self._get_link(program_id).status_code, 500)
        self.assertFalse(self.Link.search([("partner_id", "=", self.anna.id)]))

    def test_shows_state_and_no_content(self):
        with self._at("2026-06-01 10:00:00"):
            mine = self._recommend(self.anna, "Carl Secret")
            self._recommend(self.bert, "Dora Secret")
        mine.thanked_date = "2026-06-02"
        page = self._open()
        self.assertNotIn("Secret", page.text)
        self.assertEqual(page.text.count("Told in person"), 1)
        self.assertIn("Thank you!", page.text)

    def test_doubles_are_not_shown(self):
        self._recommend(self.anna, "Carl")
        self._recommend(self.anna, "Carl").is_merged = True
        self.assertEqual(self._open().text.count("Told in person"), 1)

    def test_shows_the_reward_of_who_recommends(self):
        referral = self._recommend(self.anna, "Carl")
        referral.reward_state = "granted"
        for reward_for, is_shown in (
            ("referrer", True),
            ("both", True),
            ("friend", False),
        ):
            self.program.write({"reward_for": reward_for, "reward_text": "A cake"})
            with self.subTest(reward_for):
                # above, the programme says for whom it is
                count = self._open().text.count("A cake")
                self.assertEqual(count, 2 if is_shown else 1)

    def test_portal_users_read_no_record(self):
        self._recommend(self.anna, "Carl")
        link = self.Link._of(self.anna, self.program)
        for record in (
            self.env["retention.referral"].search([], limit=1),
            link,
            self.program,
        ):
            with self.subTest(model=record._name):
                self.assertFalse(record.with_user(self.user).has_access("read"))

    def test_public_is_asked_to_log_in(self):
        self.authenticate(None, None)
        page = self.url_open("/my/recommendations")
        self.assertIn("/web/login", page.url)

    def test_card_on_the_portal_page(self):
        self.authenticate("anna-portal", "anna-portal-password")
        self.assertIn("/my/recommendations", self.url_open("/my/home").text)
        answer = self.url_open(
            "/my/counters",
            json={"params": {"counters": ["recommendation_count"]}},
        )
        self.assertEqual(answer.json()["result"], {"recommendation_count": 1})
