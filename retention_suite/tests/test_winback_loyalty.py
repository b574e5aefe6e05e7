from datetime import date, timedelta

from odoo.tests import tagged

from .common import NOW
from .winback_common import WinbackCase


@tagged("post_install", "-at_install")
class TestWinbackLoyalty(WinbackCase):
    """Who came back is watched."""

    def setUp(self):
        super().setUp()
        self.env["retention.journey.rule"].search([]).active = False
        self.case = self._case(reason_id=self.reason.id)
        self._close(self.case, "won")

    def _run_in_days(self, days):
        with self._at(NOW + timedelta(days=days)):
            self._run()

    def _asked(self):
        kind = self.env.ref("retention_suite.mail_activity_type_cause")
        return self.case.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_asked_for_the_cause(self):
        activity = self._asked()
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(activity.date_deadline, date(2026, 6, 29))
        self.assertEqual(activity.summary, "Put right what made the customer leave")
        self.case.with_user(self.seller).is_cause_dealt = True
        self.assertFalse(self._asked())
        self._run()
        self.assertFalse(self._asked())

    def test_asked_again_until_it_is_checked(self):
        self._asked().action_done()
        self._run()
        self.assertEqual(len(self._asked()), 1)
        self._run()
        self.assertEqual(len(self._asked()), 1)
        self._asked().unlink()
        self.case.with_user(self.seller).is_cause_dealt = True
        self._run()
        self.assertFalse(self._asked())

    def test_contacted_more_often(self):
        policy = self.env.ref("retention_suite.contact_policy_recovered")
        self._run()
        self.assertEqual(self.profile.contact_policy_id, policy)
        self.assertEqual(self.profile.agreed_days, 30)
        self._put(self.profile, "active")
        self._run()
        self.assertEqual(
            self.profile.contact_policy_id, policy, "the watch goes on anyway"
        )
        self._run_in_days(200)
        self.assertNotEqual(self.profile.contact_policy_id, policy)

    def test_contacted_more_often_than_before(self):
        """Whatever the own rhythm is, less is agreed than without a watch."""
        watched = self.env.ref("retention_suite.contact_policy_recovered")
        usual = self.env.ref("retention_suite.contact_policy_rhythm")
        for gap, agreed in ((3, 7), (10, 10), (25, 25), (60, 30)):
            with self.subTest(gap=gap):
                profile = self._customer(f"Every {gap} days", kind="recovered")
                for number in range(5):
                    self._log(profile, NOW - timedelta(days=gap * number))
                self._run()
                self.assertEqual(profile.rhythm_days, gap)
                self.assertEqual(profile.contact_policy_id, watched)
                self.assertEqual(profile.agreed_days, agreed)
                self._put(profile, "active")
                self._run()
                self.assertEqual(profile.contact_policy_id, usual)
                self.assertLess(agreed, profile.agreed_days)

    def test_watch_ends(self):
        self.assertEqual(self.case.loyalty_until, date(2026, 12, 15))
        self._run_in_days(183)
        self.assertStage(self.profile, "recovered")
        self.assertFalse(self.case.is_watch_over)
        self._run_in_days(184)
        self.case.invalidate_recordset()
        self.assertTrue(self.case.is_watch_over)
        self.assertEqual((self.case.step, self.case.result), ("loyalty", "won"))
        self.assertStage(self.profile, "active")
        self.assertIn(
            "watch after the win-back is over", self.profile.transition_ids[0].reason
        )

    def test_watch_ends_where_a_rule_has_moved(self):
        self._put(self.profile, "ambassador")
        self._run_in_days(184)
        self.case.invalidate_recordset()
        self.assertTrue(self.case.is_watch_over)
        self.assertStage(self.profile, "ambassador")

    def test_the_companys_months(self):
        self.company.retention_loyalty_months = 12
        case = self._case(self._customer("Other"))
        case._close("won", "Came back")
        self.assertEqual(case.loyalty_until, date(2027, 6, 15))

    def test_lost_again(self):
        with self._at(NOW + timedelta(days=60)):
            self._put(self.profile, "lost")
            self._run()
        self.case.invalidate_recordset()
        self.assertTrue(self.case.is_lost_again)
        self.assertEqual(self.case.result, "won", "it was, once")

    def test_lost_again_after_the_watch(self):
        self._run_in_days(200)
        with self._at(NOW + timedelta(days=300)):
            again = self._cancel(reason_id=self.reason.id)
            self._run()
            self.case.invalidate_recordset()
            self.assertFalse(self.case.is_lost_again, "nothing is lost yet")
            again._close("lost", "Nothing helped")
            self._run()
        self.case.invalidate_recordset()
        self.assertTrue(self.case.is_lost_again)
        self.assertFalse(again.is_lost_again)

    def _rule_moves(self, profile, kind):
        """Have a rule move a customer, which can be taken back."""
        rule = self.env["retention.journey.rule"].create(
            {
                "name": "Move",
                "from_stage_ids": profile.journey_stage_id.ids,
                "to_stage_id": self._stage(kind).id,
                "domain": f"[('id', '=', {profile.id})]",
                "active": True,
            }
        )
        self.assertEqual(rule._move_customers(self.company), 1)
        return rule

    def test_what_was_taken_back_did_not_happen(self):
        with self._at(NOW + timedelta(days=60)):
            rule = self._rule_moves(self.profile, "dormant")
            rule._take_back(NOW + timedelta(days=60))
            rule.active = False
            self.assertStage(self.profile, "recovered")
            self.assertEqual(self.Case._mark_lost_again(), 0)
            self._rule_moves(self.profile, "dormant")
            self.assertEqual(self.Case._mark_lost_again(), 1)

    def test_lost_before_it_was_seen_to_be_back(self):
        """A purchase shows it that is older than the move by which it was lost."""
        other = self._customer("Other", kind="at_risk")
        case = self._case(other)
        with self._at(NOW + timedelta(days=1)):
            self._put(other, "lost")
            case._close("won", "Bought", {case.id: NOW})
            self.assertStage(other, "recovered")
            self._run()
            self.assertFalse(case.is_lost_again)
            self._put(other, "lost")
            self._run()
        case.invalidate_recordset()
        self.assertTrue(case.is_lost_again)

    def test_reopened_is_not_lost_again(self):
        with self._at(NOW + timedelta(days=60)):
            self.case.is_cause_dealt = True
            self._put(self.profile, "lost")
            self._run()
            self.case.invalidate_recordset()
            self.case.with_user(self.seller).action_reopen()
            self.assertFalse(self.case.is_lost_again or self.case.is_cause_dealt)
            self._close(self.case, "won")
            self.assertEqual(len(self._asked()), 1)
            self._run()
        self.assertFalse(self.case.is_lost_again)

    def test_not_lost_before(self):
        other = self._customer("Other", kind="lost")
        with self._at(NOW + timedelta(days=1)):
            case = self._case(other)
            case._close("won", "Came back")
            self._run()
        self.assertFalse(case.is_lost_again)

    def test_a_date_in_the_past(self):
        """When a purchase of last week shows that it was won."""
        case = self._case(self._customer("Other"))
        case._close("won", "Bought", {case.id: NOW - timedelta(days=7)})
        self.assertEqual(case.close_date, NOW - timedelta(days=7))
        self.assertEqual(case.loyalty_until, date(2026, 12, 8))


