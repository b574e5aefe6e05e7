from odoo import Command
from odoo.tests import tagged

from .referral_common import ReferralCase


@tagged("post_install", "-at_install")
class TestReferralReport(ReferralCase):
    """Figures of recommendations."""

    def setUp(self):
        super().setUp()
        self.reasons = self.env["retention.referral.reason"].create(
            [{"name": "Cake"}, {"name": "Tea"}]
        )
        with self._at("2026-06-01 10:00:00"):
            self.quick = self._recommend(
                self.anna, "Carl", reason_ids=[Command.set(self.reasons.ids)]
            )
            self.slow = self._recommend(
                self.anna, "Dora", reason_ids=[Command.set(self.reasons[:1].ids)]
            )
            self.open = self._recommend(self.bert, "Emil", channel="whatsapp")
        self._win(self.quick, "2026-06-05 10:00:00", 1000)
        self._win(self.slow, "2026-06-21 10:00:00", 500)
        self.referrals = self.quick | self.slow | self.open
        self.quick.thanked_date = "2026-06-02"
        self.env.flush_all()

    def _win(self, referral, moment, revenue):
        """The lead gets its contact and is won."""
        with self._at(moment):
            lead = referral.lead_id
            lead.partner_id = self.env["res.partner"].create({"name": lead.name})
            lead.expected_revenue = revenue
            lead.action_set_won()
            self._flush()

    def _figures(self, *aggregates, groupby=(), moment="2026-06-22 10:00:00"):
        with self._at(moment):
            return self.env["retention.referral.report"]._read_group(
                [("id", "in", self.referrals.ids)], list(groupby), list(aggregates)
            )

    def test_shares(self):
        [[count, won, revenue]] = self._figures(
            "referral_count:sum", "won_share:avg", "revenue:sum"
        )
        self.assertEqual((count, revenue), (3, 1500))
        self.assertAlmostEqual(won, 200 / 3)

    def test_revenue_of_a_lead_counts_once(self):
        """With whoever recommended first."""
        with self._at("2026-06-04 10:00:00"):
            later = self._recommend(self.bert, "Carl", lead=self.quick.lead_id)
            self._flush()
        self.referrals |= later
        self.assertEqual((later.state, later.revenue), ("won", 1000))
        rows = self._figures(
            "referral_count:sum", "revenue:sum", groupby=["referrer_id"]
        )
        self.assertEqual(rows, [(self.anna, 2, 1500), (self.bert, 2, 0)])

    def test_doubles_do_not_count(self):
        self.slow.is_merged = True
        self.env.flush_all()
        [[count, revenue]] = self._figures("referral_count:sum", "revenue:sum")
        self.assertEqual((count, revenue), (2, 1000))
        self.assertEqual(self.anna.retention_given_count, 1)
        found = self.env["retention.referral"].search(
            self.anna.action_retention_referrals()["domain"]
        )
        self.assertEqual(found, self.quick)

    def test_days_to_win(self):
        [[mean, median]] = self._figures("win_days:avg", "median_win_days:avg")
        self.assertAlmostEqual(mean, 12)
        self.assertAlmostEqual(median, 12)
        self._win(self.open, "2026-06-02 10:00:00", 1)
        [[mean, median]] = self._figures("win_days:avg", "median_win_days:avg")
        self.assertAlmostEqual(mean, 25 / 3)
        self.assertAlmostEqual(median, 4)

    def test_thanked_in_time(self):
        # one was, two should have been
        [[thanked]] = self._figures("thanked_share:avg")
        self.assertAlmostEqual(thanked, 100 / 3)
        [[thanked]] = self._figures("thanked_share:avg", moment="2026-06-03 10:00:00")
        self.assertEqual(thanked, 100, "the others still have time")

    def test_in_time_by_the_day_of_the_company(self):
        """At 23:00 UTC it is the next day in Berlin."""
        self.quick.thanked_date = False
        self.env.flush_all()
        due = self.open.thank_due_date
        before = self._figures("thanked_share:count", moment=f"{due} 21:00:00")
        self.assertEqual(before, [(0,)])
        after = self._figures("thanked_share:count", moment=f"{due} 23:00:00")
        self.assertEqual(after, [(3,)])

    def test_nobody_to_thank_is_not_late(self):
        self.slow.state = "rejected"
        self.open.referrer_id = False
        self.env.flush_all()
        [[thanked]] = self._figures("thanked_share:avg")
        self.assertEqual(thanked, 100)
        self.slow.thanked_date = "2026-06-30"
        self.env.flush_all()
        [[thanked]] = self._figures("thanked_share:avg")
        self.assertEqual(thanked, 50, "was thanked for, but late")

    def test_qualified_before_it_was_lost(self):
        [[qualified]] = self._figures("qualified_share:avg")
        self.assertAlmostEqual(qualified, 200 / 3)
        lead = self.open.lead_id
        lead.action_set_lost()
        self._flush()
        [[qualified]] = self._figures("qualified_share:avg")
        self.assertAlmostEqual(qualified, 200 / 3, msg="it never was")
        lead.action_unarchive()
        lead.convert_opportunity(lead.partner_id)
        lead.action_set_lost()
        self._flush()
        self.assertEqual(self.open.state, "lost")
        [[qualified]] = self._figures("qualified_share:avg")
        self.assertEqual(qualified, 100)

    def test_qualified_by_its_stage_before_it_was_lost(self):
        """An opportunity from the start, which nobody had to convert."""
        lead = self.env["crm.lead"].create({"name": "F", "type": "opportunity"})
        lead.date_conversion = False
        referral = self._recommend(self.bert, "Fritz", lead=lead)
        self.referrals = referral
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        for stage, expected in ((stages[0], 0), (stages[-1], 100)):
            lead.write({"stage_id": stage.id, "active": True})
            lead.action_set_lost()
            self._flush()
            self.assertEqual(referral.state, "lost")
            [[qualified]] = self._figures("qualified_share:avg")
            self.assertEqual(qualified, expected)

    def test_by_reason_and_channel(self):
        rows = self._figures("referral_count:sum", groupby=["reason_ids"])
        self.assertEqual(
            {reason.name: count for reason, count in rows},
            {"Cake": 2, "Tea": 1, False: 1},
        )
        rows = self._figures("referral_count:sum", groupby=["channel"])
        self.assertEqual(dict(rows), {"offline": 2, "whatsapp": 1})

    def test_opens_the_recommendation(self):
        row = self.env["retention.referral.report"].browse(self.quick.id)
        action = row.action_open_referral()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (self.quick._name, self.quick.id)
        )

    def test_roles(self):
        Report = self.env["retention.referral.report"]
        self.open.lead_id.user_id = False
        self.quick.lead_id.user_id = self.seller
        self.slow.lead_id.user_id = self.colleague
        self.env.flush_all()
        domain = [("id", "in", self.referrals.ids)]
        seen = Report.with_user(self.seller).search(domain)
        self.assertEqual(seen.ids, (self.open | self.quick).ids)
        self.assertEqual(Report.with_user(self.colleague).search_count(domain), 3)
        self.assertEqual(Report.with_user(self.manager).search_count(domain), 3)


