from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import load_script
from odoo.tests import TransactionCase, new_test_user, tagged

STEPS = ["customers", "policies", "hours", "referral", "run"]


@tagged("post_install", "-at_install")
class TestOnboarding(TransactionCase):
    """The first steps of a company: what is done tells itself, the rest a manager."""

    def setUp(self):
        super().setUp()
        # nobody has done anything in it
        self.company = self.env["res.company"].create({"name": "Newly founded"})
        self.manager = self._user("boss", "sales_team.group_sale_manager")
        self.admin = self._user(
            "chief", "sales_team.group_sale_manager,base.group_system"
        )
        self.steps = self._steps_of(self.manager)

    def _user(self, login, groups):
        user = new_test_user(self.env, login=login, groups=f"base.group_user,{groups}")
        user.company_ids = [Command.link(self.company.id)]
        return user

    def _steps_of(self, user, company=None):
        company = company or self.company
        return (
            self.env["retention.onboarding"]
            .with_user(user)
            .with_context(allowed_company_ids=company.ids)
        )

    def _states(self, user=None, company=None):
        steps = self._steps_of(user or self.manager, company).get_steps()["steps"]
        return {step["key"]: step["state"] for step in steps}

    def _text(self, user, key):
        steps = self._steps_of(user).get_steps()["steps"]
        return next(step for step in steps if step["key"] == key)

    def test_five_steps_in_their_order(self):
        answer = self.steps.get_steps()
        self.assertEqual([step["key"] for step in answer["steps"]], STEPS)
        self.assertFalse(answer["is_over"])

    def test_nobody_but_managers(self):
        seller = self._user("seller", "sales_team.group_sale_salesman")
        steps = self._steps_of(seller)
        for call in (
            lambda: steps.get_steps(),
            lambda: steps.set_step("run", "done"),
            lambda: steps.set_closed(True),
            lambda: steps.get_action("run"),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_skipped_and_done_later(self):
        self.steps.set_step("referral", "skipped")
        self.assertEqual(self._states()["referral"], "skipped")
        self.steps.set_step("referral", "done")
        self.assertEqual(self._states()["referral"], "done")
        self.steps.set_step("referral", "open")
        self.assertEqual(self._states()["referral"], "open")

    def test_kept_per_company(self):
        other = self.env["res.company"].create({"name": "Another"})
        self.manager.company_ids = [Command.link(other.id)]
        self.steps.set_step("hours", "skipped")
        self.assertEqual(self._states()["hours"], "skipped")
        self.assertEqual(self._states(company=other)["hours"], "open")

    def test_over_when_nothing_is_open(self):
        for key in STEPS[:-1]:
            self.assertFalse(self.steps.set_step(key, "skipped")["is_over"])
        self.assertTrue(self.steps.set_step("run", "done")["is_over"])

    def test_put_away_and_taken_out(self):
        self.assertTrue(self.steps.set_closed(True)["is_over"])
        self.assertTrue(self.steps.get_steps()["is_over"])
        self.assertFalse(self.steps.set_closed(False)["is_over"])

    def test_what_does_not_exist_is_refused(self):
        with self.assertRaises(UserError):
            self.steps.set_step("unknown", "done")
        with self.assertRaises(UserError):
            self.steps.set_step("run", "unknown")
        with self.assertRaises(UserError):
            self.steps.get_action("unknown")

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def test_other_customers_are_a_fact(self):
        self.assertEqual(self._states()["customers"], "open")
        self.company.retention_domain = "[('is_company', '=', True)]"
        self.assertEqual(self._states()["customers"], "done")

    def test_policy_by_a_person_is_a_fact(self):
        vals = {"name": "Ours", "company_id": self.company.id, "max_gap_days": 10}
        policy = self.env["retention.contact.policy"].create(vals)
        self.env.flush_all()
        self._as_it_came("retention_contact_policy")
        self.assertEqual(self._states()["policies"], "open")
        policy.with_user(self.manager).max_gap_days = 12
        self.assertEqual(self._states()["policies"], "done")

    def test_programme_by_a_person_is_a_fact(self):
        self.assertEqual(self._states()["referral"], "open")
        self.env["retention.referral.program"].with_user(self.manager).with_company(
            self.company
        ).create({"name": "Ours", "company_id": self.company.id})
        self.assertEqual(self._states()["referral"], "done")

    def test_working_hours_changed_by_a_person_are_a_fact(self):
        calendar = self.company.resource_calendar_id
        self.env.flush_all()
        self.assertEqual(self._states()["hours"], "open")
        calendar.with_user(self.admin).attendance_ids[0].hour_from = 7
        self.env.flush_all()
        # the clock stands still within a transaction
        self.env.cr.execute(
            "UPDATE resource_calendar SET create_date = create_date - INTERVAL '1 day'"
            " WHERE id = %s",
            [calendar.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self._states()["hours"], "done")

    def test_run_is_a_fact(self):
        self.assertEqual(self._states()["run"], "open")
        self.env["retention.run"]._run_all(commit=False)
        self.assertEqual(self._states()["run"], "done")

    def _as_it_came(self, table):
        self.env.cr.execute(f"UPDATE {table} SET write_uid = 1")  # pylint: disable=sql-injection
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def test_settings_are_for_administrators(self):
        self.assertTrue(self._text(self.admin, "customers")["button"])
        self.assertFalse(self._text(self.manager, "customers")["button"])
        self.assertIn(
            "Only administrators", self._text(self.manager, "customers")["text"]
        )
        self._steps_of(self.admin).get_action("customers")
        with self.assertRaises(AccessError):
            self.steps.get_action("customers")
        with self.assertRaises(AccessError):
            self.steps.get_action("hours")

    def test_each_step_opens_where_it_is_done(self):
        steps = self._steps_of(self.admin)
        models = {key: steps.get_action(key).get("res_model") for key in STEPS}
        self.assertEqual(
            models,
            {
                "customers": "res.config.settings",
                "policies": "retention.contact.policy",
                "hours": "resource.calendar",
                "referral": "retention.referral.program",
                "run": None,
            },
        )
        self.assertEqual(steps.get_action("run")["tag"], "retention_suite.run")

    def test_programme_of_the_company_is_opened(self):
        self.assertFalse(self.steps.get_action("referral")["res_id"])
        program = self.env["retention.referral.program"].create(
            {"name": "Ours", "company_id": self.company.id}
        )
        self.assertEqual(self.steps.get_action("referral")["res_id"], program.id)

    # ------------------------------------------------------------------

    def test_companies_at_work_need_no_first_steps(self):
        old = self.env["res.company"].create({"name": "Old", "retention_is_new": False})
        self.env.flush_all()
        path = "retention_suite/migrations/19.0.1.8.0/post-onboarding.py"
        load_script(path, "post-onboarding").migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertTrue(old.retention_onboarding["is_closed"])
        self.assertFalse(self.company.retention_onboarding)
