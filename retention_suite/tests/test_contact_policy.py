from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .alert_common import LAST_CONTACT, AlertCase
from .common import NOW


def due(days):
    return (LAST_CONTACT + timedelta(days=days)).date()


@tagged("post_install", "-at_install")
class TestContactPolicy(AlertCase):
    def _policy(self, **values):
        return self.env["retention.contact.policy"].create(
            {"name": "Own policy", "sequence": 1, "max_gap_days": 30, **values}
        )

    def _due_date(self):
        self._run()
        return self.profile.next_contact_date

    # -- which one -----------------------------------------------------

    def test_first_that_fits_wins(self):
        first = self._policy(domain="[('email', '=', 'info@azur.example')]")
        self._policy(sequence=2)
        self._run()
        self.assertEqual(self.profile.contact_policy_id, first)
        first.sequence = 3
        self._run()
        self.assertNotEqual(self.profile.contact_policy_id, first)

    def test_that_does_not_fit_is_passed_over(self):
        self._policy(domain="[('email', '=', 'nobody@azur.example')]")
        self._run()
        self.assertEqual(self.profile.contact_policy_id, self.policy)

    def test_of_another_company_is_passed_over(self):
        other = self.env["res.company"].create({"name": "Second"})
        policy = self._policy(company_id=other.id)
        self._run()
        self.assertEqual(self.profile.contact_policy_id, self.policy)
        policy.company_id = self.company
        self._run()
        self.assertEqual(self.profile.contact_policy_id, policy)

    def test_archived_one_is_passed_over(self):
        policy = self._policy()
        self.assertEqual(self._due_date(), due(30))
        policy.active = False
        self.assertEqual(self._due_date(), due(90))

    def test_without_any_nothing_is_due(self):
        alert = self._raised()
        self.env["retention.contact.policy"].search([]).unlink()
        self.assertFalse(self._due_date())
        self.assertFalse(self.profile.agreed_days)
        self.assertEqual(alert.state, "resolved")

    def test_rhythm_decides_in_the_same_run(self):
        rhythmic = self.env.ref("retention_suite.contact_policy_rhythm")
        for days in (130, 120, 110):
            self._log(self.profile, NOW - timedelta(days=days))
        self._run()
        self.assertEqual(self.profile.contact_policy_id, rhythmic)
        self.assertEqual(self.profile.agreed_days, 21)

    def test_rhythm_decides_for_a_customer_added_by_hand(self):
        rhythmic = self.env.ref("retention_suite.contact_policy_rhythm")
        partner = self.env["res.partner"].create({"name": "Blau"})
        for days in (130, 120, 110, 100):
            with self._at(NOW - timedelta(days=days)):
                self._post(partner, self.seller, partner)
        profile = self._add_profile(partner)
        self.assertEqual(profile.contact_policy_id, rhythmic)
        self.assertEqual(profile.agreed_days, 21)

    def test_shows_its_customers(self):
        policy = self._policy()
        self._run()
        self.assertEqual(policy.customer_count, 1)
        domain = policy.action_view_customers()["domain"]
        self.assertEqual(self.profile.search(domain), self.profile)

    # -- how often -----------------------------------------------------

    def test_most_days(self):
        self.assertEqual(self._due_date(), due(90))
        self.policy.max_gap_days = 60
        self.assertEqual(self._due_date(), due(60))
        self.assertEqual(self.profile.agreed_days, 60)

    def test_own_rhythm_times_factor_between_floor_and_ceiling(self):
        for days in (130, 120, 110):
            self._log(self.profile, NOW - timedelta(days=days))
        policy = self._policy(
            use_rhythm=True, rhythm_factor=2.5, min_gap_days=14, max_gap_days=90
        )
        for factor, days in ((2.5, 25), (2.51, 26), (1, 14), (20, 90)):
            with self.subTest(factor=factor):
                policy.rhythm_factor = factor
                self.assertEqual(self._due_date(), due(days))

    def test_without_a_rhythm_the_most_days(self):
        self._policy(use_rhythm=True, max_gap_days=45)
        self.assertEqual(self._due_date(), due(45))

    def test_only_ours_count(self):
        self._log(self.profile, NOW - timedelta(days=5), direction="in")
        policy = self._policy()
        self.assertEqual(self._due_date(), due(95 + 30))
        policy.counted = "ours"
        self.assertEqual(self._due_date(), due(30))
        self.assertEqual(self.profile.gap_days, 5, "the gap is what it is")

    def test_only_named_channels_count(self):
        self._log(self.profile, NOW - timedelta(days=5), channel="email")
        policy = self._policy()
        self.assertEqual(self._due_date(), due(95 + 30))
        policy.channel_ids = self.env.ref("retention_suite.channel_phone")
        self.assertEqual(self._due_date(), due(30))

    # -- who and what --------------------------------------------------

    def test_who_is_asked_when_nobody_is_responsible(self):
        self.policy.fallback_user_id = self.colleague
        nobody = self._new_customer("Nobody's")
        alert = self._raised(nobody)
        self.assertFalse(nobody.user_id)
        self.assertEqual(alert.user_id, self.colleague)
        self.assertEqual(alert.activity_id.user_id, self.colleague)
        self.assertEqual(self.profile.open_alert_ids.user_id, self.seller)

    def test_who_is_asked_may_be_named_afterwards(self):
        alert = self._raised(self._new_customer("Nobody's"))
        self.assertFalse(alert.user_id)
        self.policy.fallback_user_id = self.colleague
        self._run()
        self.assertEqual(alert.user_id, self.colleague)
        self.assertEqual(alert.activity_id.user_id, self.colleague)

    def test_activity_type(self):
        self.policy.activity_type_id = self.env.ref("mail.mail_activity_data_email")
        self.assertEqual(
            self._raised().activity_id.activity_type_id, self.policy.activity_type_id
        )

    # -- bad input -----------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_days_are_checked(self):
        for values in (
            {"max_gap_days": 0},
            {"max_gap_days": -5},
            {"escalation_days": -1},
            {"use_rhythm": True, "rhythm_factor": 0},
            {"use_rhythm": True, "min_gap_days": 0},
            {"use_rhythm": True, "min_gap_days": 31},
        ):
            with (
                self.subTest(values),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._policy(**values)

    @mute_logger("odoo.sql_db")
    def test_domain_that_does_not_work_is_refused(self):
        for domain in (
            "[('email',",
            "[('no_such_field', '=', 1)]",
            "[('partner_id.no_such_field', '=', 1)]",
            "[('start_date', '>', 'not a day')]",
            "[('open_revenue', '>', 'much')]",
            "[('email', 'resembles', 'x')]",
            "no domain",
            "5",
        ):
            with (
                self.subTest(domain),
                self.assertRaisesRegex(ValidationError, "filter of All other"),
                self.env.cr.savepoint(),
            ):
                self.policy.domain = domain
        self.policy.invalidate_recordset()
        self.assertEqual(self.policy.domain, "[]")

    def _break(self):
        """As when an app is uninstalled that brought the field."""
        policy = self._policy()
        policy.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE retention_contact_policy SET domain = %s WHERE id = %s",
                "[('field_of_an_app', '=', 1)]",
                policy.id,
            )
        )
        policy.invalidate_recordset()
        return policy

    @mute_logger("odoo.addons.retention_suite.models.retention_contact_policy")
    def test_broken_policy_is_on_the_list_of_who_changed_it_last(self):
        broken = self._break()
        self.env.cr.execute(
            "UPDATE retention_contact_policy SET write_uid = %s WHERE id = %s",
            (self.manager.id, broken.id),
        )
        broken.invalidate_recordset()
        self._run()
        self._run()
        activity = broken._repair_activities()
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(len(activity), 1)
        broken.with_user(self.manager).domain = "[]"
        self.assertFalse(activity.exists())

    @mute_logger("odoo.addons.retention_suite.models.retention_contact_policy")
    def test_domain_broken_later_stops_this_policy_alone(self):
        broken = self._break()
        alert = self._raised()
        self.assertEqual(alert.policy_id, self.policy)
        self.assertIn("field_of_an_app", broken.domain_error)
        broken.domain = "[]"
        self.assertFalse(broken.domain_error)
        self._run()
        self.assertEqual(self.profile.contact_policy_id, broken)

    @mute_logger("odoo.addons.retention_suite.models.retention_contact_policy")
    def test_broken_policy_is_written_once(self):
        broken = self._break()
        self._run()
        written = broken.write_date
        with self._in_days(1):
            self._run()
            broken.invalidate_recordset()
            self.assertEqual(broken.write_date, written)

    def test_manager_makes_one_in_the_form(self):
        form = Form(self.env["retention.contact.policy"].with_user(self.manager))
        form.name = "Key accounts"
        form.max_gap_days = 14
        self.assertEqual(form.save().max_gap_days, 14)
