from odoo import fields, models
from odoo.tools import SQL

from ..models.retention_channel import CHANNELS
from ..models.retention_purpose_rule import PURPOSES


class RetentionContactReport(models.Model):
    """The contacts with what is known of their customer, to count them by."""

    _name = "retention.contact.report"
    _description = "Contact Analysis"
    _auto = False
    _order = "date desc"
    _rec_name = "partner_id"

    date = fields.Datetime(readonly=True)
    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    partner_id = fields.Many2one("res.partner", "Person", readonly=True)
    direction = fields.Selection(
        [("in", "From the customer"), ("out", "From us")], readonly=True
    )
    channel = fields.Selection(CHANNELS, readonly=True)
    purpose = fields.Selection(PURPOSES, readonly=True)
    automated = fields.Boolean("By a Machine", readonly=True)
    user_id = fields.Many2one("res.users", "Our Person", readonly=True)
    contact_user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    contact_policy_id = fields.Many2one("retention.contact.policy", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    def _select(self):
        return SQL(
            """
            SELECT t.id, t.date, t.profile_id, t.partner_id, t.direction, t.channel,
                   t.purpose, t.automated, t.user_id, t.company_id,
                   p.user_id AS contact_user_id, p.contact_policy_id,
                   customer.country_id, customer.industry_id
            """
        )

    def _from(self):
        return SQL(
            """
              FROM retention_touchpoint t
              JOIN retention_profile p ON p.id = t.profile_id
              JOIN res_partner customer ON customer.id = p.partner_id
            """
        )

    def action_open_document(self):
        """Open what the contact belongs to."""
        self.ensure_one()
        return self.env["retention.touchpoint"].browse(self.id).action_open_document()
