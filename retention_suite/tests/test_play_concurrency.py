from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest.mock import patch

from psycopg2 import InterfaceError, OperationalError

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import retention_play_batch, retention_play_sending
from .test_run_concurrency import _Committed


class PlayCommitted(BaseCase):
    """Two people, some silent customers and a play with a call and a message, on
    connections that really commit.

    What they leave behind is taken away again.
    """

    COUNT = 6

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        # how long Odoo waits until it repeats a request
        self.enterContext(patch("odoo.service.model.random.uniform", lambda *_: 0.02))
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))
        self.addCleanup(self._clean_up)
        self.patch(retention_play_sending, "SEND_BATCH", 2)
        self.patch(retention_play_batch, "START_BATCH", 2)
        with self._env() as env:
            self.user_ids = [
                new_test_user(
                    env,
                    login=f"play_{number}",
                    groups="base.group_user,sales_team.group_sale_salesman",
                    notification_type="inbox",
                ).id
                for number in range(2)
            ]
            self.template_id = (
                env["mail.template"]
                .create(
                    {
                        "name": "Text",
                        "model_id": env["ir.model"]._get_id("retention.winback"),
                        "subject": "Concurrent",
                        "body_html": "<p>Hello</p>",
                        "email_from": "us@our.example",
                    }
                )
                .id
            )
            partners = env["res.partner"].create(
                [
                    {"name": f"Sent {number}", "email": f"{number}@sent.example"}
                    for number in range(self.COUNT)
                ]
            )
            dormant = env["retention.journey.stage"]._first_of_kind(
                "dormant", env.company
            )
            self.partner_ids = partners.ids
            self.profile_ids = (
                env["retention.profile"]
                .create(
                    [
                        {"partner_id": partner.id, "journey_stage_id": dormant.id}
                        for partner in partners
                    ]
                )
                .ids
            )
            self.play_ids = []
            self.play_id = self._new_play(env).id

    def _new_play(self, env):
        play = env["retention.play"].create(
            {
                "name": "Concurrent",
                "kind": "dormancy",
                "activity_plan_id": env.ref("retention_suite.activity_plan_wake_up").id,
                "message_ids": [Command.create({"template_id": self.template_id})],
            }
        )
        self.play_ids.append(play.id)
        return play

    def _env(self):
        return _Committed(self.registry)

    def _clean_up(self):
        with self._env() as env:
            env["retention.profile"].browse(self.profile_ids).unlink()
            env["mail.mail"].search([("subject", "=", "Concurrent")]).unlink()
            env["retention.play"].browse(self.play_ids).unlink()
            env["mail.template"].browse(self.template_id).unlink()
            users = env["res.users"].browse(self.user_ids)
            people = users.partner_id | env["res.partner"].browse(self.partner_ids)
            users.unlink()
            people.unlink()
            env["retention.run"].search([]).unlink()
            env["retention.watermark"].search([("name", "!=", "run")]).unlink()

    def _on_its_own(self, do, user_id=SUPERUSER_ID):
        """Do something on a connection of its own, as Odoo does what is asked for.

        :param do: called with the environment
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user_id, {})
            return retrying(lambda: do(env), env)

    def _run(self):
        with self.registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["retention.run"]._run_all()

    def _work_off(self):
        """What the scheduled action does."""
        with self.registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["retention.play"]._work_off()

    def _enlist(self):
        """All customers are chosen, and wait."""
        with self._env() as env:
            play = env["retention.play"].browse(self.play_id)
            play._insert_members(self.profile_ids, "waiting")

    def _terminate(self, env):
        """The connection dies."""
        env.flush_all()
        env.cr.execute("SELECT pg_backend_pid()")
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_terminate_backend(%s, 5000)", env.cr.fetchone())

    def _sent(self):
        with self._env() as env:
            sent = env["retention.play.sending"].search(
                [("play_id", "in", self.play_ids), ("state", "=", "sent")]
            )
            mails = env["mail.mail"].search_count([("subject", "=", "Concurrent")])
            return len(sent), len(sent.message_id), mails

    def _started(self):
        """How many customers are started, and what there is for them."""
        with self._env() as env:
            members = env["retention.play.member"].search(
                [("play_id", "in", self.play_ids), ("state", "=", "running")]
            )
            cases = env["retention.winback"].search(
                [("profile_id", "in", self.profile_ids)]
            )
            planned = env["retention.play.sending"].search(
                [("case_id", "in", cases.ids)]
            )
            return (
                len(members.profile_id),
                len(members),
                len(cases),
                len(cases.activity_ids),
                len(planned),
            )


@tagged("post_install", "-at_install")
class TestPlaySendingCommitted(PlayCommitted):
    """Messages go once, whatever happens to a run."""

    def setUp(self):
        super().setUp()
        self._enlist()
        self._work_off()

    def test_killed_in_the_middle(self):
        model = self.registry["retention.play.sending"]
        send, calls = model._send, []

        def killed(sending):
            calls.append(sending.id)
            send(sending)
            if len(calls) == 4:
                # the second of its batch was posted, and not committed
                raise KeyboardInterrupt

        with (
            patch.object(model, "_send", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._run()
        self.assertEqual(self._sent(), (2, 2, 2), "what was committed")
        self._run()
        self._run()
        self.assertEqual(self._sent(), (self.COUNT,) * 3)

    def test_killed_between_two_batches(self):
        model = self.registry["retention.play.sending"]
        send_due, calls = model._send_due, []

        def killed(sending):
            calls.append(sending)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return send_due(sending)

        with (
            patch.object(model, "_send_due", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._run()
        self.assertEqual(self._sent(), (4, 4, 4), "two batches")
        self._run()
        self._run()
        self.assertEqual(self._sent(), (self.COUNT,) * 3)

    def test_connection_dies(self):
        model = self.registry["retention.play.sending"]
        send_due, calls = model._send_due, []

        def killed(sending):
            result = send_due(sending)
            calls.append(sending)
            if len(calls) == 2:
                self._terminate(sending.env)
            return result

        with (
            patch.object(model, "_send_due", killed),
            self.assertRaises((OperationalError, InterfaceError)),
        ):
            self._run()
        self.assertEqual(self._sent(), (2, 2, 2), "what was committed")
        self._run()
        self.assertEqual(self._sent(), (self.COUNT,) * 3)

    def test_two_at_once(self):
        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(self._run) for _number in range(2)]:
                each.result()
        self._run()
        self.assertEqual(self._sent(), (self.COUNT,) * 3)


@tagged("post_install", "-at_install")
class TestPlayStartCommitted(PlayCommitted):
    """Customers are started once, whatever happens to the scheduled action."""

    def assertStartedOnce(self):
        self.assertEqual(self._started(), (self.COUNT,) * 5)
        self._run()
        self._run()
        self.assertEqual(self._sent(), (self.COUNT,) * 3)

    def test_killed_between_two_batches(self):
        self._enlist()
        model = self.registry["retention.play"]
        work, calls = model._work_off_batch, []

        def killed(play):
            calls.append(play)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return work(play)

        with (
            patch.object(model, "_work_off_batch", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._work_off()
        self.assertEqual(self._started(), (2,) * 5, "one batch")
        self._work_off()
        self.assertStartedOnce()

    def test_killed_in_the_middle(self):
        self._enlist()
        model = self.registry["retention.play"]
        work, calls = model._work_off_batch, []

        def killed(play):
            done = work(play)
            calls.append(play)
            if len(calls) == 2:
                play.env.flush_all()
                raise KeyboardInterrupt
            return done

        with (
            patch.object(model, "_work_off_batch", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._work_off()
        self.assertEqual(self._started(), (2,) * 5, "what was committed")
        self._work_off()
        self.assertStartedOnce()

    def test_connection_dies(self):
        self._enlist()
        model = self.registry["retention.play"]
        work, calls = model._work_off_batch, []

        def killed(play):
            done = work(play)
            calls.append(play)
            if len(calls) == 2:
                self._terminate(play.env)
            return done

        with (
            patch.object(model, "_work_off_batch", killed),
            self.assertRaises((OperationalError, InterfaceError)),
        ):
            self._work_off()
        self._work_off()
        self.assertStartedOnce()

    def test_two_at_once(self):
        self._enlist()
        barrier = Barrier(2)

        def work():
            barrier.wait(20)
            self._work_off()

        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(work) for _number in range(2)]:
                each.result(60)
        self._work_off()
        self.assertStartedOnce()

    def test_case_is_opened_meanwhile(self):
        """A batch that meets the case of somebody else takes it."""
        self._enlist()
        model = self.registry["retention.play"]
        cases_of, calls = model._cases_of, []

        def met(play, profiles, launcher):
            if not calls:
                calls.append(True)
                # what the batch sees is from before
                with self._env() as env:
                    env["retention.winback"].create(
                        {"profile_id": profiles[0].id, "kind": "dormancy"}
                    )
            return cases_of(play, profiles, launcher)

        with patch.object(model, "_cases_of", met):
            self._work_off()
        self.assertStartedOnce()


@tagged("post_install", "-at_install")
class TestPlayByTwo(PlayCommitted):
    """Two people start plays for the same customers in the same moment."""

    def _both(self, *play_ids):
        """Each starts one of the plays.

        :return: how many customers each has chosen
        """
        barrier = Barrier(2)

        def start(user_id, play_id):
            waited = []

            def together(env):
                play = env["retention.play"].browse(play_id)
                profiles = env["retention.profile"].browse(self.profile_ids)
                play.read(["name"])
                if not waited:
                    waited.append(True)
                    barrier.wait(20)
                return play._enlist(profiles)[0]

            return self._on_its_own(together, user_id)

        with ThreadPoolExecutor(2) as pool:
            starts = [
                pool.submit(start, *each)
                for each in zip(self.user_ids, play_ids, strict=True)
            ]
            return sorted(each.result(60) for each in starts)

    def assertAddressedOnce(self):
        self._work_off()
        self.assertEqual(self._started(), (self.COUNT,) * 5)
        self._run()
        self._run()
        self.assertEqual(self._sent(), (self.COUNT,) * 3)

    def test_same_play_at_once(self):
        self.patch(retention_play_batch, "START_BATCH", 50)
        self.assertEqual(self._both(self.play_id, self.play_id), [0, self.COUNT])
        self.assertAddressedOnce()

    def test_same_play_by_the_scheduled_action(self):
        self.patch(retention_play_batch, "AT_ONCE", 0)
        self.assertEqual(self._both(self.play_id, self.play_id), [0, self.COUNT])
        self.assertAddressedOnce()

    def test_two_plays(self):
        """Whoever is later finds that another measure is running."""
        self.patch(retention_play_batch, "START_BATCH", 50)
        with self._env() as env:
            other_id = self._new_play(env).id
        self.assertEqual(self._both(self.play_id, other_id), [0, self.COUNT])
        self.assertAddressedOnce()
