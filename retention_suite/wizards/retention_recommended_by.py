from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError


class RetentionRecommendedBy(models.TransientModel):
    """Who told a lead or a contact about us, and why."""

    _name = "retention.recommended.by"
    _description = "Recommended By"

    # the reasons of which are put right; none while one is noted
    referral_id = fields.Many2one("retention.referral", ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Recommended", ondelete="cascade"
    )
    referrer_id = fields.Many2one(
        "res.partner",
        string="Recommended By",
        ondelete="cascade",
        domain="[('partner_share', '=', True), ('id', '!=', partner_id)]",
        help="The person who told them about us.",
    )
    reason_ids = fields.Many2many(
        "retention.referral.reason",
        string="Why",
        help="What they recommend us for.",
    )
    known_names = fields.Char(string="So Far", compute="_compute_known_names")

    @api.depends("lead_id", "partner_id")
    def _compute_known_names(self):
        for dialog in self:
            document = dialog.lead_id or dialog.partner_id
            name = "lead_id" if dialog.lead_id else "partner_id"
            known = self.env["retention.referral"].search([(name, "=", document.id)])
            # sudo: who sees the recommendation may know by whom
            dialog.known_names = ", ".join(known.sudo().referrer_id.mapped("name"))

    def action_record(self):
        """Note who recommended us.

        :raise ValidationError: if nobody was chosen
        """
        self.ensure_one()
        if self.referral_id:
            self._change_reasons()
            return {"type": "ir.actions.act_window_close"}
        if not self.referrer_id:
            raise ValidationError(self.env._("Choose who recommended us."))
        self.env["retention.referral"]._note_told(
            self.referrer_id,
            self.reason_ids,
            lead=self.lead_id,
            partner=self.partner_id,
        )
        return {"type": "ir.actions.act_window_close"}

    def _change_reasons(self):
        referral = self.referral_id
        referral.check_access("read")
        # whoever may note why, may put it right; of whom nobody knows any more
        # whom it was about, nobody
        (referral.lead_id or referral.partner_id or referral).check_access("write")
        # sudo: recommendations are changed by steps such as this only
        referral.sudo().reason_ids = [Command.set(self.reason_ids.ids)]

    @api.model
    def _action_open(self, document, referral=None):
        """Return the action that opens the dialog.

        :param document: the lead, or the contact, that was told about us
        :param referral: the recommendation of which to change the reasons; None to
            note one
        :raise AccessError: if the user may not change it
        """
        document.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_recommended_by_action"
        )
        name = "lead_id" if document._name == "crm.lead" else "partner_id"
        context = {f"default_{name}": document.id}
        if referral:
            context.update(
                default_referral_id=referral.id,
                default_referrer_id=referral.referrer_id.id,
                default_reason_ids=[Command.set(referral.reason_ids.ids)],
            )
        return dict(action, context=context)
