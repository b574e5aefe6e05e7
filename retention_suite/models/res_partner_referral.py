from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists

NAMED = [
    ("full", "Full name"),
    ("first", "First name"),
    ("none", "Not at all"),
]


class ResPartner(models.Model):
    _inherit = "res.partner"

    retention_referral_name = fields.Selection(
        NAMED,
        string="Named to Friends",
        default="first",
        groups="retention_suite.group_retention_user",
        help="How the page that friends open says who recommends us.",
    )

    def _auto_init(self):
        # the database's own default: nothing is written to the contacts there are
        if not column_exists(self.env.cr, self._table, "retention_referral_name"):
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE res_partner ADD COLUMN retention_referral_name"
                    " varchar DEFAULT 'first'"
                )
            )
        return super()._auto_init()

    def _retention_named(self):
        """Return the name that friends may read, as the person allows; or nothing."""
        self.ensure_one()
        name = " ".join((self.name or "").split())
        if self.retention_referral_name == "none":
            return ""
        if self.retention_referral_name == "full" or self.is_company:
            return name
        # "Berg, Anna" and "Dr. Anna Berg" are both Anna
        _last, comma, first = name.partition(",")
        words = (first if comma else name).split()
        return next((word for word in words if not word.endswith(".")), "")
