from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RetentionCase


class ValueCase(RetentionCase):
    """What customers buy."""

    def setUp(self):
        super().setUp()
        self.profile = self._add_profile(self.customer)
        self.Event = self.env["retention.value.event"]
        self.monthly = self.env["crm.recurring.plan"].create(
            {"name": "Every month", "number_of_months": 1}
        )

    def _win(self, moment, revenue, partner=None, **values):
        """An opportunity that is won at a moment."""
        with self._at(moment):
            lead = self._new_lead(
                partner or self.anna, expected_revenue=revenue, **values
            )
            lead.action_set_won()
            self._flush()
            self._run()
        return lead

    def _stage(self, kind):
        return self.env["retention.journey.stage"]._first_of_kind(kind, self.company)

    def _put(self, kind):
        """Put the customer into a stage."""
        self.profile.journey_stage_id = self._stage(kind)

    def _run_at(self, moment):
        with self._at(moment):
            self._run()

    def _bought_in(self, *dates, company=None):
        """A customer who bought on some days."""
        partner = self.env["res.partner"].create({"name": "Dora"})
        company = company or self.company
        profile = self._add_profile(partner, company_id=company.id)
        self.Event.create(
            [
                {
                    "profile_id": profile.id,
                    "company_id": company.id,
                    "date": f"{date} 10:00:00",
                    "amount": 10,
                    "kind": "once",
                    "period": number,
                    "res_model": "res.partner",
                    "res_id": partner.id,
                }
                for number, date in enumerate(dates)
            ]
        )
        return profile

    def _bought(self, profile=None):
        """Days, kinds and amounts of the purchases, oldest first."""
        self.env.invalidate_all()
        events = (profile or self.profile).value_event_ids.sorted(
            lambda event: (event.date, event.kind)
        )
        return [(str(e.date.date()), e.kind, e.amount) for e in events]


