from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .test_value import ValueCase


@tagged("post_install", "-at_install")
class TestValueOfTwoCompanies(ValueCase):
    """Each company counts in its own currency and by its own rates."""

    def setUp(self):
        super().setUp()
        self.yen = self.env.ref("base.JPY")
        self.yen.active = True
        self.yen.rate_ids.unlink()
        self.second = self.env["res.company"].create(
            {"name": "Second", "currency_id": self.yen.id}
        )
        self.second.write(
            {
                "retention_margin": 0.5,
                "retention_rate": 0.6,
                "retention_discount_rate": 0.1,
            }
        )
        self.company.write(
            {
                "retention_margin": 0.3,
                "retention_rate": 0.75,
                "retention_discount_rate": 0.1,
            }
        )
        self.Event.search([]).unlink()
        self.theirs = self._add_profile(self.customer, company_id=self.second.id)

    def test_each_in_its_own_currency(self):
        self._win("2026-06-01 10:00:00", 1000)
        self._win("2026-06-02 10:00:00", 70001, company_id=self.second.id)
        self._run_at("2026-06-15 10:00:00")
        self.assertEqual(self._bought(), [("2026-06-01", "once", 1000)])
        self.assertEqual(self._bought(self.theirs), [("2026-06-02", "once", 70001)])
        self.assertEqual(self.theirs.value_event_ids.currency_id, self.yen)
        # 1000 · 0.3 · 0.75 / (1 + 0.1 - 0.75) and 70001 · 0.5 · 0.6 / (1 + 0.1 - 0.6)
        self.assertEqual(self.profile.customer_value, 642.86)
        self.assertEqual(self.theirs.customer_value, 42001, "yen have no cents")
        self.assertEqual(self.theirs.winback_value, 42001)
        self.assertEqual(self.theirs.currency_id, self.yen)
        self.second.retention_margin = 0.25
        self._run_at("2026-06-15 11:00:00")
        self.assertEqual(self.profile.customer_value, 642.86)
        self.assertEqual(self.theirs.customer_value, 21000)

    def test_each_at_its_own_rate_of_the_day(self):
        """Of a source that tells the other's currency."""
        ours = self.company.currency_id
        ours.rate_ids.unlink()
        for currency, company, rate in (
            (self.yen, self.company, 200),
            (ours, self.second, 0.01),
        ):
            currency.rate_ids = [
                Command.create(
                    {"name": "2026-01-01", "rate": rate, "company_id": company.id}
                )
            ]
        source = SQL(
            """
            SELECT 'res.partner'::varchar, n, 'once'::varchar, 0, %(person)s,
                   company_id, currency_id, '2026-06-01 10:00:00'::timestamp,
                   amount::numeric
              FROM (VALUES (1, %(first)s, %(yen)s, 3000), (2, %(second)s, %(ours)s, 7))
                   told(n, company_id, currency_id, amount)
            """,
            person=self.anna.id,
            first=self.company.id,
            second=self.second.id,
            yen=self.yen.id,
            ours=ours.id,
        )
        profiles = self.profile | self.theirs
        with (
            patch.object(type(self.Event), "_sources", lambda *_args: [source]),
            self._at("2026-06-15 10:00:00"),
        ):
            profiles._refresh_value(profiles.ids)
        self.assertEqual(self._bought(), [("2026-06-01", "once", 15)])
        self.assertEqual(self._bought(self.theirs), [("2026-06-01", "once", 700)])

    def test_each_by_its_own_history(self):
        with self._at("2026-06-15 10:00:00"):
            for number in range(30):
                again = ["2026-01-01"] if number < 24 else []
                self._bought_in("2024-12-01", *again)
            for number in range(40):
                again = ["2026-01-01"] if number < 10 else []
                self._bought_in("2024-12-01", *again, company=self.second)
            self.assertEqual(self.env["res.company"]._retention_measure_rates(), 2)
        self.assertEqual(self.company.retention_own_rate_count, 30)
        self.assertEqual(self.company._retention_used_rate(), 0.8)
        self.assertEqual(self.second.retention_own_rate_count, 40)
        self.assertEqual(self.second._retention_used_rate(), 0.25)
        self.assertIn("retention rate 80 % (own", self.profile.customer_value_basis)
        self.assertIn("retention rate 25 % (own", self.theirs.customer_value_basis)
        for profile in (self.profile, self.theirs):
            profile.sudo().year_revenue = 1000
        self.profile._value_again()
        # 1000 · 0.3 · 0.8 / (1 + 0.1 - 0.8) and 1000 · 0.5 · 0.25 / (1 + 0.1 - 0.25)
        self.assertEqual(self.profile.customer_value, 800)
        self.assertEqual(self.theirs.customer_value, 147)

    def test_one_by_its_history_one_as_entered(self):
        with self._at("2026-06-15 10:00:00"):
            for _number in range(30):
                self._bought_in("2024-12-01", company=self.second)
            self.env["res.company"]._retention_measure_rates()
        self.assertEqual(self.company._retention_used_rate(), 0.75)
        self.assertEqual(self.second._retention_used_rate(), 0, "nobody came again")
        self.assertIn("75 % (as entered", self.profile.customer_value_basis)
