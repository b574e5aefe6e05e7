import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier, Event
from unittest.mock import patch

from psycopg2 import InterfaceError, OperationalError
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import SQL, mute_logger

CUSTOMERS = 3
STEPS = ("journey", "handovers", "answers", "answer_times", "unanswered", "settle")
QUIET = (
    "odoo.sql_db",
    "odoo.service.model",
    "odoo.addons.retention_suite.models.attempt",
    "odoo.addons.retention_suite.models.retention_touchpoint_hook",
)


class StepCase(BaseCase):
    """Customers with something to do in every step, on real connections.

    Some have an opportunity ``Met`` that was handed over, with a message that
    was answered past Odoo, and one ``Given``, whose salesperson was written past
    Odoo. The others have one ``Late``, not accepted in time, with a message that
    waits. A rule moves them all on. What is left behind is taken away again.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.enterContext(mute_logger(*QUIET))
        # how long Odoo waits until it repeats a request
        self.enterContext(patch("odoo.service.model.random.uniform", lambda *_: 0.02))
        with self._env() as env:
            self.user_ids = {
                login: new_test_user(
                    env,
                    login=f"step_{login}",
                    groups=f"base.group_user,sales_team.{group}",
                    email=f"step_{login}@our.example",
                    notification_type="inbox",
                ).id
                for login, group in (
                    ("seller", "group_sale_salesman_all_leads"),
                    ("marketer", "group_sale_salesman_all_leads"),
                    ("colleague", "group_sale_salesman_all_leads"),
                    ("manager", "group_sale_manager"),
                )
            }
        self.addCleanup(self._forget_users)
        self.addCleanup(self._clean_up)
        # the same for all that are compared: working hours pass meanwhile
        self.now = datetime.now().replace(microsecond=0)
        self._scenario()

    # ------------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------------

    def _scenario(self):
        with self._env() as env:
            env.company.retention_daily_limit = 50
            rules = env["retention.journey.rule"].search([])
            self.rule_ids = rules.ids
            rules.active = False
            stages = {
                s.kind: s for s in env["retention.journey.stage"].search([], order="id")
            }
            self.rule_id = (
                env["retention.journey.rule"]
                .create(
                    {
                        "name": "Move on",
                        "active": True,
                        "from_stage_ids": stages["prospect"].ids,
                        "to_stage_id": stages["ambassador"].id,
                        "domain": "[('partner_id.name', 'like', 'Stepwise')]",
                    }
                )
                .id
            )
            self.partner_ids = (
                env["res.partner"]
                .create(
                    [
                        {
                            "name": f"Stepwise {kind} {n}",
                            "email": f"{kind}{n}@step.example",
                        }
                        for kind in ("met", "late")
                        for n in range(CUSTOMERS)
                    ]
                )
                .ids
            )
            for partner in env["res.partner"].browse(self.partner_ids):
                for name in ("Met", "Given") if "met" in partner.name else ("Late",):
                    env["crm.lead"].create(
                        {
                            "name": f"{name} {partner.name}",
                            "type": "opportunity",
                            "partner_id": partner.id,
                            "user_id": self.user_ids["marketer"],
                        }
                    )
        with self._env() as env:
            env["retention.handover"].search([]).unlink()
            self._leads(env, "Met", "Late").with_user(
                self.user_ids["marketer"]
            ).user_id = self.user_ids["seller"]
        with self._env() as env:
            self._past_odoo(env)

    def _past_odoo(self, env):
        env.cr.execute(
            SQL(
                "UPDATE retention_handover SET offered_date = %(offered)s,"
                " accept_due_date = %(due)s;"
                "UPDATE crm_lead SET user_id = %(user)s WHERE name LIKE 'Given Step%%'",
                offered=self.now - timedelta(hours=4),
                due=self.now - timedelta(hours=1),
                user=self.user_ids["seller"],
            )
        )
        env.cr.execute(
            "UPDATE retention_handover SET accept_due_date = NULL WHERE lead_id IN"
            " (SELECT id FROM crm_lead WHERE name LIKE 'Met Step%')"
        )
        seller = env["res.users"].browse(self.user_ids["seller"]).partner_id
        for lead in self._leads(env, "Met", "Late"):
            self._message(env, lead, lead.partner_id, "email", 3)
        for lead in self._leads(env, "Met"):
            message = self._message(env, lead, seller, "comment", 2)
            env["mail.notification"].create(
                {
                    "mail_message_id": message.id,
                    "res_partner_id": lead.partner_id.id,
                    "notification_type": "email",
                    "notification_status": "sent",
                }
            )

    def _message(self, env, lead, author, kind, hours):
        return env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": lead.id,
                "author_id": author.id,
                "message_type": kind,
                "subtype_id": env.ref("mail.mt_comment").id,
                "date": self.now - timedelta(hours=hours),
                "body": "Hello",
            }
        )

    def _leads(self, env, *names):
        leads = env["crm.lead"].search([("partner_id", "in", self.partner_ids)])
        return leads.filtered(lambda lead: lead.name.split()[0] in names).sorted("name")

    def _clean_up(self):
        with self._env() as env:
            partners = env["res.partner"].browse(self.partner_ids)
            leads = env["crm.lead"].search([("partner_id", "in", partners.ids)])
            env["retention.alert"].search([("res_id", "in", leads.ids)]).unlink()
            env["retention.profile"].search(
                [("partner_id", "in", partners.ids)]
            ).unlink()
            leads.unlink()
            partners.unlink()
            rules = env["retention.journey.rule"]
            rules.browse(self.rule_id).unlink()
            rules.browse(self.rule_ids).active = True
            env["retention.run"].search([]).unlink()
            env["retention.watermark"].search([("name", "!=", "run")]).unlink()
            env.company.retention_daily_limit = 10

    def _forget_users(self):
        with self._env() as env:
            users = env["res.users"].browse(self.user_ids.values())
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    # ------------------------------------------------------------------
    # What is done
    # ------------------------------------------------------------------

    @contextmanager
    def _env(self):
        """An environment on a connection of its own; what was done is committed."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _run(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["retention.run"]._run_all()

    def _as(self, login, do):
        """Do something as a person, as Odoo does what a client asks for.

        :param do: called with the environment
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user_ids[login], {})
            return retrying(lambda: do(env), env)

    def _result(self):
        """All that the runs have made, without ids and moments."""
        with self._env() as env:
            return {
                partner.name: self._result_of(env, partner)
                for partner in env["res.partner"].browse(self.partner_ids)
            }

    def _result_of(self, env, partner):
        profile = env["retention.profile"].search([("partner_id", "=", partner.id)])
        leads = env["crm.lead"].search([("partner_id", "=", partner.id)])
        handovers = env["retention.handover"].search([("lead_id", "in", leads.ids)])
        alerts = env["retention.alert"].search([("profile_id", "=", profile.id)])
        activities = env["mail.activity"].search([("res_id", "in", leads.ids)])
        return {
            "stage": profile.journey_stage_id.kind,
            "moves": profile.transition_ids.sorted("id").mapped(
                lambda t: (t.cause, t.from_stage_id.kind, t.to_stage_id.kind)
            ),
            "handovers": sorted(
                (
                    h.lead_id.name,
                    h.state,
                    h.from_user_id.login,
                    h.to_user_id.login,
                    bool(h.accepted_date),
                    bool(h.contacted_date),
                )
                for h in handovers
            ),
            "alerts": sorted(
                (a.kind, a.state, a.document_name, a.user_id.login, bool(a.activity_id))
                for a in alerts
            ),
            "activities": sorted(activities.mapped("res_name")),
            "contacts": sorted(
                (
                    t.direction,
                    env[t.res_model].browse(t.res_id).name,
                    bool(t.needs_answer),
                    bool(t.answer_due_date),
                    t.answer_user_id.login or "",
                    round(t.response_hours, 3),
                )
                for t in profile.touchpoint_ids
            ),
        }

    def _undisturbed(self):
        """What one run makes that nothing disturbs; then all begins anew."""
        self._run()
        result = self._result()
        self._clean_up()
        self._scenario()
        return result

    @contextmanager
    def _held(self, step):
        """A run that is in the middle of a step, with all its locks."""
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
            ThreadPoolExecutor(1) as pool,
        ):
            run = pool.submit(self._run)
            self.assertTrue(entered.wait(30))
            try:
                yield leave
            finally:
                leave.set()
                run.result(60)

    def _meanwhile(self, step, login, do):
        """Have a person do something while a run is in the middle of a step.

        They may have to wait for it, and see nothing of that.
        """
        with self._held(step) as leave, ThreadPoolExecutor(1) as pool:
            done = pool.submit(self._as, login, do)
            deadline = time.monotonic() + 3
            while not (done.done() or self._waits() or time.monotonic() > deadline):
                time.sleep(0.02)
            leave.set()
            return done.result(60)

    def _waits(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT COUNT(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return cr.fetchone()[0]


@tagged("post_install", "-at_install")
class TestStepsKilled(StepCase):
    """A run that is killed in one of its steps."""

    def _kill_in_turn(self, kill, error):
        """Kill a run in each step, one after the other, and run on.

        :param kill: called with the step, the model and the run
        """
        wanted = self._undisturbed()
        model = self.registry["retention.run"]
        for name in STEPS:
            step = getattr(model, f"_step_{name}")

            def killed(run_model, run, step=step):
                return kill(step, run_model, run)

            with (
                patch.object(model, f"_step_{name}", killed),
                self.assertRaises(error),
            ):
                self._run()
        self._run()
        self.assertEqual(self._result(), wanted)
        self._run()
        self.assertEqual(self._result(), wanted)

    def test_scenario_has_something_for_every_step(self):
        result = self._undisturbed()
        met, late = result["Stepwise met 0"], result["Stepwise late 0"]
        for each in (met, late):
            self.assertEqual(each["stage"], "ambassador")
            self.assertEqual([move[0] for move in each["moves"]], ["start", "rule"])
        self.assertEqual(
            [(h[0].split()[0], h[1]) for h in met["handovers"] + late["handovers"]],
            [("Given", "offered"), ("Met", "contacted"), ("Late", "offered")],
        )
        self.assertFalse(met["alerts"])
        self.assertEqual([a[0] for a in late["alerts"]], ["handover", "unanswered"])
        self.assertEqual(
            [(c[0], c[3], c[4]) for c in met["contacts"] + late["contacts"]],
            [("in", True, "step_seller"), ("out", False, ""), ("in", True, "")],
        )

    def test_before_its_work(self):
        def kill(step, run_model, run):
            raise KeyboardInterrupt

        self._kill_in_turn(kill, KeyboardInterrupt)

    def test_after_its_work(self):
        def kill(step, run_model, run):
            step(run_model, run)
            run_model.env.flush_all()
            raise KeyboardInterrupt

        self._kill_in_turn(kill, KeyboardInterrupt)

    def test_connection_dies(self):
        def kill(step, run_model, run):
            result = step(run_model, run)
            run_model.env.flush_all()
            run_model.env.cr.execute("SELECT pg_backend_pid()")
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT pg_terminate_backend(%s, 5000)",
                    run_model.env.cr.fetchone(),
                )
            return result

        self._kill_in_turn(kill, (OperationalError, InterfaceError))

    def test_two_runs_at_once(self):
        wanted = self._undisturbed()
        barrier = Barrier(2)

        def run():
            barrier.wait()
            return self._run()

        for _round in range(2):
            with ThreadPoolExecutor(2) as pool:
                for each in [pool.submit(run) for _number in range(2)]:
                    each.result()
        self._run()
        self.assertEqual(self._result(), wanted)

    def test_position_that_another_run_has_just_made(self):
        """The first two runs of all, at once: the later one tries again."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            watermark = env["retention.watermark"]
            watermark._get("run")
            with self._env() as other:
                made = other["retention.watermark"]._get("mail_message")
                self.assertEqual(made._get("mail_message"), made)
            with self.assertRaises(SerializationFailure):
                watermark._get("mail_message")

    def test_manager_runs_in_between(self):
        """Their batches come between those of the other run, in any order."""
        wanted = self._undisturbed()

        def watched():
            answer = {"step": None, "run_id": None}
            for _turn in range(200):
                step, run_id = answer.get("step"), answer.get("run_id")
                answer = self._as(
                    "manager",
                    lambda env, at=(step, run_id): env["retention.run"].run_step(*at),
                )
                if answer["busy"]:
                    answer.update(step=step, run_id=run_id)
                elif not answer["step"]:
                    return

        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(self._run), pool.submit(watched)]:
                each.result()
        self._run()
        self.assertEqual(self._result(), wanted)


