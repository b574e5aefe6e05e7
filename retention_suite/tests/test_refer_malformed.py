import random
from unittest.mock import patch

from odoo.tests import mute_logger, tagged

from ..controllers.refer import ReferController
from ..models.retention_referral_friend import channel_of
from .refer_common import BROWSER, TYPED, ReferCase

HTTP_REQUESTS = 5000
MODEL_REQUESTS = 1000
NASTY = (
    "<script>alert('stored')</script>",
    "<img src=x onerror=alert('stored')>",
    "javascript:alert('stored')",
    "{{ 7 * 7 }}${7*7}<t t-out='request'/>",
    "'; DROP TABLE crm_lead; --",
    "1' OR '1'='1",
    "%s%(name)s%d{0}{name}",
    "../../../../etc/passwd",
    "\x00\x01\x02\x1b[31m",
    "\u202egnp.exe\u202c",
    "\ud800",
    "\U0001f600" * 50,
    "\n\r\n\r\n",
    "Content-Type: text/html\r\n\r\n<html>",
    "null",
    "-1",
    "9" * 400,
    "[]",
    '{"$ne": null}',
    "a" * 5000,
    "@" * 300,
    "a@" + "b." * 2000 + "c",
    "+" * 41,
    " " * 3000,
)
# each alone is reason enough to refuse
FLAWS = (
    {"name": ""},
    {"name": "<script>alert('stored')</script>"},
    {"name": "x" * 300},
    {"name": "12345"},
    {"email": "", "phone": ""},
    {"email": "nobody", "phone": ""},
    {"email": "a@b.example\nBcc: c@d.example"},
    {"email": "<script>@x.example"},
    {"phone": "'; DROP TABLE crm_lead; --"},
    {"phone": "12"},
    {"message": "<script>alert('stored')</script>" * 300},
    {"consent": "no"},
    {"consent": ""},
    {"homepage": "x"},
)
FIELDS = (*TYPED, "homepage", "self")
CONTENT_TYPES = (
    "application/json",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded; charset=utf-16",
    "text/xml",
    "\x7f",
    "",
)


