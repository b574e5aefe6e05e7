from odoo import api, models
from odoo.tools import SQL

from .gathered import gathered
from .retention_touchpoint_source import FAILED_STATUSES

STATUSES = "retention_suite.notification_statuses"
# In the context of what is sent after the commit: what was made before it.
NEW_IDS = "retention_new_notification_ids"


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        notifications = super().create(vals_list)
        # what is sent in the same transaction cannot have failed before
        notifications._retention_note_status("ready", is_new=True)
        return notifications

    def write(self, vals):
        if "notification_status" in vals:
            self._retention_note_status(vals["notification_status"])
        return super().write(vals)

    def _retention_note_status(self, status, is_new=False):
        """Remember whether each had failed before this transaction, and the
        last status written in it.

        Sending sets every notification to *exception* first and to *sent* when
        it has worked: only what is left at the end counts.
        """
        # sudo: what arrived is a fact, whoever sent it
        statuses = gathered(
            self.env, STATUSES, dict, lambda: self.sudo()._retention_settle_statuses()
        )
        known_ids = {*statuses, *self.env.context.get(NEW_IDS, ())}
        unknown_ids = [id_ for id_ in self.ids if id_ not in known_ids]
        failed_ids = () if is_new else self._retention_failed_ids(unknown_ids)
        for id_ in self.ids:
            had_failed, _last = statuses.get(id_, (id_ in failed_ids, None))
            statuses[id_] = (had_failed, status)

    def _retention_new_ids(self):
        """The ids of what was made in this transaction and has not failed."""
        statuses = self.env.cr.precommit.data.get(STATUSES, {})
        return [
            id_
            for id_, (had_failed, last) in statuses.items()
            if not had_failed and last not in FAILED_STATUSES
        ]

    def _retention_failed_ids(self, ids):
        if not ids:
            return ()
        # what is written already has been noted already: no flush is needed
        self.env.cr.execute(
            SQL(
                "SELECT id FROM mail_notification"
                " WHERE id = ANY(%s) AND notification_status IN %s",
                ids,
                FAILED_STATUSES,
            )
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _retention_settle_statuses(self):
        """A message that came back was no contact; one that got through in a
        second try is one after all."""
        came_back_ids, arrived_ids = [], []
        statuses = self.env.cr.precommit.data.pop(STATUSES, {})
        for id_, (had_failed, last) in statuses.items():
            if last in FAILED_STATUSES and not had_failed:
                came_back_ids.append(id_)
            elif had_failed and last not in FAILED_STATUSES:
                arrived_ids.append(id_)
        if not (came_back_ids or arrived_ids):
            return
        touchpoint = self.env["retention.touchpoint"]
        came_back = self.browse(came_back_ids).exists().mail_message_id
        if came_back:
            touchpoint._forget_later(came_back)
        for model_name, messages in came_back.grouped("model").items():
            # it may have reached others of the same customer
            touchpoint._capture_later(
                messages, ["addressed", "chat", "notified"], model_name
            )
        arrived = self.browse(arrived_ids).exists().mail_message_id
        for model_name, messages in arrived.grouped("model").items():
            touchpoint._capture_later(messages, ["notified"], model_name)
