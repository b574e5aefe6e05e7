from datetime import date, timedelta

from odoo.tests import tagged

from .common import NOW
from .winback_common import WinbackCase

TODAY = date(2026, 6, 15)


@tagged("post_install", "-at_install")
class TestWinbackStart(WinbackCase):
    """Whatever becomes of a play: who cancels is called today."""

    def _due(self, case):
        """Who has to do something in the case today, and what."""
        return [
            (activity.user_id, activity.summary)
            for activity in case.activity_ids
            if activity.date_deadline == TODAY
        ]

    def assertCalled(self, case, user=None):
        self.assertEqual(
            self._due(case), [(user or self.seller, "Call about the cancellation")]
        )

    def test_another_measure_runs_already(self):
        with self._at(NOW - timedelta(days=3)):
            play = self._play(kind="save")
            case = self._case()
            play._start(case)
        self.assertFalse(self._due(case))
        self.assertEqual(self._cancel(), case)
        self.assertEqual((case.play_id, case.step), (play, "running"))
        self.assertCalled(case)

    def test_the_first_activity_comes_later(self):
        play = self._play()
        play.activity_plan_id.template_ids.delay_count = 4
        case = self._cancel()
        self.assertEqual(len(case.activity_ids), 2)
        self.assertCalled(case)

    def test_something_due_today_is_enough(self):
        self._play()
        case = self._cancel()
        self.assertEqual(case.activity_ids.date_deadline, TODAY)

    def test_a_play_without_content_refuses_nothing(self):
        play = self._play()
        play.activity_plan_id.template_ids.unlink()
        case = self._cancel()
        self.assertEqual((case.step, case.start_date), ("identified", False))
        self.assertCalled(case)
        # nor when it is emptied at the same time
        case._try_play(play)
        self.assertFalse(case.start_date)
        note = case.message_ids.filtered(lambda m: "could not be started" in m.body)
        self.assertIn("Nobody does anything in the play Call back", note.body)

    def test_a_proposal_of_nobody(self):
        """The customer cancels in the portal."""
        self.env["crm.team"].search([]).user_id = False
        self.env["crm.team"].search([], limit=1).user_id = self.manager
        profile = self._customer("Nobody's")
        person = self.env["res.partner"].create(
            {"name": "Nora", "parent_id": profile.partner_id.id}
        )
        self.Case._propose()
        case = profile.winback_ids
        self.assertTrue(case.is_proposed)
        self.assertFalse(case.user_id)
        self._play(kind="cancellation")
        customer = self._portal_user(person)
        self.assertEqual(
            self.Case.with_user(customer).sudo()._portal_cancel(wish="Bye"), case
        )
        self.assertEqual(case.user_id, self.manager)
        self.assertEqual(case.activity_ids.user_id, self.manager)
        self.assertEqual(case.activity_ids.date_deadline, TODAY)

    def test_who_has_left_us_is_not_asked(self):
        """A contact person who does not work here any more."""
        self.env["crm.team"].search([]).user_id = self.manager
        case = self._case(user_id=self.seller.id)
        self.seller.active = False
        self._cancel(user=self.colleague)
        self.assertEqual(case.user_id, self.manager)
        self.assertCalled(case, self.manager)

    def test_who_says_nothing_takes_no_reason_back(self):
        rival = self.env["retention.competitor"].create({"name": "Rival"})
        case = self._case(reason_id=self.reason.id, competitor_id=rival.id)
        self._cancel(reason_id=self.unknown.id)
        self.assertEqual(
            (case.reason_id, case.competitor_id, case.kind),
            (self.reason, rival, "cancellation"),
        )
