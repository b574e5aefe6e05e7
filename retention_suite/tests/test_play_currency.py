from odoo.tests import tagged

from .common import NOW
from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayCurrency(PlayCase):
    """One play, and companies with money of their own: 1 of ours is worth 160 yen, and
    200 from the 20th on."""

    def setUp(self):
        super().setUp()
        self.yen = self.env.ref("base.JPY")
        self.yen.active = True
        self.own = self.company.currency_id
        self.other = self.env["res.company"].create(
            {"name": "Other", "currency_id": self.yen.id, "retention_winback_limit": 0}
        )
        self.seller.company_ids += self.other
        self.manager.company_ids += self.other
        rates = self.env["res.currency.rate"]
        rates.search([]).unlink()
        for currency, day, rate in (
            (self.own, "2026-06-01", 1),
            (self.yen, "2026-06-01", 160),
            (self.yen, "2026-06-20", 200),
        ):
            rates.create(
                {
                    "currency_id": currency.id,
                    "name": day,
                    "rate": rate,
                    "company_id": False,
                }
            )

    def _worth(self, *values, company=None):
        profiles = self._customers(len(values), company=company)
        for profile, value in zip(profiles, values, strict=True):
            profile.sudo().winback_value = value
        return profiles

    def _members(self, play):
        return self.Member.search([("play_id", "=", play.id)], order="id")

    def test_currency_is_that_of_the_company(self):
        shared = self._new_play()
        self.assertEqual(shared.currency_id, self.own)
        theirs = self._new_play(company_id=self.other.id)
        self.assertEqual(theirs.currency_id, self.yen)
        theirs.company_id = False
        self.assertEqual(theirs.currency_id, self.yen, "its amounts stay")
        made_there = self.Play.with_company(self.other).create(
            {"name": "There", "activity_plan_id": self.plan.id, "offer_cost": 10}
        )
        self.assertEqual(made_there.currency_id, self.yen)
        self.assertEqual(
            made_there.with_company(self.company).currency_id, self.yen, "stored"
        )

    def test_started_in_the_second_company(self):
        play = self._new_play(min_value=10, max_value=100, offer_cost=20)
        ours = self._worth(9, 10, 100, 101)
        theirs = self._worth(1599, 1600, 16000, 16001, company=self.other)
        launched = play.with_user(self.seller).with_context(
            allowed_company_ids=[self.other.id, self.company.id]
        )
        chosen = launched._enlist((ours | theirs).with_env(launched.env))
        self.assertEqual(chosen, (4, 0))
        members = self._members(play)
        self.assertEqual(members.profile_id, ours[1:3] | theirs[1:3])
        self.assertEqual(members.mapped("cost"), [20, 20, 3200, 3200])
        self.assertEqual(members.case_id.mapped("offer_cost"), [20, 20, 3200, 3200])

    def test_left_out_cost_nothing_in_any_currency(self):
        play = self._new_play(holdout_share=50, offer_cost=20)
        play._enlist(self._customers(30, company=self.other))
        members = self._members(play).grouped("group")
        self.assertEqual(set(members["left_out"].mapped("cost")), {0})
        self.assertEqual(set(members["treated"].mapped("cost")), {3200})

    def test_case_in_the_second_company(self):
        profile = self._customers(1, company=self.other)
        case = self._new_case(profile)
        play = self._new_play(offer_cost=20)
        play._start(case)
        self.assertEqual(case.offer_cost, 3200)
        self.assertEqual(self._members(play).cost, 3200)

    def test_rate_of_the_day(self):
        play = self._new_play(min_value=10, offer_cost=20)
        profile = self._worth(1999, company=self.other)
        with self._at("2026-06-25 10:00:00"):
            self.assertEqual(play._enlist(profile), (0, 0))
            profile.sudo().winback_value = 2000
            self.assertEqual(play._enlist(profile), (1, 0))
        self.assertEqual(self._members(play).cost, 4000)

    def test_first_that_fits(self):
        play = self._new_play(min_value=10, max_value=100)
        reason = self.env["crm.lost.reason"]
        for company, value, fits in (
            (self.company, 9, False),
            (self.company, 10, True),
            (self.company, 101, False),
            (self.other, 100, False),
            (self.other, 1600, True),
            (self.other, 16000, True),
            (self.other, 16001, False),
        ):
            with self.subTest(company=company.name, value=value):
                found = self.Play._fitting("dormancy", reason, value, company)
                self.assertEqual(found, play if fits else self.Play)

    # ------------------------------------------------------------------
    # What was really spent
    # ------------------------------------------------------------------

    def _cost(self, play, company=None):
        """What the verdict says: the days to succeed are over."""
        self._members(play).state = "done"
        self.env.invalidate_all()
        play = play.with_user(self.manager).with_company(company or self.company)
        return play.treated_cost

    def test_cost_is_what_the_cases_say(self):
        profiles = self._customers(3)
        self._new_case(profiles[2], offer_cost=50)
        play = self._new_play(offer_cost=20)
        play._enlist(profiles)
        first, second, third = self._members(play).case_id
        self.assertEqual(third.offer_cost, 50, "was agreed before")
        self.assertAlmostEqual(self._cost(play), 30)
        first.with_user(self.seller).offer_cost = 80
        self.assertAlmostEqual(self._cost(play), 50)
        second._close("won")
        second.with_user(self.seller).offer_cost = 0
        self.assertAlmostEqual(self._cost(play), 130 / 3, 2, "did not want it")
        self.assertEqual(self._members(play).mapped("cost"), [80, 0, 50])

    def test_each_company_reads_its_own_money(self):
        play = self._new_play(offer_cost=20)
        play._enlist(self._customers(2) | self._customers(2, company=self.other))
        case = self._members(play).case_id[-1]
        case.offer_cost = 3000
        self.assertAlmostEqual(self._cost(play), 20)
        self.assertAlmostEqual(self._cost(play, self.other), 3100)

    def test_cost_of_a_case_that_was_no_part_of_it(self):
        """Another play of the same customer has costs of its own."""
        profile = self._customers(1)
        first = self._new_play(offer_cost=20)
        first._enlist(profile)
        case = profile.winback_ids
        with self._at(NOW):
            case._close("lost")
        case.sudo().play_id = self._new_play(name="Other")
        case.offer_cost = 70
        self.assertEqual(self._members(first).cost, 20)
