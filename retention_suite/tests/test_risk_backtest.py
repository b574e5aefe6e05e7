import math
from datetime import date, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ..models import retention_risk_backtest_figures, retention_risk_backtest_text
from .common import NOW
from .risk_common import RiskCase

AS_OF = date(2025, 12, 1)
# Days from the end of that day to ``NOW``, in whole days.
AGO = 196


class BacktestCase(RiskCase):
    def setUp(self):
        super().setUp()
        self.Backtest = self.env["retention.risk.backtest"]
        self.env["retention.value.event"].search([]).unlink()

    def _new(self, user=None, **values):
        return self.Backtest.with_user(user or self.manager).create(
            {
                "company_id": self.company.id,
                "as_of_date": AS_OF,
                "span_days": 180,
                **values,
            }
        )

    def _customers(self, number, bought, called, later=(), **values):
        """Customers who bought so many days before and after the day."""
        profiles = self.env["retention.profile"]
        for _number in range(number):
            profile = self._known("Customer", days=900, **values)
            self._buys(*(AGO + days for days in bought), profile=profile)
            self._buys(*(AGO - days for days in later), profile=profile)
            self._calls(*(AGO + days for days in called), profile=profile)
            profiles |= profile
        return profiles

    def _enough(self, number):
        """So many are enough."""
        for module in (
            retention_risk_backtest_figures,
            retention_risk_backtest_text,
        ):
            self.enterContext(patch.object(module, "MIN_CUSTOMERS", number))


@tagged("post_install", "-at_install")
class TestBacktestFigures(BacktestCase):
    """The figures of customers given as (score, days, has left)."""

    def _figures(self, *rows):
        values = SQL(", ").join(
            SQL("(%s::float8, %s::float8, FALSE, %s)", *row) for row in rows
        )
        outcomes = SQL(
            "SELECT * FROM (VALUES %s) v(score, days, is_skipped, has_left)", values
        )
        test = self._new()
        self.env.cr.execute(test._figures_sql(outcomes))
        return self.env.cr.dictfetchone(), test

    def test_by_hand(self):
        """Those who left have 3, 2, 2, those who stayed 2, 1, 1.

        Of the nine pairs the first wins three, each of the others two and a tie:
        AUC = (3 + 2.5 + 2.5) / 9 = 8/9. The placements are 1, 5/6, 5/6 (variance
        1/108) and 2/3, 1, 1 (1/27), so the variance is (1/108 + 1/27) / 3 = 5/324.
        By days everybody is alike: 1/2.
        """
        figures, test = self._figures(
            (3, 5, True),
            (2, 5, True),
            (2, 5, True),
            (2, 5, False),
            (1, 5, False),
            (1, 5, False),
        )
        self.assertAlmostEqual(figures["risk_auc"], 8 / 9)
        self.assertAlmostEqual(figures["risk_variance"], 5 / 324)
        self.assertAlmostEqual(figures["days_auc"], 0.5)
        self.assertAlmostEqual(figures["days_variance"], 0)
        self.assertAlmostEqual(figures["difference_variance"], 5 / 324)
        # one place in the top tenth: that of the highest; by days it is shared
        self.assertEqual(figures["top"], 1)
        self.assertAlmostEqual(figures["risk_top"], 1)
        self.assertAlmostEqual(figures["days_top"], 0.5)
        self._enough(3)
        values = test._evaluate(figures)
        self.assertAlmostEqual(
            values["risk_auc_low"], 8 / 9 - 1.959964 * math.sqrt(5 / 324)
        )
        self.assertEqual(values["risk_auc_high"], 1, "never more than 1")
        self.assertFalse(values["has_interval"], "the days have no spread")

    def test_against_pairs(self):
        """The same as comparing each who left with each who stayed, and the
        variances as DeLong, DeLong and Clarke-Pearson define them."""
        rows = [
            (90, 80, True), (70, 10, True), (70, 200, True), (20, 60, True),
            (80, 30, False), (70, 70, False), (10, 60, False), (20, 5, False),
            (0, 90, False), (0, 1, False),
        ]  # fmt: skip
        figures, _test = self._figures(*rows)
        left = [row for row in rows if row[2]]
        stayed = [row for row in rows if not row[2]]

        def wins(a, b):
            return (a > b) + (a == b) / 2

        def mean(numbers):
            return sum(numbers) / len(numbers)

        def variance(numbers):
            middle = mean(numbers)
            return sum((n - middle) ** 2 for n in numbers) / (len(numbers) - 1)

        places = {}
        for column, name in ((0, "risk"), (1, "days")):
            ours = [mean([wins(a[column], b[column]) for b in stayed]) for a in left]
            others = [mean([wins(a[column], b[column]) for a in left]) for b in stayed]
            places[name] = ours, others
            self.assertAlmostEqual(figures[f"{name}_auc"], mean(ours))
            self.assertAlmostEqual(
                figures[f"{name}_variance"], variance(ours) / 4 + variance(others) / 6
            )
        both = [
            [a - b for a, b in zip(places["risk"][k], places["days"][k], strict=True)]
            for k in (0, 1)
        ]
        self.assertAlmostEqual(
            figures["difference_variance"],
            variance(both[0]) / 4 + variance(both[1]) / 6,
        )

    def test_ties_share_the_top_tenth(self):
        """Of 20 customers two are in the top tenth: one is alone at the top, four
        share the other place, and one of these left."""
        rows = [(9, 1, True), (5, 2, True)]
        rows += [(5, 3, False)] * 3
        rows += [(0, 4 + number, False) for number in range(15)]
        figures, _test = self._figures(*rows)
        self.assertEqual(figures["top"], 2)
        self.assertAlmostEqual(figures["risk_top"], 1.25)
        self.assertAlmostEqual(figures["days_top"], 0)

    def test_nobody_left(self):
        figures, test = self._figures((1, 1, False), (2, 2, False))
        self.assertEqual(test._evaluate(figures)["missing_count"], 20)


