from odoo import fields, models


class RetentionReferralReason(models.Model):
    """Why customers recommend us."""

    _name = "retention.referral.reason"
    _description = "Reason to Recommend"
    _order = "sequence, id"

    name = fields.Char(string="Reason", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
