from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

LINES = 10


class RetentionOverviewToday(models.AbstractModel):
    """What is to do today, and who is in danger."""

    _name = "retention.overview.today"
    _description = "Today on the Overview"

    # ------------------------------------------------------------------
    # What is to do
    # ------------------------------------------------------------------

    def _today_domain(self, scope):
        """What is open for these people; for me, if nobody is chosen."""
        user_ids = [self.env.uid] if scope.user_ids is None else list(scope.user_ids)
        return (
            Domain("company_id", "in", list(scope.company_ids))
            & Domain("user_id", "in", user_ids)
            & Domain("state", "=", "open")
        )

    def _block_today(self, scope):
        domain = self._today_domain(scope)
        Alert = self.env["retention.alert"]
        alerts = Alert.search(domain, limit=LINES)
        return {
            "count": Alert.search_count(domain) if alerts else 0,
            "lines": [
                {
                    "key": alert.id,
                    "title": alert.customer_name or "",
                    "text": alert.reason or "",
                    "when": self._when(alert),
                    "is_overdue": alert.is_late,
                }
                for alert in alerts
            ],
            "empty": False if alerts else self._nothing_to_do(scope),
        }

    def _when(self, alert):
        """By when it is to be done, in words."""
        _ = self.env._
        due, today = alert.shown_due_date, alert._today()
        if not due:
            return _("since %s", format_date(self.env, alert.date))
        if alert.is_late:
            return _("overdue since %s", format_date(self.env, due))
        if due == today:
            return _("due today")
        if due == today + timedelta(days=1):
            return _("due tomorrow")
        return _("due on %s", format_date(self.env, due))

    def _nothing_to_do(self, scope):
        if scope.user_ids is None and self._is_manager():
            return self.env._(
                "Nothing is to do for you. Choose a person or a team to see what they "
                "should do."
            )
        return self.env._(
            "Nothing to do today. Customers appear here when nobody was in contact "
            "for longer than agreed, or when a message waits for an answer."
        )

    def _action_today(self, scope, key, second_key):
        if key:
            return self._open_one("retention.alert", key)
        return self._open(
            self.env._("To do"),
            "retention.alert",
            self._today_domain(scope),
            ("list", "kanban", "form"),
        )

    # ------------------------------------------------------------------
    # Who is in danger
    # ------------------------------------------------------------------

    def _danger_domain(self, scope):
        """The customers whose value is at risk."""
        return scope.of() & self._at_risk()

    def _block_danger(self, scope):
        Profile = self.env["retention.profile"]
        domain = self._danger_domain(scope)
        order = "risk_score desc nulls last, customer_value desc nulls last, id"
        profiles = Profile.search(domain, order=order, limit=LINES)
        return {
            "count": Profile.search_count(domain) if profiles else 0,
            "lines": [
                {
                    "key": profile.id,
                    "title": profile.display_name,
                    "score": profile.risk_score,
                    "text": self._danger_text(profile),
                    "value_text": formatLang(
                        self.env,
                        profile.customer_value,
                        currency_obj=profile.currency_id,
                        rounding_unit="units",
                    ),
                }
                for profile in profiles
            ],
            "empty": False if profiles else self._no_danger(scope),
        }

    def _danger_text(self, profile):
        """Why a customer is in danger: the stage alone can be the reason, whatever the
        risk is."""
        if profile.risk_level == "high":
            return profile.risk_text
        since = profile._format_day(profile.journey_stage_date or fields.Datetime.now())
        in_stage = self.env._(
            "%(stage)s since %(date)s",
            stage=profile.journey_stage_id.name,
            date=since,
        )
        return f"{in_stage}. {profile.risk_text}" if profile.risk_score else in_stage

    def _no_danger(self, scope):
        if not self.env["retention.profile"].search(scope.of(), limit=1):
            return self._no_customers()
        return self.env._(
            "No customer is at risk. The risk is derived once a day, and customers "
            "appear here from the number in the settings on."
        )

    def _action_danger(self, scope, key, second_key):
        if key:
            return self._open_one("retention.profile", key)
        return self._open(
            self.env._("Customers at Risk"),
            "retention.profile",
            self._danger_domain(scope),
            ("list", "kanban", "form"),
        )
