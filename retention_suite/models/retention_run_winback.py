from odoo import models


class RetentionRunWinback(models.AbstractModel):
    """The step of a run that looks after win-back."""

    _name = "retention.run.winback"
    _description = "Steps of a Run: Win-back"

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