@tagged("post_install", "-at_install")
class TestValueEvent(ValueCase):
    """Purchases follow from what was won."""

    def test_won_opportunity(self):
        self._win("2026-06-01 10:00:00", 1000)
        self._new_lead(self.anna, expected_revenue=500)
        lost = self._new_lead(self.anna, expected_revenue=700)
        lost.action_set_lost()
        self._run_at("2026-06-02 10:00:00")
        self.assertEqual(self._bought(), [("2026-06-01", "once", 1000)])

    def test_what_was_won_before(self):
        """A new customer comes with all its purchases."""
        dora = self.env["res.partner"].create({"name": "Dora"})
        self._win("2026-01-01 10:00:00", 300, partner=dora)
        profile = self._profile(dora) or self._add_profile(dora)
        self.assertEqual(self._bought(profile), [("2026-01-01", "once", 300)])

    def test_follows_the_opportunity(self):
        lead = self._win("2026-06-01 10:00:00", 1000)
        self._run_at("2026-06-02 10:00:00")
        with self._at("2026-06-03 10:00:00"):
            lead.expected_revenue = 1200
            self._run()
            self.assertEqual(self._bought(), [("2026-06-01", "once", 1200)])
            lead.stage_id = self.env["crm.stage"].search(
                [("is_won", "=", False)], limit=1
            )
            self._run()
            self.assertEqual(self._bought(), [], "it was not won after all")
            self.assertEqual(self.profile.purchase_count, 0)

    def test_moves_with_the_opportunity(self):
        lead = self._win("2026-06-01 10:00:00", 1000)
        dora = self.env["res.partner"].create({"name": "Dora"})
        other = self._add_profile(dora)
        self._run_at("2026-06-02 10:00:00")
        with self._at("2026-06-03 10:00:00"):
            lead.partner_id = dora
            self._run()
        self.assertEqual(self._bought(), [])
        self.assertEqual(self._bought(other), [("2026-06-01", "once", 1000)])

    def test_deleted_opportunity(self):
        lead = self._win("2026-06-01 10:00:00", 1000)
        self._run_at("2026-06-02 10:00:00")
        with self._at("2026-06-03 10:00:00"):
            lead.unlink()
            self._flush()
            self._run()
        self.assertEqual(self._bought(), [])

    def test_recurring_part_once_per_period(self):
        self._win(
            "2026-01-31 10:00:00",
            500,
            recurring_revenue=100,
            recurring_plan=self.monthly.id,
        )
        self._run_at("2026-03-15 10:00:00")
        self.assertEqual(
            self._bought(),
            [
                ("2026-01-31", "once", 500),
                ("2026-01-31", "recurring", 100),
                ("2026-02-28", "recurring", 100),
            ],
        )
        self.assertEqual(str(self.profile.value_refresh_date), "2026-04-01")
        self._run_at("2026-03-31 09:00:00")
        self.assertEqual(self.profile.purchase_count, 3, "its hour has not come")
        self._run_at("2026-04-01 09:00:00")
        self.assertEqual(self.profile.purchase_count, 4)

    def test_plan_without_months_is_once(self):
        plan = self.env["crm.recurring.plan"].create(
            {"name": "Some time", "number_of_months": 0}
        )
        self._win(
            "2026-01-01 10:00:00", 0, recurring_revenue=100, recurring_plan=plan.id
        )
        self._run_at("2026-06-15 10:00:00")
        self.assertEqual(self._bought(), [("2026-01-01", "recurring", 100)])

    def test_who_is_lost_buys_nothing_more(self):
        self._win(
            "2026-01-01 10:00:00",
            0,
            recurring_revenue=100,
            recurring_plan=self.monthly.id,
        )
        self._run_at("2026-02-15 10:00:00")
        with self._at("2026-02-20 10:00:00"):
            self._put("lost")
        self._run_at("2026-06-15 10:00:00")
        self.assertEqual(
            [day for day, _kind, _amount in self._bought()],
            ["2026-01-01", "2026-02-01"],
        )
        with self._at("2026-06-15 11:00:00"):
            self._put("recovered")
            self._run()
        self.assertEqual(self.profile.purchase_count, 2, "nothing is made up for")
        self._run_at("2026-07-15 10:00:00")
        self.assertEqual(
            [day for day, _kind, _amount in self._bought()],
            ["2026-01-01", "2026-02-01", "2026-07-01"],
            "and goes on who came back",
        )
        with self._at("2026-07-15 10:00:00"):
            self.assertEqual(self.profile._refresh_value(self.profile.ids), 0)

    def test_lost_twice(self):
        self._win(
            "2026-01-01 10:00:00",
            0,
            recurring_revenue=100,
            recurring_plan=self.monthly.id,
        )
        for day, kind in (
            ("2026-01-15", "lost"),
            ("2026-02-15", "recovered"),
            ("2026-03-15", "lost"),
            ("2026-05-15", "active"),
        ):
            with self._at(f"{day} 10:00:00"):
                self._put(kind)
        self._run_at("2026-06-15 10:00:00")
        self.assertEqual(
            [day for day, _kind, _amount in self._bought()],
            ["2026-01-01", "2026-03-01", "2026-06-01"],
        )

    def test_loss_that_was_taken_back(self):
        """It has not happened, and no month is missing."""
        self._win(
            "2026-01-01 10:00:00",
            0,
            recurring_revenue=100,
            recurring_plan=self.monthly.id,
        )
        with self._at("2026-02-15 10:00:00"):
            self._put("active")
        rule = self.env["retention.journey.rule"].create(
            {
                "name": "By mistake",
                "sequence": 1,
                "active": True,
                "from_stage_ids": self._stage("active").ids,
                "to_stage_id": self._stage("lost").id,
            }
        )
        self._run_at("2026-02-20 10:00:00")
        self.assertEqual(self.profile.journey_stage_id.kind, "lost")
        rule.active = False
        self._run_at("2026-04-15 10:00:00")
        self.assertEqual(self.profile.purchase_count, 2)
        with self._at("2026-04-20 10:00:00"):
            [date, _count, _moved_on] = rule._last_moves()
            self.assertEqual(rule._take_back(date), 1)
            self._run()
        self.assertEqual(self.profile.purchase_count, 4)

    def test_what_is_won_while_lost(self):
        """The new contract counts from its first day, the old one does not."""
        # who buys again is not always moved at once
        self.env.ref("retention_suite.journey_rule_lost_back").active = False
        old = {"recurring_revenue": 100, "recurring_plan": self.monthly.id}
        self._win("2026-01-01 10:00:00", 0, **old)
        with self._at("2026-02-20 10:00:00"):
            # nor is there a case that the purchase would win
            self.profile = self.profile.with_context(retention_no_chase=True)
            self._put("lost")
        self._win("2026-04-10 10:00:00", 0, **dict(old, recurring_revenue=70))
        with self._at("2026-05-20 10:00:00"):
            self._put("recovered")
        self._run_at("2026-06-15 10:00:00")
        self.assertEqual(
            [(day, amount) for day, _kind, amount in self._bought()],
            [
                ("2026-01-01", 100),
                ("2026-02-01", 100),
                ("2026-04-10", 70),
                ("2026-05-10", 70),
                ("2026-06-01", 100),
                ("2026-06-10", 70),
            ],
        )

    def test_in_the_company_currency_at_the_rate_of_the_day(self):
        """Of a source that tells another currency."""
        dollar = self.env.ref("base.USD")
        own = self.company.currency_id
        other = self.env.ref("base.EUR") if own == dollar else dollar
        other.active = True
        other.rate_ids.unlink()
        other.rate_ids = [
            Command.create({"name": day, "rate": rate, "company_id": self.company.id})
            for day, rate in (("2026-01-01", 2), ("2026-06-01", 4))
        ]
        source = SQL(
            """
            SELECT 'res.partner'::varchar, day, 'once'::varchar, 0, %s, %s, %s,
                   make_timestamp(2026, 5, 1, 10, 0, 0) + day * interval '1 day',
                   100::numeric
              FROM generate_series(1, 61, 60) day
            """,
            self.anna.id,
            self.company.id,
            other.id,
        )
        with (
            patch.object(type(self.Event), "_sources", lambda *_args: [source]),
            self._at("2026-07-15 10:00:00"),
        ):
            self.profile._refresh_value(self.profile.ids)
        self.assertEqual(
            self._bought(),
            [("2026-05-02", "once", 50), ("2026-07-01", "once", 25)],
        )
        with self._at("2026-07-15 10:00:00"):
            rates = other._get_rates(self.company, "2026-07-01")
        self.assertEqual(rates[other.id], 4, "as Odoo itself finds it")

    def test_merged_customers(self):
        dora = self.env["res.partner"].create({"name": "Dora"})
        other = self._add_profile(dora)
        self._win("2026-06-01 10:00:00", 1000)
        self._win("2026-06-02 10:00:00", 200, partner=dora)
        self._run_at("2026-06-03 10:00:00")
        self.assertEqual(len(self._bought(other)), 1)
        with self._at("2026-06-03 10:00:00"):
            self.env["base.partner.merge.automatic.wizard"].create({})._merge(
                [dora.id, self.customer.id], self.customer
            )
            self._flush()
        self.assertEqual(
            self._bought(),
            [("2026-06-01", "once", 1000), ("2026-06-02", "once", 200)],
        )
        self.assertEqual(self.profile.purchase_revenue, 1200)

    def test_opens_its_document(self):
        lead = self._win("2026-06-01 10:00:00", 1000)
        self._run_at("2026-06-02 10:00:00")
        action = self.profile.value_event_ids.action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", lead.id))

    def test_roles(self):
        self._win("2026-06-01 10:00:00", 1000)
        self._run_at("2026-06-02 10:00:00")
        event = self.profile.value_event_ids
        self.profile.user_id = self.seller
        other = self._new_user("other", "sales_team.group_sale_salesman")
        for user, sees in (
            (self.seller, True),
            (other, False),
            (self.colleague, True),
            (self.manager, True),
        ):
            found = self.Event.with_user(user).search([("id", "=", event.id)])
            self.assertEqual(bool(found), sees, user.name)
        with self.assertRaises(AccessError):
            event.with_user(self.manager).amount = 5
        with self.assertRaises(AccessError):
            event.with_user(self.manager).unlink()

    def test_second_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        user = self._new_user("second", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(second.ids)], "company_id": second.id})
        self._win("2026-06-01 10:00:00", 1000)
        lead = self._win("2026-06-01 10:00:00", 70, company_id=second.id)
        self.assertEqual(lead.company_id, second)
        self._run_at("2026-06-02 10:00:00")
        self.assertEqual(self._bought(), [("2026-06-01", "once", 1000)])
        seen = self.Event.with_user(user).search([])
        self.assertEqual(seen.mapped("amount"), [70])