@tagged("post_install", "-at_install")
class TestAdvocateReport(ReferralCase):
    """How many customers recommend us, and how many came that way."""

    def setUp(self):
        super().setUp()
        stages = self.env["retention.journey.stage"]
        self.active = stages._first_of_kind("active", self.company)
        self.lost = stages._first_of_kind("lost", self.company)
        with self._at("2026-01-10 10:00:00"):
            self.advocate = self._customer("Azur", self.customer, 1000)
            referral = self._recommend(self.anna, "Carl")
            self._recommend(self.bert, "Nobody yet")
        with self._at("2026-02-10 10:00:00"):
            friend = self.env["res.partner"].create({"name": "Carl"})
            referral.lead_id.write({"partner_id": friend.id, "expected_revenue": 3000})
            referral.lead_id.action_set_won()
            self.referred = self._customer("Carl", friend)
            self.other = self._customer("Other", revenue=2000)
            self.gone = self._customer("Gone", revenue=500, stage=self.lost)
            self._flush()
        self.env["retention.referral"]._derive()
        self.all = self.advocate | self.referred | self.other | self.gone

    def _customer(self, name, partner=None, revenue=0, stage=None):
        partner = partner or self.env["res.partner"].create({"name": name})
        if revenue:
            lead = self._new_lead(partner, expected_revenue=revenue)
            lead.action_set_won()
        profile = self._profile(partner) or self._add_profile(partner)
        profile.journey_stage_id = stage or self.active
        self._flush()
        return profile

    def _figures(self, *aggregates, groupby=()):
        self.env.flush_all()
        return self.env["retention.advocate.report"]._read_group(
            [("id", "in", self.all.ids)], list(groupby), list(aggregates)
        )

    def test_advocate_rate(self):
        [[share, advocates, customers, each]] = self._figures(
            "advocate_share:avg",
            "advocate_count:sum",
            "customer_count:sum",
            "referral_count:avg",
        )
        self.assertAlmostEqual(share, 100 / 3, msg="who is lost is no customer")
        self.assertEqual((advocates, customers, each), (1, 3, 2))

    def test_rejected_ones_do_not_count(self):
        referrals = self.env["retention.referral"].search(
            [("profile_id", "=", self.advocate.id)]
        )
        referrals[0].is_merged = True
        [[each]] = self._figures("referral_count:avg")
        self.assertEqual(each, 1, "nor doubles")
        referrals.state = "rejected"
        [[share]] = self._figures("advocate_share:avg")
        self.assertEqual(share, 0)

    def test_referred_share_of_new_customers(self):
        rows = self._figures("referred_share:avg", groupby=["won_date:month"])
        self.assertEqual(
            [(month.strftime("%Y-%m"), round(share)) for month, share in rows],
            [("2026-01", 0), ("2026-02", 33)],
        )

    def test_worth_and_staying(self):
        rows = self._figures(
            "average_revenue:avg", "retained_share:avg", groupby=["origin"]
        )
        figures = {origin: (revenue, round(stay)) for origin, revenue, stay in rows}
        self.assertEqual(figures["referred"], (3000, 100))
        self.assertEqual(figures["other"][1], 67)
        self.assertAlmostEqual(figures["other"][0], 3500 / 3)

    def test_by_what_brought_them(self):
        """Worth and staying by channel, generation and reason."""
        reasons = self.env["retention.referral.reason"].create(
            [{"name": "Cake"}, {"name": "Tea"}]
        )
        referral = self.env["retention.advocate.report"].browse(self.referred.id)
        referral = referral.referral_id
        self.assertEqual(referral.lead_id.partner_id, self.referred.partner_id)
        referral.write({"reason_ids": [Command.set(reasons.ids)], "channel": "qr"})
        rows = self._figures("average_revenue:avg", groupby=["channel", "generation"])
        self.assertIn(("qr", 1, 3000), rows)
        rows = self._figures("average_revenue:avg", groupby=["reason_ids"])
        by_reason = dict(rows)
        self.assertEqual([by_reason[reason] for reason in reasons], [3000, 3000])
        # as a salesperson, whom the customer is, but not the recommendation
        self.referred.user_id = self.seller
        self.advocate.user_id = self.colleague
        referral.lead_id.user_id = self.colleague
        self.env.flush_all()
        seen = self.env["retention.advocate.report"].with_user(self.seller)
        rows = seen._read_group(
            [("id", "=", self.referred.id)], ["reason_ids"], ["average_revenue:avg"]
        )
        self.assertEqual([revenue for _reason, revenue in rows], [3000, 3000])

    def test_every_figure_says_how_it_is_computed(self):
        for name in (
            "retention.referral.report",
            "retention.advocate.report",
            "retention.referral.click.report",
        ):
            for field in self.env[name].fields_get().values():
                if field.get("aggregator") and field["type"] != "many2one":
                    with self.subTest(model=name, field=field["string"]):
                        self.assertTrue(field.get("help"))

    def test_opens_the_customer(self):
        row = self.env["retention.advocate.report"].browse(self.referred.id)
        self.assertEqual(row.action_open_customer()["res_id"], self.referred.id)

    def test_other_company_sees_its_own(self):
        second = self.env["res.company"].create({"name": "Second"})
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        seen = self.env["retention.advocate.report"].with_user(user).search([])
        self.assertFalse(seen & seen.browse(self.all.ids))
