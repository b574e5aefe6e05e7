from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayHoldout(PlayCase):
    """Who is left out, and that nothing reaches them."""

    def _groups(self, play):
        members = self.Member.search([("play_id", "=", play.id)])
        return {m.profile_id: m.group for m in members}

    def test_share_is_about_right(self):
        """1,000 customers: 25 % give 250, with a standard deviation of 14."""
        profiles = self._customers(1000)
        play = self._new_play(holdout_share=25)
        left = play._left_out(profiles)
        self.assertTrue(190 <= len(left) <= 310, len(left))
        half = self._new_play(holdout_share=50)._left_out(profiles)
        self.assertTrue(420 <= len(half) <= 580, len(half))
        self.assertFalse(self._new_play(holdout_share=0)._left_out(profiles))
        # two plays do not leave out the same ones: 125 in both by chance
        self.assertTrue(70 <= len(left & half) <= 180, len(left & half))

    def test_same_side_every_time(self):
        profiles = self._customers(60)
        play = self._new_play(holdout_share=50)
        left = play._left_out(profiles)
        chosen, left_out = play._enlist(profiles[:30])
        self.assertEqual((chosen, left_out), (30, len(left & profiles[:30])))
        play._enlist(profiles)
        self.assertEqual(
            {p for p, group in self._groups(play).items() if group == "left_out"},
            set(left),
        )
        # after its time is over, the second time
        self.Member.search([]).write({"state": "done"})
        play._enlist(profiles)
        members = self.Member.search([("play_id", "=", play.id)])
        self.assertEqual(len(members), 120)
        for profile, own in members.grouped("profile_id").items():
            self.assertEqual(len(set(own.mapped("group"))), 1, profile.display_name)

    def test_more_left_out_are_the_same_and_more(self):
        """The slot stays: a higher share takes others in addition."""
        profiles = self._customers(100)
        play = self._new_play(holdout_share=10)
        few = play._left_out(profiles)
        play.holdout_share = 50
        self.assertLess(set(few), set(play._left_out(profiles)))

    def test_nobody_left_out_gets_anything(self):
        profiles = self._customers(40)
        play = self._new_play(holdout_share=50, offer_cost=5)
        play._enlist(profiles)
        self.Play._work_off_batch()
        self._run()
        left = play._left_out(profiles)
        treated = profiles - left
        self.assertTrue(left)
        self.assertTrue(treated)
        cases = self.Winback.search([("profile_id", "in", profiles.ids)])
        self.assertEqual(cases.profile_id, treated)
        self.assertEqual(
            self.Sending.search([("play_id", "=", play.id)]).profile_id, treated
        )
        for partner in left.partner_id:
            messages = self.env["mail.message"].search(
                [("partner_ids", "in", partner.ids)]
            )
            self.assertFalse(messages)
            self.assertFalse(partner.activity_ids)
        members = self.Member.search([("play_id", "=", play.id)])
        for member in members:
            self.assertEqual(member.state, "running", "all are watched alike")
            self.assertEqual(str(member.end_date.date()), "2026-09-13")
            self.assertEqual(member.cost, 5 if member.profile_id in treated else 0)
            self.assertEqual(bool(member.case_id), member.profile_id in treated)

    def test_case_of_somebody_left_out_is_not_started(self):
        profiles = self._customers(20)
        play = self._new_play(holdout_share=50)
        left = play._left_out(profiles)
        cases = self.Winback.concat(*(self._new_case(p) for p in profiles))
        started = play._start(cases)
        self.assertEqual(started.profile_id, profiles - left)
        others = cases - started
        self.assertEqual(set(others.mapped("step")), {"identified"})
        self.assertFalse(others.activity_ids)
        self.assertFalse(others.play_id)
        self.assertEqual(
            self.Member.search(
                [("play_id", "=", play.id), ("group", "=", "left_out")]
            ).profile_id,
            left,
        )

    def test_only_those_who_left_silently_are_left_out(self):
        for kind in ("cancellation", "save", False):
            with self.subTest(kind=kind), self.assertRaises(ValidationError):
                self._new_play(kind=kind, holdout_share=10)
        play = self._new_play(holdout_share=10)
        with self.assertRaisesRegex(ValidationError, "gets an answer"):
            play.kind = "save"

    def test_no_play_without_its_secret(self):
        one, other = self._new_play(), self._new_play()
        self.assertGreaterEqual(len(one.holdout_secret), 32)
        self.assertNotEqual(one.holdout_secret, other.holdout_secret)
