from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RetentionRecommendedBy(models.TransientModel):
    """Who told a lead or a contact about us, and why."""

    _name = "retention.recommended.by"
    _description = "Recommended By"

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
        help="What they recommend us for. Reasons that are known already stay.",
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
        if not self.referrer_id:
            raise ValidationError(self.env._("Choose who recommended us."))
        self.env["retention.referral"]._note_told(
            self.referrer_id,
            self.reason_ids,
            lead=self.lead_id,
            partner=self.partner_id,
        )
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _action_open(self, document, referrer=None):
        """Return the action that opens the dialog.

        :param document: the lead, or the contact, that was told about us
        :param referrer: by whom, if that is known
        :raise AccessError: if the user may not change it
        """
        document.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_recommended_by_action"
        )
        name = "lead_id" if document._name == "crm.lead" else "partner_id"
        context = {f"default_{name}": document.id}
        if referrer:
            context["default_referrer_id"] = referrer.id
        return dict(action, context=context)
