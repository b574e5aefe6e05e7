from odoo import http
from odoo.http import request
from odoo.tools import consteq

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class WeeklyMailController(http.Controller):
    """Turning the weekly mail off from the mail itself, and seeing it before.

    The link needs no login: the token in it is known to the mail alone. Opening it
    changes nothing, as scanners and previews open links, too.
    """

    @http.route(
        "/retention/weekly-mail/<int:user_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
    )
    def weekly_mail(self, user_id, token, **_sent):
        """Ask whether it is to be turned off, or on again."""
        return self._page(self._user(user_id, token), is_changed=False)

    # csrf: a mail program sends it without having seen the page (RFC 8058); whoever
    # knows the token may
    @http.route(
        "/retention/weekly-mail/<int:user_id>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
    )
    def weekly_mail_turn(self, user_id, token, turn="off", **_sent):
        """Turn it off, or with ``turn=on`` on again; twice is once."""
        user = self._user(user_id, token)
        if user:
            user.retention_weekly_mail = turn == "on"
        return self._page(user, is_changed=True)

    @http.route(
        "/retention/weekly-mail/preview",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def weekly_mail_preview(self, **_sent):
        """Show a manager the mail that they would get now."""
        mails = request.env["retention.weekly.mail"]
        if not request.env.user.has_group("retention_suite.group_retention_manager"):
            raise request.not_found()
        request.update_context(lang=request.env.user.lang)
        html = mails._preview() or self._html("retention_suite.weekly_mail_nothing", {})
        return request.make_response(html, headers=list(HEADERS.items()))

    def _user(self, user_id, token):
        """Return whose token it is, or nobody."""
        # sudo: the token says who it is, and nothing but the one choice is written
        users = request.env["res.users"].sudo()
        user = users.browse(user_id)
        expected = user._retention_weekly_token()
        if not token.isascii() or not consteq(token, expected):
            return users
        user = user.exists()
        if user:
            request.update_context(lang=user.lang)
        return user

    def _page(self, user, is_changed):
        if not user:
            html = self._html("retention_suite.weekly_mail_unknown", {})
            return request.make_response(html, list(HEADERS.items()), status=404)
        html = self._html(
            "retention_suite.weekly_mail_turn",
            {
                "is_changed": is_changed,
                "is_on": user.retention_weekly_mail,
                "email": user.email,
            },
        )
        return request.make_response(html, list(HEADERS.items()))

    def _html(self, template, values):
        """Return a page without menus and scripts."""
        lang = (request.env.lang or "en_US").replace("_", "-")
        return request.env["ir.qweb"]._render(
            template,
            {
                **values,
                "request": request,
                "debug": "",
                "lang": lang,
                "has_logo": False,
            },
            minimal_qcontext=True,
        )