@tagged("post_install", "-at_install")
class TestReferMalformed(ReferCase):
    """5,000 malformed requests make no server error, no lead and no stored script.

    All are sent over HTTP. Some more, of types that a form cannot even
    send, are handed to the methods that the page calls.
    """

    def setUp(self):
        super().setUp()
        self.random = random.Random(20261122)
        self.token = self._token()
        # nothing that the counter would hide
        path = "odoo.addons.retention_suite.models.retention_referral_friend"
        self.startPatcher(patch(f"{path}.SENDER_LIMIT", 10**6))

    def _nasty(self):
        some = self.random.choice(NASTY)
        if self.random.random() < 0.3:
            size = self.random.randrange(200)
            some += self.random.randbytes(size).decode("latin-1")
        return some

    def _malformed(self):
        """What a form may send: anything, with at least one flaw."""
        values = dict(TYPED)
        for name in self.random.sample(FIELDS, self.random.randint(1, len(FIELDS))):
            values[name] = self._nasty()
        values.update(self.random.choice(FLAWS))
        for name in self.random.sample(FIELDS, self.random.randrange(2)):
            if name not in ("consent", "homepage", "self"):
                values.pop(name)
        if self.random.random() < 0.2:
            values[self._nasty()[:50]] = self._nasty()
        return values

    def _flawed(self, values):
        """As it is sent, it still has a flaw: what was left out may have been it."""
        return bool(self.link._refuse_typed(self.link._plain_request(values)))

    def _encoded(self, values):
        return {
            name.encode("utf-8", "surrogatepass"): value.encode(
                "utf-8", "surrogatepass"
            )
            for name, value in values.items()
        }

    # -- kinds of requests -------------------------------------------------

    def _form(self):
        values = self._malformed()
        values = values if self._flawed(values) else {"name": ""}
        headers = {"User-Agent": self.random.choice((BROWSER, "", "curl/8"))}
        data = self._encoded({"csrf_token": self.token, **values})
        return {"data": data, "headers": headers}

    def _form_without_token(self):
        token = self.random.choice((self._nasty(), "", self.token[::-1]))
        return {"data": self._encoded({**TYPED, "csrf_token": token})}

    def _files(self):
        files = {
            name: ("<script>.html", self.random.randbytes(50))
            for name in self.random.sample(
                (*FIELDS, "csrf_token"), self.random.randint(1, 4)
            )
        }
        files["name"] = files["email"] = files["phone"] = ("x", b"Carl")
        return {"data": {"csrf_token": self.token, "consent": "on"}, "files": files}

    def _body(self):
        body = self.random.randbytes(self.random.randrange(3000))
        content_type = self.random.choice(CONTENT_TYPES)
        return {"data": body or b"x", "headers": {"Content-Type": content_type}}

    def _method(self):
        method = self.random.choice(("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"))
        return {"method": method, "data": self._encoded(TYPED)}

    def _address(self):
        nasty = self._nasty()[:200].encode("utf-8", "surrogatepass")
        # with a line break after one more slash it is no address of ours any more
        quoted = "".join(f"%{byte:02x}" for byte in nasty if byte != 0x0A)
        path = self.random.choice(
            (
                f"/refer/{quoted}",
                f"{self.path}/{quoted}",
                f"{self.path}?c={quoted}",
                f"{self.path}?self={quoted}",
            )
        )
        language = self.random.choice(("de", "*", "x" * 300, ";;q=a,-", "de-@-_"))
        method = self.random.choice(("GET", "POST"))
        return {
            "url": path,
            "method": method,
            "headers": {"Accept-Language": language},
            "data": {"csrf_token": self.token} if method == "POST" else None,
        }

    @mute_logger("odoo.http", "odoo.addons.http_routing.models.ir_http")
    def test_over_http(self):
        kinds = (
            self._form,
            self._form,
            self._form,
            self._form_without_token,
            self._files,
            self._body,
            self._method,
            self._address,
        )
        for n in range(HTTP_REQUESTS):
            request = kinds[n % len(kinds)]()
            url = request.pop("url", self.path)
            request.setdefault("method", "POST")
            response = self.url_open(url, allow_redirects=False, **request)
            self.assertLess(response.status_code, 500, (url, request))
            self.assertNotIn("<script>alert('stored')", response.text)
            self.assertNotIn("<img src=x", response.text)
            self.assertFalse(
                response.headers.get("Location", "").endswith("/thanks"), request
            )
        self._assert_nothing_stored()

    def test_by_the_methods_of_the_page(self):
        values = (None, True, 7, 1.5, b"bytes", [], {}, ["a"], {"a": 1}, object())
        for n in range(MODEL_REQUESTS):
            sent = self._malformed()
            if n % 3 == 0:
                wrong = self.random.sample(FIELDS, 3)
                sent.update((name, self.random.choice(values)) for name in wrong)
            if not self._flawed(sent):
                sent["name"] = self.random.choice(values)
            channel = channel_of(self.random.choice((*values, self._nasty(), "qr")))
            typed = self.link._plain_request(sent)
            refused = self.link._take_request(typed, channel, self._nasty())
            self.assertTrue(refused, sent)
            if n % 10 == 0:
                self.assertFalse(self.link._page_of(self._nasty()))
        self._assert_nothing_stored()

    def test_controller_knows_no_other_way(self):
        """What is tested here is all that a request can call."""
        routed = {
            name
            for name, method in vars(ReferController).items()
            if hasattr(method, "original_routing")
        }
        self.assertEqual(
            routed,
            {
                "refer",
                "refer_send",
                "refer_thanks",
                "refer_picture",
                "refer_elsewhere",
            },
        )

    def _assert_nothing_stored(self):
        self.assertFalse(self._leads())
        self.env.cr.execute("SELECT COUNT(*) FROM crm_lead WHERE referred LIKE 'Anna%'")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        channels = set(self.link.click_ids.mapped("channel"))
        self.assertLessEqual(channels, {"link"}, "nothing from the address is stored")
