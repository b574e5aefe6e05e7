from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists

NAMED = [
    ("full", "Full name"),
    ("first", "First name"),
    ("none", "Not at all"),
]


def named(name, is_company, allowed):
    """Return the name of somebody as friends may read it, or nothing.

    :param str name: of a person, or of a company
    :param bool is_company: whether it is a company's
    :param str allowed: one of ``NAMED``
    """
    name = " ".join((name or "").split())
    if allowed == "none":
        return ""
    if allowed == "full" or is_company:
        return name
    # "Berg, Anna" and "Dr. Anna Berg" are both Anna
    _last, comma, first = name.partition(",")
    words = (first if comma else name).split()
    return next((word for word in words if not word.endswith(".")), "")


class ResPartner(models.Model):
    _inherit = "res.partner"

    retention_referral_name = fields.Selection(
        NAMED,
        string="Named to Friends",
        default="first",
        prefetch="retention",
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
