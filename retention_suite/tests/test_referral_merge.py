from datetime import timedelta

from odoo.tests import tagged

from .common import NOW
from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralMerge(ReferralCase):
    """Contacts and leads that are the same become one, or go."""

    def setUp(self):
        super().setUp()
        self.enterContext(self._at(NOW))
        self.program = self.env.ref("retention_suite.referral_program_default")
        self.dora = self.env["res.partner"].create({"name": "Dora"})
        self.double = self.env["res.partner"].create({"name": "Dora K."})
        self.Link = self.env["retention.referral.link"]
        self.Referral = self.env["retention.referral"]

    def _merge(self, *partners):
        """The last one remains."""
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [partner.id for partner in partners], partners[-1]
        )
        self._flush()
        self.env.invalidate_all()

    def _in_days(self, days):
        return self._at(NOW + timedelta(days=days))

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def test_links_of_both_stay_good(self):
        third = self.env["res.partner"].create({"name": "D. Klein"})
        ours = self.Link._of(self.dora, self.program)
        theirs = self.Link._of(self.double, self.program)
        last = self.Link._of(third, self.program)
        self._merge(self.double, third, self.dora)
        links = ours | theirs | last
        self.assertEqual(links.partner_id, self.dora)
        self.assertEqual(links.filtered("is_merged"), theirs | last)
        for link in links:
            self.assertEqual(self.Link._page_of(link.code)["link_id"], link.id)
        self.assertEqual(self.Link._of(self.dora, self.program), ours)

    def test_people_of_a_company_that_goes(self):
        """They keep their recommendations, which are of the company that stays."""
        self.env["retention.profile"].create({"partner_id": self.customer.id})
        referral = self._recommend(self.anna, self.dora)
        self.assertEqual(referral.profile_id.partner_id, self.customer)
        beryl = self.env["res.partner"].create({"name": "Beryl", "is_company": True})
        self.env["retention.profile"].create({"partner_id": beryl.id})
        self._merge(self.customer, beryl)
        self.assertEqual(self.anna.commercial_partner_id, beryl)
        self.assertEqual(referral.profile_id.partner_id, beryl)

    def test_links_of_those_that_go_stay_good(self):
        third = self.env["res.partner"].create({"name": "D. Klein"})
        first = self.Link._of(third, self.program)
        second = self.Link._of(self.double, self.program)
        self._merge(self.double, third, self.dora)
        self.assertEqual((first | second).partner_id, self.dora)
        self.assertEqual((first | second).filtered("is_merged"), first)
        self.assertEqual(self.Link._of(self.dora, self.program), second)

    def test_links_of_different_programmes(self):
        other = self.program.copy({"name": "Other"})
        ours = self.Link._of(self.dora, self.program)
        theirs = self.Link._of(self.double, other)
        self._merge(self.double, self.dora)
        self.assertFalse((ours | theirs).filtered("is_merged"))

    def test_revoked_link_stays_revoked(self):
        ours = self.Link._of(self.dora, self.program)
        theirs = self.Link._of(self.double, self.program)
        theirs.action_revoke()
        self._merge(self.double, self.dora)
        self.assertFalse(theirs.active)
        self.assertEqual(self.Link._of(self.dora, self.program), ours)

    def test_same_lead_by_both(self):
        """Both had recommended us to the same: nothing is lost, one counts."""
        with self._in_days(-2):
            first = self._recommend(self.double, "Emil")
        with self._in_days(-1):
            second = self._recommend(self.dora, "Emil", lead=first.lead_id)
        self._merge(self.double, self.dora)
        both = first | second
        self.assertEqual(both.exists(), both)
        self.assertEqual(both.referrer_id, self.dora)
        self.assertEqual(both.mapped("is_merged"), [False, True])
        self.assertEqual(both.mapped("attribution"), ["first", "later"])
        with self._in_days(20):
            self._run()
        alerts = self.Alert.search([("kind", "=", "referral_thanks")])
        self.assertEqual(alerts.mapped("res_id"), first.ids, "thanked for once")

    def test_rejected_one_is_not_replaced_by_its_double(self):
        with self._in_days(-2):
            first = self._recommend(self.double, "Emil")
        with self._in_days(-1):
            second = self._recommend(self.dora, "Emil", lead=first.lead_id)
        self._merge(self.double, self.dora)
        first.with_user(self.manager).action_reject()
        self.assertEqual((first | second).mapped("attribution"), ["first", "later"])

    def test_friends_that_are_the_same(self):
        with self._in_days(-2):
            first = self._recommend(self.anna, self.dora)
        with self._in_days(-1):
            later = self._recommend(self.bert, self.double)
        self.assertEqual(later.attribution, "first")
        self._merge(self.double, self.dora)
        self.assertEqual((first | later).partner_id, self.dora)
        self.assertEqual(later.attribution, "later")

    def test_chain_closes(self):
        """Who was recommended under another name recommends."""
        with self._in_days(-2):
            first = self._recommend(self.anna, self.double)
        with self._in_days(-1):
            second = self._recommend(self.dora, "Emil")
        self.assertEqual(second.generation, 1)
        self._merge(self.double, self.dora)
        self.assertEqual(second.parent_id, first)
        self.assertEqual(second.generation, 2)

    def test_recommendation_of_oneself(self):
        referral = self._recommend(self.dora, self.double)
        self.assertFalse(referral.doubts)
        self._merge(self.double, self.dora)
        self.assertEqual(referral.doubts, "person")
        self.assertEqual(referral.doubt_state, "to_check")

    def test_alert_goes_to_the_customer_that_remains(self):
        mine = self._add_profile(self.dora, user_id=self.seller.id)
        self._add_profile(self.double, user_id=self.colleague.id)
        with self._in_days(-20):
            referral = self._recommend(self.double, "Emil")
        self._run()
        alert = self.Alert.search([("kind", "=", "referral_thanks")])
        self.assertEqual(alert.user_id, self.colleague)
        self._merge(self.double, self.dora)
        self._run()
        self.assertEqual(referral.profile_id, mine)
        self.assertEqual(alert.profile_id, mine)
        self.assertEqual(alert.user_id, self.seller)
        self.assertEqual(alert.activity_id.user_id, self.seller)
        self.assertEqual(alert.state, "open")

    # ------------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------------

    def _leads(self):
        return self.env["crm.lead"].create(
            [
                {"name": name, "contact_name": name, "type": "opportunity"}
                for name in ("Emil", "Emil G.")
            ]
        )

    def test_leads_by_the_same_person(self):
        leads = self._leads()
        with self._in_days(-2):
            first = self._recommend(self.dora, "Emil", lead=leads[0])
        with self._in_days(-1):
            second = self._recommend(self.dora, "Emil G.", lead=leads[1])
        lead = leads.merge_opportunity()
        self._flush()
        both = first | second
        self.assertEqual(both.exists().lead_id, lead)
        self.assertEqual(both.mapped("is_merged"), [False, True])
        self.assertEqual(both.mapped("attribution"), ["first", "later"])

    def test_leads_by_two_persons(self):
        leads = self._leads()
        with self._in_days(-2):
            first = self._recommend(self.dora, "Emil", lead=leads[1])
        with self._in_days(-1):
            second = self._recommend(self.anna, "Emil", lead=leads[0])
        lead = leads.merge_opportunity()
        self._flush()
        both = first | second
        self.assertEqual(both.lead_id, lead)
        self.assertFalse(any(both.mapped("is_merged")))
        self.assertEqual(both.mapped("attribution"), ["first", "later"])

    def test_leads_by_persons_who_were_deleted(self):
        leads = self._leads()
        with self._in_days(-2):
            first = self._recommend(self.dora, "Emil", lead=leads[0])
        with self._in_days(-1):
            second = self._recommend(self.double, "Emil G.", lead=leads[1])
        (self.dora | self.double).unlink()
        self._flush()
        leads.merge_opportunity()
        self._flush()
        both = first | second
        self.assertEqual(len(both.lead_id), 1)
        self.assertFalse(any(both.mapped("is_merged")), "maybe of two persons")

    def test_three_leads(self):
        leads = self._leads()
        leads |= leads[0].copy()
        referrals = self.Referral
        for number, lead in enumerate(leads):
            with self._in_days(number - 5):
                referrals |= self._recommend(self.dora, "Emil", lead=lead)
        leads.merge_opportunity()
        self._flush()
        self.assertEqual(len(referrals.exists().lead_id), 1)
        self.assertEqual(referrals.mapped("is_merged"), [False, True, True])

    # ------------------------------------------------------------------
    # Deleted, archived
    # ------------------------------------------------------------------

    def test_deleted_lead(self):
        first = self._recommend(self.dora, "Emil")
        with self._in_days(1):
            later = self._recommend(self.anna, "Emil", lead=first.lead_id)
        lead = first.lead_id
        lead.expected_revenue = 1200
        lead.action_set_won()
        self._flush()
        lead.unlink()
        self._flush()
        self._run()
        self.Referral._derive()
        both = first | later
        self.assertEqual(both.exists(), both)
        self.assertFalse(both.lead_id)
        self.assertEqual(both.mapped("state"), ["won", "won"])
        self.assertEqual(both.mapped("revenue"), [1200, 1200])
        self.assertEqual(both.mapped("attribution"), ["first", "later"])

    def test_deleted_leads_are_not_one_person(self):
        referrals = self._recommend(self.dora, "Emil")
        referrals |= self._recommend(self.anna, "Frida")
        referrals.lead_id.unlink()
        self._flush()
        self.Referral._derive()
        self.assertEqual(referrals.mapped("attribution"), ["first", "first"])

    def test_deleted_referrer(self):
        with self._in_days(-20):
            referral = self._recommend(self.dora, "Emil")
            thanked = self._recommend(self.dora, "Frida")
            thanked._thank("gift", "Flowers for Dora")
        lead = thanked.lead_id
        self.assertEqual(lead.referred, "Dora")
        self._run()
        alert = self.Alert.search([("kind", "=", "referral_thanks")])
        activity = alert.activity_id
        self.assertTrue(activity)
        self.dora.unlink()
        self._flush()
        self._run()
        self.assertFalse((referral | thanked).referrer_id)
        self.assertFalse(thanked.thank_note)
        self.assertFalse((referral | thanked).message_ids)
        self.assertFalse(lead.referred)
        self.assertEqual(thanked.thank_kind, "gift", "what was done stays")
        self.assertFalse(activity.exists())
        self.assertEqual(alert.state, "resolved", "nobody is left to thank")

    def test_deleted_friend(self):
        self._add_profile(self.customer, user_id=self.seller.id)
        with self._in_days(-20):
            referral = self._recommend(self.anna, self.dora)
            referral.lead_id.write({"name": "Lamps", "contact_name": False})
        self._run()
        alert = self.Alert.search([("kind", "=", "referral_thanks")])
        self.assertIn("Dora", alert.activity_id.summary)
        self.dora.unlink()
        self._flush()
        self._run()
        self.assertFalse(referral.partner_id)
        self.assertEqual(referral.referrer_id, self.anna)
        self.assertNotIn("Dora", alert.activity_id.summary)
        self.assertNotIn("Dora", referral.display_name)

    def test_archived_contact_changes_nothing(self):
        referral = self._recommend(self.anna, self.dora)
        known = referral.read()[0]
        (self.dora | self.anna).action_archive()
        self._flush()
        self._run()
        self.Referral._derive()
        for name in ("state", "attribution", "generation", "reward_state"):
            self.assertEqual(referral[name], known[name])
        self.assertEqual(referral.partner_id, self.dora)
        self.assertEqual(referral.referrer_id, self.anna)