@tagged("post_install", "-at_install")
class TestValueFigures(ValueCase):
    """What is known of a customer's purchases."""

    def test_figures(self):
        for moment, revenue in (
            ("2025-01-01 10:00:00", 400),
            ("2026-01-01 10:00:00", 100),
            ("2026-01-11 10:00:00", 100),
            ("2026-01-11 12:00:00", 100),
            ("2026-01-31 10:00:00", 200),
        ):
            self._win(moment, revenue)
        self._run_at("2026-06-15 10:00:00")
        self.assertRecordValues(
            self.profile,
            [
                {
                    "purchase_count": 5,
                    "purchase_revenue": 900,
                    "year_revenue": 500,
                    "average_purchase": 180,
                    # of 365, 10 and 20 days
                    "purchase_rhythm_days": 20,
                }
            ],
        )
        self.assertEqual(str(self.profile.first_purchase_date), "2025-01-01 10:00:00")
        self.assertEqual(str(self.profile.last_purchase_date), "2026-01-31 10:00:00")

    def test_no_rhythm_of_two_days(self):
        self._win("2026-01-01 10:00:00", 100)
        self._win("2026-02-01 10:00:00", 100)
        self._run_at("2026-06-15 10:00:00")
        self.assertFalse(self.profile.purchase_rhythm_days)

    def test_year_passes(self):
        """Without anything new, what is older than a year leaves by itself."""
        self._win("2025-06-20 10:00:00", 100)
        self._run_at("2026-06-15 10:00:00")
        self.assertEqual(self.profile.year_revenue, 100)
        self.assertEqual(str(self.profile.value_refresh_date), "2026-06-21")
        self._run_at("2026-06-20 12:00:00")
        self._run_at("2026-06-21 12:00:00")
        self.assertEqual(self.profile.year_revenue, 0)
        self.assertEqual(self.profile.purchase_revenue, 100)
        self.assertFalse(self.profile.value_refresh_date)

    def test_second_run_writes_nothing(self):
        self._win("2026-06-01 10:00:00", 100)
        self._run_at("2026-06-15 10:00:00")
        with self._at("2026-06-15 11:00:00"):
            before = self._rows()
            self.assertEqual(self.profile._refresh_value(self.profile.ids), 0)
            self.assertEqual(self._rows(), before)

    def _rows(self):
        """Where the rows stand: written ones stand elsewhere."""
        self.env.cr.execute(
            "SELECT ctid FROM retention_value_event UNION ALL"
            " SELECT ctid FROM retention_profile"
        )
        return self.env.cr.fetchall()

    def test_customers_there_were_are_looked_at(self):
        """The database's own default says so, for those that an update finds and
        for those that a run adds by SQL."""
        self.env.cr.execute(
            "SELECT column_default FROM information_schema.columns"
            " WHERE table_name = 'retention_profile'"
            " AND column_name = 'value_refresh_date'"
        )
        self.assertEqual(self.env.cr.fetchone(), ("CURRENT_DATE",))


