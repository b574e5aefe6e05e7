from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class RetentionTouchpointNoAnswer(models.AbstractModel):
    """Messages of which somebody said that they need no answer."""

    _name = "retention.touchpoint.no.answer"
    _description = "Messages That Need No Answer"

    # The messages that wait as one with message ``w``: what the customer wrote
    # in the document since.
    _row_sql = SQL(
        """
        t.res_model = w.res_model AND t.res_id = w.res_id
        AND (t.profile_id = w.profile_id
             OR (t.profile_id IS NULL AND w.profile_id IS NULL))
        AND t.direction = 'in' AND t.kind = 'message' AND t.date >= w.date
        """
    )

    @api.private
    def _need_no_answer(self):
        """Let the rows of messages that wait since these need no answer.

        It is noted on the messages, where it outlives their contacts.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE mail_message m SET retention_no_answer_date = %s
                  FROM retention_touchpoint w
                  JOIN retention_touchpoint t ON %s
                 WHERE w.id = ANY(%s) AND w.needs_answer AND w.answered_date IS NULL
                   AND m.id = t.message_id AND m.retention_no_answer_date IS NULL
                """,
                fields.Datetime.now(),
                self._row_sql,
                self.ids,
            )
        )
        self._after_need()

    @api.private
    def _need_answer_again(self):
        """Take back that messages need no answer, together with those of which
        it was said in the same moment."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE mail_message m SET retention_no_answer_date = NULL
                  FROM mail_message said
                 WHERE said.id = ANY(%s) AND m.model = said.model
                   AND m.res_id = said.res_id
                   AND m.retention_no_answer_date = said.retention_no_answer_date
                """,
                self.message_id.ids,
            )
        )
        self._after_need()

    def _after_need(self):
        self.env["mail.message"].invalidate_model(
            ["retention_no_answer_date"], flush=False
        )
        self.invalidate_model(["is_no_answer_needed"], flush=False)
        profile_ids = self.profile_id.ids
        if profile_ids:
            self._follow_answers(profile_ids)
        if any(not touchpoint.profile_id for touchpoint in self):
            self.env["retention.touchpoint"]._follow_strangers()

    def action_no_answer(self):
        """Say that the message needs no answer, and what is to do about it is
        done.

        :raise UserError: if it does not wait for one
        """
        self.check_access("read")
        for touchpoint in self:
            if not touchpoint.is_waiting:
                raise UserError(
                    self.env._(
                        "This message does not wait for an answer. Reload the "
                        "list to see which do."
                    )
                )
        # sudo: whoever sees a message may say that it needs no answer
        waiting = self.sudo()
        alerts = waiting._answer_alerts().filtered(lambda a: a.state != "dismissed")
        alerts._close("dismissed", self.env._("Needs no answer"))
        waiting._need_no_answer()

    def action_need_answer(self):
        """Take back that the message needs no answer.

        :raise UserError: if nobody said so
        """
        self.check_access("read")
        if any(not touchpoint.is_no_answer_needed for touchpoint in self):
            raise UserError(
                self.env._("Nobody said that this message needs no answer.")
            )
        # sudo: see above
        said = self.sudo()
        alerts = said._answer_alerts().filtered(
            lambda a: a.state == "dismissed" and a.message_id in said.message_id
        )
        alerts._open_again()
        said._need_answer_again()

    def _answer_alerts(self):
        """Return what is or was to do about these messages, one of each."""
        alerts = self.env["retention.alert"].search(
            [
                ("kind", "=", "unanswered"),
                ("state", "in", ("open", "snoozed", "dismissed")),
                ("res_id", "in", self.mapped("res_id")),
            ],
            order="id desc",
        )
        newest = defaultdict(alerts.browse)
        wanted = {(t.profile_id, t.res_model, t.res_id) for t in self}
        for alert in alerts:
            key = (alert.profile_id, alert.res_model, alert.res_id)
            if key in wanted and not newest[key]:
                newest[key] = alert
        return alerts.browse().union(*newest.values())
