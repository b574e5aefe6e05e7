from odoo import models

from .retention_play_return import RETURN_BATCH


class RetentionRunPlay(models.AbstractModel):
    """The steps of a run that look after plays."""

    _name = "retention.run.play"
    _description = "Steps of a Run: Plays"

    def _step_returns(self, run):
        """Who came back, and about whom somebody has to decide."""
        member = self.env["retention.play.member"]
        member._note_returns()
        won = member._win_returned()
        staying = member._ask_who_stays()
        # those that are won are not asked about
        more = RETURN_BATCH in (won, staying)
        deciding = 0 if more else member._ask_who_decides()
        figures = {"returned_count": won, "activity_count": staying + deciding}
        return figures, more or deciding == RETURN_BATCH

    def _step_plays(self, run):
        """Send the messages that are due."""
        sent, more = self.env["retention.play.sending"]._send_due()
        return {"sent_count": sent}, more
