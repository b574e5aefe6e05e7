from unittest.mock import patch

from odoo.tests import Form, tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayBatch(PlayCase):
    """Many customers are one action: they are chosen at once and started in batches."""

    def test_500_customers_are_one_action(self):
        """As many statements for 500 as for 100; the rest follows in batches."""
        play = self._new_play(holdout_share=20)
        profiles = self._customers(600)
        counts = []
        for some in (profiles[:100], profiles[100:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            chosen, _left = play._enlist(some)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(chosen, len(some))
        self.assertLessEqual(counts[1], counts[0] + 3, counts)
        self.assertFalse(
            self.Winback.search([("profile_id", "in", profiles.ids)]), "in a while"
        )
        cron = self.env.ref("retention_suite.ir_cron_retention_play")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))

    def test_scheduled_action_works_off_what_waits(self):
        play = self._new_play(holdout_share=20)
        profiles = self._customers(130)
        chosen, left_out = play._enlist(profiles)
        self.assertEqual(play.start_text, "0 of 130 customers done")
        seen = []
        work = type(play)._work_off_batch

        def watched(plays):
            done = work(plays)
            play.invalidate_recordset()
            seen.append((done, play.start_text))
            return done

        self.env.flush_all()
        with (
            self.enter_registry_test_mode(),
            patch.object(type(play), "_work_off_batch", watched),
        ):
            self.env.ref(
                "retention_suite.ir_cron_retention_play"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(
            seen,
            [
                (50, "50 of 130 customers done"),
                (50, "100 of 130 customers done"),
                (30, "130 of 130 customers done"),
                (0, "130 of 130 customers done"),
            ],
        )
        self.assertEqual(play.start_progress, 100)
        cases = self.Winback.search([("profile_id", "in", profiles.ids)])
        self.assertEqual(len(cases), chosen - left_out)
        self.assertEqual(cases.activity_ids.user_id, self.seller)

    def test_salesperson_follows_a_start(self):
        """From the tick in the list to the cases, as somebody who sees own customers
        only."""
        profiles = self._customers(60)
        theirs = self._customers(1)
        theirs.user_id = self.colleague
        play = self._new_play(holdout_share=20)
        play.with_user(self.colleague)._enlist(theirs.with_user(self.colleague))
        action = (
            self.env.ref("retention_suite.retention_play_launch_profile_action")
            .with_user(self.seller)
            .with_context(active_model="retention.profile", active_ids=profiles.ids)
            .run()
        )
        wizard = (
            self.env["retention.play.launch"]
            .with_user(self.seller)
            .browse(action["res_id"])
        )
        with Form(wizard) as form:
            form.play_id = play.with_user(self.seller)
            self.assertIn("60 customers are chosen.", form.text)
        following = wizard.action_start()["params"]["next"]
        self.assertEqual(following["res_model"], wizard._name)
        self.assertEqual(following["res_id"], wizard.id)
        self.assertEqual(wizard.start_text, "Wake up: 0 of 60 customers done")
        self.Play._work_off_batch()
        again = wizard.action_look_again()
        self.env.invalidate_all()
        self.assertEqual(again["res_id"], wizard.id)
        self.assertEqual(wizard.start_text, "Wake up: 50 of 60 customers done")
        self.assertAlmostEqual(wizard.start_progress, 100 * 50 / 60)
        members = self.Member.with_user(self.seller)
        shown = members.web_search_read(
            wizard.action_view_customers()["domain"],
            {"profile_id": {"fields": {"display_name": {}}}, "state": {}, "group": {}},
        )["records"]
        self.assertEqual(len(shown), 60, "not that of the colleague")
        self.assertEqual(sum(m["state"] == "waiting" for m in shown), 10)
        self.Play._work_off_batch()
        self.env.invalidate_all()
        self.assertEqual(wizard.to_start_count, 0)
        case = members.search(wizard._started_domain()).case_id[:1]
        self.assertEqual(case.activity_ids.user_id, self.seller)
        self.assertEqual(play.with_user(self.seller).start_progress, 100)
        # a second click says what is going on, and starts nothing
        self.assertEqual(wizard.action_start()["params"]["type"], "warning")
        self.assertEqual(wizard.start_text, "Wake up: 60 of 60 customers done")

    def test_few_need_no_progress(self):
        wizard = self._launch(self._customers(2), self._new_play())
        following = wizard.action_start()["params"]["next"]
        self.assertEqual(following["type"], "ir.actions.act_window_close")
        self.assertEqual(wizard.start_progress, 100)

    def test_batch_writes_little_for_each_customer(self):
        """A case, an activity and a follower each are Odoo's; the play's own work
        does not grow."""
        play = self._new_play(delays=(0, 7))
        profiles = self._customers(48)
        counts = []
        for some in (profiles[:8], profiles[8:]):
            play._insert_members(some.ids, "waiting")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(play._work_off_batch(), len(some))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 32, counts)

    def test_measure_began_in_the_meantime(self):
        """They were chosen, and a colleague was faster: they count all the same."""
        profile = self._customers(1)
        play = self._new_play()
        play._insert_members(profile.ids, "waiting")
        case = self._new_case(profile)
        other = self._new_play(name="Other")
        other._start(case)
        play._work_off_batch()
        self.assertEqual(case.play_id, other)
        self.assertEqual(len(case.activity_ids), 1)
        self.assertEqual(self._members(play).state, "running")
