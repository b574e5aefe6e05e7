from odoo import fields, models
from odoo.exceptions import UserError


class RetentionWinbackPlay(models.AbstractModel):
    """What is done in a case: its play."""

    _name = "retention.winback.play"
    _description = "The Play of a Win-back"

    play_id = fields.Many2one(
        "retention.play",
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', 'in', (company_id, False)),"
        " ('kind', 'in', (kind, False))]",
        help="Those for this kind of case can be started.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "offer_cost" in vals and not self.env.context.get("retention_own_costs"):
            self.env["retention.play.member"]._note_cost(self)
        return result

    def action_start(self):
        """Start the play of each case, or the first that fits.

        :raise UserError: if there is none, or the one chosen is for other cases
        """
        self.check_access("write")
        self._check_movable("running")
        by_play = {}
        for case in self:
            play = case.play_id or case._fitting_play()
            if not play:
                raise UserError(
                    self.env._(
                        "No play fits %s. Choose one in the field Play, then start it.",
                        case.display_name,
                    )
                )
            by_play.setdefault(play, self.browse())
            by_play[play] |= case
        for play, cases in by_play.items():
            play.sudo(False)._start(cases)
        left_out = self.filtered(lambda case: case.step != "running")
        return True if left_out != self else self._say_left_out()

    def _fitting_play(self):
        """Return the first play that fits the case, or none."""
        self.ensure_one()
        # sudo: which plays there are is decided by managers
        plays = self.env["retention.play"].sudo()
        return plays._fitting(self.kind, self.reason_id, self.value, self.company_id)

    def _say_left_out(self):
        """Tell why nothing happens after a start; see the note in each case."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The play leaves these customers out, to see what it does. "
                    "Nothing is sent."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
