from ipaddress import ip_address, ip_network

from odoo import http
from odoo.http import request

from ..models.retention_referral_friend import LENGTHS, channel_of

# More than the longest text in any script, less than anything to worry about.
MAX_BYTES = 1024 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def _is_person():
    """Whether somebody looks at the page now: no search engine, no preview in a
    chat, no browser that fetches ahead."""
    asked = request.httprequest
    ahead = asked.headers.get("Sec-Purpose") or asked.headers.get("Purpose") or ""
    return (
        asked.method == "GET"
        and bool(asked.user_agent.string)
        and not request.env["ir.http"].is_a_bot()
        and "prefetch" not in f"{ahead} {asked.headers.get('X-Moz')}".lower()
        and "preview" not in ahead.lower()
    )


def _sender():
    """What senders are told apart by: an address, or the network that one line
    has of the newer ones."""
    try:
        address = ip_address(request.httprequest.remote_addr or "")
    except ValueError:
        return ""
    # servers for both kinds write an older address as a newer one
    address = getattr(address, "ipv4_mapped", None) or address
    length = 64 if address.version == 6 else 32
    return str(ip_network(f"{address}/{length}", strict=False))


class ReferController(http.Controller):
    """The public page of a referral link.

    The code in the address is all that somebody needs to know. What is not given
    away without it is not given away by an answer either: codes that never were,
    links that were revoked and programmes that have ended get the same page.
    """

    @http.route(
        "/refer/<string:code>",
        type="http",
        auth="public",
        methods=["GET"],
    )
    def refer(self, code, **sent):
        channel = channel_of(sent.get("c")) if _is_person() else None
        page = self._page_of(code, channel)
        return self._form(page, {}) if page else self._unknown_page()

    # csrf: checked below, so that who has waited too long keeps what was typed
    @http.route(
        "/refer/<string:code>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        max_content_length=MAX_BYTES,
    )
    def refer_send(self, code, **sent):
        page = self._page_of(code)
        typed = self._typed(sent)
        if not page:
            # it may have been closed meanwhile: nothing that was typed is lost
            return self._unknown_page(typed)
        link = self._link_of(page)
        token = sent.get("csrf_token")
        if not (
            isinstance(token, str) and token.isascii() and request.validate_csrf(token)
        ):
            refused = {
                "": request.env._(
                    "This page was open for so long that we cannot be sure it is you. "
                    "Please send it again."
                )
            }
            return self._form(page, typed, refused, status=400)
        channel = channel_of(sent.get("c"))
        refused = link._take_request(typed, channel, _sender())
        if refused:
            return self._form(page, typed, refused, status=422)
        return request.redirect(f"/refer/{page['code']}/thanks")

    @http.route(
        "/refer/<string:code>/thanks",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
    )
    def refer_thanks(self, code, **_sent):
        page = self._page_of(code)
        if not page:
            return self._unknown_page()
        return self._render("retention_suite.refer_thanks", page)

    @http.route(
        "/refer/<string:code>/picture",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
    )
    def refer_picture(self, code, **_sent):
        page = self._page_of(code)
        if not page or not page["picture"]:
            return request.not_found()
        # sudo: it is there to be shown on the page
        program = request.env["retention.referral.program"].sudo()
        return (
            request.env["ir.binary"]
            ._get_image_stream_from(program.browse(page["program_id"]), "image_512")
            .get_response(max_age=http.STATIC_CACHE)
        )

    @http.route(
        ["/refer", "/refer/<string:code>/<path:_rest>"],
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,  # nothing is done
        readonly=True,
        max_content_length=MAX_BYTES,
    )
    def refer_elsewhere(self, **sent):
        """Links that were cut, or to which a chat has added something."""
        self._speak()
        return self._unknown_page(self._typed(sent))

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _page_of(self, code, channel=None):
        self._speak()
        # sudo: who knows the code may open the page; what it shows of the link, its
        # owner and the programme is picked there
        return request.env["retention.referral.link"].sudo()._page_of(code, channel)

    def _link_of(self, page):
        # sudo: see above; what somebody types makes a lead in _take_request
        Link = request.env["retention.referral.link"].sudo()
        # who is logged in does not follow what becomes of the request
        return Link.with_context(mail_create_nosubscribe=True).browse(page["link_id"])

    def _typed(self, sent):
        return request.env["retention.referral.link"]._plain_request(sent)

    def _speak(self):
        """Speak the language that a visitor's browser likes best of those we know;
        with a website its own way to choose goes first."""
        if request.is_frontend or request.session.uid:
            return
        nearest = request.env["ir.http"].get_nearest_lang
        liked = request.httprequest.accept_languages.values()
        wanted = (request.cookies.get("frontend_lang"), *liked)
        spoken = (nearest((code or "").replace("-", "_")) for code in wanted)
        if lang := next(filter(None, spoken), None):
            request.update_context(lang=lang)

    def _form(self, page, typed, refused=None, status=200):
        refused = refused or {}
        values = {
            **page,
            "fields": {name: self._field(name, typed, refused) for name in LENGTHS},
            "typed": typed,
            "refused": refused,
        }
        return self._render("retention_suite.refer", values, status)

    def _field(self, name, typed, refused):
        """Return the attributes that a field has besides those in the template."""
        attributes = {"maxlength": LENGTHS[name]}
        if name != "message" and typed:
            attributes["value"] = typed[name]
        if name in refused:
            attributes |= {
                "class": "form-control is-invalid",
                "aria-invalid": "true",
                "aria-describedby": f"refer_{name}_refused",
            }
        return attributes

    def _unknown_page(self, typed=None):
        texts = [typed[name] for name in LENGTHS if typed[name]] if typed else []
        return self._render("retention_suite.refer_unknown", {"typed": texts}, 404)

    def _render(self, template, values, status=200):
        response = request.make_response(self._html(template, values), status=status)
        response.headers.update(HEADERS)
        return response

    def _html(self, template, values):
        """Return a page, rendered with what it shows and not with all that Odoo's
        pages with menus and users may need."""
        lang = (request.env.lang or "en_US").replace("_", "-")
        return request.env["ir.qweb"]._render(
            template,
            {**values, "request": request, "debug": "", "lang": lang},
            minimal_qcontext=True,
        )
