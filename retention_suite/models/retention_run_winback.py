from odoo import fields, models


class RetentionRunWinback(models.AbstractModel):
    """Win-back, as a step of the run: right after the journey, whose stages it
    reads, and before the policies, which read what it has moved."""

    _name = "retention.run.winback"
    _description = "Win-back in a Run"

    proposed_count = fields.Integer(
        string="Win-back Proposed",
        readonly=True,
        help="Cases of customers who left silently that were proposed.",
    )

    def _step_names(self):
        names = super()._step_names()
        names.insert(names.index("journey") + 1, "winback")
        return names

    def _step_labels(self):
        return {**super()._step_labels(), "winback": self.env._("Watching win-back")}

    def _step_winback(self, run):
        """Who left, who came back, and whom to win back."""
        cases = self.env["retention.winback"]
        self.env.flush_all()
        moved = cases._end_notices()
        cases._mark_lost_again()
        moved += cases._end_watches()
        cases._take_back_proposals()
        asked = cases._ask_again()
        figures = {
            "moved_count": moved,
            "activity_count": asked,
            "proposed_count": cases._propose(),
        }
        return figures, False
