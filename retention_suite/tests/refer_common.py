from lxml import html

from odoo.tests import HttpCase

from .referral_common import ReferralCase

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"
TYPED = {
    "name": "Carl Friend",
    "email": "Carl@Friend.example",
    "phone": "+49 30 1234567",
    "message": "Please call me\nin the morning.",
    "consent": "on",
}


class ReferCase(ReferralCase, HttpCase):
    """A friend opens the page of Anna's link in a browser."""

    # one white pixel
    PICTURE = (
        b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sA"
        b"AAAASUVORK5CYII="
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref("retention_suite.referral_program_default")
        cls.anna.name = "Anna Berg"
        cls.link = cls.env["retention.referral.link"]._of(cls.anna, cls.program)
        cls.path = f"/refer/{cls.link.code}"

    def _open(self, path=None, **headers):
        headers = {"User-Agent": BROWSER, **headers}
        return self.url_open(path or self.path, headers=headers)

    def _be_somebody_else(self):
        """Come without what Odoo has stored in the browser."""
        for name in ("frontend_lang", "session_id"):
            self.opener.cookies.pop(name, None)

    def _page(self, response):
        return html.fromstring(response.text)

    def _read(self, response):
        """Return what there is to read on a page."""
        return self._page(response).get_element_by_id("wrap").text_content()

    def _token(self):
        return self._page(self._open()).xpath("//input[@name='csrf_token']/@value")[0]

    def _send(self, path=None, headers=None, **changes):
        """Fill in the form and send it; a field that is None is not sent."""
        values = {"csrf_token": self._token(), **TYPED, **changes}
        data = {name: value for name, value in values.items() if value is not None}
        return self.url_open(
            path or self.path,
            data=data,
            headers={"User-Agent": BROWSER, **(headers or {})},
        )

    def _referrals(self):
        self.env.invalidate_all()
        return self.env["retention.referral"].search(
            [("link_id.partner_id", "=", self.anna.id)], order="id"
        )

    def _leads(self):
        return self._referrals().lead_id

    def _clicks(self):
        self.env.invalidate_all()
        clicks = self.link.click_ids.grouped("channel").items()
        return {channel: sum(lines.mapped("count")) for channel, lines in clicks}
