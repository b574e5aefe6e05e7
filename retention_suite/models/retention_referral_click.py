from odoo import fields, models


class RetentionReferralClick(models.Model):
    """How often a link was opened on a day: a number, nothing about who did."""

    _name = "retention.referral.click"
    _description = "Opened Referral Links"
    _order = "date desc, id desc"

    link_id = fields.Many2one(
        "retention.referral.link", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Char(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    count = fields.Integer(readonly=True)

    _day_uniq = models.UniqueIndex("(link_id, channel, date)")
