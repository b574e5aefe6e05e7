from odoo import models

from .retention_touchpoint_response import TIME_BATCH


class RetentionRunAnswer(models.AbstractModel):
    """The steps of a run that look after messages waiting for an answer."""

    _name = "retention.run.answer"
    _description = "Steps of a Run: Answers"

    def _step_answers(self, run):
        """Whose messages they are that nobody was known to have sent, and which
        contact answers which of the others. Those of customers are matched
        together with their figures.
        """
        touchpoint = self.env["retention.touchpoint"]
        self._mark_for_measures(touchpoint._adopt_strangers())
        touchpoint._follow_responsibles()
        touchpoint._match_strangers()
        return {}, False

    def _step_answer_times(self, run):
        looked_at = self.env["retention.touchpoint"]._time_answers()
        return {}, looked_at == TIME_BATCH

    def _step_unanswered(self, run):
        """What is to do about messages that wait."""
        Alert = self.env["retention.alert"]
        # who is responsible follows from many things: once a day all are looked at
        since = None if self._is_first_today(run) else self._since(run)
        raised, closed = Alert._follow_waiting(since=since)
        return {"raised_count": raised, "closed_count": closed}, False
