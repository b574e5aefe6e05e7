from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayStart(PlayCase):
    """From the tick in the list to the case with its activities."""

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

    def test_open_case_is_taken(self):
        profile = self._customers(1)
        case = self._new_case(profile, user_id=self.colleague.id)
        play = self._new_play()
        play._enlist(profile)
        self.assertEqual(self.Winback.search([("profile_id", "=", profile.id)]), case)
        self.assertEqual((case.kind, case.step), ("dormancy", "running"))
        self.assertEqual(case.activity_ids.user_id, self.colleague)

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

    def test_buttons(self):
        play = self._new_play()
        self._launch(self._customers(1), play).action_start()
        member = self._members(play)
        self.assertEqual(play.action_open_members()["domain"][0][2], play.id)
        self.assertEqual(member.action_open_case()["res_id"], member.case_id.id)
        self.assertEqual(play.action_look_again()["tag"], "soft_reload")
