from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import plaintext2html


class RetentionHandoverPass(models.TransientModel):
    """To whom leads are handed over."""

    _name = "retention.handover.pass"
    _description = "Hand Over a Lead"

    handover_ids = fields.Many2many("retention.handover")
    lead_ids = fields.Many2many("crm.lead")
    user_id = fields.Many2one(
        "res.users",
        string="To",
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        ondelete="cascade",
        compute="_compute_team_id",
        store=True,
        readonly=False,
    )
    note = fields.Text(help="What the new salesperson should know.")

    @api.depends("user_id")
    def _compute_team_id(self):
        for dialog in self:
            if dialog.user_id:
                # sudo: in whose team somebody is, is nobody's secret
                dialog.team_id = dialog.user_id.sudo().sale_team_id

    def action_hand_over(self):
        """Make somebody the salesperson of the leads.

        :raise ValidationError: if nobody was chosen
        """
        self.ensure_one()
        if not self.user_id:
            raise ValidationError(self.env._("Choose who gets the lead."))
        handovers = self.handover_ids
        handovers._check_may(
            "may_pass_on",
            self.env._("Only those who hand a lead over can pass it on."),
        )
        self.lead_ids.check_access("write")
        # sudo: who handed a lead over may have no right to it any more; that
        # they may pass it on was checked
        leads = handovers.sudo().lead_id | self.lead_ids.sudo()
        leads.write({"user_id": self.user_id.id, **self._team_values()})
        leads._retention_settle()
        if self.note:
            for lead in leads:
                lead.message_post(
                    body=plaintext2html(self.note),
                    partner_ids=self.user_id.partner_id.ids,
                    subtype_xmlid="mail.mt_note",
                )
        return self._action_after(leads)

    def _action_after(self, leads):
        """Return to where the user was, if that may still be seen: who sees own
        documents only has just lost the lead, and is shown what becomes of it."""
        if leads.with_env(self.env).sudo(False)._filtered_access("read") == leads:
            return {"type": "ir.actions.act_window_close"}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_handover_action"
        )
        return dict(action, target="main")

    def _team_values(self):
        return {"team_id": self.team_id.id} if self.team_id else {}
