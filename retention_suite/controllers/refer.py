from ipaddress import ip_address, ip_network

from odoo import http
from odoo.http import request

from ..models.retention_referral_friend import LENGTHS

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
    address = request.httprequest.remote_addr or ""
    try:
        version = ip_address(address).version
    except ValueError:
        return address
    return str(ip_network(f"{address}/{64 if version == 6 else 32}", strict=False))


class ReferController(http.Controller):
    """The public page of a referral link.

    The code in the address is all that somebody needs to know. What is not given
    away without it is not given away by an answer either: codes that never were,
    links that were revoked and programmes that have ended get the same page.
    """

    def _is_readonly(self, rule, args):
        """Only the clicks are written when the page is opened."""
        return not _is_person()

    @http.route(
        "/refer/<string:code>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=_is_readonly,
    )
    def refer(self, code, **sent):
        link = self._link(code)
        if not link:
            return self._unknown_page()
        if _is_person():
            channel = link._channel_of(sent.get("c"))
            link.env["retention.referral.click"]._count(link, channel)
        return self._page(link, {})

    # csrf: checked below, so that who has waited too long keeps what was typed
    @http.route(
        "/refer/<string:code>",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        csrf=False,
        max_content_length=MAX_BYTES,
    )
    def refer_send(self, code, **sent):
        link = self._link(code)
        if not link:
            return self._unknown_page()
        typed = link._plain_request(sent)
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
            return self._page(link, typed, refused, status=400)
        channel = link._channel_of(sent.get("c"))
        refused = link._take_request(typed, channel, _sender())
        if refused:
            return self._page(link, typed, refused, status=422)
        return request.redirect(f"/refer/{link.code}/thanks")

    @http.route(
        "/refer/<string:code>/thanks",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=True,
    )
    def refer_thanks(self, code, **_sent):
        link = self._link(code)
        if not link:
            return self._unknown_page()
        return self._render("retention_suite.refer_thanks", self._shown(link))

    @http.route(
        ["/refer", "/refer/<string:code>/<path:_rest>"],
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
        csrf=False,  # nothing is done
        readonly=True,
        max_content_length=MAX_BYTES,
    )
    def refer_elsewhere(self, **_sent):
        """Links that were cut, or to which a chat has added something."""
        return self._unknown_page()

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _link(self, code):
        # sudo: who knows the code may open the page; what it shows of the link, its
        # owner and the programme is picked in _shown, and what is typed there makes
        # a lead in _take_request
        Link = request.env["retention.referral.link"].sudo()
        # who is logged in does not follow what becomes of the request
        return Link.with_context(mail_create_nosubscribe=True)._opened_by(code)

    def _shown(self, link):
        """All that the page shows of a link."""
        program, company = link.program_id, link.company_id
        return {
            "res_company": company,
            "company_name": company.name,
            "referrer_name": link.partner_id._retention_named(),
            "program_title": program.title,
            "program_text": program.text,
            "program_image": program.image_512,
            "reward_text": program.reward_for in ("friend", "both")
            and program.reward_text,
        }

    def _page(self, link, typed, refused=None, status=200):
        values = {
            **self._shown(link),
            "typed": typed,
            "refused": refused or {},
            "lengths": LENGTHS,
        }
        return self._render("retention_suite.refer", values, status)

    def _unknown_page(self):
        return self._render("retention_suite.refer_unknown", {}, 404)

    def _render(self, template, values, status=200):
        response = request.render(template, values, status=status)
        response.headers.update(HEADERS)
        return response
