from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestAnswerTour(HttpCase):
    """A salesperson works the list of unanswered messages in a real browser."""

    def setUp(self):
        super().setUp()
        self.seller = new_test_user(
            self.env,
            login="retention_seller",
            groups="base.group_user,sales_team.group_sale_salesman",
            name="Sally Seller",
            email="sally@our.example",
        )
        self.messages = {
            name: self._message(name, days)
            for name, days in (("Boreal", 1), ("Azur", 2))
        }
        self.env["retention.run"]._run_all(commit=False)

    def _message(self, name, days):
        """What a customer of the seller's wrote some days ago."""
        partner = self.env["res.partner"].create(
            {"name": name, "is_company": True, "email": f"{name}@home.example"}
        )
        self.env["retention.profile"].create(
            {"partner_id": partner.id, "user_id": self.seller.id}
        )
        lead = self.env["crm.lead"].create(
            {
                "name": f"Project of {name}",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": self.seller.id,
            }
        )
        return lead.message_post(
            body="When can you come?",
            author_id=partner.id,
            date=fields.Datetime.now() - timedelta(days=days),
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )

    def test_unanswered(self):
        alerts = {
            name: self.env["retention.alert"].search([("message_id", "=", message.id)])
            for name, message in self.messages.items()
        }
        self.assertEqual(
            [alert.user_id for alert in alerts.values()], [self.seller, self.seller]
        )

        self.start_tour("/odoo", "retention_answer_tour", login="retention_seller")

        self.env.invalidate_all()
        self.assertEqual(alerts["Boreal"].state, "dismissed")
        self.assertTrue(self.messages["Boreal"].retention_no_answer_date)
        self.assertEqual(alerts["Azur"].state, "resolved")
        contact = alerts["Azur"].touchpoint_id
        self.assertEqual(contact.message_id.body, "<p>We come on Friday</p>")
        self.assertEqual(contact.user_id, self.seller)
