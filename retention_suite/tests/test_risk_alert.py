from odoo.tests import tagged

from .common import NOW
from .risk_common import RiskCase


@tagged("post_install", "-at_install")
class TestRiskAlert(RiskCase):
    """Entering high risk asks once. Calls are every 30 days, the last was 60 days
    ago: the risk is 50, in ten days it is 67."""

    def setUp(self):
        super().setUp()
        self._weigh(gap=100)
        self._calls(150, 120, 90, 60)
        self.profile.user_id = self.seller
        self.env["retention.journey.rule"].search([]).active = False

    def _alerts(self, *states):
        alerts = self.Alert.search(
            [("kind", "=", "risk"), ("profile_id", "=", self.profile.id)]
        )
        return alerts.filtered(lambda a: a.state in states) if states else alerts

    def test_once(self):
        self._run()
        self.assertFalse(self._alerts())
        with self._in_days(10):
            self._run()
            alert = self._alerts("open")
            self.assertEqual(len(alert), 1)
            self.assertEqual(alert.user_id, self.seller)
            self.assertEqual(alert.risk_score, 67)
            self.assertEqual(alert.reason, "Risk 67 of 100: contact gap +67")
            self.assertEqual(alert.priority_score, 134)
            self.assertIn("High risk of leaving", alert.display_name)
            self.assertEqual(self.profile.risk_high_date, alert.create_date)
        with self._in_days(11):
            self._run()
            self.assertEqual(self._alerts(), alert)
            self.assertEqual(alert.priority_score, 136)
            self.assertEqual(alert.risk_score, 67, "as it was then")

    def test_not_of_whom_somebody_wins_back_already(self):
        case = self.env["retention.winback"].create(
            {"profile_id": self.profile.id, "kind": "save"}
        )
        with self._in_days(10):
            self._run()
            self.assertEqual(self.profile.risk_level, "high")
            self.assertFalse(self._alerts())
        case.unlink()
        with self._in_days(11):
            self._run()
            self.assertEqual(len(self._alerts("open")), 1)

    def test_handled_is_not_asked_again(self):
        for day, end in (
            (10, lambda alert: alert._close("dismissed", "They moved")),
            (11, lambda alert: alert._activity_done()),
        ):
            with self._in_days(day):
                self._run()
                end(self._alerts("open"))
                self._run()
            self.assertEqual(len(self._alerts()), 1)

    def test_ended_by_a_call(self):
        with self._in_days(10):
            self._run()
            alert = self._alerts("open")
            call = self._log(self.profile, alert.create_date)
            self.assertEqual(alert.state, "resolved")
            self.assertEqual(alert.touchpoint_id, call)
            self.assertEqual(alert.reason, "The risk had risen to 67 of 100.")
            self._run()
            self.assertFalse(self.profile.risk_high_date)

    def test_offers_the_play_that_fits(self):
        with self._in_days(10):
            self._run()
            alert = self._alerts("open").with_user(self.seller)
            action = alert.action_win_back()
            case = self.env["retention.winback"].browse(action["res_id"])
            self.assertRecordValues(
                case,
                [{"kind": "save", "step": "identified", "user_id": self.seller.id}],
            )
            self.assertEqual(case.play_id.kind, "save")
            self.assertEqual(
                alert.action_win_back()["res_id"], case.id, "pressed twice"
            )
            case.with_user(self.seller).action_start()
            self.assertEqual(case.step, "running")
            self.assertEqual(case.activity_ids.user_id, self.seller)

    def test_payment_reminder_does_not_end_it(self):
        self._weigh(gap=50, routine=50)
        self.company.retention_risk_threshold = 20
        self._run()
        alert = self._alerts("open")
        self._log(self.profile, NOW, purpose="payment")
        self._log(self.profile, NOW, direction="in")
        self.assertEqual(alert.state, "open")

    def test_call_ends_it_though_it_stays_high(self):
        self._weigh(purchase=100)
        self._buys(400, 370, 340)
        self._refresh()
        self.Alert._raise_risks()
        self._log(self.profile, NOW)
        self.assertEqual(self._alerts().state, "resolved")
        self._refresh()
        self.assertTrue(self.profile.risk_high_date)
        self.assertEqual(self.Alert._raise_risks(), 0)

    def test_fallen_and_risen_anew(self):
        with self._in_days(10):
            self._run()
            self.company.retention_risk_threshold = 80
            self._run()
            self.assertEqual(self._alerts().state, "resolved")
        with self._in_days(20):
            self._run()
            self.assertEqual(len(self._alerts("open")), 1)
            self.assertEqual(len(self._alerts()), 2)

    def test_not_of_who_is_gone_or_no_customer(self):
        Stage = self.env["retention.journey.stage"]
        for kind in ("lost", "dormant", "prospect"):
            self.profile.journey_stage_id = Stage._first_of_kind(kind, self.company)
            with self._in_days(10):
                self._run()
            with self.subTest(kind=kind):
                self.assertFalse(self._alerts())

    def test_ends_with_the_relationship(self):
        with self._in_days(10):
            self._run()
            lost = self.env["retention.journey.stage"]._first_of_kind(
                "lost", self.company
            )
            self.profile.journey_stage_id = lost
            self._run()
            self.assertEqual(self._alerts().state, "resolved")

    def test_put_away(self):
        with self._in_days(10):
            self._run()
            self.profile.active = False
            self.assertEqual(self._alerts().state, "resolved")

    def test_two_customers_two_companies(self):
        second = self.env["res.company"].create(
            {"name": "Second", "retention_risk_threshold": 90}
        )
        other = self._known("Azur", self.customer, company_id=second.id)
        self._calls(150, 120, 90, 60, profile=other)
        with self._in_days(10):
            self._run()
            self.assertEqual(len(self._alerts("open")), 1)
            self.assertFalse(other.open_alert_ids.filtered(lambda a: a.kind == "risk"))

    def test_salesperson_sees_own(self):
        with self._in_days(10):
            self._run()
            alert = self._alerts("open")
            self.assertEqual(alert.with_user(self.seller).reason, alert.reason)
            other = self._new_user("other", "sales_team.group_sale_salesman")
            self.assertFalse(
                self.Alert.with_user(other).search([("id", "=", alert.id)])
            )
