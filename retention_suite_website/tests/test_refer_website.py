from odoo.tests import tagged

from odoo.addons.retention_suite.tests.refer_common import ReferCase


@tagged("post_install", "-at_install")
class TestReferWebsite(ReferCase):
    """The page of a link is a page of the website."""

    def test_has_header_and_footer(self):
        for path in (self.path, f"{self.path}/thanks", "/refer/unknown", "/refer"):
            page = self._page(self._open(path))
            self.assertTrue(page.xpath("//header[@id='top']"), path)
            self.assertTrue(page.xpath("//footer[@id='bottom']"), path)
            self.assertEqual(len(page.xpath("//main")), 1)

    def test_serves(self):
        response = self._send(self.path + "?c=qr", name="")
        self.assertEqual(response.status_code, 422)
        self.assertTrue(self._page(response).xpath("//header[@id='top']"))
        response = self._send(self.path + "?c=qr")
        self.assertTrue(response.url.endswith("/thanks"))
        self.assertEqual(self._leads().contact_name, "Carl Friend")
        self.assertEqual(self._clicks(), {"link": 2})

    def test_in_the_languages_of_the_website(self):
        german = self.env["res.lang"]._activate_lang("de_DE")
        self.env["website"].get_current_website().language_ids += german
        self.program.with_context(lang="de_DE").title = "Jemand empfiehlt uns"
        response = self._open(**{"Accept-Language": "de-AT,de;q=0.9"})
        self.assertIn("/de/refer/", response.url)
        self.assertIn("Jemand empfiehlt uns", response.text)
        self.assertEqual(self._page(response).get("lang"), "de-DE")

    def test_picture(self):
        self.assertEqual(self._open(f"{self.path}/picture").status_code, 404)
        self.program.image_1920 = self.PICTURE
        (picture,) = self._page(self._open()).xpath("//div[@id='wrap']//img/@src")
        self.assertEqual(self._open(picture).headers["Content-Type"], "image/png")


@tagged("post_install", "-at_install")
class TestReferFriendTour(ReferCase):
    """The friend, on a phone."""

    browser_size = "375x667"
    touch_enabled = True

    def test_friend_answers(self):
        self.start_tour(f"{self.path}?c=whatsapp", "retention_refer_friend_tour")
        self.assertEqual(self._referrals().channel, "whatsapp")
        self.assertEqual(self._leads().contact_name, "Carl Friend")
