from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayFit(PlayCase):
    """Whom a play fits, and who is left alone."""

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
