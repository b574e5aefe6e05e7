from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    retention_domain = fields.Char(
        related="company_id.retention_domain", readonly=False
    )
    retention_domain_error = fields.Char(related="company_id.retention_domain_error")
    retention_daily_limit = fields.Integer(
        related="company_id.retention_daily_limit", readonly=False
    )
    retention_first_contact_hours = fields.Float(
        related="company_id.retention_first_contact_hours", readonly=False
    )
    retention_response_target_hours = fields.Float(
        related="company_id.retention_response_target_hours", readonly=False
    )

    retention_risk_threshold = fields.Integer(
        related="company_id.retention_risk_threshold", readonly=False
    )
    retention_margin = fields.Float(
        related="company_id.retention_margin", readonly=False
    )
    retention_rate = fields.Float(related="company_id.retention_rate", readonly=False)
    retention_discount_rate = fields.Float(
        related="company_id.retention_discount_rate", readonly=False
    )
    retention_rate_basis = fields.Char(related="company_id.retention_rate_basis")

    retention_notice_days = fields.Integer(
        related="company_id.retention_notice_days", readonly=False
    )
    retention_winback_limit = fields.Integer(
        related="company_id.retention_winback_limit", readonly=False
    )
    retention_loyalty_months = fields.Integer(
        related="company_id.retention_loyalty_months", readonly=False
    )
    retention_portal_cancel = fields.Boolean(
        related="company_id.retention_portal_cancel", readonly=False
    )
    retention_budget_count = fields.Integer(
        related="company_id.retention_budget_count", readonly=False
    )
    retention_budget_days = fields.Integer(
        related="company_id.retention_budget_days", readonly=False
    )

    retention_weekly_mail = fields.Boolean(
        related="company_id.retention_weekly_mail", readonly=False
    )
    retention_weekly_day = fields.Selection(
        related="company_id.retention_weekly_day", readonly=False
    )

    def action_retention_weekly_mail(self):
        """Send the current user the own weekly mail now."""
        return self.env["retention.weekly.mail"].action_send_mine()

    def action_retention_run(self):
        """Open the window that runs and shows how far it is."""
        return self.env["retention.run"].action_run()
