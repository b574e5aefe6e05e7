from odoo import fields, models
from odoo.tools import SQL

from .retention_touchpoint_source import MACHINE_TYPES, NO_CONTACT_TYPES


class MailMessage(models.Model):
    _inherit = "mail.message"

    retention_automated = fields.Boolean(
        string="Written by a Machine",
        copy=False,
        help="An automatic reply, a mailing list or a scheduled action wrote this "
        "message. It does not count as a personal contact.",
    )

    def _retention_sources(self, values, recipients_data):
        """Name the sources that may find a contact in this message.

        Most messages are among colleagues and cost nothing more here.

        :param dict values: as given to ``create``, to read nothing again
        :param list recipients_data: whom Odoo notifies, see
            ``mail.thread._notify_get_recipients``
        """
        message_type = values.get("message_type") or self.message_type
        if message_type in NO_CONTACT_TYPES or not self.model:
            return []
        sources = []
        if any(r["share"] and r["id"] for r in recipients_data or ()):
            sources.append("notified")
        if message_type == "email":
            sources += ["incoming", "unknown", "addressed"]
        elif message_type not in MACHINE_TYPES:
            author_id = values.get("author_id") or self.author_id.id
            if author_id and author_id != self.env.user.partner_id.id:
                sources.append("incoming")
            elif not self.env.user._is_internal():
                sources.append("incoming")
            elif self.model == "discuss.channel":
                sources.append("chat")
        return sources

    def unlink(self):
        if self.ids:
            self.env["retention.touchpoint"]._mark_changed(
                SQL("t.message_id = ANY(%s)", self.ids)
            )
        return super().unlink()
