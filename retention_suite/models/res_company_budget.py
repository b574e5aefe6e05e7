from odoo import fields, models


class ResCompanyBudget(models.AbstractModel):
    """How often a company may write to somebody without being asked."""

    _name = "res.company.budget"
    _description = "Contact Budget of a Company"

    retention_budget_count = fields.Integer(
        string="Contact Budget",
        default=2,
        help="So many messages that nobody asked for a person gets from us at most, "
        "in all channels together. Service, payment and answers do not count. "
        "0: plays send nothing.",
        prefetch="retention",
    )
    retention_budget_days = fields.Integer(
        string="Days of the Contact Budget",
        default=14,
        help="The messages of so many days are counted.",
        prefetch="retention",
    )

    _retention_budget_count_positive = models.Constraint(
        "CHECK(retention_budget_count >= 0)",
        "The contact budget cannot be negative.",
    )
    _retention_budget_days_positive = models.Constraint(
        "CHECK(retention_budget_days > 0)",
        "The contact budget must be for at least one day.",
    )
