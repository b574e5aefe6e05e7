from odoo import api, fields, models
from odoo.exceptions import UserError


class RetentionPlayLaunch(models.TransientModel):
    """Start a play for the customers or cases that are ticked in a list."""

    _name = "retention.play.launch"
    _description = "Start a Play"

    profile_ids = fields.Many2many(
        "retention.profile",
        string="Customers",
        # who is archived was ticked, too
        context={"active_test": False},
    )
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
            play, count = wizard.play_id._origin, wizard.customer_count
            counts = wizard._count_obstacles()
            fit = counts.pop(None, 0) if play else count
            parts = [self.env._("%s customers are chosen.", count)]
            if counts:
                parts.append(wizard._describe_unfit(counts))
            if play.holdout_share and fit:
                parts.append(
                    self.env._(
                        "About %s of them are left out by a fixed rule: they get "
                        "nothing from this play, and show what it does for the others.",
                        round(fit * play.holdout_share / 100),
                    )
                )
            wizard.text = " ".join(parts)

    def _count_obstacles(self):
        """Return how many customers the play fits, and how many it does not by what
        is in the way: see ``retention.play.fit``."""
        play, profiles = self.play_id._origin, self.profile_ids._origin
        return play._count_obstacles(profiles) if play and profiles else {}

    def _describe_unfit(self, counts):
        """Say how many stay as they are, and why.

        :param dict counts: of customers, by what is in the way
        """
        reasons = self.env._(", ").join(
            f"{self.play_id._describe_obstacle(code, self.play_id.kind)}: {count}"
            for code, count in sorted(counts.items(), key=lambda item: -item[1])
        )
        return self.env._(
            "%(count)s of them stay as they are (%(reasons)s).",
            count=sum(counts.values()),
            reasons=reasons,
        )

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
        counts = self._count_obstacles()
        counts.pop(None, None)
        chosen, left_out = self.play_id._enlist(self.profile_ids)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if chosen else "warning",
                "sticky": not chosen,
                "message": self._describe(chosen, left_out, counts),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _describe(self, chosen, left_out, counts):
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
        if counts:
            parts.append(self._describe_unfit(counts))
        return " ".join(parts)
