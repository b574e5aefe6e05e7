from odoo.tests import tagged

from .common import NOW, RetentionCase


@tagged("post_install", "-at_install")
class TestSmoke(RetentionCase):
    def test_message_closes_alert(self):
        with self._at("2026-01-05 09:00:00"):
            lead = self._new_lead(self.anna, self.seller)
            self._run()
            profile = self._profile(self.customer)
            self.assertEqual(profile.user_id, self.seller)
            self._post(lead, self.seller, self.anna)
            self.assertEqual(len(profile.touchpoint_ids), 1)
            self.assertEqual(str(profile.next_contact_date), "2026-04-05")
        with self._at(NOW):
            self._run()
            alert = profile.open_alert_ids
            self.assertEqual(len(alert), 1)
            self.assertTrue(alert.activity_id)
            self.assertEqual(alert.activity_id.user_id, self.seller)
            self.assertIn("161", alert.reason)
            self._post(lead, self.seller, self.anna)
            self.assertEqual(alert.state, "resolved")
            self.assertFalse(alert.activity_id.exists())
            self.assertEqual(alert.touchpoint_id, profile.touchpoint_ids[:1])
