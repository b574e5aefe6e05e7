from datetime import timedelta

from odoo.tests import Form, tagged

from ..models.retention_winback_timeline import TIMELINE
from .common import NOW
from .play_common import PlayCase

MESSAGE = {
    "template_id": {"fields": {"display_name": {}}},
    "planned_date": {},
    "state": {},
    "reason": {},
    "allowed_date": {},
}


@tagged("post_install", "-at_install")
class TestWinbackTimeline(PlayCase):
    """A case shows what happened with the customer, and what is to be sent."""

    def setUp(self):
        super().setUp()
        self.profile = self._customers(1)
        self.case = self._new_case(self.profile)

    def _read(self, case, user):
        """What the form shows to somebody."""
        self.env.invalidate_all()
        return case.with_user(user).web_read(
            {
                "contact_count": {},
                "touchpoint_ids": {"fields": {"date": {}, "summary": {}}},
                "sending_ids": {"fields": MESSAGE},
            }
        )[0]

    def test_last_contacts_newest_first(self):
        for days in range(TIMELINE + 5):
            self._log(self.profile, NOW - timedelta(days=days), summary=f"Day {days}")
        shown = self._read(self.case, self.seller)
        self.assertEqual(
            [contact["summary"] for contact in shown["touchpoint_ids"]],
            [f"Day {days}" for days in range(TIMELINE)],
        )
        self.assertEqual(shown["contact_count"], TIMELINE + 5)

    def test_contacts_of_a_colleagues_customer_are_not_shown(self):
        """Who works the case sees it, and its messages; the contacts are those of the
        contact person."""
        self._log(self.profile, NOW)
        self.profile.user_id = self.colleague
        self._new_play()._start(self.case)
        self.assertEqual(self.case.user_id, self.seller)
        shown = self._read(self.case, self.seller)
        self.assertEqual((shown["contact_count"], shown["touchpoint_ids"]), (0, []))
        self.assertEqual(len(shown["sending_ids"]), 1)
        self.assertEqual(len(self._read(self.case, self.manager)["touchpoint_ids"]), 1)

    def test_what_is_planned_held_and_sent(self):
        self.company.retention_budget_count = 1
        self._new_play(delays=(0, 1, 30))._start(self.case)
        self._run()
        self._run_at(NOW + timedelta(days=1))
        messages = self._read(self.case, self.seller)["sending_ids"]
        self.assertEqual(
            [(m["state"], m["reason"], bool(m["allowed_date"])) for m in messages],
            [
                ("sent", False, False),
                ("held", "budget", True),
                ("waiting", False, False),
            ],
        )
        self.assertEqual(messages[0]["template_id"]["display_name"], "How are you?")

    def test_form_opens_for_a_salesperson(self):
        self._log(self.profile, NOW)
        self._new_play()._start(self.case)
        with Form(self.case.with_user(self.seller)) as form:
            self.assertEqual(len(form.touchpoint_ids), 1)
            self.assertEqual(len(form.sending_ids), 1)
            form.chance = 40
        self.assertEqual(self.case.chance, 40)
