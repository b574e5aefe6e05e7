from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..report.retention_cohort_report import COHORT_MONTHS
from .test_value import ValueCase


class CohortCase(ValueCase):
    """Customers who bought on days that are told."""

    def setUp(self):
        super().setUp()
        self.Event.search([]).unlink()
        self.Report = self.env["retention.cohort.report"]

    def _bought_on(self, name, *moments, company=None, amount=10, **values):
        """A customer with a purchase at each moment."""
        partner = self.env["res.partner"].create({"name": name})
        company = company or self.company
        profile = self._add_profile(partner, company_id=company.id, **values)
        self.Event.create(
            [
                {
                    "profile_id": profile.id,
                    "company_id": company.id,
                    "date": moment if len(moment) > 10 else f"{moment} 10:00:00",
                    "amount": amount,
                    "kind": "once",
                    "period": number,
                    "res_model": "res.partner",
                    "res_id": partner.id,
                }
                for number, moment in enumerate(moments)
            ]
        )
        return profile

    def _table(self, moment, domain=(), user=None):
        """By cohort: the shares month after month."""
        with self._at(moment):
            rows = self.Report.with_user(user or self.env.user)._read_group(
                list(domain),
                ["cohort_month:month", "month_number"],
                ["bought_share:avg"],
            )
        table = {}
        for cohort, number, share in rows:
            shares = table.setdefault(str(cohort), [])
            self.assertEqual(number, len(shares))
            shares.append(round(share, 1))
        return table


@tagged("post_install", "-at_install")
class TestCohortReport(CohortCase):
    """Cohorts, computed by hand."""

    def test_table(self):
        """Over the end of a year; one is missing once, and there again."""
        self._bought_on("A", "2025-11-03", "2025-11-20", "2025-12-05", "2026-01-31")
        self._bought_on("B", "2025-11-28", "2026-01-01")
        self._bought_on("C", "2025-11-30")
        self._bought_on("D", "2026-01-15", "2026-02-01", "2026-02-02")
        self._bought_on("E", "2026-02-10")
        self.assertEqual(
            self._table("2026-03-05 10:00:00"),
            {
                "2025-11-01": [100, 33.3, 66.7, 0],
                "2026-01-01": [100, 100],
                "2026-02-01": [100],
            },
        )

    def test_unfinished_month_is_left_out(self):
        self._bought_on("A", "2026-01-15", "2026-02-10")
        self.assertEqual(self._table("2026-01-20 10:00:00"), {})
        # 23:59 and 00:00 in Berlin
        for moment, shares in (
            ("2026-02-28 22:59:00", [100]),
            ("2026-02-28 23:00:00", [100, 100]),
        ):
            self.assertEqual(self._table(moment), {"2026-01-01": shares})

    def test_days_of_the_company(self):
        """In Berlin, the new year begins at 23:00 UTC."""
        self._bought_on("A", "2025-12-31 22:59:00", "2026-01-31 23:00:00")
        self._bought_on("B", "2025-12-31 23:00:00", "2026-01-31 22:59:00")
        self.assertEqual(
            self._table("2026-03-05 10:00:00"),
            {"2025-12-01": [100, 0, 100], "2026-01-01": [100, 0]},
        )

    def test_all_cohorts_together(self):
        """The share of those whose month is over; none over several months."""
        self._bought_on("A", "2025-11-03", "2025-12-05")
        self._bought_on("B", "2025-11-03")
        self._bought_on("C", "2025-12-05", "2026-01-05", "2026-01-06", amount=7)
        aggregates = [
            "bought_share:avg",
            "customer_count:sum",
            "buyer_count:sum",
            "revenue:sum",
        ]
        with self._at("2026-02-05 10:00:00"):
            months = self.Report._read_group([], ["month_number"], aggregates)
            [total] = self.Report._read_group([], [], aggregates)
        self.assertEqual(
            [(number, round(share, 1), *rest) for number, share, *rest in months],
            [
                (0, 100, 3, 3, 27),
                (1, 66.7, 3, 2, 24),
                # of two, since C's second month is not over
                (2, 0, 2, 0, 0),
            ],
        )
        self.assertEqual(total, (False, 3, 3, 51))

    def test_as_the_screen_asks(self):
        """The pivot reads all its groups at once."""
        self._bought_on("A", "2025-11-03", "2025-12-05")
        self._bought_on("B", "2025-11-03")
        with self._at("2026-01-05 10:00:00"):
            every, by_month, both = self.Report.formatted_read_grouping_sets(
                [],
                [[], ["month_number"], ["cohort_month:month", "month_number"]],
                ["bought_share:avg", "__count"],
            )
        self.assertFalse(every[0]["bought_share:avg"])
        self.assertEqual([row["bought_share:avg"] for row in by_month], [100, 50])
        self.assertEqual([row["bought_share:avg"] for row in both], [100, 50])

    def test_so_many_months(self):
        self._bought_on("A", "2020-01-15")
        [shares] = self._table("2026-01-20 10:00:00").values()
        self.assertEqual(shares, [100] + COHORT_MONTHS * [0])

    def test_lines_behind_a_number(self):
        back = self._bought_on("A", "2025-11-03", "2025-12-05")
        self._bought_on("B", "2025-11-03")
        with self._at("2026-01-05 10:00:00"):
            every = self.Report.search([])
            line = self.Report.search(
                [("month_number", "=", 1), ("has_bought", "=", True)]
            )
            action = line.action_open_customer()
            self.assertEqual(str(line.month), "2025-12-01")
        self.assertEqual(line.profile_id, back)
        self.assertEqual(action["res_id"], back.id)
        self.assertEqual(len(set(every.ids)), 4)

    def test_opportunities(self):
        """What was won, with the periods of what recurs."""
        self._win(
            "2026-01-15 10:00:00",
            500,
            recurring_revenue=100,
            recurring_plan=self.monthly.id,
        )
        self._run_at("2026-04-20 10:00:00")
        self.assertEqual(
            self._table("2026-04-20 10:00:00"), {"2026-01-01": [100, 100, 100]}
        )

    def test_nothing_yet(self):
        self.assertEqual(self._table("2026-04-20 10:00:00"), {})


