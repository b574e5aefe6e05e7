from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..report.retention_overview import BLOCKS
from .overview_common import OverviewCase


@tagged("post_install", "-at_install")
class TestOverviewWays(OverviewCase):
    """Who asks, when, for which companies, on what cursor."""

    # ------------------------------------------------------------------
    # Periods
    # ------------------------------------------------------------------

    def _days(self, moment, period, **options):
        with self._at(moment):
            scope = self._overview()._scope({"period": period, **options})
        return [
            (str(each.date_from), str(each.date_to))
            for each in (scope.now, scope.before)
        ]

    def test_periods(self):
        now = "2026-11-23 10:00:00"
        for moment, period, days, before in (
            (now, "month", ("2026-11-01", "2026-11-23"), ("2026-10-01", "2026-10-23")),
            (
                "2026-03-31 10:00:00",
                "month",
                ("2026-03-01", "2026-03-31"),
                ("2026-02-01", "2026-02-28"),
            ),
            (
                now,
                "last_month",
                ("2026-10-01", "2026-10-31"),
                ("2026-09-01", "2026-09-30"),
            ),
            (
                "2026-01-05 10:00:00",
                "last_month",
                ("2025-12-01", "2025-12-31"),
                ("2025-11-01", "2025-11-30"),
            ),
            (
                now,
                "quarter",
                ("2026-10-01", "2026-11-23"),
                ("2026-07-01", "2026-08-23"),
            ),
            (now, "year", ("2026-01-01", "2026-11-23"), ("2025-01-01", "2025-11-23")),
            (
                "2028-02-29 10:00:00",
                "year",
                ("2028-01-01", "2028-02-29"),
                ("2027-01-01", "2027-02-28"),
            ),
        ):
            with self.subTest(moment=moment, period=period):
                self.assertEqual(self._days(moment, period), [days, before])
        self.assertEqual(
            self._days(now, "own", date_from="2026-11-10", date_to="2026-11-16"),
            [("2026-11-10", "2026-11-16"), ("2026-11-03", "2026-11-09")],
        )

    def test_wrong_dates(self):
        for options in (
            {},
            {"date_from": "2026-11-10"},
            {"date_from": "2026-11-10", "date_to": "2026-11-09"},
            {"date_from": "2016-11-10", "date_to": "2026-11-11"},
            {"date_from": "tomorrow", "date_to": "2026-11-09"},
            {"date_from": "0001-01-01", "date_to": "0002-01-01"},
            {"date_from": "9999-01-01", "date_to": "9999-12-31"},
            {"date_from": 7, "date_to": [1]},
        ):
            with self.subTest(options), self.assertRaises(UserError):
                self._block("figures", period="own", **options)
        for options in ({"period": "week"}, {"user_id": "x"}, {"team_id": [1]}):
            with self.subTest(options), self.assertRaises(UserError):
                self._block("figures", **options)

    def test_today_is_the_readers(self):
        """At eleven in the evening of London it is tomorrow in Berlin."""
        evening = "2026-11-30 23:30:00"
        berlin = self._days(evening, "month")[0]
        self.assertEqual(berlin, ("2026-12-01", "2026-12-01"))
        self.manager.tz = "Europe/London"
        self.assertEqual(self._days(evening, "month")[0], ("2026-11-01", "2026-11-30"))
        self.manager.tz = False
        self.assertEqual(self._days(evening, "month")[0], berlin, "as the company's")
        with self._at(evening):
            period = self._overview()._scope({}).now
        self.assertEqual(str(period.start), "2026-11-30 23:00:00")
        self.assertEqual(str(period.stop), "2026-12-01 23:00:00")

    def test_some_days_of_two_months(self):
        """20 October to 10 November: of the 10 and 8 customers at the starts Hazel was
        lost on the 28th and Cedar on the 5th, Daisy before."""
        own = {"period": "own", "date_from": "2026-10-20", "date_to": "2026-11-10"}
        figures = self._figures(**own)
        self.assertEqual(figures["churn_rate"][0], "11.1 %")
        self.assertEqual(
            sorted(self._opened("figures", "churn_rate", **own).mapped("display_name")),
            ["Cedar", "Hazel"],
        )
        # on 10 November: Amber, Birch, Elder, Fern, Ginger, Iris, Kale, Lilac
        self.assertEqual(figures["advocate_rate"][0], "25.0 %")
        # Amber called that day, Fern; Birch and Iris long since, Ginger never
        self.assertEqual(figures["contacts_in_time"][0], "60.0 %")

    # ------------------------------------------------------------------
    # The same as the reports
    # ------------------------------------------------------------------

    def test_equals_the_reports(self):
        ours = [("company_id", "=", self.hand.id)]
        november = [("date", ">=", "2026-10-31 23:00:00")]
        values = {
            line["key"]: line["value"] for line in self._block("figures")["lines"]
        }

        def report(model, domain, aggregate):
            [[value]] = self.env[model]._read_group(ours + domain, [], [aggregate])
            return value

        for key, *asked in (
            ("advocate_rate", "retention.advocate.report", [], "advocate_share:avg"),
            (
                "churn_rate",
                "retention.churn.report",
                [("month", "=", "2026-11-01")],
                "churn_share:avg",
            ),
            ("answered", "retention.answer.report", november, "answered_share:avg"),
            ("answer_time", "retention.answer.report", november, "median_hours:avg"),
            (
                "winbacks",
                "retention.winback.report",
                [
                    ("close_date", ">=", "2026-10-31 23:00:00"),
                    ("is_rated", "=", True),
                    ("result", "=", "won"),
                ],
                "__count",
            ),
        ):
            with self.subTest(key):
                self.assertAlmostEqual(values[key], report(*asked))
        arrived, offered = (
            report("retention.handover.report", november, f"{name}_count:sum")
            for name in ("contacted", "offered")
        )
        self.assertAlmostEqual(values["handovers_arrived"], 100 * arrived / offered)
        overdue = self.env["retention.profile"].search(
            [
                *ours,
                ("contact_state", "=", "overdue"),
                ("journey_kind", "!=", "lost"),
            ]
        )
        self.assertAlmostEqual(values["contacts_in_time"], 100 * (5 - len(overdue)) / 5)

    def test_the_past_is_derived_as_the_present(self):
        """What is said of the end of a past day, asked about today."""
        overview = self._overview()
        scope = overview._scope({})
        self.env.flush_all()
        [now] = overview._count([overview._source_contacts_in_time(scope, scope.now)])
        self.assertEqual(
            overview._contacts_in_time_at(scope, scope.now)[:2], tuple(now)
        )
        past = overview._period(scope.now.date_from, scope.now.date_to)
        object.__setattr__(past, "is_past", True)
        self.assertEqual(
            overview._count([overview._source_advocate_rate(scope, past)]),
            overview._count([overview._source_advocate_rate(scope, scope.now)]),
        )

    # ------------------------------------------------------------------
    # Companies, nothing at all, and cursors
    # ------------------------------------------------------------------

    def test_two_companies(self):
        """They add up, and money is converted at the rate of today."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        yen.rate_ids.unlink()
        self.hand.currency_id.rate_ids.unlink()
        for company in (self.hand, self.hand.browse()):
            yen.rate_ids = [
                Command.create(
                    {"name": "2026-01-01", "rate": 200, "company_id": company.id}
                )
            ]
        second = self.env["res.company"].create(
            {"name": "Second", "currency_id": yen.id}
        )
        self.manager.company_ids = [Command.link(second.id)]
        profile = self._add_profile(
            self.env["res.partner"].create({"name": "Maple"}), company_id=second.id
        )
        profile.transition_ids.unlink()
        stage = self._make_move(
            profile, self.stages["active"].browse(), "active", "09-10"
        )
        self._make_move(profile, stage, "at_risk", "10-10")
        profile.write({"customer_value": 20000})
        case = self.env["retention.winback"].create(
            {"profile_id": profile.id, "kind": "save"}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retention_winback SET step = 'decided', result = 'lost', value ="
            " 300000, reason_id = %s, close_date = '2026-11-20 10:00:00'"
            " WHERE id = %s",
            [self.reasons["price"].id, case.id],
        )
        self.env.invalidate_all()

        def figures(*companies):
            overview = self._overview().with_context(
                allowed_company_ids=[company.id for company in companies]
            )
            lines = {
                line["key"]: line for line in overview.get_block("figures")["lines"]
            }
            losses = overview.get_block("losses")["lines"]
            return (
                lines["value_at_risk"]["value"],
                lines["churn_rate"]["count_text"],
                [(line["count"], line["value"]) for line in losses],
            )

        self.assertEqual(figures(self.hand), (1600, "1 of 8", [(1, 1000)]))
        # 20,000 yen are 100, 300,000 are 1,500
        self.assertEqual(figures(self.hand, second), (1700, "1 of 9", [(2, 2500)]))
        self.assertEqual(figures(second, self.hand), (340000, "1 of 9", [(2, 500000)]))

    def test_nothing_at_all(self):
        empty = self.env["res.company"].create({"name": "Empty"})
        everybody = self.manager | self.seller
        everybody.company_ids = [Command.link(empty.id)]
        for user in everybody:
            overview = self._overview(user).with_context(allowed_company_ids=empty.ids)
            self.assertFalse(overview.get_frame()["has_customers"])
            for name in BLOCKS:
                with self.subTest(name):
                    self.assertIn(" ", overview.get_block(name)["empty"])
            lines = overview.get_block("figures")["lines"]
            self.assertEqual({line["text"] for line in lines}, {"–"})
            self.assertFalse(any(line["has_action"] for line in lines))

    def test_frame(self):
        team = self.env["crm.team"].create({"name": "Ours"})
        frame = self._overview().get_frame()
        self.assertTrue(frame["is_manager"] and frame["has_customers"])
        self.assertEqual(frame["user_id"], self.manager.id)
        self.assertIn({"id": self.seller.id, "name": "Seller"}, frame["users"])
        self.assertIn({"id": team.id, "name": "Ours"}, frame["teams"])
        self.assertEqual(
            [period["key"] for period in frame["periods"]],
            ["month", "last_month", "quarter", "year", "own"],
        )
        self.env["retention.run"].search([]).unlink()
        self.assertEqual(self._overview().get_frame()["last_run"], False)
        self.env["retention.run"].create(
            {
                "start_date": "2026-11-23 09:00:00",
                "end_date": "2026-11-23 09:01:00",
                "state": "done",
            }
        )
        frame = self._overview(self.seller).get_frame()
        self.assertIn("10:01", frame["last_run"])
        self.assertFalse(frame["is_manager"] or frame["users"] or frame["teams"])

    def test_nobody_opens_what_is_not_theirs(self):
        """By the key of a line that was never theirs."""
        ginger = self.customers["Ginger"]
        alert = ginger.open_alert_ids
        for name, key in (("danger", ginger.id), ("today", alert.id)):
            with self.assertRaises(AccessError):
                self._opened(name, key, user=self.seller)
        stage_id = self.stages["active"].id
        for name, key, second_key in (
            ("danger", "x", False),
            ("danger", 10**9, False),
            ("figures", "x", False),
            ("figures", False, False),
            ("stages", stage_id, 12),
            ("stages", stage_id, -1),
            ("cohorts", "x", 1),
            ("cohorts", False, False),
            ("flow", "x", 1),
            ("losses", "x", False),
        ):
            with self.subTest(name, key=key), self.assertRaises(UserError):
                self._overview().get_action(name, {}, key, second_key)

    def test_read_only(self):
        """Nothing is written: a replica answers."""
        model = self.registry["retention.overview"]
        for method in ("get_frame", "get_block", "get_action"):
            self.assertTrue(getattr(model, method)._readonly, method)
        self._flush()
        self.env.registry.clear_all_caches()
        self.env.cr.execute("SAVEPOINT replica")
        self.env.cr.execute("SET TRANSACTION READ ONLY")
        for user in (self.manager, self.seller):
            self._overview(user).get_frame()
            for name in BLOCKS:
                for period in ("month", "last_month"):
                    self._block(name, user, period=period)
            self._overview(user).get_action("figures", {}, "advocate_rate")
            self._overview(user).get_action("cohorts", {}, "2026-10", 0)
        self.assertEqual(
            self.env.execute_query(SQL("SHOW transaction_read_only")), [("on",)]
        )
        self.env.cr.execute("ROLLBACK TO SAVEPOINT replica")
