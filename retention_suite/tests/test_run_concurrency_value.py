from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from unittest.mock import patch

from odoo.tests import tagged

from ..models import retention_run_step
from .test_run_concurrency_steps import StepCase

CUSTOMERS = 5
# Of customers in a step.
BATCH = 2


@tagged("post_install", "-at_install")
class TestValueAndRiskConcurrency(StepCase):
    """The steps that read purchases and derive the risk, on real connections.

    Five customers have bought once and pay monthly since; nobody has ever spoken to
    them, so that all are at high risk. A batch has two of them.
    """

    def setUp(self):
        super().setUp()
        self.patch(retention_run_step, "MEASURE_BATCH", BATCH)

    def _scenario(self):
        with self._env() as env:
            rules = env["retention.journey.rule"].search([])
            self.rule_ids = rules.ids
            rules.active = False
            self.threshold = env.company.retention_risk_threshold
            env.company.retention_risk_threshold = 20
            env.company.retention_daily_limit = 50
            self.partner_ids = (
                env["res.partner"]
                .create([{"name": f"Value {number}"} for number in range(CUSTOMERS)])
                .ids
            )
            profiles = env["retention.profile"].create(
                [
                    {
                        "partner_id": partner_id,
                        "user_id": env.ref("base.user_admin").id,
                    }
                    for partner_id in self.partner_ids
                ]
            )
            self.profile_ids = profiles.ids
            profiles.write(
                {
                    "start_date": self.now - timedelta(days=400),
                    "journey_stage_id": env["retention.journey.stage"]
                    ._first_of_kind("active", env.company)
                    .id,
                }
            )
            self._buy(env)

    def _buy(self, env):
        plan = env["crm.recurring.plan"].search([("number_of_months", "=", 1)], limit=1)
        leads = env["crm.lead"].create(
            [
                {
                    "name": f"Purchase {number}",
                    "type": "opportunity",
                    "partner_id": partner_id,
                    "expected_revenue": 100 * (number + 1),
                    "recurring_plan": plan.id,
                    "recurring_revenue": 10 * (number + 1),
                }
                for number, partner_id in enumerate(self.partner_ids)
            ]
        )
        leads.action_set_won()
        env.flush_all()
        env.cr.execute(
            "UPDATE crm_lead SET date_closed = %s WHERE id = ANY(%s)",
            [self.now - timedelta(days=70), leads.ids],
        )
        # their time to be read has come
        env.cr.execute(
            "UPDATE retention_profile SET value_refresh_date = %s WHERE id = ANY(%s)",
            [self.now.date(), self.profile_ids],
        )

    def _clean_up(self):
        with self._env() as env:
            partners = env["res.partner"].browse(self.partner_ids)
            env["retention.profile"].browse(self.profile_ids).unlink()
            env["crm.lead"].search([("partner_id", "in", partners.ids)]).unlink()
            partners.unlink()
            env["retention.journey.rule"].browse(self.rule_ids).active = True
            env["retention.run"].search([]).unlink()
            env["retention.watermark"].search([("name", "!=", "run")]).unlink()
            env.company.retention_risk_threshold = self.threshold
            env.company.retention_daily_limit = 10

    def _result_of(self, env, partner):
        profile = env["retention.profile"].search([("partner_id", "=", partner.id)])
        alerts = env["retention.alert"].search([("profile_id", "=", profile.id)])
        return {
            "purchases": sorted(
                profile.value_event_ids.mapped(
                    lambda e: (e.kind, e.period, e.date, e.amount)
                )
            ),
            "figures": (
                profile.purchase_count,
                profile.purchase_revenue,
                profile.customer_value,
                profile.value_refresh_date,
            ),
            "risk": (profile.risk_score, profile.risk_level, profile.risk_gap_points),
            "is_marked": bool(profile.risk_refresh_date),
            "alerts": sorted(alerts.mapped(lambda a: (a.kind, a.state, a.risk_score))),
        }

    def test_scenario_has_something_for_both_steps(self):
        result = self._undisturbed()
        for number in range(CUSTOMERS):
            own = result[f"Value {number}"]
            with self.subTest(number):
                self.assertEqual(
                    [purchase[:2] for purchase in own["purchases"]],
                    [("once", 0), ("recurring", 0), ("recurring", 1), ("recurring", 2)],
                )
                self.assertEqual(own["figures"][1], 130 * (number + 1))
                self.assertEqual(own["risk"], (30, "high", 30))
                self.assertIn(("risk", "open", 30), own["alerts"])
                self.assertFalse(own["is_marked"])

    # ------------------------------------------------------------------
    # Killed
    # ------------------------------------------------------------------

    @contextmanager
    def _killed(self, step, batch, after=False):
        """Kill a run in one of a step's batches.

        :param int batch: which one, from 1 on
        :param bool after: when its work is done and not committed; else before
        """
        model = self.registry["retention.run"]
        original = getattr(model, f"_step_{step}")
        calls = []

        def killed(run_model, run):
            calls.append(run)
            if len(calls) == batch and not after:
                raise KeyboardInterrupt
            result = original(run_model, run)
            run_model.env.flush_all()
            if len(calls) == batch:
                raise KeyboardInterrupt
            return result

        with (
            patch.object(model, f"_step_{step}", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            yield

    def _ids_of(self, method):
        """What one run looks at: the customers of each call of a method, those of
        the scenario by their number."""
        Profile = self.registry["retention.profile"]
        original = getattr(Profile, method)
        calls = []

        def noted(profile_model, ids):
            calls.append([self.profile_ids.index(each) for each in ids])
            return original(profile_model, ids)

        with patch.object(Profile, method, noted):
            self._run()
        return calls

    def _count(self, domain):
        with self._env() as env:
            return env["retention.profile"].search_count(
                [("id", "in", self.profile_ids), *domain]
            )

    def test_killed_between_two_batches_of_purchases(self):
        wanted = self._undisturbed()
        known = [("value_event_ids", "!=", False)]
        with self._killed("values", 2):
            self._run()
        self.assertEqual(self._count(known), BATCH, "the first batch was committed")
        with self._killed("values", 1, after=True):
            self._run()
        self.assertEqual(self._count(known), BATCH, "no half of a batch")
        calls = self._ids_of("_refresh_value")
        self.assertEqual(calls[:2], [[2, 3], [4]], "it carries on where it was")
        self.assertEqual(self._result(), wanted)
        self._run()
        self.assertEqual(self._result(), wanted)

    def test_killed_between_two_batches_of_risks(self):
        wanted = self._undisturbed()
        known = [("risk_score", ">", 0)]
        with self._killed("risk", 2):
            self._run()
        self.assertEqual(self._count(known), BATCH, "the first batch was committed")
        with self._killed("risk", 1, after=True):
            self._run()
        self.assertEqual(self._count(known), BATCH, "no half of a batch")
        calls = self._ids_of("_refresh_risk")
        self.assertEqual(calls[:2], [[2, 3], [4]], "it carries on where it was")
        self.assertEqual(self._result(), wanted)
        self._run()
        self.assertEqual(self._result(), wanted)

    def test_killed_when_the_alerts_are_raised(self):
        """In the last batch, with which they would have been committed."""
        wanted = self._undisturbed()
        with self._killed("risk", 4, after=True):
            self._run()
        with self._env() as env:
            alerts = env["retention.alert"].search([("kind", "=", "risk")])
            self.assertFalse(alerts)
        self._run()
        self.assertEqual(self._result(), wanted)

    # ------------------------------------------------------------------
    # Two at once
    # ------------------------------------------------------------------

    def test_two_runs_at_once(self):
        wanted = self._undisturbed()
        barrier = Barrier(2)

        def run():
            barrier.wait(20)
            return self._run()

        for _round in range(3):
            with ThreadPoolExecutor(2) as pool:
                for each in [pool.submit(run) for _number in range(2)]:
                    each.result(60)
        self._run()
        self.assertEqual(self._result(), wanted)

    def _twice_at_once(self, step):
        """Do a step while a run is in the midst of it, past what keeps runs from each
        other: it waits for the run, and is tried again."""

        def do(env):
            Run = env(su=True)["retention.run"]
            while getattr(Run, f"_step_{step}")(Run)[1]:
                pass

        self._meanwhile(step, "manager", do)

    def test_purchases_read_twice_at_once(self):
        wanted = self._undisturbed()
        self._twice_at_once("values")
        self._run()
        self.assertEqual(self._result(), wanted)

    def test_risks_derived_twice_at_once(self):
        wanted = self._undisturbed()
        self._twice_at_once("risk")
        self._run()
        self.assertEqual(self._result(), wanted)
