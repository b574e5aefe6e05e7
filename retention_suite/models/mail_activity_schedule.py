from odoo import api, models


class MailActivitySchedule(models.TransientModel):
    _inherit = "mail.activity.schedule"

    @api.model
    def default_get(self, fields_list):
        context = self.env.context
        if context.get("active_model") != "retention.profile":
            return super().default_get(fields_list)
        # a customer's activities live on its contact
        profiles = self.env["retention.profile"].browse(
            context.get("active_ids") or context.get("active_id")
        )
        on_contact = self.with_context(
            active_model="res.partner",
            active_ids=profiles.partner_id.ids,
            active_id=profiles[:1].partner_id.id,
        )
        return super(MailActivitySchedule, on_contact).default_get(fields_list)
