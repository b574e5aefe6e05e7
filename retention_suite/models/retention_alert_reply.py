from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime, formatLang

from .retention_alert_life import OPEN_STATES
from .working_time import has_hours


class RetentionAlertReply(models.AbstractModel):
    """What people do about unanswered messages, and what they read of them."""

    _name = "retention.alert.reply"
    _description = "Answering from Alerts"

    # ------------------------------------------------------------------
    # Needs no answer, and undo
    # ------------------------------------------------------------------

    def _waiting_touchpoints(self):
        """Return the messages that these alerts are about."""
        return self.env["retention.touchpoint"].search(
            [("message_id", "in", self.message_id.ids)]
        )

    def _unanswered(self):
        return self.filtered(lambda alert: alert.kind == "unanswered")

    def _close(self, state, reason=None):
        """What is dismissed needs no answer."""
        asked = self._unanswered().filtered(lambda a: a.state in OPEN_STATES)
        touchpoints = asked._waiting_touchpoints()
        result = super()._close(state, reason)
        if state == "dismissed" and touchpoints:
            touchpoints._need_no_answer()
        return result

    def _activity_done(self):
        """Who says that it is done need not say how."""
        # what the activity itself has answered is closed by now
        open_ = self._unanswered().filtered(lambda a: a.state in OPEN_STATES)
        touchpoints = open_._waiting_touchpoints()
        result = super()._activity_done()
        if touchpoints:
            touchpoints._need_no_answer()
        return result

    def _activity_type(self):
        # an answer is no call: one marked as done would count as a call
        if self.kind == "unanswered":
            return self._type_of("mail.mail_activity_data_email")
        return super()._activity_type()

    def _open_again(self):
        dismissed = self._unanswered().filtered(lambda a: a.state == "dismissed")
        result = super()._open_again()
        touchpoints = dismissed._waiting_touchpoints()
        if touchpoints:
            self.env.flush_all()
            touchpoints._need_answer_again()
        return result

    def action_no_answer(self):
        """Say that the message needs no answer."""
        self._check_open()
        self.check_access("read")
        # sudo: the state of an alert is changed by its own steps only
        self.sudo()._close("dismissed", self.env._("Needs no answer"))

    def action_answer(self):
        """Open Odoo's composer with the answer, or the document if it is not
        known to whom.

        :raise UserError: if the document was deleted
        """
        self.ensure_one()
        self.check_access("read")
        document = self._document()
        if not document:
            raise UserError(self.env._("The document was deleted."))
        # sudo: who has to answer may know whom
        message = self.message_id.sudo()
        person = message.author_id
        if not person or not document.has_access("read"):
            return document._get_records_action()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Answer %s", person.display_name),
            "context": {
                "default_model": document._name,
                "default_res_ids": document.ids,
                "default_partner_ids": person.ids,
                "default_composition_mode": "comment",
                "default_parent_id": message.id,
            },
        }

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    def _reason_unanswered(self, last_contact):
        # sudo: what kind of document it is, is no secret
        kind = self.env["ir.model"].sudo()._get(self.res_model).name or ""
        zone = self.company_id.sudo().resource_calendar_id.tz or "UTC"
        values = {
            "person": self._sender_name(),
            "date": format_datetime(
                self.env, self.last_contact_date, tz=zone, dt_format="short"
            ),
            "hours": self._format_hours(self.waiting_hours),
            "target": self._format_hours(self.target_hours),
            "document": f"{kind} {self.document_name or ''}".strip(),
        }
        if not has_hours(self._calendar()):
            return self.env._(
                "%(person)s's message of %(date)s is unanswered for %(hours)s hours "
                "by the clock, as there are no working hours (target: %(target)s). "
                "%(document)s.",
                **values,
            )
        return self.env._(
            "%(person)s's message of %(date)s is unanswered for %(hours)s working "
            "hours (target: %(target)s). %(document)s.",
            **values,
        )

    def _format_hours(self, hours):
        """Return a number of hours as people write it: without needless zeros."""
        hours = round(hours, 1)
        return formatLang(self.env, hours, digits=0 if hours.is_integer() else 1)
