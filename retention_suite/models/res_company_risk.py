from odoo import fields, models


class ResCompanyRisk(models.AbstractModel):
    """From when on a company calls a risk high."""

    _name = "res.company.risk"
    _description = "Risk Threshold of a Company"

    retention_risk_threshold = fields.Integer(
        string="High Risk From",
        default=60,
        help="From this risk on (0 to 100) somebody is asked to look after the "
        "customer, once until it has fallen again.",
        prefetch="retention",
    )

    _retention_risk_threshold_range = models.Constraint(
        "CHECK(retention_risk_threshold BETWEEN 1 AND 100)",
        "The risk that is called high must be between 1 and 100.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "retention_risk_threshold" in vals:
            self.env["retention.profile"]._risk_again()
        return result
