from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

DEFAULT_DOMAIN = "[('retention_has_lead', '=', True)]"


class ResCompany(models.Model):
    _inherit = "res.company"

    retention_domain = fields.Char(
        string="Customers to Look After",
        default=DEFAULT_DOMAIN,
        help="Which contacts the retention app looks after. "
        "Others can be added by hand.",
    )
    retention_daily_limit = fields.Integer(
        string="New Activities a Day",
        default=10,
        help="So many new contact activities each salesperson gets a day at most, "
        "the most urgent first. The others stay on the To do list.",
    )

    _retention_daily_limit_positive = models.Constraint(
        "CHECK(retention_daily_limit >= 0)",
        "The number of new activities a day cannot be negative.",
    )

    def _retention_domain(self):
        """Return the domain of the contacts that the company looks after."""
        self.ensure_one()
        return Domain(safe_eval(self.retention_domain or DEFAULT_DOMAIN))

    @api.constrains("retention_domain")
    def _check_retention_domain(self):
        for company in self:
            try:
                query = self.env["res.partner"].sudo()._search(
                    company._retention_domain()
                )
                self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of the customers to look after does not work: "
                        "%s Choose them again in the filter editor.",
                        error,
                    )
                ) from error
