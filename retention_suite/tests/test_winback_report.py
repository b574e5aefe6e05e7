from ast import literal_eval
from datetime import datetime

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .play_common import PlayCase


@tagged("post_install", "-at_install")
class TestWinbackReport(PlayCase):
    """Who was lost and why, and who came back."""

    def setUp(self):
        super().setUp()
        self.Report = self.env["retention.winback.report"]
        self.Loss = self.env["retention.loss.report"]
        self.price, self.service = self.env["crm.lost.reason"].create(
            [
                {"name": "Too dear", "retention_group": "price"},
                {
                    "name": "Too slow",
                    "retention_group": "service",
                    "retention_preventable": True,
                },
            ]
        )

    def _closed(self, result, profile=None, date="2026-06-14 10:00:00", **values):
        case = self._new_case(
            profile or self._customers(1),
            open_date="2026-06-01 10:00:00",
            **values,
        )
        case._close(result, dates={case.id: fields.Datetime.to_datetime(date)})
        # reports read the database
        self.env.flush_all()
        return case

    def _grouped(self, groupby, measure, domain=()):
        rows = self.Report.formatted_read_group(domain, [groupby], [measure])
        return {
            row[groupby][1] if isinstance(row[groupby], tuple) else row[groupby]: row[
                measure
            ]
            for row in rows
        }

    def test_rate_is_right_when_grouped(self):
        play = self._new_play()
        for result, values in (
            ("won", {"kind": "save", "play_id": play.id}),
            ("lost", {"kind": "save"}),
            ("lost", {"kind": "save"}),
            ("won", {"kind": "dormancy", "play_id": play.id}),
        ):
            self._closed(result, **values)
        self._new_case(self._customers(1), kind="save")
        rates = self._grouped("kind", "won_share:avg")
        self.assertAlmostEqual(rates["save"], 100 / 3)
        self.assertAlmostEqual(rates["dormancy"], 100)
        self.assertEqual(
            self._grouped("play_id", "won_share:avg"), {"Wake up": 100, False: 0}
        )
        total = self.Report.formatted_read_group([], [], ["won_share:avg"])
        self.assertAlmostEqual(total[0]["won_share:avg"], 50)

    def test_losses_by_reason(self):
        competitor = self.env["retention.competitor"].create({"name": "Rival"})
        self._closed(
            "lost", reason_id=self.price.id, value=100, competitor_id=competitor.id
        )
        self._closed("lost", reason_id=self.service.id, value=300)
        self._closed("lost", value=50)
        self._closed("won", reason_id=self.price.id, value=1000)
        measure = "lost_value:sum"
        self.assertEqual(
            self._grouped("reason_id", measure),
            {"Too dear": 100, "Too slow": 300, False: 50},
        )
        self.assertEqual(
            self._grouped("reason_group", measure),
            {"price": 100, "service": 300, "unknown": 50},
        )
        self.assertEqual(
            self._grouped("preventable", measure), {"yes": 300, "no": 100, False: 50}
        )
        self.assertEqual(
            self._grouped("competitor_id", measure), {"Rival": 100, False: 350}
        )

    def test_who_has_left_is_lost(self):
        """Though somebody still works the case; decided it is not."""
        case = self._new_case(
            self._customers(1),
            kind="cancellation",
            reason_id=self.price.id,
            cancel_date="2026-05-01",
            end_date="2026-06-10",
            value=200,
        )
        Loss = self.env["retention.loss.report"]
        self.env.flush_all()
        self.assertFalse(Loss.search([]))
        case._end_notices()
        self._closed("won")
        self.env.flush_all()
        loss = Loss.search([])
        self.assertEqual((loss.reason_id, loss.value), (self.price, 200))
        line = self.Report.browse(case.id)
        self.assertEqual((line.result, line.lost_value), ("lost", 200))
        self.assertEqual(str(line.close_date), "2026-06-10 00:00:00")
        total = self.Report.formatted_read_group([], [], ["won_share:avg"])
        self.assertEqual(total[0]["won_share:avg"], 100, "the other one only")
        case._close("won")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(Loss.search([]), "who was won back is no loss")

    def test_by_itself_is_no_success(self):
        """Nobody did anything about the case: it counts neither way."""
        self._closed("lost")
        case = self._closed("won", date="2026-06-03 10:00:00")
        case.is_by_itself = True
        self.env.flush_all()
        total = self.Report.formatted_read_group(
            [], [], ["won_share:avg", "return_days:avg", "__count"]
        )
        self.assertEqual(total[0]["won_share:avg"], 0)
        self.assertFalse(total[0]["return_days:avg"])
        self.assertEqual(total[0]["__count"], 2)

    def test_who_bought_again_alone(self):
        """As the run finds it: no success, but back, and watched."""
        self._closed("won")
        self._closed("lost")
        profile = self._customers(1)
        Stage = self.env["retention.journey.stage"]
        profile.journey_stage_id = Stage._first_of_kind("dormant", self.company)
        self.company.retention_winback_limit = 1
        self.Winback._propose()
        case = profile.winback_ids
        self.assertTrue(case.is_proposed)
        self._won(profile, "2026-06-17 10:00:00", 100, run=False)
        with self._at("2026-06-18 10:00:00"):
            profile.journey_stage_id = Stage._first_of_kind("active", self.company)
            self._run()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(case.is_by_itself)
        self.assertEqual((case.result, case.step), ("won", "loyalty"))
        self.assertTrue(case.loyalty_until)
        self.assertEqual(profile.journey_kind, "recovered")
        action = self.env.ref("retention_suite.retention_winback_report_action")
        shown = literal_eval(action.domain)
        self.assertNotIn(case.id, self.Report.search(shown).ids)
        total = self.Report.formatted_read_group(
            shown, [], ["won_share:avg", "return_days:avg", "__count"]
        )[0]
        self.assertEqual((total["won_share:avg"], total["__count"]), (50, 2))
        self.assertEqual(total["return_days:avg"], 13)
        with self.assertRaises(AccessError):
            case.with_user(self.seller).is_by_itself = False
        case.action_reopen()
        case._close("won", "We called")
        self.env.flush_all()
        self.assertIn(case.id, self.Report.search(shown).ids)

    def test_lost_on_the_last_day(self):
        """Open or given up, before or after it; the rate waits for the decision."""
        reason = {"kind": "cancellation", "reason_id": self.price.id, "value": 100}
        dates = {"cancel_date": "2026-05-01", "end_date": "2026-06-10"}
        old = {"cancel_date": "2025-05-01", "end_date": "2025-06-14"}
        year = {"cancel_date": "2025-05-01", "end_date": "2025-06-15"}
        left, given_up, early, ago, edge = (
            self._new_case(self._customers(1), **reason, **days)
            for days in (dates, dates, dates, old, year)
        )
        other = self._closed("lost", date="2026-06-13 23:00:00")
        with self._at("2026-06-05 10:00:00"):
            early._close("lost")
        self.Winback._end_notices()
        (given_up | ago | edge)._close("lost")
        self.env.flush_all()
        days = {line.id: str(line.lost_date) for line in self.Report.search([])}
        self.assertEqual(
            days,
            {
                left.id: "2026-06-10",
                given_up.id: "2026-06-10",
                early.id: "2026-06-10",
                ago.id: "2025-06-14",
                edge.id: "2025-06-15",
                other.id: "2026-06-14",
            },
            "by the company's calendar",
        )
        loss = self.Loss.search([("reason_id", "=", self.price.id)])
        self.assertEqual((loss.customer_count, loss.value), (4, 400))
        # with the filter that the screen begins with
        shown = [("lost_date", ">=", "today -12m")]
        behind = self.Report.search(loss.action_open_cases()["domain"] + shown)
        self.assertEqual(set(behind.ids), set((left | given_up | early | edge).ids))
        rated = self.Report.search([("is_rated", "=", True)])
        self.assertNotIn(left.id, rated.ids)
        self.assertEqual(len(rated), 5)
        left._close("won")
        self.env.flush_all()
        self.env.invalidate_all()
        line = self.Report.browse(left.id)
        self.assertEqual((line.lost_date, line.lost_value), (False, 0))
        self.assertEqual(line.won_share, 100)

    def test_time_to_return(self):
        case = self._new_case(self._customers(1), open_date="2026-06-01 10:00:00")
        case.start_date = "2026-06-04 10:00:00"
        case._close("won", dates={case.id: datetime(2026, 6, 14, 22)})
        self._closed("won", date="2026-06-03 10:00:00")
        self._closed("lost")
        days = {
            r.result: r.return_days for r in self.Report.search([("id", "!=", case.id)])
        }
        self.assertEqual(days, {"won": 2, "lost": 0})
        self.assertEqual(self.Report.browse(case.id).return_days, 10.5)
        mean = self.Report.formatted_read_group([], [], ["return_days:avg"])
        self.assertAlmostEqual(
            mean[0]["return_days:avg"], 6.25, msg="of those won back"
        )

    def test_what_they_brought_since(self):
        """Each purchase counts for one case of the customer."""
        profile = self._customers(1)
        self._won(profile, "2026-06-01 10:00:00", 7)
        first = self._closed("won", profile=profile, date="2026-06-02 10:00:00")
        self._won(profile, "2026-06-02 10:00:00", 100)
        self._won(profile, "2026-06-05 10:00:00", 20)
        second = self._closed("won", profile=profile, date="2026-06-10 10:00:00")
        self._won(profile, "2026-06-12 10:00:00", 1000)
        lost = self._closed("lost")
        self._won(lost.profile_id, "2026-06-15 09:00:00", 5)
        self._run()
        self.env.invalidate_all()
        brought = {r.id: r.later_revenue for r in self.Report.search([])}
        self.assertEqual(brought, {first.id: 120, second.id: 1000, lost.id: 0})

    # ------------------------------------------------------------------
    # Pareto
    # ------------------------------------------------------------------

    def test_dearest_reason_first(self):
        self._closed("lost", reason_id=self.price.id, value=100)
        self._closed("lost", reason_id=self.service.id, value=300)
        self._closed("lost", reason_id=self.service.id, value=200)
        self._closed("lost", value=25)
        self._closed("lost", value=9999, date="2025-06-14 10:00:00")
        rows = self.Loss.search([("company_id", "=", self.company.id)])
        self.assertRecordValues(
            rows,
            [
                {
                    "reason_id": self.service.id,
                    "reason_group": "service",
                    "is_preventable": True,
                    "customer_count": 2,
                    "value": 500,
                    "share": 80,
                    "cumulated_share": 80,
                },
                {
                    "reason_id": self.price.id,
                    "reason_group": "price",
                    "is_preventable": False,
                    "customer_count": 1,
                    "value": 100,
                    "share": 16,
                    "cumulated_share": 96,
                },
                {
                    "reason_id": False,
                    "reason_group": "unknown",
                    "is_preventable": False,
                    "customer_count": 1,
                    "value": 25,
                    "share": 4,
                    "cumulated_share": 100,
                },
            ],
        )
        action = rows[0].action_open_cases()
        self.assertEqual(
            self.Report.search(action["domain"]).mapped("value"), [200, 300]
        )

    def test_worth_nothing(self):
        self._closed("lost", reason_id=self.price.id)
        self.assertEqual(self.Loss.search([]).share, 0)

    # ------------------------------------------------------------------
    # Who sees what
    # ------------------------------------------------------------------

    def test_roles(self):
        own = self._closed("lost", value=10)
        others = self._closed("lost", profile=self._customers(1), value=20)
        others.profile_id.user_id = self.colleague
        others.user_id = self.colleague
        self.env.flush_all()
        seen = self.Report.with_user(self.seller).search([])
        self.assertEqual(seen.ids, own.ids)
        self.assertEqual(seen.action_open_case()["res_id"], own.id)
        self.assertEqual(
            len(self.Report.with_user(self.colleague).search([])), 2, "all documents"
        )
        self.assertEqual(len(self.Report.with_user(self.manager).search([])), 2)
        with self.assertRaises(AccessError):
            self.Loss.with_user(self.seller).search([])
        self.assertEqual(self.Loss.with_user(self.manager).search([]).value, 30)

    def test_companies_and_currencies(self):
        euro, dollar = self.env.ref("base.EUR"), self.env.ref("base.USD")
        (euro | dollar).active = True
        currency = dollar if self.company.currency_id == euro else euro
        other = self.env["res.company"].create(
            {"name": "Other", "currency_id": currency.id}
        )
        self._closed("lost", reason_id=self.price.id, value=10)
        case = self._closed(
            "lost",
            profile=self._customers(1, company=other),
            reason_id=self.price.id,
            value=30,
        )
        self.assertEqual(len(self.Report.with_user(self.manager).search([])), 1)
        self.assertEqual(len(self.Loss.with_user(self.manager).search([])), 1)
        self.manager.company_ids = [Command.link(other.id)]
        rows = (
            self.Loss.with_user(self.manager)
            .with_context(allowed_company_ids=[self.company.id, other.id])
            .search([])
        )
        self.assertEqual(rows.mapped("cumulated_share"), [100, 100])
        self.assertEqual(rows.currency_id, self.company.currency_id | currency)
        self.assertEqual(self.Report.browse(case.id).currency_id, currency)
