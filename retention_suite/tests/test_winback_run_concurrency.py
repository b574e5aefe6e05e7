import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Event
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from ..models import retention_play_return, retention_run_play

QUIET = ("odoo.sql_db", "odoo.service.model")
# One customer for each thing that the run does about win-back.
NAMES = ("dormant", "gone", "bought", "stays", "over")


@tagged("post_install", "-at_install")
class TestWinbackRunConcurrency(BaseCase):
    """The run and people at win-back, on connections of their own.

    ``dormant`` is to be proposed; the notice of ``gone`` is over; ``bought`` buys
    after a measure, ``stays`` although they cancelled; the measure of ``over`` has
    had its time. What is left behind is taken away again.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.enterContext(mute_logger(*QUIET))
        self.enterContext(patch("odoo.service.model.random.uniform", lambda *_: 0.02))
        self.addCleanup(self._clean_up)
        self._scenario()

    def _scenario(self):
        self.now = datetime.now().replace(microsecond=0)
        with self._env() as env:
            rules = env["retention.journey.rule"].search([])
            self.rule_ids = rules.ids
            rules.active = False
            self.limit = env.company.retention_winback_limit
            env.company.retention_winback_limit = 1000
            self.partner_ids = {}
            for name in NAMES:
                partner = env["res.partner"].create({"name": f"Winback {name}"})
                self.partner_ids[name] = partner.id
                profile = env["retention.profile"].create(
                    {"partner_id": partner.id, "user_id": env.ref("base.user_admin").id}
                )
                kind = {"dormant": "dormant", "gone": "at_risk"}.get(name, "active")
                profile.journey_stage_id = env[
                    "retention.journey.stage"
                ]._first_of_kind(kind, profile.company_id)
                self._make_case(env, name, profile)

    def _make_case(self, env, name, profile):
        day = self.now.date()
        values = {
            "gone": {
                "kind": "cancellation",
                "cancel_date": day - timedelta(days=40),
                "end_date": day - timedelta(days=2),
            },
            "bought": {"kind": "save"},
            "stays": {
                "kind": "cancellation",
                "cancel_date": day - timedelta(days=5),
                "end_date": day + timedelta(days=5),
            },
            "over": {"kind": "save"},
        }.get(name)
        if not values:
            return
        case = env["retention.winback"].create({"profile_id": profile.id, **values})
        if name != "gone":
            days = 100 if name == "over" else 6
            case.write(
                {"step": "running", "start_date": self.now - timedelta(days=days)}
            )
        if name in ("bought", "stays"):
            lead = env["crm.lead"].create(
                {
                    "name": name,
                    "type": "opportunity",
                    "partner_id": profile.partner_id.id,
                    "expected_revenue": 100,
                }
            )
            lead.action_set_won()
            env.flush_all()
            env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET date_closed = %s WHERE id = %s",
                    self.now - timedelta(days=1),
                    lead.id,
                )
            )

    def _clean_up(self):
        with self._env() as env:
            partners = env["res.partner"].browse(self.partner_ids.values())
            profiles = env["retention.profile"].search(
                [("partner_id", "in", partners.ids)]
            )
            profiles.unlink()
            env["crm.lead"].search([("partner_id", "in", partners.ids)]).unlink()
            partners.unlink()
            env["retention.journey.rule"].browse(self.rule_ids).active = True
            env["retention.run"].search([]).unlink()
            env["retention.watermark"].search([("name", "!=", "run")]).unlink()
            env.company.retention_winback_limit = self.limit

    @contextmanager
    def _env(self):
        """An environment on a connection of its own; what was done is committed."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _profile(self, env, name):
        return env["retention.profile"].search(
            [("partner_id", "=", self.partner_ids[name])]
        )

    def _run(self):
        with self.registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["retention.run"]._run_all()

    def _result(self):
        """All that the runs have made, without ids and moments."""
        with self._env() as env:
            return {
                name: [
                    self._profile(env, name).journey_kind,
                    *(
                        (
                            case.kind,
                            case.step,
                            bool(case.has_left),
                            sorted(case.activity_ids.mapped("summary")),
                        )
                        for case in self._profile(env, name).winback_ids
                    ),
                ]
                for name in NAMES
            }

    def assertDoneOnce(self):
        stays = "The customer has bought although they cancelled. Ask whether they stay"
        self.assertEqual(
            self._result(),
            {
                "dormant": ["dormant", ("dormancy", "identified", False, [])],
                "gone": ["lost", ("cancellation", "identified", True, [])],
                "bought": [
                    "recovered",
                    (
                        "save",
                        "loyalty",
                        False,
                        ["Put right what made the customer leave"],
                    ),
                ],
                "stays": ["active", ("cancellation", "running", False, [stays])],
                "over": [
                    "active",
                    ("save", "running", False, ["Decide: won back or given up?"]),
                ],
            },
        )

    # ------------------------------------------------------------------
    # Killed
    # ------------------------------------------------------------------

    def test_undisturbed(self):
        self._run()
        self.assertDoneOnce()
        self._run()
        self.assertDoneOnce()

    def _killed(self, step, batches):
        """Return a step that is killed after so many batches: before the next, or
        with the first one done and not committed."""
        done = []

        def killed(run_model, run):
            if len(done) == batches:
                raise KeyboardInterrupt
            result = step(run_model, run)
            run_model.env.flush_all()
            done.append(run)
            if len(done) == batches == 1:
                raise KeyboardInterrupt
            return result

        return killed

    def test_killed_around_the_steps(self):
        """Before and after their work, and between two of their batches."""
        model = self.registry["retention.run"]
        for module in (retention_play_return, retention_run_play):
            self.startPatcher(patch.object(module, "RETURN_BATCH", 1))
        for name in ("winback", "returns"):
            step = getattr(model, f"_step_{name}")
            for batches in (0, 1, 2):
                with (
                    patch.object(model, f"_step_{name}", self._killed(step, batches)),
                    suppress(KeyboardInterrupt),
                ):
                    self._run()
        self._run()
        self.assertDoneOnce()

    # ------------------------------------------------------------------
    # Meanwhile
    # ------------------------------------------------------------------

    def _meanwhile(self, step, do):
        """Have a person do something while a run is in the middle of a step, with all
        its locks.

        :param do: called with the environment, again if it meets the run
        """
        entered, leave = Event(), Event()
        model = self.registry["retention.run"]
        original = getattr(model, f"_step_{step}")

        def held(run_model, run):
            result = original(run_model, run)
            run_model.env.flush_all()
            entered.set()
            leave.wait(30)
            return result

        with (
            patch.object(model, f"_step_{step}", held),
            ThreadPoolExecutor(2) as pool,
        ):
            run = pool.submit(self._run)
            try:
                self.assertTrue(entered.wait(30))
                done = pool.submit(self._serve, do)
                deadline = time.monotonic() + 3
                while not (done.done() or self._waits() or time.monotonic() > deadline):
                    time.sleep(0.02)
            finally:
                leave.set()
            run.result(60)
            return done.result(60)

    def _before(self, do):
        """Have a person do something that is not committed yet when the run comes to
        it, and has to wait."""
        with self.registry.cursor() as cr:
            result = do(api.Environment(cr, SUPERUSER_ID, {}))
            cr.flush()
            with ThreadPoolExecutor(1) as pool:
                run = pool.submit(self._run)
                deadline = time.monotonic() + 20
                while not (self._waits() or run.done()):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.02)
                # the run waits for it
                cr.commit()  # pylint: disable=invalid-commit
                run.result(60)
        return result

    def _serve(self, do):
        """Do something as Odoo does what a client asks for."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return retrying(lambda: do(env), env)

    def _waits(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return cr.fetchone()[0]

    def _open(self, env):
        return self._profile(env, "dormant").action_win_back()["res_id"]

    def test_opening_a_case_while_the_run_proposes(self):
        """Whoever comes too late finds the proposal."""
        case_id = self._meanwhile("winback", self._open)
        self._run()
        with self._env() as env:
            self.assertEqual(self._profile(env, "dormant").winback_ids.ids, [case_id])

    def test_opening_a_case_before_the_run_proposes(self):
        case_id = self._before(self._open)
        with self._env() as env:
            case = self._profile(env, "dormant").winback_ids
            self.assertEqual(case.ids, [case_id])
            self.assertFalse(case.is_proposed)

    def _take_back(self, env):
        """As the portal does, on the last day by the watch of that connection."""
        case = self._profile(env, "gone").winback_ids
        day = type(env["res.company"])._retention_day
        with patch.object(
            type(env["res.company"]),
            "_retention_day",
            lambda company, moment: day(company, moment) - timedelta(days=3),
        ):
            try:
                case._portal_withdraw()
            except UserError as error:
                return str(error)
        env.flush_all()
        return ""

    def test_withdrawing_while_the_run_ends_the_notice(self):
        """It is tried again, and refused."""
        refused = self._meanwhile("winback", self._take_back)
        self.assertIn("Your last day is over", refused)
        self._run()
        self.assertDoneOnce()

    def test_withdrawing_before_the_run_ends_the_notice(self):
        """The run meets it, tries again, and loses nobody."""
        self.assertEqual(self._before(self._take_back), "")
        self._run()
        with self._env() as env:
            profile = self._profile(env, "gone")
            self.assertEqual(profile.journey_kind, "recovered")
            self.assertEqual(profile.winback_ids.result, "won")
            self.assertFalse(profile.winback_ids.has_left)
