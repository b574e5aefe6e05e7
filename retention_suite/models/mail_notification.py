from odoo import models
from odoo.tools import SQL

from .retention_touchpoint_source import FAILED_STATUSES


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("notification_status") in FAILED_STATUSES:
            self._retention_forget_failed()
        return result

    def _retention_forget_failed(self):
        """A message that came back was no contact."""
        self.flush_recordset()
        message_ids = self.mail_message_id.ids
        touchpoint = self.env["retention.touchpoint"]
        failed = SQL(
            """
            t.message_id = ANY(%s) AND t.direction = 'out' AND NOT EXISTS (
                SELECT FROM mail_notification n
                  JOIN res_partner person ON person.id = n.res_partner_id
                  JOIN retention_profile p ON p.id = t.profile_id
                 WHERE n.mail_message_id = t.message_id
                   AND person.commercial_partner_id = p.partner_id
                   AND n.notification_status NOT IN %s)
            """,
            message_ids,
            FAILED_STATUSES,
        )
        touchpoint._mark_changed(failed)
        self.env.cr.execute(SQL("DELETE FROM retention_touchpoint t WHERE %s", failed))
        touchpoint.invalidate_model()
