from odoo import fields, models


class RetentionWorkbookAsk(models.TransientModel):
    """Asks of when and of whom a workbook is to tell."""

    _name = "retention.workbook.ask"
    _description = "Excel Workbook"

    period = fields.Selection(selection="_periods", required=True, default="month")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until")
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False)]",
        help="Whose customers. Without a person or a team: everybody's.",
    )
    team_id = fields.Many2one("crm.team", string="Sales Team")
    is_manager = fields.Boolean(default=lambda self: self._default_is_manager())
    profile_ids = fields.Many2many(
        "retention.profile",
        string="Chosen Customers",
        default=lambda self: self._default_profiles(),
    )
    profile_count = fields.Integer(compute="_compute_profile_count")

    def _periods(self):
        return list(self.env["retention.overview"]._period_labels().items())

    def _default_is_manager(self):
        return self.env["retention.overview"]._is_manager()

    def _default_profiles(self):
        """The customers of the records that were chosen in a list."""
        context = self.env.context
        model, ids = context.get("active_model"), context.get("active_ids")
        Profile = self.env["retention.profile"]
        if not ids or model not in self.env:
            return Profile
        records = self.env[model].browse(ids)
        if model == Profile._name:
            return records
        if "profile_id" in records._fields:
            return records.profile_id
        if "customer_id" in records._fields:
            partners = records.customer_id.commercial_partner_id
            return Profile.search([("partner_id", "in", partners.ids)])
        return Profile

    def _compute_profile_count(self):
        for dialog in self:
            dialog.profile_count = len(dialog.profile_ids)

    def action_make(self):
        """Make the workbook.

        :return: dict of the action that downloads it, or says that it is being made
        :raise UserError: see ``retention.workbook.start``
        """
        self.ensure_one()
        return self.env["retention.workbook"].start(
            {
                "period": self.period,
                "date_from": fields.Date.to_string(self.date_from),
                "date_to": fields.Date.to_string(self.date_to),
                "user_id": self.user_id.id,
                "team_id": self.team_id.id,
                "profile_ids": self.profile_ids.ids,
            }
        )
