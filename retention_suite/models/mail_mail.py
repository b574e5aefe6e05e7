from odoo import models

from .mail_notification import NEW_IDS


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send_after_commit(self):
        # The transaction that sends them need not ask what became of them before.
        new_ids = self.env["mail.notification"]._retention_new_ids()
        mails = self.with_context(**{NEW_IDS: new_ids}) if new_ids else self
        return super(MailMail, mails).send_after_commit()
