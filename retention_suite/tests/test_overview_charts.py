from odoo.tests import tagged

from .overview_common import OverviewCase


@tagged("post_install", "-at_install")
class TestOverviewCharts(OverviewCase):
    """Charts and lists of the small company, computed by hand."""

    def _by_label(self, lines, *names):
        return {line["label"]: tuple(line[name] for name in names) for line in lines}

    def _name(self, kind):
        return self.stages[kind].name

    def _names(self, *args, **options):
        return sorted(self._opened(*args, **options).mapped("display_name"))

    # ------------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------------

    def test_stages_now(self):
        block = self._block("stages")
        found = self._by_label(block["stages"], "count", "alerts")
        expected = {
            "prospect": (1, 0),
            "onboarding": (0, 0),
            "active": (4, 2),
            "ambassador": (1, 0),
            "at_risk": (2, 2),
            "dormant": (1, 0),
            "lost": (3, 0),
        }
        for kind, figures in expected.items():
            self.assertEqual(found[self._name(kind)], figures, kind)
        self.assertFalse(block["empty"])
        self.assertEqual(
            self._names("stages", self.stages["active"].id),
            ["Amber", "Birch", "Ginger", "Kale"],
        )
        for line in block["stages"]:
            self.assertEqual(len(self._opened("stages", line["key"])), line["count"])

    def test_stock(self):
        """At the end of September, October, and now."""
        block = self._block("stages")
        self.assertEqual(len(block["months"]), 12)
        self.assertEqual(block["months"][-1], "Nov 2026")
        series = {line["key"]: line["values"] for line in block["series"]}
        expected = {
            "onboarding": [1, 0, 0],
            "active": [8, 6, 4],
            "ambassador": [1, 1, 1],
            "at_risk": [0, 1, 2],
            "dormant": [0, 0, 1],
            "lost": [0, 2, 3],
            "prospect": [0, 0, 1],
        }
        for kind, values in expected.items():
            with self.subTest(kind):
                stage_id = self.stages[kind].id
                self.assertEqual(series[stage_id], [0] * 9 + values)
                for place, value in enumerate(series[stage_id]):
                    opened = self._opened("stages", stage_id, place)
                    self.assertEqual(len(opened), value, place)
        self.assertEqual(
            self._names("stages", self.stages["lost"].id, 10), ["Daisy", "Hazel"]
        )

    def test_stock_equals_the_report(self):
        def check():
            self.env.flush_all()
            self.env.invalidate_all()
            now = {
                line["key"]: line["values"] for line in self._block("stages")["series"]
            }
            report = {}
            for row in self.env["retention.journey.stock"].search(
                [("company_id", "=", self.hand.id), ("date", ">=", "2026-09-01")],
                order="date",
            ):
                report.setdefault(row.stage_id.id, []).append(row.customer_count)
            self.assertEqual(
                {key: values[9:] for key, values in now.items()},
                {key: values for key, values in report.items() if any(values)},
            )
            return now

        check()
        # who is put away counts until the last move
        self.customers["Lilac"].active = False
        self.assertEqual(check()[self.stages["at_risk"].id][-2:], [0, 1])
        self.assertEqual(len(self._opened("stages", self.stages["at_risk"].id, 11)), 1)

    def test_sellers_stages(self):
        found = self._by_label(self._block("stages", self.seller)["stages"], "count")
        self.assertEqual(found[self._name("active")], (2,))
        self.assertEqual(found[self._name("lost")], (2,))
        opened = self._opened("stages", self.stages["active"].id, 9, user=self.seller)
        self.assertEqual(len(opened), 6)

    # ------------------------------------------------------------------
    # Flow
    # ------------------------------------------------------------------

    def test_flow(self):
        """In November Cedar was lost, Elder fell asleep, Fern came at risk."""
        block = self._block("flow")
        active = self.stages["active"].id
        self.assertEqual(
            {(cell["from"], cell["to"]): cell["count"] for cell in block["cells"]},
            {
                (active, self.stages[kind].id): 1
                for kind in ("at_risk", "dormant", "lost")
            },
        )
        self.assertEqual(
            {line["key"] for line in block["stages"]},
            {self.stages[k].id for k in ("active", "at_risk", "dormant", "lost")},
        )
        for cell in block["cells"]:
            opened = self._opened("flow", cell["from"], cell["to"])
            self.assertEqual(len(opened), cell["count"])
        self.assertEqual(len(self._opened("flow")), 3)
        october = self._block("flow", period="last_month")
        self.assertEqual(sum(cell["count"] for cell in october["cells"]), 4)
        self.assertEqual(october["empty"], False)
        self.assertTrue(
            self._block(
                "flow", period="own", date_from="2026-08-01", date_to="2026-08-31"
            )["empty"]
        )

    # ------------------------------------------------------------------
    # Cohorts
    # ------------------------------------------------------------------

    def test_cohorts(self):
        """Fern first bought in October; Amber, Birch and Iris in September, of whom
        Amber and Iris bought in October; Elder in August and in October."""
        block = self._block("cohorts")
        self.assertEqual(block["months"], ["0", "1", "2"])
        self.assertEqual(
            [
                (
                    line["key"],
                    line["size"],
                    [share and round(share, 1) for share in line["shares"]],
                )
                for line in block["lines"]
            ],
            [
                ("2026-10", 1, [100, None, None]),
                ("2026-09", 3, [100, 66.7, None]),
                ("2026-08", 1, [100, 0, 100]),
            ],
        )
        self.assertEqual(block["lines"][0]["label"], "Oct 2026")
        for line in block["lines"]:
            for number, share in enumerate(line["shares"]):
                if share is not None:
                    opened = self._opened("cohorts", line["key"], number)
                    self.assertEqual(len(opened), round(line["size"] * share / 100))
        self.assertEqual(self._names("cohorts", "2026-09", 1), ["Amber", "Iris"])
        self.assertEqual(len(self._opened("cohorts", "2026-09")), 3)

    # ------------------------------------------------------------------
    # Losses
    # ------------------------------------------------------------------

    def test_losses(self):
        """In the quarter: 1000 and 300 for the price, 400 for the service."""
        block = self._block("losses", period="quarter")
        self.assertEqual(
            [
                (
                    line["label"],
                    line["count"],
                    line["value"],
                    round(line["share"], 1),
                    round(line["cumulated"], 1),
                )
                for line in block["lines"]
            ],
            [("Price", 2, 1300, 76.5, 76.5), ("Service", 1, 400, 23.5, 100)],
        )
        self.assertEqual(self._names("losses", self.reasons["price"].id), ["Cedar"])
        for line in block["lines"]:
            opened = self._opened("losses", line["key"], period="quarter")
            self.assertEqual(len(opened), line["count"])
        self.assertEqual(len(self._opened("losses", period="quarter")), 3)

    def test_losses_equal_the_report(self):
        year = {"period": "own", "date_from": "2025-11-23", "date_to": "2026-11-23"}
        self.assertEqual(
            [
                (line["key"], line["count"], line["value"])
                for line in self._block("losses", **year)["lines"]
            ],
            [
                (line.reason_id.id, line.customer_count, line.value)
                for line in self.env["retention.loss.report"].search(
                    [("company_id", "=", self.hand.id)]
                )
            ],
        )

    # ------------------------------------------------------------------
    # Lists
    # ------------------------------------------------------------------

    def test_today(self):
        block = self._block("today", self.seller)
        self.assertEqual(block["count"], 2)
        self.assertEqual(
            [
                (line["title"], line["when"], line["is_overdue"])
                for line in block["lines"]
            ],
            [
                ("Fern", "due today", False),
                ("Birch", "overdue since 11/20/2026", True),
            ],
        )
        for line in block["lines"]:
            self.assertIn("(agreed: 30)", line["text"])
            self.assertEqual(
                self._opened("today", line["key"], user=self.seller).id, line["key"]
            )
        self.assertEqual(len(self._opened("today", user=self.seller)), 2)
        # the manager's own, and that of somebody who is chosen
        self.assertIn("Choose a person", self._block("today")["empty"])
        [line] = self._block("today", user_id=self.colleague.id)["lines"]
        self.assertEqual((line["title"], line["when"]), ("Ginger", "due tomorrow"))

    def test_danger(self):
        block = self._block("danger")
        self.assertEqual(block["count"], 3)
        self.assertEqual(
            [(line["title"], line["score"]) for line in block["lines"]],
            [("Amber", 80), ("Fern", 20), ("Lilac", 0)],
        )
        self.assertEqual(block["lines"][0]["text"], self.customers["Amber"].risk_text)
        # at risk by the stage, however low the risk
        self.assertRegex(block["lines"][1]["text"], "^At risk since 11/03/2026. Risk ")
        self.assertRegex(block["lines"][2]["text"], "^At risk since [0-9/]*$")
        self.assertEqual(len(self._opened("danger")), 3)
        key = block["lines"][0]["key"]
        self.assertEqual(self._names("danger", key), ["Amber"])
        titles = [line["title"] for line in self._block("danger", self.seller)["lines"]]
        self.assertEqual(titles, ["Amber", "Fern"])
