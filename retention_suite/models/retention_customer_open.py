from odoo import models


class RetentionCustomerOpen(models.AbstractModel):
    """What tells of one customer opens it."""

    _name = "retention.customer.open"
    _description = "Open the Customer"

    def action_open_customer(self):
        """Open the customer."""
        self.ensure_one()
        self.check_access("read")
        return self.profile_id._get_records_action()
