from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTour(HttpCase):
    """A salesperson works the To do list in a real browser."""

    def setUp(self):
        super().setUp()
        self.seller = new_test_user(
            self.env,
            login="retention_seller",
            groups="base.group_user,sales_team.group_sale_salesman",
            name="Sally Seller",
        )
        self.profiles = {
            name: self._overdue_customer(name) for name in ("Azur", "Boreal", "Cedar")
        }
        self.env["retention.run"]._run_all(commit=False)

    def _overdue_customer(self, name):
        """A customer of the seller's whom nobody has ever spoken to."""
        partner = self.env["res.partner"].create({"name": name, "is_company": True})
        profile = self.env["retention.profile"].create(
            {"partner_id": partner.id, "user_id": self.seller.id}
        )
        known_since = fields.Datetime.subtract(fields.Datetime.now(), days=200)
        profile.write({"start_date": known_since, "refresh_date": fields.Date.today()})
        return profile

    def test_life_of_an_alert(self):
        alerts = {name: p.open_alert_ids for name, p in self.profiles.items()}
        activities = {name: alert.activity_id for name, alert in alerts.items()}
        self.assertTrue(all(activities.values()), "each is on the seller's list")

        self.start_tour("/odoo", "retention_alert_tour", login="retention_seller")

        self.env.invalidate_all()
        self.assertEqual(alerts["Boreal"].state, "snoozed")
        self.assertGreater(activities["Boreal"].date_deadline, fields.Date.today())
        self.assertEqual(alerts["Cedar"].state, "dismissed")
        self.assertEqual(alerts["Cedar"].dismiss_reason, "Moved abroad")
        self.assertFalse(activities["Cedar"].exists())
        self.assertEqual(alerts["Azur"].state, "resolved")
        self.assertEqual(alerts["Azur"].touchpoint_id.summary, "Met at the fair")
        self.assertEqual(alerts["Azur"].close_user_id, self.seller)
        self.assertFalse(activities["Azur"].exists())

    def test_snoozed_alert_comes_back(self):
        alert = self.profiles["Boreal"].open_alert_ids
        alert._snooze(fields.Date.add(fields.Date.today(), days=1))
        self.env["retention.run"]._run_all(commit=False)
        self.assertEqual(alert.state, "snoozed")
        alert.snooze_date = fields.Date.today()
        self.env["retention.run"]._run_all(commit=False)
        self.assertEqual(alert.state, "open")

    def test_customer_is_dragged_along_its_journey(self):
        profile = self.profiles["Azur"]
        prospect = self.env.ref("retention_suite.journey_stage_prospect")
        self.assertNotEqual(profile.journey_stage_id, prospect)
        profile.journey_stage_id = prospect

        self.start_tour("/odoo", "retention_journey_tour", login="retention_seller")

        self.env.invalidate_all()
        self.assertEqual(profile.journey_stage_id.kind, "onboarding")
        self.assertEqual(profile.journey_keep_date, fields.Date.to_date("2099-12-31"))
        move = profile.transition_ids[0]
        self.assertEqual((move.cause, move.user_id), ("person", self.seller))

    def test_customer_is_dragged_to_the_lost(self):
        profile = self.profiles["Azur"]
        active = self.env.ref("retention_suite.journey_stage_active")
        profile.with_context(retention_no_chase=True).journey_stage_id = active
        self.env["retention.play"].search([]).active = False

        self.start_tour(
            "/odoo", "retention_winback_lost_tour", login="retention_seller"
        )

        self.env.invalidate_all()
        self.assertEqual(profile.journey_kind, "lost")
        self.assertEqual(profile.winback_ids.user_id, self.seller)
