from odoo import http
from odoo.http import request

from odoo.addons.retention_suite.controllers.refer import ReferController


class ReferWebsiteController(ReferController):
    """The pages of referral links as pages of the website: with its header, footer
    and languages."""

    @http.route(website=True, sitemap=False)
    def refer(self, code, **sent):
        return super().refer(code, **sent)

    @http.route(website=True, sitemap=False)
    def refer_send(self, code, **sent):
        return super().refer_send(code, **sent)

    @http.route(website=True, sitemap=False)
    def refer_thanks(self, code, **sent):
        return super().refer_thanks(code, **sent)

    @http.route(website=True, sitemap=False)
    def refer_elsewhere(self, **sent):
        return super().refer_elsewhere(**sent)

    def _html(self, template, values):
        return request.env["ir.ui.view"]._render_template(template, values)
