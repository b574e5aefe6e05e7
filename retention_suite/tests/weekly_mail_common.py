from datetime import date

from lxml import html

from odoo.addons.mail.tests.common import MailCase

from .alert_common import AlertCase

LAST_WEEK = date(2026, 6, 8)


class WeeklyMailCase(AlertCase, MailCase):
    """It is Monday noon, and last week's mail was a week ago. Nothing is to do but
    what a test says."""

    def setUp(self):
        super().setUp()
        self.Mail = self.env["retention.weekly.mail"]
        self.profile.user_id = self.seller
        self.env["res.users"].search([]).retention_weekly_date = LAST_WEEK
        self.env.flush_all()

    def _alert(self, kind="contact_gap", profile=None, user=None, score=100, **values):
        profile = profile or self.profile
        return self.Alert.create(
            {
                "profile_id": profile.id,
                "company_id": profile.company_id.id,
                "kind": kind,
                "user_id": (user or self.seller).id,
                "date": "2026-06-10",
                "base_date": "2026-03-01",
                "agreed_days": 90,
                "priority_score": score,
                **values,
            }
        )

    def _gaps(self, count, user=None, score=100):
        """So many customers to contact, the first the most urgent."""
        user = user or self.seller
        return self.Alert.union(
            *(
                self._alert(
                    profile=self._new_customer(f"Customer {number}", user),
                    user=user,
                    score=score - number,
                )
                for number in range(1, count + 1)
            )
        )

    def _send(self):
        """Send what is due now; return the mails by address."""
        with self.mock_mail_gateway():
            while self.Mail._send_batch():
                pass
        return {mail.email_to: mail for mail in self._new_mails}

    def _sent_to(self, user):
        return self._send().get(user.email_formatted)

    def _read(self, mail):
        """What stands in a mail: numbers by word, and titles by heading."""
        tree = html.fromstring(mail.body_html)

        def text(node):
            return " ".join(node.text_content().split())

        numbers = {
            text(node.xpath(".//*[hasclass('kpi_value_label')]")[0]): int(
                text(node.xpath(".//*[hasclass('kpi_value')]")[0])
            )
            for node in tree.xpath("//a[.//*[hasclass('kpi_value')]]")
        }
        parts = {}
        for heading in tree.xpath("//td[hasclass('kpi_header')]"):
            table = heading.xpath("ancestor::table[1]")[0]
            parts[text(heading)] = [
                (text(line.xpath("./a")[0]), text(line.xpath("./div")[0]))
                for line in table.xpath(".//td[./a and ./div]")
            ]
        return numbers, parts
