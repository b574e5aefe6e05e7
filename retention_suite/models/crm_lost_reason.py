from odoo import api, fields, models

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

# Odoo's own reasons: their group, and whether the loss could have been prevented,
# and whether customers can choose it.
OWN_REASONS = {
    "crm.lost_reason_1": ("price", True, True),
    "crm.lost_reason_2": ("product", True, False),
    "crm.lost_reason_3": ("product", True, False),
}


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
    retention_in_portal = fields.Boolean(
        string="In the Portal",
        help="Customers who cancel in the portal can choose it.",
    )

    @api.model
    @api.private
    def _retention_group_own(self):
        """Give Odoo's own reasons their group, as far as they are still there and
        nobody has given them one."""
        for name, (group, preventable, in_portal) in OWN_REASONS.items():
            reason = self.env.ref(name, raise_if_not_found=False)
            if reason and reason.retention_group == "unknown":
                reason.write(
                    {
                        "retention_group": group,
                        "retention_preventable": preventable,
                        "retention_in_portal": in_portal,
                    }
                )
