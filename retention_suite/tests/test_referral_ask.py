from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .referral_common import ReferralCase

TODAY = "2026-06-15 10:00:00"


@tagged("post_install", "-at_install")
class TestReferralAsk(ReferralCase):
    """The right moment to ask for a recommendation."""

    def setUp(self):
        super().setUp()
        self.profile = self._profile(self.customer) or self._add_profile(self.customer)
        self.profile.user_id = self.seller
        self.profile.journey_stage_id = self.env[
            "retention.journey.stage"
        ]._first_of_kind("active", self.company)
        self._set(
            won_date="2026-05-01 10:00:00",
            last_inbound_date="2026-06-01 10:00:00",
            last_outbound_date="2026-06-02 10:00:00",
        )

    def _set(self, **values):
        """Measures are never written by hand but here."""
        self.profile.write(values)
        self.env.flush_all()

    def _proposed(self, moment=TODAY):
        with self._at(moment):
            self.profile.invalidate_recordset()
            found = self.env["retention.profile"].search(
                [("may_ask_referral", "=", True), ("id", "=", self.profile.id)]
            )
            self.assertEqual(bool(found), self.profile.may_ask_referral)
            others = self.env["retention.profile"].search(
                [("may_ask_referral", "!=", True), ("id", "=", self.profile.id)]
            )
            self.assertEqual(found | others, self.profile)
            return bool(found)

    def test_well_served(self):
        self.assertTrue(self._proposed())
        with self._at(TODAY):
            self.assertIn("05/01/2026", self.profile.ask_reason)

    def test_each_condition(self):
        lost = self.env["retention.journey.stage"]._first_of_kind("lost", self.company)
        for values in (
            {"won_date": "2025-12-01 10:00:00"},
            {"won_date": False},
            {"last_inbound_date": "2026-01-15 10:00:00"},
            {"last_inbound_date": False},
            {"last_outbound_date": "2026-01-15 10:00:00"},
            {"referral_asked_date": "2026-02-01"},
            {"referral_declined_date": "2025-07-01"},
            {"journey_stage_id": lost.id},
        ):
            with self.subTest(values=values):
                before = self.profile.read(list(values), load=None)[0]
                self._set(**values)
                self.assertFalse(self._proposed())
                before.pop("id")
                self._set(**before)
                self.assertTrue(self._proposed())

    def test_not_with_something_to_do(self):
        self.Alert.create(
            {
                "profile_id": self.profile.id,
                "company_id": self.company.id,
                "kind": "contact_gap",
                "date": "2026-06-14",
            }
        )
        self.assertFalse(self._proposed())

    def test_asking(self):
        with self._at(TODAY):
            self._log(
                self.profile,
                "2026-06-01 10:00:00",
                direction="in",
                partner_id=self.anna.id,
            )
            self.profile.with_user(self.seller).action_ask_referral()
            activity = self.env["mail.activity"].search(
                [("res_model", "=", "res.partner"), ("res_id", "=", self.anna.id)]
            )
            link = self.env["retention.referral.link"].search(
                [("partner_id", "=", self.anna.id)]
            )
            self.assertEqual(activity.user_id, self.seller)
            self.assertIn(f"/refer/{link.code}", activity.note)
            with self.assertRaisesRegex(UserError, "nuisance"):
                self.profile.with_user(self.seller).action_ask_referral()
        self.assertFalse(self._proposed("2026-06-16 10:00:00"))

    def test_asking_who_lost_the_link(self):
        """What was revoked is not sent on, nor replaced by asking."""
        program = self.env.ref("retention_suite.referral_program_default")
        link = self.env["retention.referral.link"]._of(self.customer, program)
        link.action_revoke()
        with self._at(TODAY):
            self.profile.with_user(self.seller).action_ask_referral()
        activity = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.customer.id)]
        )
        self.assertNotIn("/refer/", activity.note)
        self.assertFalse(link.search([("partner_id", "=", self.customer.id)]))

    def test_who_said_no_is_left_alone_for_a_year(self):
        with self._at(TODAY):
            profile = self.profile.with_user(self.seller)
            profile.action_decline_referral()
            with self.assertRaisesRegex(UserError, "nuisance"):
                profile.action_ask_referral()
            profile.action_undo_decline_referral()
        self.assertTrue(self._proposed())
        self._set(referral_declined_date="2026-06-15")
        fresh = {
            "won_date": "2027-06-01 10:00:00",
            "last_inbound_date": "2027-06-01 10:00:00",
            "last_outbound_date": "2027-06-01 10:00:00",
        }
        self._set(**fresh)
        self.assertFalse(self._proposed("2027-06-14 10:00:00"))
        self.assertTrue(self._proposed("2027-06-15 10:00:00"))

    def test_only_by_who_sees_the_customer(self):
        self.profile.user_id = self.colleague
        with self.assertRaises(AccessError):
            self.profile.with_user(self.seller).action_ask_referral()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.seller).action_decline_referral()
