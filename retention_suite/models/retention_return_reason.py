from odoo import fields, models


class RetentionReturnReason(models.Model):
    """Why a salesperson gives a lead back."""

    _name = "retention.return.reason"
    _description = "Return Reason"
    _order = "sequence, id"

    name = fields.Char(string="Reason", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
