from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestReferralTour(HttpCase):
    """A salesperson notes recommendations in a real browser."""

    def setUp(self):
        super().setUp()
        self.seller = new_test_user(
            self.env,
            login="retention_seller",
            groups="base.group_user,sales_team.group_sale_salesman",
            name="Sam Seller",
        )
        self.customer = self.env["res.partner"].create(
            {"name": "Azur Advocates", "is_company": True, "user_id": self.seller.id}
        )
        self.profile = self.env["retention.profile"].create(
            {"partner_id": self.customer.id}
        )
        self.lead = self.env["crm.lead"].create(
            {
                "name": "Office of Boreal",
                "contact_name": "Bo Boreal",
                "type": "opportunity",
                "user_id": self.seller.id,
            }
        )

    def test_noted_and_seen(self):
        self.start_tour(
            f"/odoo/crm.lead/{self.lead.id}",
            "retention_referral_tour",
            login="retention_seller",
        )
        self.env.invalidate_all()
        referral = self.lead.retention_referral_ids
        self.assertEqual(referral.referrer_id, self.customer)
        self.assertEqual(referral.reason_ids.name, "Good service")
        given = self.profile.given_referral_ids - referral
        self.assertEqual(given.lead_id.contact_name, "Carl Cabinet")
        self.assertEqual(given.lead_id.user_id, self.seller)
