from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, RetentionCase


@tagged("post_install", "-at_install")
class TestCustomers(RetentionCase):
    """Who is a customer."""

    def test_who_has_a_lead_is_a_customer(self):
        self._new_lead(self.anna, type="lead")
        self._run()
        self.assertEqual(self._profile(self.customer).partner_id, self.customer)

    def test_who_had_a_lead_is_a_customer(self):
        self._new_lead(self.anna, active=False)
        self._run()
        self.assertTrue(self._profile(self.customer))

    def test_who_never_had_a_lead_is_none(self):
        self._run()
        self.assertFalse(self._profile(self.customer))

    def test_known_since_the_first_lead(self):
        with self._at("2026-01-05 09:00:00"):
            self._new_lead(self.anna)
        with self._at(NOW):
            self._new_lead(self.bert)
            self._run()
        start = self._profile(self.customer).start_date
        self.assertEqual(str(start), "2026-01-05 09:00:00")

    def test_setting_names_the_customers(self):
        self.company.retention_domain = "[('email', '=', 'info@azur.example')]"
        self._run()
        self.assertTrue(self._profile(self.customer).active)
        self.company.retention_domain = "[('email', '=', 'nobody@azur.example')]"
        self._run()
        self.assertFalse(self._profile(self.customer), "put away, not deleted")
        self.company.retention_domain = "[('email', '=', 'info@azur.example')]"
        self._run()
        self.assertTrue(self._profile(self.customer).active)

    def test_setting_that_names_a_person_means_the_company(self):
        self.company.retention_domain = f"[('id', '=', {self.anna.id})]"
        self._run()
        self.assertTrue(self._profile(self.customer))

    def test_added_by_hand_stays(self):
        profile = self._add_profile(self.customer)
        self._run()
        self.assertTrue(profile.active)
        self.assertTrue(profile.is_manual)

    def test_put_away_by_hand_stays_away(self):
        self._new_lead(self.anna)
        self._run()
        profile = self._profile(self.customer)
        profile.with_user(self.manager).action_archive()
        self._run()
        self.assertFalse(profile.active)
        profile.with_user(self.manager).action_unarchive()
        self._run()
        self.assertTrue(profile.active)

    def test_person_added_by_hand_means_the_company(self):
        self.assertEqual(self._add_profile(self.anna).partner_id, self.customer)

    def test_one_for_a_partner_and_company(self):
        self._new_lead(self.anna)
        self._new_lead(self.bert)
        self._run()
        self._run()
        self.assertEqual(len(self._profile(self.customer)), 1)

    @mute_logger("odoo.sql_db")
    def test_database_holds_one_for_a_partner_and_company(self):
        self._add_profile(self.customer)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._add_profile(self.customer)

    def test_never_our_own_company(self):
        self._new_lead(self.company.partner_id)
        self._new_lead(self.manager.partner_id)
        self.company.retention_domain = "[]"
        self._run()
        self.assertFalse(self._profile(self.company.partner_id))
        self.assertFalse(self._profile(self.manager.partner_id))
        self.assertTrue(self._profile(self.customer))
        for partner in (self.company.partner_id, self.manager.partner_id):
            with self.assertRaisesRegex(ValidationError, "one of us"):
                self._add_profile(partner)

    def test_portal_user_is_a_customer(self):
        person = self.env["res.partner"].create({"name": "Carla"})
        self._portal_user(person)
        self.assertTrue(self._add_profile(person))

    def test_customer_who_becomes_a_colleague_is_put_away(self):
        person = self.env["res.partner"].create({"name": "Carla"})
        profile = self._add_profile(person)
        self.env["res.users"].create(
            {
                "login": "carla",
                "partner_id": person.id,
                "group_ids": [Command.set([self.env.ref("base.group_user").id])],
            }
        )
        self._run()
        self.assertFalse(profile.active)

    def test_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Second"})
        self.customer.company_id = other
        with self.assertRaisesRegex(ValidationError, "belongs to Second"):
            self._add_profile(self.customer)

    def test_new_customer_gets_its_history_at_once(self):
        lead = self._new_lead(self.anna, self.seller)
        with self._at(NOW - timedelta(days=40)):
            self._post(lead, self.seller, self.anna)
        with self._at(NOW):
            profile = self._add_profile(self.customer)
            self.assertEqual(len(profile.touchpoint_ids), 1)
            self.assertEqual(profile.outbound_count, 1)
            self.assertEqual(profile.gap_days, 40)
            self.assertEqual(profile.user_id, self.seller)
            self.assertEqual(profile.contact_policy_id, self.policy)

    def test_figures_are_not_written_by_hand(self):
        profile = self._add_profile(self.customer).with_user(self.manager)
        with self.assertRaisesRegex(AccessError, "Log a contact instead"):
            profile.last_contact_date = NOW
        with self.assertRaises(AccessError):
            profile.create({"partner_id": self.anna.id, "inbound_count": 4})

    def test_customer_is_not_exchanged_by_hand(self):
        other = self.env["res.partner"].create({"name": "Other"})
        profile = self._add_profile(self.customer).with_user(self.manager)
        with self.assertRaises(AccessError):
            profile.partner_id = other


@tagged("post_install", "-at_install")
class TestContactPerson(RetentionCase):
    """Who of us looks after a customer."""

    def setUp(self):
        super().setUp()
        self.profile = self._add_profile(self.customer)

    def _responsible(self):
        self._run()
        return self.profile.user_id

    def test_nobody(self):
        self.assertFalse(self._responsible())

    def test_newest_open_opportunity(self):
        with self._at("2026-01-05 09:00:00"):
            self._new_lead(self.anna, self.seller)
        with self._at(NOW):
            self._new_lead(self.bert, self.colleague)
            self.assertEqual(self._responsible(), self.colleague)

    def test_closed_opportunity_does_not_count(self):
        lost = self._new_lead(self.anna, self.seller)
        lost.action_set_lost()
        won = self._new_lead(self.anna, self.seller)
        won.action_set_won()
        self.assertFalse(self._responsible())

    def test_lead_does_not_count(self):
        self._new_lead(self.anna, self.seller, type="lead")
        self.assertFalse(self._responsible())

    def test_salesperson_of_the_partner_comes_first(self):
        self._new_lead(self.anna, self.seller)
        self.customer.user_id = self.colleague
        self.assertEqual(self.profile.user_id, self.colleague, "at once")
        self.assertEqual(self._responsible(), self.colleague)

    def test_set_by_hand_wins_until_taken_back(self):
        self.customer.user_id = self.colleague
        self.profile.user_id = self.manager
        self.assertEqual(self._responsible(), self.manager)
        self.profile.user_id = False
        self.assertEqual(self._responsible(), self.colleague)

    def test_who_left_is_replaced(self):
        self.customer.user_id = self.colleague
        self._new_lead(self.anna, self.seller)
        self.assertEqual(self._responsible(), self.colleague)
        self.colleague.active = False
        self.assertEqual(self._responsible(), self.seller)

    def test_who_does_not_work_for_the_company_is_nobody(self):
        other = self.env["res.company"].create({"name": "Second"})
        stranger = self._new_user(
            "stranger",
            "sales_team.group_sale_salesman",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.customer.user_id = stranger
        self.assertFalse(self._responsible())

    def test_open_revenue_of_open_opportunities(self):
        self._new_lead(self.anna, expected_revenue=200)
        self._new_lead(self.bert, expected_revenue=300)
        self._new_lead(self.bert, expected_revenue=999).action_set_lost()
        self._run()
        self.assertEqual(self.profile.open_revenue, 500)
