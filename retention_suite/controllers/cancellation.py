from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class CancellationPortal(CustomerPortal):
    """The customer's own page to cancel, and to take it back."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "cancellation_count" in counters:
            cases = self._cases()
            values["cancellation_count"] = int(
                bool(cases._portal_is_on() and cases._portal_profile())
            )
        return values

    def _cases(self):
        """Return the model of cases, for the person who is logged in."""
        # sudo: its portal methods read what is that person's customer's, no more
        return request.env["retention.winback"].sudo()

    def _own_case(self, case_id):
        """Return a cancellation of the own customer.

        :raise NotFound: if it is none, or the company has no such page
        """
        cases = self._cases()
        own = cases._portal_is_on() and cases._portal_cases().filtered(
            lambda case: case.id == case_id
        )
        if not own:
            raise request.not_found()
        return own

    def _show(self, **values):
        cases = self._cases()
        if not cases._portal_is_on():
            raise request.not_found()
        return request.render(
            "retention_suite.portal_my_cancellation",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "cancellation",
                "profile": cases._portal_profile(),
                "cases": cases._portal_cases(),
                "reasons": cases._portal_reasons(),
                "first_day": cases._portal_first_day(),
                "error": "",
                "entered": {},
                **values,
            },
        )

    @http.route(
        "/my/cancellation", type="http", auth="user", website=True, readonly=True
    )
    def my_cancellation(self, **kwargs):
        """Show how it stands, or what to fill in."""
        return self._show()

    @http.route(
        "/my/cancellation/send",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def send_cancellation(self, reason_id="", wish="", end_date="", **kwargs):
        """Cancel, and show the receipt; sent twice it is one."""
        cases = self._cases()
        if not cases._portal_is_on():
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                case = cases._portal_cancel(reason_id, wish, end_date)
        except (UserError, ValidationError) as error:
            entered = {"reason_id": reason_id, "wish": wish, "end_date": end_date}
            return self._show(error=str(error), entered=entered)
        path = f"/my/cancellation/{case.id}" if case else "/my/cancellation"
        return request.redirect(path)

    @http.route(
        "/my/cancellation/<int:case_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def my_receipt(self, case_id, **kwargs):
        """Show one cancellation, as a receipt."""
        return self._show_receipt(self._own_case(case_id))

    def _show_receipt(self, case, error=""):
        return request.render(
            "retention_suite.portal_my_cancellation_receipt",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "cancellation",
                "case": case,
                "error": error,
            },
        )

    @http.route(
        "/my/cancellation/<int:case_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def withdraw_cancellation(self, case_id, **kwargs):
        """Take a cancellation back, until the last day is over."""
        case = self._own_case(case_id)
        try:
            case._portal_withdraw()
        except UserError as error:
            return self._show_receipt(case, error=str(error))
        return request.redirect(f"/my/cancellation/{case.id}")
