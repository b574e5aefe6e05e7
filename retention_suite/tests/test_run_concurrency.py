from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from ..models import retention_alert_task, retention_run_step

CUSTOMERS = 30


@tagged("post_install", "-at_install")
class TestRunConcurrency(BaseCase):
    """Runs that really commit, on connections of their own.

    What they leave behind is taken away again.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)
        for name, module, size in (
            ("HISTORY_BATCH", retention_run_step, 7),
            ("MEASURE_BATCH", retention_run_step, 7),
        ):
            self.patch(module, name, size)
        with self._env() as env:
            env = env(context=dict(env.context, tracking_disable=True))
            user = env.ref("base.user_admin")
            env.company.retention_daily_limit = CUSTOMERS
            partners = env["res.partner"].create(
                [
                    {"name": f"Concurrent {number}", "user_id": user.id}
                    for number in range(CUSTOMERS)
                ]
            )
            env["crm.lead"].create(
                [
                    {"name": partner.name, "partner_id": partner.id}
                    for partner in partners
                ]
            )
            env["mail.message"].create(
                [
                    {
                        "model": "res.partner",
                        "res_id": partner.id,
                        "author_id": partner.id,
                        "message_type": "email",
                        "subtype_id": env.ref("mail.mt_comment").id,
                        "date": datetime.now() - timedelta(days=100),
                        "body": "Hello",
                    }
                    for partner in partners
                ]
            )
            self.partner_ids = partners.ids

    def _env(self):
        return _Committed(self.registry)

    def _clean_up(self):
        with self._env() as env:
            partners = env["res.partner"].browse(self.partner_ids)
            profiles = env["retention.profile"].search(
                [("partner_id", "in", partners.ids)]
            )
            profiles.unlink()
            env["crm.lead"].search([("partner_id", "in", partners.ids)]).unlink()
            partners.unlink()
            env["retention.run"].search([]).unlink()
            env["retention.watermark"].search([("name", "!=", "run")]).unlink()
            env.company.retention_daily_limit = 10

    def _run(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["retention.run"]._run_all()

    def assertDoneOnce(self):
        with self._env() as env:
            profiles = env["retention.profile"].search(
                [("partner_id", "in", self.partner_ids)]
            )
            self.assertEqual(len(profiles), CUSTOMERS)
            self.assertEqual(len(profiles.touchpoint_ids), CUSTOMERS)
            self.assertEqual(len(profiles.alert_ids), CUSTOMERS)
            self.assertEqual(len(profiles.open_alert_ids.activity_id), CUSTOMERS)
            self.assertEqual(
                env["mail.activity"].search_count(
                    [
                        ("res_model", "=", "res.partner"),
                        ("res_id", "in", self.partner_ids),
                    ]
                ),
                CUSTOMERS,
            )
            self.assertEqual(set(profiles.mapped("gap_days")), {100})

    def test_two_runs_at_once_double_nothing(self):
        barrier = Barrier(2)

        def run():
            barrier.wait()
            return self._run()

        for _round in range(3):
            with ThreadPoolExecutor(2) as pool:
                runs = [pool.submit(run) for _number in range(2)]
                for each in runs:
                    each.result()
        self._run()
        self.assertDoneOnce()

    def test_killed_at_any_step_carries_on(self):
        model = self.registry["retention.run"]
        with self._env() as env:
            names = env["retention.run"]._step_names()
        for name in names:
            step = getattr(model, f"_step_{name}")

            def killed(run_model, run, step=step):
                step(run_model, run)
                raise KeyboardInterrupt

            with (
                patch.object(model, f"_step_{name}", killed),
                self.assertRaises(KeyboardInterrupt),
            ):
                self._run()
        self._run()
        self.assertDoneOnce()

    def test_killed_between_two_batches_of_a_step(self):
        model = self.registry["retention.run"]
        measures = model._step_measures
        calls = []

        def killed(run_model, run):
            calls.append(run)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return measures(run_model, run)

        with (
            patch.object(model, "_step_measures", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._run()
        with self._env() as env:
            measured = env["retention.profile"].search_count(
                [
                    ("partner_id", "in", self.partner_ids),
                    ("last_contact_date", "!=", False),
                ]
            )
            stopped = env["retention.run"].search([])
            self.assertEqual(stopped.state, "running", "it could not say so itself")
        self.assertEqual(measured, 14, "two batches of seven were committed")
        self._run()
        with self._env() as env:
            stopped = env["retention.run"].browse(stopped.id)
            self.assertEqual(stopped.state, "stopped")
        self.assertDoneOnce()

    def test_stops_for_the_cron_and_carries_on(self):
        """The time of a cron is up after each batch that had something to do."""

        def commit(run, result):
            run.env.cr.commit()
            return 0 if any(result["figures"].values()) else 60

        with patch.object(self.registry["retention.run"], "_commit", commit):
            first = self._run()
            with self._env() as env:
                cron = env.ref("retention_suite.ir_cron_retention_run")
                triggers = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
                self.assertTrue(triggers, "soon again")
                self.assertEqual(env["retention.run"].search([]).state, "stopped")
            runs = 1
            while any(self._run().values()):
                runs += 1
                self.assertLess(runs, 40, "it comes to an end")
        self.assertEqual(set(first), {"customer_count"})
        self.assertGreater(runs, 10)
        self.assertDoneOnce()

    def test_batch_that_met_another_change_is_done_again(self):
        """The record of the run that the first try made goes with it."""
        model = self.registry["retention.run"]
        tries = []

        def met(run_model, run):
            tries.append(run)
            partner = run_model.env["res.partner"].browse(self.partner_ids[0])
            if len(tries) == 1:
                with self._env() as env:
                    env["res.partner"].browse(partner.id).ref = "A colleague's"
            partner.comment = "The run's"
            return {"escalated_count": 1}, False

        with patch.object(model, "_step_customers", met):
            figures = self._run()
        self.assertEqual(len(tries), 2)
        self.assertEqual(figures["escalated_count"], 1)
        with self._env() as env:
            run = env["retention.run"].search([])
            self.assertEqual(run.escalated_count, 1, "counted once")
            self.assertEqual(run.state, "done")
            partner = env["res.partner"].browse(self.partner_ids[0])
            self.assertIn("The run's", partner.comment)
            self.assertEqual(partner.ref, "A colleague's")
        self._run()
        self.assertDoneOnce()

    def test_second_run_gives_way(self):
        entered, leave = Event(), Event()
        model = self.registry["retention.run"]
        step = model._step_customers

        def slow(run_model, run):
            entered.set()
            leave.wait(30)
            return step(run_model, run)

        with (
            patch.object(model, "_step_customers", slow),
            ThreadPoolExecutor(1) as pool,
        ):
            first = pool.submit(self._run)
            self.assertTrue(entered.wait(30))
            self.assertEqual(self._run(), {}, "another is at it")
            with self._env() as env:
                self.assertEqual(env["retention.run"].run_step(), {"busy": True})
            leave.set()
            self.assertGreaterEqual(first.result()["customer_count"], CUSTOMERS)
        self.assertDoneOnce()

    def test_contact_in_the_midst_of_a_run_is_not_lost(self):
        """The run holds the customer when a colleague logs a contact."""
        self._run()
        with self._env() as env:
            profile = env["retention.profile"].search(
                [("partner_id", "=", self.partner_ids[0])]
            )
            env["retention.touchpoint"].create(
                {
                    "profile_id": profile.id,
                    "partner_id": profile.partner_id.id,
                    "direction": "out",
                    "channel": "phone",
                    "purpose": "sales",
                }
            )
            # another run, while the contact is not committed yet
            with ThreadPoolExecutor(1) as pool:
                run = pool.submit(self._run)
        run.result(30)
        self._run()
        with self._env() as env:
            profile = env["retention.profile"].browse(profile.id)
            self.assertEqual(profile.gap_days, 0)
            self.assertFalse(profile.open_alert_ids)

    def test_batches_of_activities(self):
        self.patch(retention_alert_task, "ACTIVITY_BATCH", 7)
        self._run()
        self.assertDoneOnce()


class _Committed:
    """An environment on a connection of its own; what was done is committed."""

    def __init__(self, registry):
        self.cr = registry.cursor()

    def __enter__(self):
        return api.Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, kind, value, traceback):
        if kind is None:
            # the other connections are to see it
            self.cr.commit()  # pylint: disable=invalid-commit
        self.cr.close()
