from odoo import fields, models


class ResCompanyOnboarding(models.AbstractModel):
    """How far the first steps of a company are."""

    _name = "res.company.onboarding"
    _description = "First Steps of a Company"

    # {key of a step: "done" or "skipped", "is_closed": true}; what facts tell is
    # not kept here.
    retention_onboarding = fields.Json(string="First Steps", prefetch="retention")
