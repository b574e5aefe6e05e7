from functools import partial

from odoo import api, models
from odoo.tools import SQL

from .retention_touchpoint_source import FAILED_STATUSES

STATUSES = "retention_suite.notification_statuses"


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        notifications = super().create(vals_list)
        # what is sent in the same transaction was never anything else before
        notifications._retention_note_status("ready")
        return notifications

    def write(self, vals):
        if "notification_status" in vals:
            self._retention_note_status(vals["notification_status"])
        return super().write(vals)

    def _retention_note_status(self, status):
        """Remember the first and the last status written in this transaction.

        Sending sets every notification to *exception* first and to *sent* when
        it has worked: only what is left at the end counts.
        """
        precommit = self.env.cr.precommit
        if STATUSES not in precommit.data:
            precommit.data[STATUSES] = {}
            # sudo: what arrived is a fact, whoever sent it
            precommit.add(partial(self.sudo()._retention_settle_statuses))
        statuses = precommit.data[STATUSES]
        for id_ in self.ids:
            first, _last = statuses.get(id_, (status, status))
            statuses[id_] = (first, status)

    def _retention_settle_statuses(self):
        """A message that came back was no contact; one that got through in a
        second try is one after all."""
        failed_ids, sent_ids = [], []
        statuses = self.env.cr.precommit.data.pop(STATUSES, {})
        for id_, (first, last) in statuses.items():
            if last in FAILED_STATUSES:
                failed_ids.append(id_)
            elif first in FAILED_STATUSES:
                sent_ids.append(id_)
        touchpoint = self.env["retention.touchpoint"]
        came_back = self.browse(failed_ids).exists().mail_message_id
        if came_back:
            touchpoint._forget_later(came_back)
        for model_name, messages in came_back.grouped("model").items():
            # it may have reached others of the same customer
            touchpoint._capture_later(
                messages, ["addressed", "chat", "notified"], model_name
            )
        for model_name, messages in self._retention_unknown(sent_ids):
            touchpoint._capture_later(messages, ["notified"], model_name)

    def _retention_unknown(self, ids):
        """Return, by document model, the messages that were not known to have
        reached their outside recipients."""
        if not ids:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.model, array_agg(DISTINCT m.id)
                  FROM mail_notification n
                  JOIN mail_message m ON m.id = n.mail_message_id
                  JOIN res_partner person ON person.id = n.res_partner_id
                 WHERE n.id = ANY(%s) AND person.partner_share
                   AND NOT EXISTS (
                       SELECT FROM retention_touchpoint t
                         JOIN retention_profile p ON p.id = t.profile_id
                        WHERE t.message_id = m.id
                          AND p.partner_id = person.commercial_partner_id)
                 GROUP BY m.model
                """,
                ids,
            )
        )
        Message = self.env["mail.message"]
        return [(name, Message.browse(found)) for name, found in rows]
