from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Somebody has the lead and works on it, or should.
OPEN_STATES = ("offered", "accepted", "contacted")


class RetentionHandoverAction(models.AbstractModel):
    """What people may do with hand-overs."""

    _name = "retention.handover.action"
    _description = "What People Do with Hand-overs"

    may_accept = fields.Boolean(compute="_compute_may")
    may_return = fields.Boolean(compute="_compute_may")
    may_take_back = fields.Boolean(compute="_compute_may")
    may_pass_on = fields.Boolean(compute="_compute_may")

    @api.depends("state", "from_user_id", "to_user_id", "from_team_id")
    @api.depends_context("uid")
    def _compute_may(self):
        for handover in self:
            receives = handover._may_receive()
            gives = handover._may_give()
            is_here = handover._is_here()
            handover.may_accept = handover.state == "offered" and receives
            handover.may_return = handover.is_open and receives
            handover.may_take_back = is_here and gives
            handover.may_pass_on = is_here and (gives or receives)

    def _may_receive(self):
        """Whether the current user may act as who receives the lead."""
        return self.to_user_id == self.env.user or self._is_manager()

    def _may_give(self):
        """Whether the current user may act as who hands the lead over."""
        # sudo: who leads a team is nobody's secret
        givers = self.from_user_id or self.sudo().from_team_id.user_id
        return self.env.user in givers or self._is_manager()

    def _is_manager(self):
        # not whether this is sudo: what leads and alerts show of their hand-over
        # is computed so for everybody
        user = self.env.user
        return user._is_superuser() or user.has_group(
            "retention_suite.group_retention_manager"
        )

    def _is_here(self):
        """Whether the lead is still with the one it was handed over to."""
        self.ensure_one()
        if self.is_open:
            return True
        # sudo: the giver may have no right to see the lead any more
        lead = self.sudo().lead_id
        return (
            self.state == "expired"
            and lead.user_id == self.to_user_id
            and self == lead._retention_last_handover()
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def _check_may(self, permission, refusal):
        """
        :param str permission: name of the field that says so
        :param str refusal: what the user reads otherwise
        :raise UserError: if one has ended already
        :raise AccessError: if the user has no part in one
        """
        self.check_access("read")
        for handover in self:
            if not handover._is_here():
                raise UserError(
                    self.env._(
                        "The hand-over of %s has ended already. Reload the page to "
                        "see who has the lead now.",
                        handover.sudo().lead_id.display_name,
                    )
                )
            if not handover[permission]:
                raise AccessError(refusal)

    def action_accept(self):
        """Take over the leads that were offered to the current user."""
        offered = self.filtered(lambda h: h.state == "offered")
        for handover in self - offered:
            if handover.state not in OPEN_STATES:
                handover._check_may("may_accept", "")
        offered._check_may(
            "may_accept",
            self.env._("Only the new salesperson can accept a lead."),
        )
        # sudo: the state of a hand-over is changed by its own steps only
        offered.sudo()._accept()

    def action_return(self):
        """Open the dialog that asks why, and when it is time to try again."""
        self._check_may(
            "may_return", self.env._("Only the salesperson can return a lead.")
        )
        return self._action_dialog("retention_handover_return_action")

    def action_take_back(self):
        """Give the leads back to who handed them over."""
        self._check_may(
            "may_take_back",
            self.env._("Only who handed a lead over can take it back."),
        )
        # sudo: who handed it over may have no right to the lead any more; that
        # they may take it back was checked
        for handover in self.sudo():
            lead = handover.lead_id
            handover._close_as("taken_back")
            lead.write(
                {
                    "user_id": handover.from_user_id.id,
                    "team_id": (handover.from_team_id or lead.team_id).id,
                }
            )
        self.env["crm.lead"]._retention_settle()

    def action_pass_on(self):
        """Open the dialog that asks to whom."""
        self._check_may(
            "may_pass_on",
            self.env._("Only those who hand a lead over can pass it on."),
        )
        action = self._action_dialog("retention_handover_pass_action")
        return dict(action, name=self.env._("Pass On"))

    def action_help(self):
        """Write to the new salesperson, within the lead."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the name of a lead that one handed over is no secret
        lead = self.sudo().lead_id
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Write to %s", self.to_user_id.name),
            "context": {
                "default_model": "res.partner",
                "default_res_ids": self.to_user_id.partner_id.ids,
                "default_partner_ids": self.to_user_id.partner_id.ids,
                "default_subject": self.env._("Can I help? %s", lead.name),
                "default_composition_mode": "comment",
            },
        }

    def action_open_lead(self):
        """Open the lead."""
        self.ensure_one()
        self.check_access("read")
        return self.lead_id._get_records_action()

    def _action_dialog(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"retention_suite.{name}"
        )
        return dict(action, context={"default_handover_ids": self.ids})
