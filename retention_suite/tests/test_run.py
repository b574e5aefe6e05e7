from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import retention_run_step
from .alert_common import LAST_CONTACT, AlertCase
from .common import NOW


@tagged("post_install", "-at_install")
class TestRun(AlertCase):
    """One run does it all."""

    def _versions(self):
        """The place of each row on disk, which every write changes."""
        tables = [
            model._table
            for name, model in self.env.items()
            if model._auto and name.startswith("retention.")
        ]
        tables += ["mail_activity", "mail_message", "res_partner", "crm_lead"]
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL("SELECT id, ctid FROM %s ORDER BY id", SQL.identifier(table))
            )
            for table in tables
        }

    def test_batches_sort_in_memory_and_compile_nothing(self):
        for usual, in_batch in (("4MB", "32MB"), ("64MB", "64MB")):
            self.env.cr.execute("SELECT set_config('work_mem', %s, TRUE)", [usual])
            self.env["retention.run"]._plan_for_batches()
            self.env.cr.execute(
                "SELECT current_setting('work_mem'), current_setting('jit')"
            )
            self.assertEqual(self.env.cr.fetchone(), (in_batch, "off"))

    def test_run_after_nothing_changed_writes_no_row(self):
        for days in (130, 120, 110):
            self._log(self.profile, NOW - timedelta(days=days))
        self._new_customer("Other", self.colleague)
        self._post(self.lead, self.seller, self.bert)
        self._run()
        # what was read last is settled when its transaction has ended
        self._run()
        before = self._versions()
        self.assertEqual(set(self._run().values()), {0})
        self.assertEqual(self._versions(), before)

    def test_finds_what_came_past_the_hooks(self):
        """As an import does, or another program in the database."""
        self._run()
        message = self.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead.id,
                "message_type": "email",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "author_id": self.anna.id,
                "date": NOW,
                "body": "Hello",
            }
        )
        self.assertEqual(self.profile.gap_days, 100)
        self.assertEqual(self._run()["contact_count"], 1)
        self.assertEqual(self.profile.touchpoint_ids[0].message_id, message)
        self.assertEqual(self.profile.gap_days, 0)
        # nobody has been silent for too long, but now it is our turn
        self.assertEqual(self.profile.open_alert_ids.mapped("kind"), ["unanswered"])

    def test_figures(self):
        self._new_customer("Other", self.colleague)
        figures = self._run()
        self.assertEqual(figures["raised_count"], 2)
        self.assertEqual(figures["activity_count"], 2)
        run = self.Run.search([], limit=1)
        self.assertRecordValues(
            run,
            [{"state": "done", "raised_count": 2, "activity_count": 2}],
        )
        self.assertEqual(run.end_date, NOW)

    def test_run_without_work_leaves_no_record(self):
        self._run()
        last = self.Run.search([], limit=1)
        self._run()
        self.assertEqual(self.Run.search([], limit=1), last)

    def test_small_batches_do_the_same(self):
        for number in range(5):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            with self._at(LAST_CONTACT):
                self._new_lead(partner, self.seller)
                self._post(partner, self.seller, partner)
        with (
            patch.object(retention_run_step, "HISTORY_BATCH", 1),
            patch.object(retention_run_step, "RECORD_BATCH", 1),
            patch.object(retention_run_step, "MEASURE_BATCH", 2),
        ):
            self._run()
            alerts = self.Alert.search([("state", "=", "open")])
            self.assertEqual(len(alerts), 6)
            self.assertEqual(set(alerts.mapped("gap_days")), {100})
            with self._in_days(1):
                self.policy.max_gap_days = 200
                self._run()
                self.assertEqual(set(alerts.mapped("state")), {"resolved"})

    def test_cron_does_it(self):
        self.env.flush_all()
        self.env.cr.precommit.clear()
        with self.enter_registry_test_mode():
            self.env.ref(
                "retention_suite.ir_cron_retention_run"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self.profile.open_alert_ids), 1)
        self.assertEqual(self.Run.search([], limit=1).state, "done")


@tagged("post_install", "-at_install")
class TestRunStep(AlertCase):
    """A manager runs it and watches."""

    def test_manager_sees_how_far_it_is_and_the_figures(self):
        Run = self.Run.with_user(self.manager)
        progress = []
        answer = {"step": None, "run_id": None}
        while True:
            answer = Run.run_step(answer["step"], answer["run_id"])
            self.assertFalse(answer["busy"])
            progress.append(answer["progress"])
            if not answer["step"]:
                break
            self.assertTrue(answer["label"])
        self.assertEqual(progress, sorted(progress))
        self.assertEqual(progress[-1], 1)
        figures = {figure["label"]: figure["count"] for figure in answer["figures"]}
        self.assertEqual(figures["New to Do"], 1)
        self.assertEqual(figures["Activities Handed Out"], 1)
        self.assertEqual(Run.browse(answer["run_id"]).state, "done")
        self.assertEqual(self.profile.open_alert_ids.activity_id.user_id, self.seller)

    def test_every_step_has_a_label(self):
        self.assertEqual(set(self.Run._step_labels()), set(self.Run._step_names()))

    def test_unknown_step_begins_anew(self):
        answer = self.Run.with_user(self.manager).run_step("unlink")
        self.assertEqual(answer["step"], self.Run._step_names()[1])

    def test_only_managers(self):
        for user in (self.seller, self.colleague):
            with self.assertRaisesRegex(AccessError, "Only managers"):
                self.Run.with_user(user).run_step()
            with self.assertRaisesRegex(AccessError, "Only managers"):
                self.Run.with_user(user).action_run()
        self.assertEqual(
            self.Run.with_user(self.manager).action_run()["tag"],
            "retention_suite.run",
        )
