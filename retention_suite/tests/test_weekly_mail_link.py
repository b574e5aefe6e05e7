from odoo.tests import HttpCase, tagged

from .common import RetentionCase


@tagged("post_install", "-at_install")
class TestWeeklyMailLink(RetentionCase, HttpCase):
    """Turning the weekly mail off without a login, by today's date."""

    def setUp(self):
        super().setUp()
        self.path = (
            f"/retention/weekly-mail/{self.seller.id}/"
            f"{self.seller._retention_weekly_token()}"
        )

    def _is_on(self):
        self.seller.invalidate_recordset()
        return self.seller.retention_weekly_mail

    def test_looking_changes_nothing(self):
        page = self.url_open(self.path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Turn it off", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.url_open(self.path, method="HEAD")
        self.assertTrue(self._is_on())

    def test_turned_off_once_and_twice(self):
        for _time in range(2):
            # as a mail program sends it: without a session
            page = self.url_open(
                self.path, data={"List-Unsubscribe": "One-Click"}, method="POST"
            )
            self.assertEqual(page.status_code, 200)
            self.assertIn("It is turned off.", page.text)
            self.assertFalse(self._is_on())
        self.assertIn("Turn it on again", self.url_open(self.path).text)
        self.assertFalse(self._is_on())

    def test_turned_on_again(self):
        self.seller.retention_weekly_mail = False
        self.env.flush_all()
        page = self.url_open(self.path, data={"turn": "on"})
        self.assertIn("It is turned on again.", page.text)
        self.assertTrue(self._is_on())

    def test_wrong_token(self):
        mine = self.path.rpartition("/")[0]
        for path in (
            f"{mine}/{self.colleague._retention_weekly_token()}",
            f"{mine}/x",
            f"{mine}/%C3%A4",
            f"/retention/weekly-mail/{10**30}/x",
            self.path.replace(f"/{self.seller.id}/", f"/{self.colleague.id}/"),
        ):
            for data in (None, {"turn": "off"}):
                page = self.url_open(path, data=data)
                self.assertEqual(page.status_code, 404)
                self.assertNotIn("@our.example", page.text)
        self.assertTrue(self._is_on())
        self.colleague.invalidate_recordset()
        self.assertTrue(self.colleague.retention_weekly_mail)

    def test_own_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.seller.lang = "de_DE"
        self.env.flush_all()
        self.assertIn("Abschalten", self.url_open(self.path).text)

    def test_preview(self):
        """For managers; it is sent to nobody."""
        profile = self._add_profile(self.customer, user_id=self.manager.id)
        self.manager.password = "manager-password"
        self.seller.password = "seller-password"
        path = "/retention/weekly-mail/preview"
        self.authenticate("manager", "manager-password")
        self.assertIn("You would get no mail", self.url_open(path).text)
        self.Alert.create(
            {
                "profile_id": profile.id,
                "company_id": self.company.id,
                "kind": "contact_gap",
                "user_id": self.manager.id,
                "date": "2026-06-01",
                "base_date": "2026-01-01",
            }
        )
        mails = self.env["mail.mail"].search_count([])
        page = self.url_open(path)
        self.assertIn("Azur GmbH", page.text)
        self.assertIn("Your customers this week", page.text)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.authenticate("seller", "seller-password")
        self.assertEqual(self.url_open(path).status_code, 404)
