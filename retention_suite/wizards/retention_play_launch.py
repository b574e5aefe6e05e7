from odoo import api, fields, models
from odoo.exceptions import UserError


class RetentionPlayLaunch(models.TransientModel):
    """Start a play for the customers or cases that are ticked in a list."""

    _name = "retention.play.launch"
    _description = "Start a Play"

    profile_ids = fields.Many2many("retention.profile", string="Customers")
    company_ids = fields.Many2many("res.company", compute="_compute_customer_count")
    customer_count = fields.Integer(compute="_compute_customer_count")
    play_id = fields.Many2one(
        "retention.play",
        domain="['|', ('company_id', '=', False), ('company_id', 'in', company_ids)]",
    )
    holdout_share = fields.Integer(related="play_id.holdout_share")
    text = fields.Char(compute="_compute_text")

    @api.depends("profile_ids")
    def _compute_customer_count(self):
        for wizard in self:
            wizard.customer_count = len(wizard.profile_ids)
            wizard.company_ids = wizard.profile_ids.company_id

    @api.depends("play_id", "profile_ids")
    @api.depends_context("lang")
    def _compute_text(self):
        for wizard in self:
            count = wizard.customer_count
            share = wizard.play_id.holdout_share
            if share:
                wizard.text = self.env._(
                    "%(count)s customers are chosen. About %(left)s of them are left "
                    "out by a fixed rule: they get nothing from this play, and show "
                    "what it does for the others.",
                    count=count,
                    left=round(count * share / 100),
                )
            else:
                wizard.text = self.env._("%s customers are chosen.", count)

    @api.model
    def _action_open_for(self, profiles):
        """Open the dialog.

        :raise UserError: without customers
        """
        if not profiles:
            raise UserError(self.env._("Choose at least one customer."))
        wizard = self.create({"profile_ids": [fields.Command.set(profiles.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Start a Play"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_start(self):
        """Choose who takes part; the starting follows by itself.

        :raise UserError: without a play
        """
        self.ensure_one()
        if not self.play_id:
            raise UserError(self.env._("Choose a play."))
        chosen, left_out = self.play_id._enlist(self.profile_ids)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if chosen else "warning",
                "sticky": not chosen,
                "message": self._describe(chosen, left_out),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _describe(self, chosen, left_out):
        parts = []
        if chosen:
            parts.append(
                self.env._(
                    "%(play)s starts for %(count)s customers.",
                    play=self.play_id.name,
                    count=chosen - left_out,
                )
            )
        if left_out:
            parts.append(self.env._("%s are left out to see what it does.", left_out))
        others = self.customer_count - chosen
        if others:
            parts.append(
                self.env._(
                    "%s take part already, have another measure running, or are worth "
                    "more or less than the play is for.",
                    others,
                )
            )
        return " ".join(parts)
