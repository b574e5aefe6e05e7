from datetime import timedelta

from .common import NOW, RetentionCase

# Ninety days are agreed, so the next contact was due ten days ago.
LAST_CONTACT = NOW - timedelta(days=100)


class AlertCase(RetentionCase):
    """It is ``NOW``; the seller called Azur 100 days ago, and 90 are agreed."""

    def setUp(self):
        super().setUp()
        with self._at(LAST_CONTACT):
            self.lead = self._new_lead(self.anna, self.seller)
            self._run()
            self.profile = self._profile(self.customer)
            self.call = self._log(
                self.profile,
                LAST_CONTACT,
                partner_id=self.anna.id,
                user_id=self.seller.id,
            )
        self.enterContext(self._at(NOW))

    def _raised(self, profile=None):
        """The open alert after a run."""
        self._run()
        alert = (profile or self.profile).open_alert_ids
        self.assertEqual(len(alert), 1)
        return alert

    def _new_customer(self, name, user=None, days=100, **values):
        """A customer of ours whose last contact was so many days ago."""
        partner = self.env["res.partner"].create(
            {"name": name, "is_company": True, "user_id": user.id if user else False}
        )
        profile = self._add_profile(partner, **values)
        self._log(profile, NOW - timedelta(days=days))
        return profile

    def _in_days(self, days):
        """It is so many days later."""
        return self._at(NOW + timedelta(days=days))

    def _snooze(self, alert, date):
        self.env["retention.alert.snooze"].create(
            {"alert_ids": alert.ids, "snooze_date": date}
        ).action_snooze()

    def _dismiss(self, alert, reason="Closed for the season"):
        self.env["retention.alert.dismiss"].create(
            {"alert_ids": alert.ids, "reason": reason}
        ).action_dismiss()
