from odoo.exceptions import AccessError
from odoo.tests import tagged

from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralStrangers(ReferralCase):
    """Nobody learns about contacts that they may not see by recommending to them."""

    def setUp(self):
        super().setUp()
        self.second = self.env["res.company"].create({"name": "Second"})
        self.stranger = self.env["res.partner"].create(
            {
                "name": "Secret",
                "phone": "+49 30 1234567",
                "email": "secret@hidden.example",
                "company_id": self.second.id,
            }
        )
        self.customer.phone = "+49 30 1234567"
        self._add_profile(self.customer, user_id=self.seller.id)
        self.lead = self.env["crm.lead"].create(
            {"name": "Own", "type": "lead", "user_id": self.seller.id}
        )
        self.assertFalse(self.stranger.with_user(self.seller).has_access("read"))

    def _told(self, **values):
        dialog = self.env["retention.recommended.by"].with_user(self.seller)
        values = {name: value.id for name, value in values.items()}
        return dialog.create({"referrer_id": self.customer.id, **values})

    def _referrals(self):
        return self.env["retention.referral"].search([])

    def test_own_lead_says_nothing_about_a_contact(self):
        self._told(lead_id=self.lead, partner_id=self.stranger).action_record()
        referral = self._referrals()
        self.assertFalse(referral.partner_id)
        self.assertFalse(referral.doubts)
        self.assertNotIn("Secret", referral.display_name)

    def test_nor_about_one_of_ones_own_company(self):
        """The lead tells to whom, whatever else was sent."""
        self._told(lead_id=self.lead, partner_id=self.bert).action_record()
        self.assertFalse(self._referrals().partner_id)

    def _has_become_a_stranger(self):
        """The contact of the own lead is given to another company."""
        self.stranger.company_id = False
        self.lead.partner_id = self.stranger
        self.lead.user_id = self.seller
        self._flush()
        self.stranger.company_id = self.second
        self._flush()

    def test_contact_of_the_own_lead(self):
        self._has_become_a_stranger()
        with self.assertRaises(AccessError):
            self._told(lead_id=self.lead).action_record()
        self.assertFalse(self._referrals())

    def test_contact_without_lead(self):
        with self.assertRaises(AccessError):
            self._told(partner_id=self.stranger).action_record()

    def _recommend_to(self, **values):
        dialog = self.env["retention.recommend"].with_user(self.seller)
        return dialog.create(
            {
                "commercial_partner_id": self.customer.id,
                "referrer_id": self.anna.id,
                "name": "Somebody",
                "phone": "123",
                **values,
            }
        )

    def test_recommend_to_a_stranger(self):
        with self.assertRaises(AccessError):
            self._recommend_to(partner_id=self.stranger.id).action_recommend()
        self.assertFalse(self._referrals())

    def test_recommend_by_address_of_a_stranger(self):
        """It is not told that there is a contact with this address."""
        self._recommend_to(email="secret@hidden.example").action_recommend()
        referral = self._referrals()
        self.assertFalse(referral.partner_id)
        self.assertEqual(referral.friend_name, "Somebody")

    def test_recommend_in_another_company(self):
        with self.assertRaises(AccessError):
            self._recommend_to(company_id=self.second.id).action_recommend()
        self.assertFalse(self._referrals())
