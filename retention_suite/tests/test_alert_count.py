from odoo.tests import tagged

from .alert_common import AlertCase


@tagged("post_install", "-at_install")
class TestAlertCount(AlertCase):
    """Customers know how many alerts are open. After every test of the suite this
    is compared with the alerts themselves; see ``RetentionCase.tearDown``."""

    def test_raised_and_ended(self):
        alert = self._raised()
        self.assertEqual(self.profile.open_alert_count, 1)
        self._post(self.lead, self.seller, self.anna)
        self._flush()
        self.assertEqual(alert.state, "resolved")
        self.assertEqual(self.profile.open_alert_count, 0)

    def test_what_rests_is_still_to_do(self):
        self._snooze(self._raised(), "2026-06-20")
        self.assertEqual(self.profile.open_alert_count, 1)

    def test_dismissed_and_taken_back(self):
        alert = self._raised()
        self._dismiss(alert)
        self.assertEqual(self.profile.open_alert_count, 0)
        alert.action_reopen()
        self.assertEqual(self.profile.open_alert_count, 1)

    def test_deleted(self):
        self._raised().unlink()
        self.assertEqual(self.profile.open_alert_count, 0)

    def test_deleted_past_odoo(self):
        self._raised()
        self.env.cr.execute("DELETE FROM retention_alert")
        self.env.invalidate_all()
        with self._in_days(1):
            self._run()
        self.assertEqual(self.profile.open_alert_count, 1, "a new one, counted once")

    def test_many_at_once(self):
        others = [self._new_customer(f"No {n}") for n in range(3)]
        self._run()
        self.assertEqual([p.open_alert_count for p in others], [1, 1, 1])

    def test_made_and_changed_as_records(self):
        """Other addons need not know of the number."""
        alert = self._raised()
        other = self._new_customer("Other", days=1)
        copy = alert.copy({"profile_id": other.id, "state": "open"})
        self.assertEqual(other.open_alert_count, 1)
        copy.state = "resolved"
        self.assertEqual(other.open_alert_count, 0)
        alert.profile_id = other
        self.assertEqual(other.open_alert_count, 1)
        self.assertEqual(self.profile.open_alert_count, 0)