@tagged("post_install", "-at_install")
class TestCohortAccess(CohortCase):
    """Everybody sees the cohorts of those customers whom they see."""

    def setUp(self):
        super().setUp()
        self.own = self._bought_on("Own", "2026-01-10", user_id=self.seller.id)
        self.nobodys = self._bought_on("Nobody's", "2026-01-10", user_id=False)
        self.others = self._bought_on(
            "Other's", "2026-01-10", "2026-02-10", user_id=self.colleague.id
        )

    def test_roles(self):
        for user, share in (
            (self.seller, 0),
            (self.colleague, 33.3),
            (self.manager, 33.3),
        ):
            with self.subTest(user=user.name):
                self.assertEqual(
                    self._table("2026-03-20 10:00:00", user=user),
                    {"2026-01-01": [100, share]},
                )
        with self._at("2026-03-20 10:00:00"):
            seen = self.Report.with_user(self.seller).search([]).profile_id
        self.assertEqual(seen, self.own | self.nobodys)

    def test_outsiders(self):
        clerk = self._new_user("clerk", "base.group_user")
        for user in (clerk, self._portal_user(self.anna)):
            with self.assertRaises(AccessError):
                self.Report.with_user(user).search([])

    def test_second_company(self):
        """Companies are apart, each with its own calendar."""
        second = self.env["res.company"].create({"name": "Second"})
        second.resource_calendar_id = self.company.resource_calendar_id.copy(
            {"tz": "America/New_York", "company_id": second.id}
        )
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        # still January in New York
        self._bought_on("Theirs", "2026-02-01 04:59:00", company=second)
        self.assertEqual(
            self._table("2026-03-20 10:00:00", user=user), {"2026-01-01": [100, 0]}
        )
        self.assertEqual(
            self._table("2026-03-20 10:00:00", user=self.manager),
            {"2026-01-01": [100, 33.3]},
        )