@tagged("post_install", "-at_install")
class TestStepsMeanwhile(StepCase):
    """People go on with their work while a run is in the middle of a step."""

    def _handover(self, env, name="Late", number=0):
        lead = self._leads(env, name)[number]
        return env["retention.handover"].search([("lead_id", "=", lead.id)], limit=1)

    def _state(self, name="Late"):
        with self._env() as env:
            return self._handover(env, name).state

    def test_accepting(self):
        for name in ("Late", "Met"):
            self._meanwhile(
                "handovers",
                "seller",
                lambda env, name=name: self._handover(env, name).action_accept(),
            )
        self._run()
        self.assertEqual(self._state("Late"), "accepted")
        self.assertEqual(self._state("Met"), "contacted")
        with self._env() as env:
            alerts = self._handover(env, "Late").alert_ids
            self.assertEqual(set(alerts.mapped("state")), {"resolved"})
            self.assertFalse(alerts.activity_id.filtered("active"))

    def _return(self, env, name):
        handover = self._handover(env, name)
        env["retention.handover.return"].create(
            {
                "handover_ids": handover.ids,
                "reason_id": env.ref("retention_suite.return_reason_not_ready").id,
            }
        ).action_return()

    def test_returning(self):
        for name in ("Late", "Met"):
            self._meanwhile(
                "handovers", "seller", lambda env, name=name: self._return(env, name)
            )
        self._run()
        with self._env() as env:
            for name in ("Late", "Met"):
                handover = self._handover(env, name)
                self.assertEqual(handover.state, "returned")
                self.assertFalse(handover.lead_id.user_id)
                self.assertFalse(
                    handover.alert_ids.filtered(lambda a: a.state == "open")
                )

    def test_accepting_before_the_run_gets_there(self):
        """The run meets what is not committed yet, and tries again."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user_ids["seller"], {})
            self._handover(env, "Met").action_accept()
            env.flush_all()
            with ThreadPoolExecutor(1) as pool:
                run = pool.submit(self._run)
                deadline = time.monotonic() + 20
                while not (self._waits() or run.done()):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.02)
                self.assertFalse(run.done())
                # the run waits for it
                cr.commit()  # pylint: disable=invalid-commit
                run.result(60)
        self.assertEqual(self._state("Met"), "contacted")
        with self._env() as env:
            handover = self._handover(env, "Met")
            self.assertGreater(handover.accepted_date, handover.contacted_date)

    def _answer(self, env):
        for lead in self._leads(env, "Late", "Met"):
            lead.message_post(
                body="On Monday",
                partner_ids=lead.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def assertAnswered(self):
        with self._env() as env:
            profiles = env["retention.profile"].search(
                [("partner_id", "in", self.partner_ids)]
            )
            asked = profiles.touchpoint_ids.filtered("needs_answer")
            self.assertEqual(len(asked), 2 * CUSTOMERS)
            self.assertFalse(asked.filtered(lambda t: not t.answered_date))
            replies = profiles.touchpoint_ids.filtered(lambda t: t.direction == "out")
            self.assertEqual(len(replies), 3 * CUSTOMERS)
            self.assertEqual(profiles.mapped("gap_days"), [0] * 2 * CUSTOMERS)
            self.assertFalse(
                profiles.open_alert_ids.filtered(lambda a: a.kind == "unanswered")
            )
            for name in ("Late", "Met"):
                self.assertEqual(self._handover(env, name).state, "contacted")

    def test_answering(self):
        for step in (
            "answers",
            "answer_times",
            "measures",
            "handovers",
            "unanswered",
            "settle",
        ):
            with self.subTest(step=step):
                self._meanwhile(step, "seller", self._answer)
                self._run()
                self.assertAnswered()
            self._clean_up()
            self._scenario()

    def test_answering_what_there_is_an_alert_about(self):
        for step in ("answers", "unanswered"):
            with self.subTest(step=step):
                self._run()
                self._meanwhile(step, "seller", self._answer)
                self._run()
                self.assertAnswered()
            self._clean_up()
            self._scenario()

    def test_deleting_the_answer(self):
        """Between the matching of answers and the figures, too."""
        for step in ("answers", "answer_times", "measures"):
            with self.subTest(step=step):
                self._run()
                with self._env() as env:
                    env.cr.execute(
                        "UPDATE retention_profile SET refresh_date = '2000-1-1'"
                    )

                def delete(env):
                    leads = self._leads(env, "Met")
                    env["mail.message"].sudo().search(
                        [
                            ("model", "=", "crm.lead"),
                            ("res_id", "in", leads.ids),
                            ("message_type", "=", "comment"),
                        ]
                    ).unlink()

                self._meanwhile(step, "manager", delete)
                self._run()
                with self._env() as env:
                    asked = env["retention.touchpoint"].search(
                        [("needs_answer", "=", True), ("answered_date", "=", False)]
                    )
                    self.assertEqual(len(asked), 2 * CUSTOMERS)
                    self.assertEqual(self._handover(env, "Met").state, "offered")
            self._clean_up()
            self._scenario()


@tagged("post_install", "-at_install")
class TestHandoverAtOnce(StepCase):
    """Two people do something with the same hand-over at once."""

    def _both(self, first, second):
        """Two people act in the same moment.

        :return: what each of them was refused, if anything
        """
        barrier = Barrier(2)

        def act(login, do):
            waited = []

            def together(env):
                handover = self._handover(env)
                if not waited:
                    waited.append(True)
                    barrier.wait(20)
                return do(env, handover)

            try:
                self._as(login, together)
            except UserError as error:
                return str(error)
            return None

        with ThreadPoolExecutor(2) as pool:
            acts = [pool.submit(act, *each) for each in (first, second)]
            return [each.result(60) for each in acts]

    def _handover(self, env):
        lead = self._leads(env, "Late")[0]
        return env["retention.handover"].search(
            [("lead_id", "=", lead.id), ("closed_date", "=", False)]
        )

    def _accept(self, env, handover):
        handover.action_accept()

    def _pass_to(self, login):
        def pass_on(env, handover):
            env["retention.handover.pass"].create(
                {"handover_ids": handover.ids, "user_id": self.user_ids[login]}
            ).action_hand_over()

        return pass_on

    def assertOneOpen(self):
        with self._env() as env:
            lead = self._leads(env, "Late")[0]
            open_one = self._handover(env)
            self.assertEqual(len(open_one), 1)
            self.assertEqual(open_one.to_user_id, lead.user_id)
            return open_one.to_user_id.id

    def test_both_accept(self):
        refused = self._both(("seller", self._accept), ("manager", self._accept))
        self.assertEqual(refused, [None, None])
        with self._env() as env:
            self.assertEqual(self._handover(env).state, "accepted")

    def test_accepted_and_passed_on(self):
        refused = self._both(
            ("seller", self._accept), ("manager", self._pass_to("colleague"))
        )
        self.assertIsNone(refused[1])
        self.assertIn("ended already", refused[0] or "ended already")
        self._run()
        self.assertEqual(self.assertOneOpen(), self.user_ids["colleague"])

    def test_both_pass_it_on(self):
        self._both(
            ("seller", self._pass_to("manager")),
            ("manager", self._pass_to("colleague")),
        )
        self._run()
        self.assertOneOpen()
        with self._env() as env:
            handovers = self._leads(env, "Late")[0].retention_handover_ids
            self.assertEqual(len(handovers.filtered("closed_date")), len(handovers) - 1)
