from odoo.tests import tagged

from .common import NOW
from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayMerge(PlayCase):
    """Plays of customers who become one."""

    def test_customers_are_merged(self):
        """Who takes part in the same play twice counts once."""
        first, second, third = self._customers(3)
        play, other = self._new_play(), self._new_play(name="Other")
        play._insert_members((first | second).ids, "running")
        other._insert_members((second | third).ids, "running")
        first._absorb(second | third)
        members = self.Member.search([])
        self.assertEqual(members.profile_id, first)
        self.assertEqual(sorted(members.mapped("play_id.name")), ["Other", "Wake up"])

    def test_open_cases_are_merged(self):
        """What a play has sent and is to send goes on in the case that stays."""
        first, second = self._customers(2)
        play = self._new_play(delays=(0, 5))
        case = self._new_case(first)
        play._start(self._new_case(second))
        self._run()
        first._absorb(second)
        self._flush()
        self.env.invalidate_all()
        sendings = self.Sending.search([])
        self.assertEqual(sendings.case_id, case)
        self.assertEqual(sendings.profile_id, first)
        self.assertEqual(sendings.mapped("state"), ["sent", "waiting"])
        self.assertEqual(self.Member.search([]).case_id, case)
        self._run_at("2026-06-20 10:00:00")
        self.assertEqual(sendings.mapped("state"), ["sent", "sent"])

    def test_cases_with_two_measures_are_merged(self):
        """Nobody gets the messages of two plays."""
        first, second = self._customers(2)
        play, other = self._new_play(delays=(7,)), self._new_play(delays=(0, 5))
        case = self._new_case(first)
        play._start(case)
        other._start(self._new_case(second))
        self._run()
        first._absorb(second)
        self._flush()
        self.env.invalidate_all()
        sendings = self.Sending.search([("case_id", "=", case.id)])
        told = sorted(
            (sending.play_id == play, sending.state, sending.reason)
            for sending in sendings
        )
        self.assertEqual(
            told,
            [
                (False, "cancelled", "closed"),
                (False, "sent", False),
                (True, "waiting", False),
            ],
        )

    def test_offers_of_merged_cases(self):
        """What they cost adds up; the text of the case that stays is kept."""
        first, second, third = self._customers(3)
        case = self._new_case(first, offer_cost=20)
        self._new_case(second, offer="Free delivery", offer_cost=5)
        self._new_case(third, offer="10 % less")
        first._absorb(second)
        self.assertEqual((case.offer, case.offer_cost), ("Free delivery", 25))
        first._absorb(third)
        self.assertEqual((case.offer, case.offer_cost), ("Free delivery", 25))

    def test_the_measure_that_runs_is_that_of_merged_cases(self):
        first, second = self._customers(2)
        play, meant = self._new_play(), self._new_play()
        case = self._new_case(first, play_id=meant.id)
        play._start(self._new_case(second))
        first._absorb(second)
        self.assertEqual((case.play_id, case.step), (play, "running"))
        self.assertEqual(case.start_date, NOW)

    def test_costs_of_merged_cases_count_once(self):
        """In the figures of the plays, whether it is one or two."""
        play = self._new_play(delays=(), offer_cost=20)
        other = self._new_play(delays=(), offer_cost=5)
        for plays, wanted in (((play, play), [40]), ((play, other), [20, 5])):
            first, second = self._customers(2)
            case = self._new_case(first)
            for own, started in zip((case, self._new_case(second)), plays, strict=True):
                started._start(own)
            first._absorb(second)
            self._flush()
            self.env.invalidate_all()
            self.assertEqual(case.offer_cost, sum(wanted))
            members = self.Member.search([("profile_id", "=", first.id)], order="id")
            self.assertEqual(members.mapped("cost"), wanted)
