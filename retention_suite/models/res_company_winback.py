from odoo import fields, models


class ResCompanyWinback(models.AbstractModel):
    """How a company wins customers back."""

    _name = "res.company.winback"
    _description = "How a Company Wins Customers Back"

    retention_notice_days = fields.Integer(
        string="Notice Period (Days)",
        default=30,
        help="How long a customer stays after a cancellation, unless another period "
        "was agreed.",
        prefetch="retention",
    )
    retention_winback_limit = fields.Integer(
        string="Open Proposals",
        default=10,
        help="So many open cases of customers who left silently each person has at "
        "most. The best value times chance comes first. 0: none are proposed.",
        prefetch="retention",
    )
    retention_loyalty_months = fields.Integer(
        string="Second Loyalty (Months)",
        default=6,
        help="How long a customer who came back is watched more closely.",
        prefetch="retention",
    )
    retention_portal_cancel = fields.Boolean(
        string="Cancellation in the Portal",
        help="Customers find a page in the portal where they can cancel, and take "
        "it back.",
        prefetch="retention",
    )

    _retention_notice_days_positive = models.Constraint(
        "CHECK(retention_notice_days >= 0)", "The notice period cannot be negative."
    )
    _retention_winback_limit_positive = models.Constraint(
        "CHECK(retention_winback_limit >= 0)",
        "The number of open proposals cannot be negative.",
    )
    _retention_loyalty_months_positive = models.Constraint(
        "CHECK(retention_loyalty_months BETWEEN 1 AND 60)",
        "Watch a customer who came back for 1 to 60 months.",
    )
