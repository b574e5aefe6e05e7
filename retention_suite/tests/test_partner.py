from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .alert_common import LAST_CONTACT, AlertCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestPartner(AlertCase):
    """Contacts and leads show what is known of the customer."""

    def test_person_company_and_lead_show_the_customer(self):
        for record in (self.customer, self.anna, self.bert, self.lead):
            self.assertEqual(record.retention_profile_id, self.profile)
        self._run()
        lead = self.lead.with_user(self.seller)
        self.assertEqual(lead.retention_alert_count, 1)
        self.assertEqual(lead.retention_gap_text, self.profile.gap_text)
        self.assertEqual(self.anna.with_user(self.seller).retention_gap_days, 100)

    def test_button_counts_what_is_to_do(self):
        self._run()
        customer = self.customer.with_user(self.seller)
        [button] = [b for b in customer.application_statistics if b["label"] == "To do"]
        self.assertEqual(button["value"], 1)
        self._log(self.profile, NOW)
        self.customer.invalidate_recordset()
        labels = [button["label"] for button in customer.application_statistics]
        self.assertNotIn("To do", labels)

    def _found(self, domain, user=None):
        partners = self.env["res.partner"].with_user(user or self.manager)
        return partners.search(domain) & (self.customer | self.anna | self.other)

    def test_search_by_what_is_known(self):
        self.other = self.env["res.partner"].create({"name": "Other"})
        ours = self.customer | self.anna
        for domain, found in (
            ([("retention_gap_days", ">=", 100)], ours),
            ([("retention_gap_days", ">", 100)], self.other.browse()),
            ([("retention_profile_id.user_id", "=", self.seller.id)], ours),
            ([("retention_profile_id.user_id", "=", False)], self.other.browse()),
            ([("retention_profile_id", "=", self.profile.id)], ours),
            ([("retention_profile_id", "!=", False)], ours),
            ([("retention_profile_id", "=", False)], self.other),
        ):
            with self.subTest(domain):
                # who has no customer relationship has nobody responsible, too
                if domain[0][0].endswith("user_id") and not domain[0][2]:
                    domain = domain + [("retention_profile_id", "!=", False)]
                self.assertEqual(self._found(domain), found)

    def test_search_nobody_responsible(self):
        nobody = self._new_customer("Nobody's")
        domain = [("retention_profile_id", "any", [("user_id", "=", False)])]
        partners = self.env["res.partner"].with_user(self.manager)
        self.assertEqual(partners.search(domain), nobody.partner_id)

    def test_search_own_contact_person_silent(self):
        """In contact with us, but not with their own person."""
        self._log(self.profile, NOW, user_id=self.colleague.id)
        today = NOW.date()
        domain = [
            ("retention_profile_id.own_contact_due_date", "<=", today),
            ("retention_profile_id.next_contact_date", ">", today),
        ]
        Lead = self.env["crm.lead"].with_user(self.manager)
        self.assertEqual(Lead.search(domain), self.lead)
        self._log(self.profile, NOW, user_id=self.seller.id)
        self.assertFalse(Lead.search(domain))

    def test_has_a_lead(self):
        other = self.env["res.partner"].create({"name": "Other"})
        self.assertTrue(self.bert.retention_has_lead, "the company has")
        self.assertFalse(other.retention_has_lead)
        Partner = self.env["res.partner"]
        scope = [("id", "in", (self.bert | other).ids)]
        for value, found in ((True, self.bert), (False, other)):
            domain = scope + [("retention_has_lead", "=", value)]
            self.assertEqual(Partner.search(domain), found)
            domain = scope + [("retention_has_lead", "!=", not value)]
            self.assertEqual(Partner.search(domain), found)

    def test_open_offers_to_look_after(self):
        other = self.env["res.partner"].create({"name": "Other"})
        action = other.with_user(self.seller).action_retention_open()
        self.assertEqual(self._profile(other).id, action["res_id"])
        self.assertEqual(
            self.anna.with_user(self.seller).action_retention_open()["res_id"],
            self.profile.id,
        )

    def test_put_away_and_looked_after_again(self):
        self.profile.action_archive()
        action = self.anna.action_retention_open()
        self.assertEqual(action["res_id"], self.profile.id)
        self.assertTrue(self.profile.active)
        self._run()
        self.assertTrue(self.profile.active)

    # -- which contacts ------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_setting_that_does_not_work_is_refused(self):
        for domain in ("[('email',", "[('no_such_field', '=', 1)]", "5"):
            with (
                self.subTest(domain),
                self.assertRaisesRegex(ValidationError, "customers to look after"),
                self.env.cr.savepoint(),
            ):
                self.company.retention_domain = domain

    @mute_logger("odoo.addons.retention_suite.models.res_company")
    def test_setting_broken_later_keeps_the_customers(self):
        self.company.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE res_company SET retention_domain = %s WHERE id = %s",
                "[('field_of_an_app', '=', 1)]",
                self.company.id,
            )
        )
        self.company.invalidate_recordset()
        self._raised()
        self.assertTrue(self.profile.active)
        self.assertIn("field_of_an_app", self.company.retention_domain_error)
        self.company.retention_domain = "[]"
        self.assertFalse(self.company.retention_domain_error)

    # -- archive and delete --------------------------------------------

    def test_archived_and_back(self):
        alert = self._raised()
        self.customer.action_archive()
        self._run()
        self.assertFalse(self.profile.active)
        self.assertEqual(alert.state, "resolved")
        self.assertFalse(self.customer.retention_profile_id)
        self.customer.action_unarchive()
        self.assertTrue(self.profile.active)
        self.assertEqual(self.profile.touchpoint_ids, self.call)
        with self._in_days(14):
            self.assertTrue(self._raised())

    def test_archived_by_an_import(self):
        alert = self._raised()
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE res_partner SET active = FALSE WHERE id = %s", self.customer.id)
        )
        self.env.invalidate_all()
        self._run()
        self.assertFalse(self.profile.active)
        self.assertEqual(alert.state, "resolved")

    def test_put_away_by_hand_stays_away_when_the_contact_comes_back(self):
        self.profile.action_archive()
        self.customer.action_archive()
        self.customer.action_unarchive()
        self.assertFalse(self.profile.active)

    def test_deleted_customer_leaves_nothing(self):
        self._raised()
        activity = self.profile.open_alert_ids.activity_id
        self.lead.unlink()
        (self.anna | self.bert | self.customer).unlink()
        self._run()
        for record in (self.profile, self.call, activity):
            self.assertFalse(record.exists())

    def test_deleted_person_takes_its_contacts(self):
        self._log(self.profile, NOW, partner_id=self.bert.id)
        self.bert.unlink()
        self._run()
        self.assertEqual(self.profile.touchpoint_ids, self.call)
        self.assertEqual(self.profile.gap_days, 100)

    # -- people who move -----------------------------------------------

    def _new_company(self, name="Blau AG", **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    def test_person_moves_to_another_company(self):
        """What was, stays where it was; what comes, belongs to the new one."""
        self._run()
        blue = self._add_profile(self._new_company())
        self.anna.parent_id = blue.partner_id
        self._run()
        self.assertEqual(self.profile.touchpoint_ids, self.call)
        self.assertFalse(blue.touchpoint_ids)
        self._post(self.anna, self.seller, self.anna)
        self.assertEqual(len(blue.touchpoint_ids), 1)
        self.assertEqual(self.profile.gap_days, 100)
        self._run()
        self.assertEqual(len(blue.touchpoint_ids), 1)

    def _person(self):
        person = self.env["res.partner"].create({"name": "Carla"})
        with self._at(LAST_CONTACT):
            self._post(person, self.seller, person)
        return person, self._add_profile(person)

    def test_customer_who_is_given_a_company(self):
        person, profile = self._person()
        alert = self._raised(profile)
        company = self._new_company()
        person.parent_id = company
        self.assertEqual(profile.partner_id, company, "at once")
        self.assertEqual(alert.profile_id, profile)
        self._run()
        self.assertEqual(len(profile.touchpoint_ids), 1)
        self.assertEqual(profile.touchpoint_ids.partner_id, person)
        self.assertEqual(alert.state, "open")

    def test_customer_who_is_given_a_company_that_is_a_customer(self):
        person, profile = self._person()
        self._run()
        theirs = profile.open_alert_ids
        ours = self.profile.open_alert_ids
        person.parent_id = self.customer
        self.assertFalse(profile.exists())
        self.assertEqual(len(self.profile.touchpoint_ids), 2)
        self.assertEqual(self.profile.open_alert_ids, ours)
        self.assertEqual(theirs.state, "resolved")
        self.assertEqual(theirs.profile_id, self.profile)
        self._run()
        self.assertEqual(len(self.profile.touchpoint_ids), 2)

    def test_two_customers_who_are_given_the_same_company(self):
        first, profile = self._person()
        second, other = self._person()
        company = self._new_company()
        (first | second).parent_id = company
        self.assertEqual(self._profile(company), profile | other.exists())
        self.assertEqual(len(self._profile(company).touchpoint_ids), 2)

    def test_given_a_company_by_an_import(self):
        person, profile = self._person()
        company = self._new_company()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET parent_id = %(company)s,"
                " commercial_partner_id = %(company)s WHERE id = %(person)s",
                company=company.id,
                person=person.id,
            )
        )
        self.env.invalidate_all()
        self._run()
        self.assertEqual(profile.partner_id, company)

    def test_customer_who_comes_to_work_for_us(self):
        person, profile = self._person()
        self._run()
        person.parent_id = self.company.partner_id
        self._run()
        self.assertFalse(profile.active)
        self.assertFalse(self._profile(self.company.partner_id))
        self.assertFalse(profile.open_alert_ids)
        self.assertEqual(set(self._run().values()), {0})

    def test_person_who_starts_a_company(self):
        self.anna.write({"parent_id": False})
        self._new_lead(self.anna)
        self._run()
        self.assertTrue(self._profile(self.anna))
        self.assertEqual(self.profile.touchpoint_ids, self.call, "stays")

    def test_older_history_comes_along_with_the_new_company(self):
        person, _profile = self._person()
        company = self._new_company()
        with self._at(NOW - timedelta(days=50)):
            self._post(company, self.seller, company)
        person.parent_id = company
        self._run()
        self.assertEqual(len(self._profile(company).touchpoint_ids), 2)
