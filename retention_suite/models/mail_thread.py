from odoo import SUPERUSER_ID, models

# Values of the header Precedence that no person's mail program sets.
BULK_PRECEDENCES = ("bulk", "junk", "list", "auto_reply")
# Set by mailing lists and by machines that answer (RFC 2369, RFC 2919, and
# what was in use before RFC 3834).
MACHINE_HEADERS = (
    "List-Id",
    "List-Unsubscribe",
    "List-Post",
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "Auto-Reply",
)


def is_machine_mail(email):
    """Tell whether a machine wrote an e-mail, by its headers (RFC 3834).

    :param email.message.EmailMessage email: as it came in
    """

    def value(header):
        return str(email.get(header) or "").strip().lower()

    auto_submitted = value("Auto-Submitted").partition(";")[0].strip()
    return bool(
        (auto_submitted and auto_submitted != "no")
        or value("X-Auto-Response-Suppress") not in ("", "none")
        or value("Precedence") in BULK_PRECEDENCES
        or any(value(header) for header in MACHINE_HEADERS)
        or email.get_content_type() == "multipart/report"
        or value("Return-Path") == "<>"
    )


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_parse(self, message, save_original=False):
        msg_dict = super().message_parse(message, save_original=save_original)
        if is_machine_mail(message):
            msg_dict["retention_automated"] = True
        return msg_dict

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        # Whoever gets a to-do from us is no follower for that: every later message
        # would be sent to them, and to all whom something was ever escalated to.
        if self.env.context.get("retention_no_follow"):
            return True
        return super()._message_subscribe(partner_ids, subtype_ids, customer_ids)

    def _get_message_create_valid_field_names(self):
        return super()._get_message_create_valid_field_names() | {"retention_automated"}

    def _message_create(self, values_list):
        # What a scheduled action writes in a person's name is not personal.
        context = self.env.context
        if context.get("retention_automated") or (
            self.env.uid == SUPERUSER_ID and context.get("cron_id")
        ):
            for values in values_list:
                if values.get("message_type") == "comment":
                    values["retention_automated"] = True
        return super()._message_create(values_list)

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        values = msg_vals or {}
        company = message._retention_plain_company(self, values)
        recipients_data = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        touchpoint = self.env["retention.touchpoint"]
        # what is held back reaches nobody yet
        is_held_back = self._is_notification_scheduled(kwargs.get("scheduled_date"))
        plain = company and message._retention_plain(
            self, values, recipients_data, company
        )
        if plain and not is_held_back:
            touchpoint._capture_plain_later(message, self, *plain)
            return recipients_data
        if self._name == "crm.lead" and message._retention_is_own(values):
            self._retention_note_change(acted=True)
        sources = message._retention_sources(values, recipients_data)
        if sources:
            model_name = values.get("model") or message.model
            touchpoint._capture_later(message, sources, model_name)
        return recipients_data