@tagged("post_install", "-at_install")
class TestWinbackMerge(WinbackCase):
    """Two customers become one, and so do their open cases."""

    def setUp(self):
        super().setUp()
        self.double = self._customer("Azur Gesellschaft", kind="active")

    def _merge(self):
        self._flush()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [self.double.partner_id.id, self.customer.id], self.customer
        )
        self._flush()
        self.env.invalidate_all()

    def test_cases_come_along(self):
        case = self._case(self.double)
        case.message_post(body="Said so")
        self._merge()
        self.assertEqual(case.profile_id, self.profile)
        self.assertEqual(case.partner_id, self.customer)
        self.assertTrue(case.is_open)

    def test_the_older_open_case_stays(self):
        with self._at(NOW - timedelta(days=5)):
            old = self._case(self.double)
        new = self._cancel(reason_id=self.reason.id)
        activity = new.activity_ids
        message = new.message_post(body="Wants to go to Rival")
        closed = self._case(self._customer("Third"))
        self._merge()
        self.assertFalse(new.exists())
        self.assertEqual(old.profile_id, self.profile)
        self.assertEqual((old.kind, old.step), ("cancellation", "reason"))
        self.assertEqual(old.reason_id, self.reason)
        self.assertEqual(old.end_date, date(2026, 7, 15))
        self.assertIn(message, old.message_ids)
        self.assertEqual(old.activity_ids, activity)
        self.assertTrue(closed.exists())

    def test_closed_ones_stay_as_they_are(self):
        lost = self._case(self.double, reason_id=self.reason.id)
        lost._close("lost", "No reply")
        case = self._case()
        self._merge()
        self.assertEqual(self.profile.winback_ids, lost | case)
        self.assertEqual(lost.result, "lost")
        self.assertTrue(case.is_open)

    def test_without_cases(self):
        self._merge()
        self.assertFalse(self.profile.winback_ids)
