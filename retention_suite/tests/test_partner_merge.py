from datetime import timedelta

from odoo.tests import tagged

from .alert_common import LAST_CONTACT, AlertCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestPartnerMerge(AlertCase):
    """Two contacts that are the same become one."""

    def setUp(self):
        super().setUp()
        self.double = self.env["res.partner"].create(
            {
                "name": "Azur Gesellschaft",
                "is_company": True,
                "email": self.customer.email,
            }
        )

    def _merge(self, *partners):
        """The last one remains."""
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [partner.id for partner in partners], partners[-1]
        )
        self.env.invalidate_all()

    def _double(self, user=None):
        with self._at(LAST_CONTACT + timedelta(days=3)):
            profile = self._add_profile(self.double)
            if user:
                profile.user_id = user
            self._post(self.double, self.seller, self.double)
        return profile

    def test_both_histories_survive(self):
        source = self._double()
        message = source.touchpoint_ids.message_id
        self._merge(self.double, self.customer)
        self.assertFalse(source.exists())
        self.assertEqual(len(self.profile.touchpoint_ids), 2)
        self.assertEqual(self.profile.touchpoint_ids.message_id, message)
        self.assertEqual(
            self.profile.touchpoint_ids.partner_id, self.customer | self.anna
        )
        self.assertEqual(self.profile.gap_days, 97)
        self._run()
        self.assertEqual(len(self.profile.touchpoint_ids), 2, "nothing doubled")

    def test_into_one_that_was_no_customer(self):
        self._run()
        alert = self.profile.open_alert_ids
        self._merge(self.customer, self.double)
        self.assertEqual(self.profile.partner_id, self.double)
        self._run()
        self.assertEqual(self._profile(self.double), self.profile)
        self.assertEqual(self.profile.touchpoint_ids, self.call)
        self.assertEqual(self.profile.open_alert_ids, alert)
        self.assertEqual(alert.activity_id.res_id, self.double.id)

    def test_alert_of_the_source_survives(self):
        source = self._double()
        self._log(source, NOW - timedelta(days=5))
        self._merge(self.double, self.customer)
        self.assertFalse(self.profile.open_alert_ids, "five days ago is fine")
        self.assertEqual(self.profile.gap_days, 5)

    def test_open_alert_survives_once(self):
        source = self._double()
        self._run()
        ours, theirs = self.profile.open_alert_ids, source.open_alert_ids
        activity = theirs.activity_id
        self._merge(self.double, self.customer)
        self.assertEqual(self.profile.open_alert_ids, ours)
        self.assertEqual(self.profile.alert_ids, ours | theirs)
        self.assertFalse(activity.exists())

    def test_only_alert_goes_to_the_contact_person_of_who_remains(self):
        self.customer.user_id = self.seller
        self.double.user_id = self.colleague
        source = self._double()
        self._run()
        alert = source.open_alert_ids
        self.assertEqual(alert.user_id, self.colleague)
        self.profile.open_alert_ids.activity_id.unlink()
        self.profile.open_alert_ids.unlink()
        self._merge(self.double, self.customer)
        self.assertEqual(self.profile.open_alert_ids, alert)
        self.assertEqual(alert.user_id, self.seller)
        self.assertEqual(alert.activity_id.user_id, self.seller)
        self.assertEqual(alert.activity_id.res_id, self.customer.id)

    def test_message_that_both_had_is_kept_once(self):
        source = self._add_profile(self.double)
        self._post(self.lead, self.seller, self.anna | self.double)
        self.assertEqual(len(source.touchpoint_ids), 1)
        self.assertEqual(len(self.profile.touchpoint_ids), 2)
        self._merge(self.double, self.customer)
        self.assertEqual(len(self.profile.touchpoint_ids), 2)
        self._run()
        self.assertEqual(len(self.profile.touchpoint_ids), 2)

    def test_person_set_by_hand_and_by_hand_added_survive(self):
        source = self._double(self.colleague)
        self.assertFalse(self.profile.is_manual)
        self._merge(self.double, self.customer)
        self.assertFalse(source.exists())
        self.assertTrue(self.profile.is_manual)
        self.assertEqual(self.profile.user_id, self.colleague)

    def test_three_at_once(self):
        third = self.env["res.partner"].create({"name": "Azur", "is_company": True})
        profiles = self._double() | self._add_profile(third)
        self._log(profiles[1], NOW - timedelta(days=40))
        self._run()
        self._merge(self.double, third, self.customer)
        self.assertFalse(profiles.exists())
        self.assertEqual(len(self.profile.touchpoint_ids), 3)
        self.assertEqual(self.profile.gap_days, 40)

    def test_each_company_of_ours_for_itself(self):
        other = self.env["res.company"].create({"name": "Second"})
        foreign = self._add_profile(self.double, company_id=other.id)
        self._merge(self.double, self.customer)
        self.assertEqual(foreign.partner_id, self.customer)
        self.assertEqual(self._profile(self.customer), self.profile)
        self.assertEqual(self._profile(self.customer, other), foreign)

    def test_two_persons(self):
        self._log(self.profile, NOW, partner_id=self.bert.id)
        self._merge(self.bert, self.anna)
        self.assertEqual(self.profile.touchpoint_ids.partner_id, self.anna)
        self.assertEqual(len(self.profile.touchpoint_ids), 2)

    def test_customer_into_a_person_of_another(self):
        """The person belongs to a company, and so does the history then."""
        self.double.is_company = False
        source = self._double()
        self._merge(self.double, self.anna)
        self._run()
        self.assertFalse(source.exists())
        self.assertEqual(len(self.profile.touchpoint_ids), 2)
        self.assertEqual(self._profile(self.anna), self.profile)
