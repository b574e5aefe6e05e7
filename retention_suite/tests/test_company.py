from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .alert_common import AlertCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestTwoCompanies(AlertCase):
    """Two companies of ours share a contact and have two relationships."""

    def setUp(self):
        super().setUp()
        self.second = self.env["res.company"].create({"name": "Second"})
        self.second.resource_calendar_id.tz = "Pacific/Auckland"
        self.stranger = self._new_user(
            "stranger",
            "sales_team.group_sale_manager",
            company_id=self.second.id,
            company_ids=[Command.set(self.second.ids)],
        )
        self.both = self._new_user(
            "both",
            "sales_team.group_sale_manager",
            company_id=self.company.id,
            company_ids=[Command.set((self.company | self.second).ids)],
        )
        self.second_lead = self._new_lead(
            self.bert, self.stranger, company_id=self.second.id
        )
        self._run()
        self.theirs = self._profile(self.customer, self.second)

    def test_each_has_its_own_relationship(self):
        self.assertTrue(self.theirs)
        self.assertNotEqual(self.theirs, self.profile)
        self.assertEqual(self.theirs.user_id, self.stranger)
        self.assertEqual(self.profile.user_id, self.seller)
        self.assertFalse(self.theirs.touchpoint_ids)
        self.assertEqual(self.theirs.start_date, NOW, "since their own first lead")
        self.assertFalse(self.theirs.open_alert_ids)

    def test_contact_counts_for_the_company_of_its_document(self):
        self._post(self.second_lead, self.stranger, self.bert)
        self.assertEqual(len(self.theirs.touchpoint_ids), 1)
        self.assertEqual(self.profile.touchpoint_ids, self.call)
        self.assertEqual(self.profile.open_alert_count, 1)

    def test_lead_of_one_makes_no_customer_of_the_other(self):
        partner = self.env["res.partner"].create({"name": "Only second's"})
        self._new_lead(partner, company_id=self.second.id)
        self._run()
        self.assertFalse(self._profile(partner))
        self.assertTrue(self._profile(partner, self.second))

    def test_contact_of_one_is_no_customer_of_the_other(self):
        self.second.retention_domain = "[]"
        partner = self.env["res.partner"].create(
            {"name": "Only ours", "company_id": self.company.id}
        )
        self._run()
        self.assertFalse(self._profile(partner, self.second))

    def test_neither_is_a_customer_of_the_other(self):
        self.company.retention_domain = "[]"
        self.second.retention_domain = "[]"
        self._run()
        ours = (self.company | self.second).partner_id
        profiles = self.env["retention.profile"].search([])
        self.assertFalse(profiles.partner_id & ours)

    def test_other_company_is_not_visible(self):
        for model in ("retention.profile", "retention.alert", "retention.touchpoint"):
            records = self.env[model].with_user(self.stranger).search([])
            self.assertLessEqual(records.company_id, self.second)
            records = self.env[model].with_user(self.manager).search([])
            self.assertEqual(records.company_id, self.company)
        with self.assertRaises(AccessError):
            self.profile.with_user(self.stranger).read(["gap_days"])
        with self.assertRaises(AccessError):
            self.profile.with_user(self.stranger).user_id = self.stranger

    def test_policy_of_the_other_company_is_not_visible(self):
        policy = self.policy.copy({"company_id": self.second.id})
        Policy = self.env["retention.contact.policy"]
        self.assertIn(policy, Policy.with_user(self.stranger).search([]))
        self.assertNotIn(policy, Policy.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            policy.with_user(self.manager).max_gap_days = 5

    def test_contact_shows_the_current_company(self):
        partner = self.customer.with_user(self.both)
        for company, profile in (
            (self.company, self.profile),
            (self.second, self.theirs),
        ):
            current = partner.with_company(company)
            self.assertEqual(current.retention_profile_id, profile)
            domain = [("retention_profile_id", "=", profile.id)]
            self.assertIn(self.customer, current.search(domain))
        domain = [("retention_profile_id.user_id", "=", self.stranger.id)]
        self.assertNotIn(
            self.customer, partner.with_company(self.company).search(domain)
        )

    def test_lead_shows_the_current_company(self):
        lead = self.second_lead.with_user(self.both).with_company(self.second)
        self.assertEqual(lead.retention_profile_id, self.theirs)

    def test_contact_person_of_the_other_company_is_nobody(self):
        self.customer.user_id = self.stranger
        self._run()
        self.assertEqual(self.profile.user_id, self.seller)
        self.assertEqual(self.theirs.user_id, self.stranger)

    def test_customer_is_added_to_a_company_that_one_may_see(self):
        partner = self.env["res.partner"].create({"name": "New"})
        with self.assertRaises(AccessError):
            self.env["retention.profile"].with_user(self.manager).create(
                {"partner_id": partner.id, "company_id": self.second.id}
            )

    def test_daily_limit_is_the_company_s(self):
        self.second.retention_daily_limit = 0
        with self._in_days(100):
            self._run()
            alert = self.theirs.open_alert_ids
            self.assertTrue(alert)
            self.assertFalse(alert.activity_id)
            self.assertTrue(self.profile.open_alert_ids.activity_id)

    def test_manager_of_one_runs_for_all(self):
        with self._in_days(100):
            answer = {"step": None, "run_id": None}
            Run = self.Run.with_user(self.manager)
            while answer.get("step") or not answer.get("run_id"):
                answer = Run.run_step(answer["step"], answer["run_id"])
            self.assertTrue(self.theirs.open_alert_ids)

    def test_own_calendar(self):
        self._log(self.theirs, "2026-06-14 10:00:00")  # 22:00 of the 14th
        with self._at("2026-06-15 13:00:00"):  # 01:00 of the 16th
            profiles = self.profile | self.theirs
            profiles.invalidate_recordset()
            self.assertEqual(self.theirs.gap_days, 2)
            self._log(self.profile, "2026-06-14 10:00:00")
            self.assertEqual(self.profile.gap_days, 1)
            found = profiles.search([("gap_days", "=", 2)])
            self.assertEqual(found & profiles, self.theirs)

    def test_archived_contact_is_put_away_in_both(self):
        self.customer.with_user(self.manager).action_archive()
        self.assertFalse(self.profile.active)
        self.assertFalse(self.theirs.active)

    def test_new_company_has_the_default(self):
        third = self.env["res.company"].create({"name": "Third"})
        self.assertIn("retention_has_lead", third.retention_domain)
        self.assertEqual(third.retention_daily_limit, 10)
