from odoo import models

from .retention_touchpoint_response import TIME_BATCH


class RetentionRunAnswer(models.AbstractModel):
    """The steps of a run that look after messages waiting for an answer."""

    _name = "retention.run.answer"
    _description = "Steps of a Run: Answers"

    def _step_answers(self, run):
        """Which contact answers which message, for all customers with new
        contacts: before their figures are derived, which ends their being new.
        """
        touchpoint = self.env["retention.touchpoint"]
        self._mark_for_measures(touchpoint._adopt_strangers())
        touchpoint._follow_responsibles()
        touchpoint._match_answers(touchpoint._answer_scope())
        touchpoint._match_strangers()
        return {}, False

    def _step_answer_times(self, run):
        looked_at = self.env["retention.touchpoint"]._time_answers()
        return {}, looked_at == TIME_BATCH

    def _step_unanswered(self, run):
        """What is to do about messages that wait."""
        raised, closed = self.env["retention.alert"]._follow_waiting()
        return {"raised_count": raised, "closed_count": closed}, False
