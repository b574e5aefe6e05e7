from odoo import fields, models

# What reasons for losses are added up by, whatever a company calls them.
REASON_GROUPS = [
    ("price", "Price"),
    ("service", "Service"),
    ("product", "Product"),
    ("competitor", "Competitor"),
    ("need", "Need Gone"),
    ("moved", "Moved or Died"),
    ("unknown", "Unknown"),
]


class CrmLostReason(models.Model):
    """One list of reasons, for lost leads and lost customers."""

    _inherit = "crm.lost.reason"

    retention_group = fields.Selection(
        REASON_GROUPS,
        string="Group",
        required=True,
        default="unknown",
        help="What losses are added up by in reports.",
    )
    retention_preventable = fields.Boolean(
        string="Preventable", help="We could have kept the customer."
    )
