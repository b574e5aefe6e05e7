from lxml import html

from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestAppsEntry(HttpCase):
    """What an administrator sees in the Apps list before the suite is activated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.module = cls.env.ref("base.module_retention_suite")

    def _is_picture(self, address):
        answer = self.url_open(address)
        kind = answer.headers.get("Content-Type", "")
        return answer.status_code == 200 and kind.startswith("image/")

    def test_description_shows_its_pictures(self):
        page = html.fromstring(str(self.module.description_html))
        pictures = page.xpath("//img")
        self.assertGreaterEqual(len(pictures), 5)
        for picture in pictures:
            self.assertTrue(picture.get("alt"))
            self.assertTrue(self._is_picture(picture.get("src")), picture.get("src"))

    def test_description_speaks_both_languages(self):
        page = html.fromstring(str(self.module.description_html))
        titles = [title.text_content().strip() for title in page.xpath("//h1")]
        self.assertEqual(titles, ["Retention Suite", "Retention Suite auf Deutsch"])

    def test_card_in_the_list(self):
        self.assertTrue(self.module.application)
        self.assertTrue(self._is_picture(self.module.icon))
        self.assertTrue(self.module.summary)
        self.assertTrue(
            self._is_picture("/retention_suite/static/description/banner.png")
        )
