from odoo import models


class MailActivityPlanTemplate(models.Model):
    _inherit = "mail.activity.plan.template"

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        """For win-back it is the customer's contact person unless somebody else is
        named."""
        case = applied_on_record
        if case._name == "retention.winback" and self.responsible_type == "on_demand":
            on_demand_responsible = (
                case.user_id or case.profile_id.user_id or on_demand_responsible
            )
        return super()._determine_responsible(on_demand_responsible, applied_on_record)
