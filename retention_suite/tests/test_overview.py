from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .overview_common import OverviewCase

BETTER, WORSE, SAME = True, False, None


@tagged("post_install", "-at_install")
class TestOverviewFigures(OverviewCase):
    """The figures of the small company, computed by hand."""

    def test_this_month(self):
        """1 to 23 November, compared with 1 to 23 October.

        - Active now: Amber, Birch, Fern, Ginger, Iris, Kale, Lilac; advocates of them
          Amber and Iris: 2 of 7. On 23 October: Amber, Birch, Cedar, Elder, Fern,
          Ginger, Hazel, Iris, Lilac; advocates Amber and Cedar: 2 of 9.
        - 8 customers on 1 November, of whom Cedar was lost. 10 on 1 October, of whom
          Daisy was lost until the 23rd.
        - A gap is agreed with five who are not lost. In time now: Amber until
          10 December, Fern until today, Iris until 20 December. On 23 October: Birch,
          Iris.
        - 3 of 4 messages answered, in 2, 4 and 9 hours; 1 of 2 before, in 3.
        - 2 of 3 hand-overs arrived; 1 of 1 before.
        - Amber was won back, Birch came by itself; Ginger before.
        - At risk: Amber 900, Fern 500, Lilac 200.
        """
        self.assertEqual(
            self._figures(),
            {
                "advocate_rate": ("28.6 %", "22.2 %", BETTER),
                "churn_rate": ("12.5 %", "10.0 %", WORSE),
                "contacts_in_time": ("60.0 %", "40.0 %", BETTER),
                "answered": ("75.0 %", "50.0 %", BETTER),
                "answer_time": ("4.0 h", "3.0 h", WORSE),
                "handovers_arrived": ("66.7 %", "100.0 %", WORSE),
                "winbacks": ("1", "1", SAME),
                "value_at_risk": (self._money(1600), "", SAME),
            },
        )

    def _money(self, amount):
        lines = self._block("figures")["lines"]
        self.assertEqual(lines[-1]["value"], amount)
        return lines[-1]["text"]

    def test_texts(self):
        block = self._block("figures")
        self.assertFalse(block["empty"])
        # whatever kind of space the language puts there
        period, before = (
            " ".join(block[name].split()) for name in ("period_text", "before_text")
        )
        self.assertEqual(period, "Nov 1 – 23, 2026")
        self.assertEqual(before, "compared with Oct 1 – 23, 2026")
        lines = {line["key"]: line for line in block["lines"]}
        self.assertEqual(lines["advocate_rate"]["change_text"], "+6.3 points")
        self.assertEqual(lines["churn_rate"]["change_text"], "+2.5 points")
        self.assertEqual(lines["answer_time"]["change_text"], "+1.0 h")
        self.assertEqual(lines["winbacks"]["change_text"], "unchanged")
        self.assertEqual(lines["value_at_risk"]["change_text"], "")
        self.assertEqual(lines["churn_rate"]["count_text"], "1 of 8")
        self.assertEqual(lines["value_at_risk"]["count_text"], "3 customers")
        self.customers["Lilac"].user_id = self.colleague
        [only] = self._block("figures", user_id=self.colleague.id)["lines"][-1:]
        self.assertEqual(only["count_text"], "1 customer")
        self.assertAlmostEqual(lines["advocate_rate"]["value"], 200 / 7)
        for line in block["lines"]:
            self.assertTrue(line["label"] and line["help"], line["key"])

    def test_each_opens_what_it_counts(self):
        expected = {
            "advocate_rate": {"Amber", "Iris"},
            "churn_rate": {"Cedar"},
            "contacts_in_time": {"Amber", "Birch", "Fern", "Ginger", "Iris"},
            "winbacks": {"Amber"},
            "value_at_risk": {"Amber", "Fern", "Lilac"},
        }
        for options in ({}, {"period": "last_month"}, {"period": "year"}):
            for line in self._block("figures", **options)["lines"]:
                with self.subTest(line["key"], **options):
                    records = self._opened("figures", line["key"], **options)
                    self.assertEqual(len(records), line["count"])
                    self.assertEqual(line["has_action"], bool(records))
                    if not options and line["key"] in expected:
                        self.assertEqual(
                            set(records.mapped("display_name")),
                            expected[line["key"]],
                        )

    def test_a_sellers_own(self):
        """Of six customers: Amber, Birch, Cedar, Daisy, Elder, Fern."""
        wanted = {
            "advocate_rate": ("33.3 %", "40.0 %", WORSE),
            "churn_rate": ("20.0 %", "16.7 %", WORSE),
            "contacts_in_time": ("66.7 %", "33.3 %", BETTER),
            "answered": ("66.7 %", "100.0 %", WORSE),
            "answer_time": ("3.0 h", "3.0 h", SAME),
            "handovers_arrived": ("50.0 %", "100.0 %", WORSE),
            "winbacks": ("1", "0", BETTER),
        }
        own = self._figures(self.seller)
        own_value = own.pop("value_at_risk")
        self.assertEqual(own, wanted)
        # whatever the seller asks for
        asked = self._figures(self.seller, user_id=self.colleague.id, team_id=1)
        self.assertEqual(asked.pop("value_at_risk"), own_value)
        self.assertEqual(asked, wanted)
        # as the manager sees the seller, alone or as a team
        chosen = self._figures(user_id=self.seller.id)
        self.assertEqual(chosen.pop("value_at_risk"), own_value)
        self.assertEqual(chosen, wanted)
        team = self.env["crm.team"].create(
            {"name": "Alone", "member_ids": self.seller.ids}
        )
        self.assertEqual(self._figures(team_id=team.id)["churn_rate"][0], "20.0 %")
        empty = self.env["crm.team"].create({"name": "Nobody"})
        self.assertEqual(self._figures(team_id=empty.id)["churn_rate"][0], "–")
        # who sees all documents still has own figures
        everybody = self._figures(self.colleague)
        self.assertEqual(everybody["churn_rate"][0], "0.0 %")

    def test_a_whole_month(self):
        """October: 10 customers when it began, Daisy and Hazel were lost. On the 31st:
        Amber, Birch, Cedar, Elder, Fern, Ginger, Iris, Lilac were active, Amber and
        Cedar advocates. September began before anything was known."""
        figures = self._figures(period="last_month")
        self.assertEqual(figures["churn_rate"], ("20.0 %", "–", None))
        self.assertEqual(figures["advocate_rate"][0], "25.0 %")
        self.assertEqual(figures["answered"][0], "66.7 %")
        self.assertEqual(figures["handovers_arrived"][0], "50.0 %")

    def test_a_quarter(self):
        """Daisy, Hazel and Cedar of 10 and 8."""
        figures = self._figures(period="quarter")
        self.assertEqual(figures["churn_rate"], ("16.7 %", "–", None))
        self.assertEqual(figures["winbacks"][:2], ("2", "–"))

    def test_who_may_not(self):
        portal = self._portal_user(self.env["res.partner"].create({"name": "P"}))
        stranger = self._new_user("stranger", "base.group_user")
        for user in (portal, stranger):
            overview = self._overview(user)
            for call in (
                overview.get_frame,
                lambda: overview.get_block("figures"),  # noqa: B023
                lambda: overview.get_action("figures", {}, "winbacks"),  # noqa: B023
            ):
                with self.assertRaises(AccessError):
                    call()
        for wrong in ("_scope", "figure", None):
            with self.assertRaises(UserError):
                self._overview().get_block(wrong)
