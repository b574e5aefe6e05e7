from email.message import EmailMessage
from itertools import count

from odoo.tools import SQL

from .common import NOW, RetentionCase

# Who writes a row, and when, is no part of what happened.
BOOKKEEPING = ["id", "create_uid", "create_date", "write_uid", "write_date"]
# Contacts that are captured again have other ids; how long an answer took is
# left to the run.
BOOKKEEPING += ["answer_id", "response_hours"]


class CaptureCase(RetentionCase):
    """A customer with an opportunity, known since the first of June 2026.

    All tests take place at ``NOW``, two weeks later.
    """

    def setUp(self):
        super().setUp()
        self._message_ids = count(1)
        with self._at("2026-06-01 08:00:00"):
            self.lead = self._new_lead(self.anna, self.seller)
            self._run()
        self.enterContext(self._at(NOW))
        self.profile = self._profile(self.customer)

    # ------------------------------------------------------------------
    # What was captured
    # ------------------------------------------------------------------

    def _contacts(self, **values):
        """All contacts, or those with some values."""
        domain = [(name, "=", value) for name, value in values.items()]
        return self.Touchpoint.search(domain)

    def _facts(self):
        """All columns of all contacts that tell what happened."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT to_jsonb(t) - %s::text[],
                       ARRAY(SELECT partner_id
                               FROM retention_touchpoint_other_partner_rel o
                              WHERE o.touchpoint_id = t.id ORDER BY 1)
                  FROM retention_touchpoint t
                 ORDER BY t.profile_id, t.message_id, t.activity_id, t.event_id,
                          t.date, t.partner_id
                """,
                BOOKKEEPING,
            )
        )

    def _forget(self):
        """Forget what was captured."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM retention_touchpoint WHERE kind <> 'manual'")
        self.env.invalidate_all()

    def _rebuild(self):
        """Capture the whole history again."""
        self._forget()
        self.env.cr.execute("UPDATE retention_profile SET is_history_captured = FALSE")
        self._run()

    def _reread(self):
        """Have the run read all of Odoo's new records as if for the first time."""
        self._forget()
        self.env.cr.execute(
            "UPDATE retention_watermark SET confirmed_id = 0 WHERE name <> 'run'"
        )
        self.env.invalidate_all()
        self._run()

    def _assert_run_agrees(self):
        """What was captured at once is what a run finds, new or from history."""
        at_once = self._facts()
        self.assertTrue(at_once, "nothing was captured, so nothing is compared")
        self._reread()
        self.assertEqual(self._facts(), at_once)
        self._rebuild()
        self.assertEqual(self._facts(), at_once)

    # ------------------------------------------------------------------
    # Mail from outside
    # ------------------------------------------------------------------

    def _mail(self, sender, to="sales@our.example", answers=None, **headers):
        """An e-mail as it comes in.

        :param answers: the message that it answers
        :param headers: others, with ``_`` for ``-``
        """
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = headers.pop("Subject", "A question")
        mail["Date"] = headers.pop("Date", "Mon, 15 Jun 2026 11:30:00 +0200")
        mail["Message-Id"] = f"<{next(self._message_ids)}@azur.example>"
        if answers:
            mail["In-Reply-To"] = answers.message_id
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("When can you come?\n")
        return mail

    def _receive(self, mail):
        """Bring an e-mail through Odoo's gateway.

        :return: the message that became of it, if any
        """
        Message = self.env["mail.message"]
        known = Message.search([], order="id desc", limit=1).id
        # the gateway works as the scheduler's user
        gateway = self.env(user=self.env.ref("base.user_root"))["mail.thread"]
        gateway.message_process("crm.lead", mail.as_string())
        self._flush()
        return Message.search([("id", ">", known), ("message_type", "=", "email")])
