from odoo import models

from .retention_play_return import RETURN_BATCH


class RetentionRunPlay(models.AbstractModel):
    """The steps of a run that look after plays."""

    _name = "retention.run.play"
    _description = "Steps of a Run: Plays"

    def _step_returns(self, run):
        """Who came back."""
        member = self.env["retention.play.member"]
        member._note_returns()
        won = member._win_returned()
        return {"returned_count": won}, won == RETURN_BATCH

    def _step_plays(self, run):
        """Send the messages that are due."""
        sent, more = self.env["retention.play.sending"]._send_due()
        return {"sent_count": sent}, more
