from markupsafe import Markup

from odoo import api, fields, models

from .retention_profile_measure import SILENT_DAYS, SILENT_MIN_DAYS, WINDOW_DAYS
from .retention_profile_risk import UNRATED_KINDS
from .retention_profile_risk_sql import RECENT_DAYS, RHYTHM_MAX_DAYS


class RetentionProfileRiskText(models.AbstractModel):
    """The risk in words: what it is made of, with the numbers."""

    _name = "retention.profile.risk.text"
    _description = "Risk in Words"

    risk_text = fields.Char(string="Why", compute="_compute_risk_text")
    risk_trend_text = fields.Char(string="Change", compute="_compute_risk_text")
    risk_table = fields.Html(
        string="What the Risk Is Made Of",
        compute="_compute_risk_table",
        sanitize=False,
    )

    @api.depends("risk_score", "risk_trend", "journey_kind", "active")
    @api.depends_context("lang")
    def _compute_risk_text(self):
        for profile in self:
            profile.risk_text = profile._describe_risk()
            profile.risk_trend_text = profile._describe_risk_trend()

    def _describe_risk(self):
        """Say in one sentence how high the risk is, and why."""
        _ = self.env._
        if not self.active or self.journey_kind in UNRATED_KINDS:
            return _("No risk: only who is a customer now can leave.")
        phrases = [
            phrase % points
            for code, phrase in self._risk_phrases().items()
            if (points := self[f"risk_{code}_points"])
        ]
        if not phrases:
            return _("Risk 0 of 100: nothing speaks for leaving.")
        return _(
            "Risk %(score)s of 100: %(factors)s",
            score=self.risk_score,
            factors=", ".join(phrases),
        )

    def _risk_phrases(self):
        """Return the factors as parts of a sentence, by their codes."""
        _ = self.env._
        return {
            "gap": _("contact gap +%s"),
            "purchase": _("orders later than usual +%s"),
            "falling": _("fewer contacts than before +%s"),
            "answer": _("answers missing +%s"),
            "handover": _("hand-over failed +%s"),
            "routine": _("only payment and service contacts +%s"),
        }

    def _describe_risk_trend(self):
        _ = self.env._
        if self.risk_trend > 0:
            return _("Risen by %s within 30 days", self.risk_trend)
        if self.risk_trend < 0:
            return _("Fallen by %s within 30 days", -self.risk_trend)
        return _("As 30 days ago")

    @api.depends("risk_score", "journey_kind", "active")
    @api.depends_context("lang")
    def _compute_risk_table(self):
        factors = self.env["retention.risk.factor"].search([])
        for profile in self:
            rows = Markup().join(
                Markup(
                    "<tr class='%s'><td>%s<div class='text-muted small'>%s</div></td>"
                    "<td class='text-end text-nowrap'>%s</td></tr>"
                )
                % (
                    "" if points else "text-muted",
                    factor.name,
                    profile._risk_why(factor.code),
                    self.env._(
                        "+%(points)s of %(most)s",
                        points=points,
                        most=round(factor.share),
                    ),
                )
                for factor in factors
                for points in [profile[f"risk_{factor.code}_points"]]
            )
            profile.risk_table = (
                Markup("<table class='table table-sm'><tbody>%s</tbody></table>") % rows
            )

    def _risk_why(self, code):
        """Say on which numbers a factor rests."""
        return getattr(self, f"_risk_why_{code}")()

    def _risk_why_gap(self):
        if self.rhythm_days:
            usual = max(SILENT_MIN_DAYS, min(self.rhythm_days, RHYTHM_MAX_DAYS))
        else:
            usual = max(SILENT_MIN_DAYS, self.agreed_days or SILENT_DAYS)
        since = self.last_contact_date or self.start_date
        days = (
            self._company_date(fields.Datetime.now()) - self._company_date(since)
        ).days
        return self.env._(
            "%(days)s days without personal contact, %(usual)s are usual",
            days=days,
            usual=f"{usual:g}",
        )

    def _risk_why_purchase(self):
        if not self.purchase_rhythm_days:
            return self.env._("No rhythm yet: fewer than three days with purchases")
        today = self._company_date(fields.Datetime.now())
        days = (today - self._company_date(self.last_purchase_date)).days
        return self.env._(
            "Last purchase %(days)s days ago, %(usual)s are usual",
            days=days,
            usual=f"{max(SILENT_MIN_DAYS, self.purchase_rhythm_days):g}",
        )

    def _risk_why_falling(self):
        return self.env._(
            "%(recent)s personal contacts in the last %(days)s days, %(before)s in "
            "%(days)s days before",
            recent=self.inbound_count + self.outbound_count,
            before=self.risk_before_count,
            days=WINDOW_DAYS,
        )

    def _risk_why_answer(self):
        return self.env._(
            "Conversations that wait for our answer: %s", self.risk_waiting_count
        )

    def _risk_why_handover(self):
        if self.risk_handover_points:
            return self.env._(
                "A lead was handed over and came back, or nobody was in contact in time"
            )
        return self.env._("No hand-over has failed within %s days", RECENT_DAYS)

    def _risk_why_routine(self):
        last = self.last_other_purpose_date
        if not last:
            return self.env._("No personal contact beyond payment and service yet")
        return self.env._(
            "Last personal contact beyond payment and service: %s",
            self._format_day(last),
        )
