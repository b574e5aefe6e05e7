from odoo.tests import tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestPlayVerdict(PlayCase):
    """What a play did, in figures and in words."""

    def _watched(self, treated, left_out, play=None, company=None, **values):
        """Customers whose time is over.

        :param tuple treated: how many came back, of how many, with which revenue each
        :param tuple left_out: likewise
        """
        play = play or self._new_play(holdout_share=40, offer_cost=2)
        for group, (returned, count, revenue) in (
            ("treated", treated),
            ("left_out", left_out),
        ):
            profiles = self._customers(count, company=company)
            self.Member.create(
                [
                    {
                        "play_id": play.id,
                        "profile_id": profile.id,
                        "company_id": profile.company_id.id,
                        "group": group,
                        "state": "done",
                        "enlist_date": "2026-01-01",
                        "start_date": "2026-01-01",
                        "end_date": "2026-04-01",
                        "cost": 2 if group == "treated" else 0,
                        "returned_date": "2026-02-01" if number < returned else False,
                        "revenue": revenue if number < returned else 0,
                        **values,
                    }
                    for number, profile in enumerate(profiles)
                ]
            )
        play.invalidate_recordset()
        return play.with_user(self.manager)

    def test_helps(self):
        """Newcombe's example of 1998: 56/70 against 48/80."""
        play = self._watched((56, 70, 100), (48, 80, 100))
        self.assertEqual((play.treated_count, play.left_count), (70, 80))
        self.assertAlmostEqual(play.treated_rate, 0.8)
        self.assertAlmostEqual(play.left_rate, 0.6)
        self.assertAlmostEqual(play.difference, 0.2)
        self.assertAlmostEqual(play.difference_low, 0.0524, 4)
        self.assertAlmostEqual(play.difference_high, 0.3339, 4)
        self.assertEqual(play.difference_text, "20.0 points (5.2 to 33.4)")
        self.assertEqual(play.verdict, "helps")
        self.assertIn("20.0 more come back", play.verdict_text)
        # 80 each against 60 each, a margin of 30 %, an offer of 2
        self.assertAlmostEqual(play.treated_revenue, 80)
        self.assertAlmostEqual(play.left_revenue, 60)
        self.assertAlmostEqual(play.revenue_difference, 20)
        self.assertRegex(play.revenue_text, r"20\.00.* \(.*5\..* to .*34\..*\)")
        self.assertAlmostEqual(play.treated_cost, 2)
        self.assertAlmostEqual(play.gain, 4)

    def test_does_harm(self):
        play = self._watched((48, 80, 100), (56, 70, 100))
        self.assertEqual(play.verdict, "harms")
        self.assertIn("20.0 fewer come back", play.verdict_text)
        self.assertAlmostEqual(play.gain, -8)

    def test_too_close_to_call(self):
        play = self._watched((12, 100, 50), (10, 100, 50))
        self.assertEqual(play.verdict, "close")
        # 3,841 in each group, of which there are 100
        self.assertIn("7,482 customers more", play.verdict_text)

    def test_equal_shares(self):
        play = self._watched((10, 50, 1), (10, 50, 1))
        self.assertEqual(play.verdict, "close")
        self.assertIn("However many", play.verdict_text)

    def test_too_few(self):
        play = self._watched((9, 20, 1), (0, 9, 1))
        self.assertEqual(play.verdict, "few")
        self.assertIn("20 addressed and 9 left out", play.verdict_text)
        self.assertIn("At least 10", play.verdict_text)

    def test_without_comparison(self):
        play = self._watched((9, 20, 1), (0, 0, 1), play=self._new_play())
        self.assertEqual(play.verdict, "alone")
        self.assertIn("leave some customers out", play.verdict_text)
        self.assertEqual(play.gain, 0, "nobody knows")
        self.assertFalse(play.difference_text)
        play = self._watched((9, 20, 1), (0, 0, 1), play=self._new_play(kind="save"))
        self.assertIn("Only plays for those who left silently", play.verdict_text)

    def test_nobody_yet(self):
        self.assertIn("Nobody to count", self._new_play().verdict_text)
        self.assertFalse(self.Play.new({"name": "New"}).treated_count)

    def test_those_who_are_running_do_not_count(self):
        play = self._new_play(holdout_share=40)
        play = self._watched((5, 20, 1), (5, 20, 1), play=play)
        play = self._watched((20, 20, 1), (0, 3, 1), play=play.sudo(), state="running")
        self.assertEqual((play.treated_count, play.left_count), (20, 20))
        self.assertEqual(play.running_count, 23)
        play = self._watched(
            (5, 20, 1),
            (0, 3, 1),
            play=self._new_play(holdout_share=40),
            state="running",
        )
        self.assertIn("not over", play.verdict_text)
        self.assertEqual(play.verdict, "few", "it can still become one")

    def test_helps_and_costs_more_than_it_brings(self):
        play = self._watched((56, 70, 10), (48, 80, 10))
        self.assertAlmostEqual(play.gain, 2 * 0.3 - 2)
        self.assertEqual(play.verdict, "helps")
        self.assertIn("cost more than it brought in", play.verdict_text)

    def test_two_companies_and_currencies(self):
        """Each company reads what it did to its own customers, in its own money."""
        euro = self.env.ref("base.EUR")
        dollar = self.env.ref("base.USD")
        (euro | dollar).active = True
        currency = dollar if self.company.currency_id == euro else euro
        other = self.env["res.company"].create(
            {"name": "Other", "currency_id": currency.id, "retention_margin": 0.5}
        )
        self.manager.company_ids += other
        play = self._new_play(holdout_share=40)
        self._watched((10, 20, 10), (0, 20, 10), play=play)
        self._watched((5, 10, 40), (5, 10, 10), play=play, company=other)
        mine = play.with_user(self.manager).with_company(self.company)
        theirs = play.with_user(self.manager).with_company(other)
        self.assertEqual((mine.treated_count, theirs.treated_count), (20, 10))
        self.assertEqual(mine.verdict_currency_id, self.company.currency_id)
        self.assertEqual(theirs.verdict_currency_id, currency)
        self.assertAlmostEqual(mine.gain, 5 * 0.3 - 2)
        self.assertAlmostEqual(theirs.gain, 15 * 0.5 - 2)

    def test_many_plays_are_one_query(self):
        plays = self.Play
        for _number in range(3):
            plays |= self._watched((3, 12, 1), (2, 12, 1)).sudo()
        self.env.flush_all()
        counts = []
        for some in (plays[:1], plays):
            self.env.invalidate_all()
            some.mapped("name")
            some.mapped("company_id.currency_id")
            self.env.company.mapped("currency_id")
            before = self.env.cr.sql_log_count
            some.mapped("treated_count")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1, counts)
