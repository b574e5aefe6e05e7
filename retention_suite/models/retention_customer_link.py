from odoo import fields, models


class RetentionCustomerLink(models.AbstractModel):
    """What contacts and leads show of their customer. Each says for itself how
    ``retention_profile_id`` is found."""

    _name = "retention.customer.link"
    _description = "Link to a Customer"

    retention_profile_id = fields.Many2one(
        "retention.profile",
        string="Customer Relationship",
        store=False,
        groups="retention_suite.group_retention_user",
    )
    retention_gap_text = fields.Char(
        related="retention_profile_id.gap_text",
        groups="retention_suite.group_retention_user",
    )
    retention_gap_days = fields.Integer(
        related="retention_profile_id.gap_days",
        groups="retention_suite.group_retention_user",
    )
    retention_last_contact_date = fields.Datetime(
        related="retention_profile_id.last_contact_date",
        groups="retention_suite.group_retention_user",
    )
    retention_alert_count = fields.Integer(
        related="retention_profile_id.open_alert_count",
        groups="retention_suite.group_retention_user",
    )
