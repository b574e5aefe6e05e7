import re

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class RecommendationPortal(CustomerPortal):
    """The customer's own page: link, what became of recommendations, thanks."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "recommendation_count" in counters:
            link = self._links()
            # so that customers find the page before they have recommended anybody
            values["recommendation_count"] = len(link._portal_programs()) and max(
                1, len(link._portal_referrals())
            )
        return values

    def _links(self):
        """Return the model of links, for the person who is logged in."""
        # sudo: its portal methods read what is that person's, and nothing else
        return request.env["retention.referral.link"].sudo()

    @http.route(
        "/my/recommendations", type="http", auth="user", website=True, readonly=True
    )
    def my_recommendations(self, **kwargs):
        """Show the person's links and recommendations."""
        links = self._links()
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="recommendations",
            programs=links._portal_programs(),
            referrals=links._portal_referrals(),
            names=links._portal_names(),
            named=links._portal_person().retention_referral_name,
        )
        return request.render("retention_suite.portal_my_recommendations", values)

    @http.route(
        "/my/recommendations/link",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def new_link(self, program_id="", **kwargs):
        """Make the person's link in a programme, if there is none."""
        # as many digits as ids have
        if re.fullmatch("[0-9]{1,9}", str(program_id)):
            self._links()._portal_new_link(int(program_id))
        return request.redirect("/my/recommendations")

    @http.route(
        "/my/recommendations/name",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def choose_name(self, named="", **kwargs):
        """Choose how friends read who recommends us."""
        self._links()._portal_choose_name(named)
        return request.redirect("/my/recommendations")
