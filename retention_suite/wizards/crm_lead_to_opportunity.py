from odoo import fields, models


class CrmLead2opportunityPartner(models.TransientModel):
    """Who recommended us is noted when a lead becomes an opportunity."""

    _inherit = "crm.lead2opportunity.partner"

    retention_referrer_id = fields.Many2one(
        "res.partner",
        string="Recommended By",
        domain=[("partner_share", "=", True)],
        groups="retention_suite.group_retention_user",
        help="The person who told them about us, if somebody did.",
    )
    retention_reason_ids = fields.Many2many(
        "retention.referral.reason",
        string="Why",
        groups="retention_suite.group_retention_user",
    )

    def _action_merge(self):
        opportunity = super()._action_merge()
        self._retention_note_referral(opportunity)
        return opportunity

    def _convert_and_allocate(self, leads, user_ids, team_id=False):
        # before they are a colleague's
        leads.check_access("write")
        result = super()._convert_and_allocate(leads, user_ids, team_id=team_id)
        self._retention_note_referral(leads)
        return result

    def _retention_note_referral(self, leads):
        # sudo: the dialog is the user's own, and Odoo has just changed the leads with
        # the user's rights, who may have given them to a colleague by that
        dialog = self.sudo()
        if not dialog.retention_referrer_id:
            return
        dialog.retention_referrer_id.with_env(self.env).check_access("read")
        for lead in leads.sudo():
            self.env["retention.referral"].sudo()._note_told(
                dialog.retention_referrer_id, dialog.retention_reason_ids, lead=lead
            )
