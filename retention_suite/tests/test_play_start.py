from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayStart(PlayCase):
    """From the tick in the list to the case with its activities."""

    def _launch(self, profiles, play, user=None):
        """The dialog, as it is opened from the list."""
        Launch = self.env["retention.play.launch"].with_user(user or self.seller)
        action = Launch._action_open_for(profiles.with_user(user or self.seller))
        wizard = Launch.browse(action["res_id"])
        wizard.play_id = play
        return wizard

    def _members(self, play):
        return self.Member.search([("play_id", "=", play.id)], order="id")

    def test_few_are_started_at_once(self):
        profiles = self._customers(2)
        play = self._new_play(delays=(0, 7), offer="10 % less", offer_cost=20)
        result = self._launch(profiles, play).action_start()
        self.assertIn("starts for 2 customers", result["params"]["message"])
        cases = self.Winback.search([("profile_id", "in", profiles.ids)])
        self.assertEqual(len(cases), 2)
        for case in cases:
            self.assertRecordValues(
                case,
                [
                    {
                        "kind": "dormancy",
                        "step": "running",
                        "play_id": play.id,
                        "user_id": self.seller.id,
                        "offer": "10 % less",
                        "offer_cost": 20,
                        "start_date": self.env.cr.now(),
                    }
                ],
            )
            self.assertEqual(case.activity_ids.summary, "Call them")
            self.assertEqual(case.activity_ids.user_id, self.seller)
            self.assertEqual(str(case.activity_ids.date_deadline), "2026-06-18")
        sendings = self.Sending.search([("case_id", "in", cases.ids)])
        self.assertEqual(
            sorted(str(s.planned_date.date()) for s in sendings),
            ["2026-06-15"] * 2 + ["2026-06-22"] * 2,
        )
        self.assertEqual(self._members(play).case_id, cases)

    def test_double_click_starts_once(self):
        profiles = self._customers(2)
        play = self._new_play()
        wizard = self._launch(profiles, play)
        wizard.action_start()
        result = wizard.action_start()
        self.assertIn("(take part already: 2)", result["params"]["message"])
        self.assertEqual(result["params"]["type"], "warning")
        self.assertEqual(len(self._members(play)), 2)
        cases = self.Winback.search([("profile_id", "in", profiles.ids)])
        self.assertEqual(len(cases), 2)
        self.assertEqual(len(cases.activity_ids), 2)
        self.assertEqual(play._start(cases), self.Winback, "it is running")
        self.assertIs(cases.action_start(), True, "nobody is left out")
        self.assertEqual(len(cases.activity_ids), 2)

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

    # ------------------------------------------------------------------
    # Who is left alone
    # ------------------------------------------------------------------

    def test_open_case_is_taken(self):
        profile = self._customers(1)
        case = self._new_case(profile, user_id=self.colleague.id)
        play = self._new_play()
        play._enlist(profile)
        self.assertEqual(self.Winback.search([("profile_id", "=", profile.id)]), case)
        self.assertEqual((case.kind, case.step), ("dormancy", "running"))
        self.assertEqual(case.activity_ids.user_id, self.colleague)

    def _fit(self, play, profiles):
        """Who is started, without starting anybody."""
        counts = [play._count_obstacles(profile) for profile in profiles]
        return [next(iter(count)) or "fits" for count in counts]

    def test_kind_is_that_of_the_stage(self):
        profiles = self.env["retention.profile"]
        for stage in ("active", "dormant", "lost", "at_risk"):
            profiles |= self._customers(1, stage=stage)
        for kind, wanted in (
            ("dormancy", ["kind", "fits", "kind", "kind"]),
            ("cancellation", ["kind", "kind", "fits", "kind"]),
            ("save", ["kind", "kind", "kind", "fits"]),
            (False, ["fits"] * 4),
        ):
            with self.subTest(kind=kind):
                play = self._new_play(kind=kind)
                self.assertEqual(self._fit(play, profiles), wanted)
        profiles[0].sudo().risk_level = "medium"
        self.assertEqual(self._fit(self._new_play(kind="save"), profiles)[0], "fits")

    def test_kind_is_that_of_the_open_case(self):
        """Whoever has told us why is not treated as silent."""
        for kind in ("cancellation", "dormancy", "save"):
            profile = self._customers(1)
            self._new_case(profile, kind=kind)
            for play_kind in ("cancellation", "dormancy", "save"):
                with self.subTest(kind=kind, play=play_kind):
                    self.assertEqual(
                        self._fit(self._new_play(kind=play_kind), profile),
                        ["fits" if kind == play_kind else "kind"],
                    )
            self.assertEqual(self._fit(self._new_play(kind=False), profile), ["fits"])

    def test_reason_is_that_of_the_open_case(self):
        price = self.env["crm.lost.reason"].create(
            {"name": "Too dear", "retention_group": "price"}
        )
        profiles = self._customers(3)
        self._new_case(profiles[0], reason_id=price.id)
        self._new_case(profiles[1])
        for group, wanted in (
            ("price", ["fits", "reason", "reason"]),
            ("unknown", ["reason", "fits", "fits"]),
            (False, ["fits"] * 3),
        ):
            with self.subTest(group=group):
                play = self._new_play(reason_group=group)
                self.assertEqual(self._fit(play, profiles), wanted)
        self.assertEqual(self._new_play(reason_group="price")._enlist(profiles), (1, 0))

    def test_those_who_do_not_fit_get_nothing_and_spoil_nothing(self):
        active = self._customers(30, stage="active")
        dormant = self._customers(10)
        play = self._new_play(holdout_share=50)
        wizard = self._launch(active | dormant, play)
        self.assertIn("40 customers are chosen. 30 of them stay as", wizard.text)
        self.assertIn("(have not left silently: 30)", wizard.text)
        self.assertIn("About 5 of them are left out", wizard.text)
        message = wizard.action_start()["params"]["message"]
        self.assertIn("(have not left silently: 30)", message)
        self.assertEqual(self._members(play).profile_id, dormant)
        self._run()
        self.assertFalse(self.Winback.search([("profile_id", "in", active.ids)]))
        self.assertFalse(
            self.Sending.search([("profile_id", "in", active.ids)]), "no mail"
        )

    def test_dialog_says_why_some_do_not_fit(self):
        other = self.env["res.company"].create({"name": "Other"})
        fitting, archived, busy, worth, reason, active = self._customers(6)
        archived.active = False
        self._new_play(name="First")._start(self._new_case(busy))
        worth.sudo().winback_value = 1000
        price = self.env["crm.lost.reason"].create(
            {"name": "Too dear", "retention_group": "price"}
        )
        self._new_case(reason, reason_id=price.id)
        self._new_case(active, kind="save")
        profiles = fitting | archived | busy | worth | reason | active
        profiles |= self._customers(1, company=other)
        play = self._new_play(
            max_value=500, reason_group="unknown", company_id=self.company.id
        )
        wizard = self._launch(profiles, play, user=self.env.user)
        self.assertIn("7 customers are chosen. 6 of them stay as they", wizard.text)
        for text in (
            "are archived: 1",
            "are customers of another company: 1",
            "have another measure running: 1",
            "have not left silently: 1",
            "have another reason, or none is known: 1",
            "are worth more or less than the play is for: 1",
        ):
            self.assertIn(text, wizard.text)
        play.write({"kind": "save"})
        self.assertIn("are not at risk: ", self._launch(fitting, play).text)
        play.write({"kind": "cancellation"})
        self.assertIn("have not cancelled: ", self._launch(fitting, play).text)

    def test_case_is_of_the_kind_that_the_customer_is(self):
        """A play for every kind says nothing about the case."""
        for stage, kind in (
            ("dormant", "dormancy"),
            ("lost", "cancellation"),
            ("active", "save"),
        ):
            profile = self._customers(1, stage=stage)
            self._new_play(kind=False)._enlist(profile)
            self.assertEqual(profile.winback_ids.kind, kind)

    def test_case_is_of_another_kind(self):
        case = self._new_case(self._customers(1), kind="save")
        case.play_id = self._new_play()
        with self.assertRaisesRegex(UserError, "another kind"):
            case.with_user(self.seller).action_start()
        self.assertEqual(case.step, "identified")

    def test_case_offers_what_may_be_started(self):
        other = self.env["res.company"].create({"name": "Other"})
        case = self._new_case(self._customers(1))
        wanted = self._new_play() | self._new_play(kind=False)
        wanted |= self._new_play(company_id=self.company.id)
        self._new_play(kind="save")
        self._new_play(company_id=other.id)
        domain = case.fields_get(["play_id"])["play_id"]["domain"]
        offered = safe_eval(
            domain, {"company_id": case.company_id.id, "kind": case.kind}
        )
        self.assertEqual(self.Play.search(offered), wanted)

    def test_other_measure_is_running(self):
        profile = self._customers(1)
        case = self._new_case(profile)
        self._new_play(name="First")._start(case)
        play = self._new_play(name="Second", holdout_share=50)
        self.assertEqual(play._enlist(profile), (0, 0))
        self.assertFalse(self._members(play), "neither addressed nor left out")
        self.assertEqual(play._start(case), self.Winback)

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

    def test_worth_more_or_less(self):
        profiles = self._customers(3)
        for profile, value in zip(profiles, (50, 100, 201), strict=True):
            profile.sudo().winback_value = value
        play = self._new_play(min_value=100, max_value=200)
        self.assertEqual(play._enlist(profiles), (1, 0))
        self.assertEqual(self._members(play).profile_id, profiles[1])
        self.assertEqual(profiles[1].winback_ids.value, 100)

    def test_put_away_customer(self):
        profile = self._customers(1)
        profile.active = False
        self.assertEqual(self._new_play()._enlist(profile), (0, 0))

    def test_archived_play(self):
        play = self._new_play(active=False)
        with self.assertRaisesRegex(UserError, "is archived"):
            play._enlist(self._customers(1))

    def test_closed_case(self):
        case = self._new_case(self._customers(1))
        case._close("lost")
        play = self._new_play()
        self.assertEqual(play._start(case), self.Winback)
        self.assertFalse(case.activity_ids)

    # ------------------------------------------------------------------
    # Whose they are
    # ------------------------------------------------------------------

    def test_nobody_is_responsible(self):
        """Whoever starts it calls."""
        profile = self._customers(1)
        profile.user_id = False
        profile.sudo().assigned_user_id = False
        self.assertFalse(profile.user_id)
        play = self._new_play()
        self._launch(profile, play, self.colleague).action_start()
        case = self.Winback.search([("profile_id", "=", profile.id)])
        self.assertEqual(case.activity_ids.user_id, self.colleague)

    def test_plan_names_somebody(self):
        self.plan.template_ids.write(
            {"responsible_type": "other", "responsible_id": self.manager.id}
        )
        case = self._new_case(self._customers(1))
        self._new_play()._start(case)
        self.assertEqual(case.activity_ids.user_id, self.manager)

    def test_customers_of_a_colleague(self):
        profile = self._customers(1)
        profile.user_id = self.colleague
        play = self._new_play()
        with self.assertRaises(AccessError):
            play.with_user(self.seller)._enlist(profile.with_user(self.seller))
        case = self._new_case(profile)
        with self.assertRaises(AccessError):
            play.with_user(self.seller)._start(case.with_user(self.seller))

    def test_nobody_ticked(self):
        with self.assertRaisesRegex(UserError, "at least one"):
            self.env["retention.play.launch"]._action_open_for(
                self.env["retention.profile"]
            )

    def test_dialog_says_who_is_left_out(self):
        profiles = self._customers(10)
        wizard = self._launch(profiles, self._new_play())
        self.assertEqual(wizard.text, "10 customers are chosen.")
        wizard.play_id = self._new_play(holdout_share=20)
        self.assertIn("About 2 of them are left out", wizard.text)
        message = wizard.action_start()["params"]["message"]
        self.assertIn("Wake up starts", message)

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        profiles = self._customers(1) | self._customers(1, company=other)
        play = self._new_play(company_id=other.id)
        self.assertEqual(play._enlist(profiles), (1, 0))
        self.assertEqual(self._members(play).company_id, other)
        case = self._new_case(profiles[0], play_id=play.id)
        with self.assertRaisesRegex(UserError, "for customers of Other only"):
            case.action_start()
        self.assertFalse(case.start_date)

    def test_buttons(self):
        play = self._new_play()
        self._launch(self._customers(1), play).action_start()
        member = self._members(play)
        self.assertEqual(play.action_open_members()["domain"][0][2], play.id)
        self.assertEqual(member.action_open_case()["res_id"], member.case_id.id)
        self.assertEqual(play.action_look_again()["tag"], "soft_reload")