@tagged("post_install", "-at_install")
class TestBacktest(BacktestCase):
    """From the facts of customers to the figures."""

    def test_who_left(self):
        self._enough(3)
        # found by their silence
        self._customers(3, (400, 370, 340), (300, 200))
        # bought again
        self._customers(3, (70, 40, 10), (5,), later=(20,))
        # left though nothing spoke for it
        self._customers(1, (70, 40, 10), (5,))
        test = self._new()
        test.action_compute()
        self.assertRecordValues(
            test,
            [
                {
                    "state": "done",
                    "customer_count": 7,
                    "left_count": 4,
                    "missing_count": 0,
                    "top_count": 1,
                    "risk_top_left": 1,
                    "has_interval": True,
                }
            ],
        )
        # 3 of 4 win all, one ties with all: (3 + 1/2) / 4
        self.assertAlmostEqual(test.risk_auc, 0.875)
        self.assertAlmostEqual(test.days_auc, 0.875)
        self.assertEqual(test.difference_text, "0.00 (0.00 to 0.00)")
        self.assertEqual(test.left_text, "4 of 7 (57 %)")
        self.assertEqual(test.risk_top_text, "1 of 1 (100 %)")
        # placements 1, 1, 1, 1/2 (variance 1/16) over 4, and no spread of the others
        low = 0.875 - 1.959964 * 0.125
        self.assertEqual(test.risk_auc_text, f"0.88 ({low:.2f} to 1.00)")
        self.assertIn("no better and no worse", test.verdict)
        self.assertIn("Contact gap 30", test.weights_text)
        self.assertIn("180 days", test.display_name)

    def test_later_facts_do_not_change_the_past(self):
        customers = self._customers(2, (400, 370, 340), (300, 200))
        test = self._new()

        def outcomes():
            self.env.flush_all()
            self.env.cr.execute(
                SQL("SELECT id, score, days FROM (%s) o", test._outcomes_sql())
            )
            return sorted(self.env.cr.fetchall())

        before = outcomes()
        self.assertEqual([row[0] for row in before], customers.ids)
        for profile in customers:
            self._buys(AGO - 20, profile=profile)
            self._calls(AGO - 10, 5, profile=profile)
            profile.write({"active": False})
        self.policy.max_gap_days = 10
        self._run()
        self.assertEqual(outcomes(), before)

    def _counted(self, **values):
        """Customers looked at, left out, and left."""
        test = self._new(**values)
        test.action_compute()
        return test.customer_count, test.skipped_count, test.left_count

    def test_who_is_looked_at(self):
        # of two days, the last within a year
        self._customers(1, (100,), ())
        self._customers(1, (100, 100), ())
        self._customers(1, (500, 400), ())
        self.assertEqual(self._counted(), (0, 0, 0))
        self._customers(1, (100, 50), ())
        self.assertEqual(self._counted(), (1, 0, 1))
        # who is added later, or was put away since, was there all the same
        self._customers(1, (100, 50), ()).active = False
        self.assertEqual(self._counted(), (2, 0, 2))
        # buys once a year: half a year without says nothing
        self._customers(1, (900, 600, 300), ())
        self.assertEqual(self._counted(), (2, 1, 2))

    def test_edges_of_the_span(self):
        self._customers(1, (100, 50), (), later=(180,))
        self.assertEqual(self._counted(), (1, 0, 0))
        self._customers(1, (100, 50), (), later=(181,))
        self.assertEqual(self._counted(), (2, 0, 1))

    def test_stages(self):
        Stage = self.env["retention.journey.stage"]

        def move(profile, kind, days):
            """So many days after the day."""
            with self._at(NOW - timedelta(days=AGO - days)):
                profile.journey_stage_id = Stage._first_of_kind(kind, self.company)

        # lost before: nobody to lose
        gone = self._customers(1, (100, 50), ())
        move(gone, "active", -60)
        move(gone, "lost", -10)
        self.assertEqual(self._counted(), (0, 0, 0))
        # lost within the days: left, whatever was bought
        left = self._customers(1, (100, 50), (), later=(10,))
        move(left, "active", -60)
        move(left, "lost", 20)
        self.assertEqual(self._counted(), (1, 0, 1))
        # lost after them: not looked at
        later = self._customers(1, (100, 50), (), later=(10,))
        move(later, "active", -60)
        move(later, "lost", 190)
        self.assertEqual(self._counted(), (2, 0, 1))
        # dormant within them: that it was silent the risk knew
        dormant = self._customers(1, (100, 50), (), later=(10,))
        move(dormant, "dormant", 20)
        self.assertEqual(self._counted(), (3, 0, 1))

    def test_what_was_taken_back_has_not_happened(self):
        profile = self._customers(1, (100, 50), (), later=(10,))
        stage = self.env["retention.journey.stage"]._first_of_kind
        with self._at(NOW - timedelta(days=AGO + 60)):
            profile.journey_stage_id = stage("active", self.company)
        rule = self.env["retention.journey.rule"].create(
            {
                "name": "Wrong",
                "from_stage_ids": profile.journey_stage_id.ids,
                "to_stage_id": stage("lost", self.company).id,
            }
        )
        for days in (-10, 20):
            with self._at(NOW - timedelta(days=AGO - days)):
                rule._move_customers(self.company, profile.ids)
                self.assertEqual(profile.journey_kind, "lost")
                rule._take_back(NOW - timedelta(days=AGO - days))
        self.env.flush_all()
        self.assertEqual(self._counted(), (1, 0, 0), "a customer then, and stayed")

    def test_too_few_left(self):
        self._customers(2, (100, 50), ())
        self._customers(3, (100, 50), (), later=(20,))
        test = self._new()
        test.action_compute()
        self.assertEqual(test.state, "few")
        self.assertEqual(test.missing_count, 18)
        self.assertIn("of 5 customers 2 left", test.verdict)
        self.assertIn("18 are missing", test.verdict)
        self.assertFalse(test.risk_auc)
        self.assertFalse(test.risk_auc_text)
        self.assertFalse(test.risk_top_text)

    def test_too_few_stayed(self):
        self._enough(2)
        self._customers(3, (100, 50), ())
        test = self._new()
        test.action_compute()
        self.assertEqual(test.state, "few")
        self.assertIn("of 3 customers 0 stayed", test.verdict)

    def test_nobody(self):
        test = self._new()
        self.assertFalse(test.verdict)
        test.action_compute()
        self.assertEqual(test.state, "few")
        self.assertEqual(test.left_text, "0")

    def test_no_spread(self):
        self._enough(2)
        self._customers(2, (100, 50), (50,))
        self._customers(2, (100, 50), (50,), later=(20,))
        test = self._new()
        test.action_compute()
        self.assertIn("too little spread", test.verdict)
        self.assertEqual(test.risk_auc_text, "0.50")

    def test_verdicts(self):
        test = self._new().sudo()
        test.write({"state": "done", "has_interval": True, "risk_auc_low": 0.45})
        self.assertIn("drawing lots", test.verdict)
        for low, high, words in (
            (0.1, 0.2, "better than the mere days"),
            (-0.2, -0.1, "better than the risk"),
            (-0.1, 0.1, "no better and no worse"),
        ):
            test.write(
                {"risk_auc_low": 0.6, "difference_low": low, "difference_high": high}
            )
            test.invalidate_recordset()
            self.assertIn(words, test.verdict)

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "is not over yet"):
            self._new(as_of_date="2026-06-15")
        with self.assertRaisesRegex(ValidationError, "is not over yet"):
            self._new(as_of_date="2030-01-01")
        # 180 days from 17 December on end on 15 June, which is not over
        with self.assertRaisesRegex(ValidationError, "12/16/2025 or a day before"):
            self._new(as_of_date="2025-12-17")
        self.assertTrue(self._new(as_of_date="2025-12-16"))

    def test_days_afterwards(self):
        """Who enters too few or too many is told how many there may be."""
        test = self._new(as_of_date="2020-01-01").with_user(self.manager)
        for span in (29, 731, -5, 0, 10**10):
            wanted = rf"^{span} days afterwards .* Enter 30 to 730 days\.$"
            with self.subTest(span=span):
                with self.assertRaisesRegex(ValidationError, wanted):
                    self._new(as_of_date="2020-01-01", span_days=span)
                with self.assertRaisesRegex(ValidationError, wanted):
                    test.span_days = span
                form = Form(test)
                form.span_days = span
                with self.assertRaisesRegex(ValidationError, wanted):
                    form.save()
        for span in (30, 730):
            test.span_days = span
            self.assertTrue(self._new(as_of_date="2020-01-01", span_days=span))

    def test_days_afterwards_from_elsewhere(self):
        """What comes another way is told by Odoo, in the same words for a person."""
        Test = self.env["retention.risk.backtest"]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            Test.with_context(default_span_days=29).create({"as_of_date": "2020-01-01"})
        self.assertEqual(
            Test._sql_error_to_message(caught.exception),
            "Look at 30 to 730 days afterwards.",
        )

    def test_stays_as_it_is(self):
        test = self._new()
        test.span_days = 100
        test.action_compute()
        with self.assertRaisesRegex(UserError, "computed already"):
            test.action_compute()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            test.span_days = 90
        with self.assertRaisesRegex(UserError, "computed, not entered"):
            test.risk_auc = 1
        with self.assertRaisesRegex(UserError, "computed, not entered"):
            self._new(state="done", risk_auc=1)

    def test_roles(self):
        test = self._new()
        for user in (self.seller, self.colleague):
            with self.assertRaises(AccessError):
                test.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                test.with_user(user).action_compute()
            with self.assertRaises(AccessError):
                self._new(user=user)

    def test_second_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        self._customers(1, (100, 50), (), company_id=second.id)
        self.assertEqual(self._counted(), (0, 0, 0))
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        with self.assertRaises(AccessError):
            self._new(user=user)
        test = self._new(user=user, company_id=second.id)
        test.action_compute()
        self.assertEqual(test.customer_count, 1)
        self.assertFalse(self.Backtest.with_user(self.manager).search([]) & test)