@tagged("post_install", "-at_install")
class TestCustomerValue(ValueCase):
    """What a relationship is worth."""

    def setUp(self):
        super().setUp()
        self.company.write(
            {
                "retention_margin": 0.3,
                "retention_rate": 0.75,
                "retention_discount_rate": 0.1,
            }
        )

    def _worth(self, moment="2026-06-15 10:00:00"):
        self._run_at(moment)
        self.env.invalidate_all()
        return self.profile.customer_value

    def test_published_figures(self):
        """The multiples of Gupta and Lehmann's table, for a discount rate of 10 %
        and, the last, of 16 %."""
        self._win("2026-06-01 10:00:00", 1000)
        self.company.retention_margin = 1
        for rate, discount, multiple in (
            (0.6, 0.1, 1.2),
            (0.7, 0.1, 1.75),
            (0.8, 0.1, 2.667),
            (0.9, 0.1, 4.5),
            (0.9, 0.16, 3.462),
        ):
            self.company.write(
                {"retention_rate": rate, "retention_discount_rate": discount}
            )
            with self.subTest(rate=rate, discount=discount):
                self.assertAlmostEqual(self._worth() / 1000, multiple, places=3)

    def test_follows_revenue_and_rates(self):
        self._win("2025-06-20 10:00:00", 1000)
        # 1000 · 0.3 · 0.75 / (1 + 0.1 - 0.75)
        self.assertEqual(self._worth(), 642.86)
        self.assertIn("Margin 30 %", self.profile.customer_value_basis)
        self.assertIn(
            "retention rate 75 % (as entered in the settings), discount rate 10 %",
            self.profile.customer_value_basis,
        )
        self.company.retention_margin = 0.6
        self.assertEqual(self._worth("2026-06-15 11:00:00"), 1285.71)
        self.assertEqual(self._worth("2026-06-21 10:00:00"), 0, "a year has passed")

    def test_value_if_won_back(self):
        """The year up to the last purchase counts, however long ago it is."""
        for moment, revenue in (
            ("2023-06-01 10:00:00", 5000),
            ("2023-12-01 10:00:00", 300),
            ("2024-03-01 10:00:00", 100),
            # the first is a year before: not within it any more
            ("2024-06-01 10:00:00", 600),
        ):
            self._win(moment, revenue)
        self.assertEqual(self._worth("2026-06-15 10:00:00"), 0)
        self.assertEqual(self.profile.winback_revenue, 1000)
        self.assertEqual(self.profile.winback_value, 642.86)
        self.company.retention_margin = 0.6
        self._worth("2026-06-15 11:00:00")
        self.assertEqual(self.profile.winback_value, 1285.71, "by the rates of now")
        self.assertEqual(self.profile._value_again(), 0)
        self.assertEqual(self.profile._measure_value(self.profile.ids), 0)

    def test_value_if_won_back_of_who_still_buys(self):
        self._win("2026-01-01 10:00:00", 1000)
        self._win("2026-06-01 10:00:00", 1000)
        self.assertEqual(self._worth(), 1285.71)
        self.assertEqual(self.profile.winback_value, 1285.71)

    def test_rates_are_followed_once(self):
        """When they change, and once a day: not with every run."""
        self._win("2026-06-01 10:00:00", 1000)
        watermark = self.env["retention.watermark"]._get("values")
        self._worth("2026-06-15 10:00:00")
        self.assertEqual(str(watermark.date), "2026-06-15")
        self.company.retention_margin = 0.6
        self.assertFalse(watermark.date)
        self._worth("2026-06-15 11:00:00")
        self.assertEqual(str(watermark.date), "2026-06-15")

    def test_second_run_writes_nothing(self):
        self._win("2026-06-01 10:00:00", 1000)
        self._worth()
        self.assertEqual(self.profile._value_again(), 0)

    def test_own_history_goes_before_what_was_entered(self):
        self.Event.search([]).unlink()
        with self._at("2026-06-15 10:00:00"):
            for number in range(29):
                self._bought_in("2024-12-01", *(["2026-01-01"] if number < 24 else []))
            self._bought_in("2026-01-01")
            self._bought_in("2023-01-01", "2026-01-01")
            self.env["res.company"]._retention_measure_rates()
            self.assertEqual(self.company.retention_own_rate_count, 29)
            self.assertEqual(self.company._retention_used_rate(), 0.75)
            self.assertIn("29 customers", self.company.retention_rate_basis)
            self.assertIn("30 are needed", self.company.retention_rate_basis)
            self._bought_in("2024-12-01")
            self.env["res.company"]._retention_measure_rates()
        self.assertEqual(self.company.retention_own_rate_count, 30)
        self.assertEqual(self.company._retention_used_rate(), 0.8)
        self.assertIn("80 % of your 30", self.company.retention_rate_basis)
        self.assertEqual(self.env["res.company"]._retention_measure_rates(), 0)
        self.assertIn(
            "retention rate 80 % (own history: 30 customers of the year before)",
            self.profile.customer_value_basis,
        )

    def test_rates_that_make_no_sense(self):
        share = "must be between 0 and 100 %."
        for name, value, message in (
            ("retention_rate", 1.01, f"The retention rate {share}"),
            ("retention_rate", -0.1, f"The retention rate {share}"),
            ("retention_margin", 1.5, f"The margin {share}"),
            ("retention_margin", -0.1, f"The margin {share}"),
            (
                "retention_discount_rate",
                0,
                "The discount rate must be more than 0 and at most 100 %.",
            ),
            (
                "retention_discount_rate",
                2,
                "The discount rate must be more than 0 and at most 100 %.",
            ),
        ):
            with (
                self.subTest(name=name, value=value),
                self.assertRefused(message),
            ):
                self.company[name] = value
