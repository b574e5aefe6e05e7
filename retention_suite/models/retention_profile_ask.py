from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

# Well served: won not longer ago, and in touch both ways.
WON_DAYS = 180
CONTACT_DAYS = 120
# Nobody is asked again so soon, and not for a year who said no.
ASK_DAYS = 180
DECLINED_DAYS = 365
SATISFIED_KINDS = ("onboarding", "active", "ambassador", "recovered")


class RetentionProfileAsk(models.AbstractModel):
    """When it is the right moment to ask a customer for a recommendation."""

    _name = "retention.profile.ask"
    _description = "Asking for Referrals"

    referral_asked_date = fields.Date(
        string="Asked for a Recommendation",
        readonly=True,
        copy=False,
        help="When somebody was last to ask this customer for a recommendation.",
    )
    referral_declined_date = fields.Date(
        string="Does Not Want to Recommend",
        readonly=True,
        copy=False,
        help="When this customer said no. For a year it is not asked again.",
    )
    may_ask_referral = fields.Boolean(
        string="Right Moment to Ask",
        compute="_compute_may_ask_referral",
        search="_search_may_ask_referral",
        help=f"Won in the last {WON_DAYS} days, contact both ways in the last "
        f"{CONTACT_DAYS}, nothing to do, not asked for {ASK_DAYS} days, and no "
        f"refusal for {DECLINED_DAYS}.",
    )
    ask_reason = fields.Char(compute="_compute_ask_reason", string="Why Now")

    def _may_ask_domain(self):
        """Return which customers it is the right moment to ask."""
        now = fields.Datetime.now()
        return Domain.AND(
            [
                Domain("active", "=", True),
                Domain("journey_stage_id.kind", "in", SATISFIED_KINDS),
                Domain("open_alert_count", "in", (0, False)),
                Domain("won_date", ">=", now - timedelta(days=WON_DAYS)),
                Domain("last_inbound_date", ">=", now - timedelta(days=CONTACT_DAYS)),
                Domain("last_outbound_date", ">=", now - timedelta(days=CONTACT_DAYS)),
                self._rested_domain(),
            ]
        )

    def _rested_domain(self):
        """Return which customers nobody has bothered with it for long enough."""
        today = fields.Date.today()

        def unless_since(name, days):
            earliest = today - timedelta(days=days)
            return Domain(name, "=", False) | Domain(name, "<=", earliest)

        return unless_since("referral_asked_date", ASK_DAYS) & unless_since(
            "referral_declined_date", DECLINED_DAYS
        )

    @api.depends(
        "active",
        "journey_stage_id.kind",
        "last_inbound_date",
        "last_outbound_date",
        "open_alert_count",
        "referral_asked_date",
        "referral_declined_date",
        "won_date",
    )
    def _compute_may_ask_referral(self):
        fitting = self.filtered_domain(self._may_ask_domain())
        for profile in self:
            profile.may_ask_referral = profile in fitting

    def _search_may_ask_referral(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        wanted = (True in value) == (operator == "in")
        return self._may_ask_domain() if wanted else ~self._may_ask_domain()

    @api.depends("may_ask_referral", "won_date", "last_inbound_date")
    @api.depends_context("lang")
    def _compute_ask_reason(self):
        for profile in self:
            profile.ask_reason = profile.may_ask_referral and self.env._(
                "Won on %(won)s, last heard from on %(heard)s, nothing left to do.",
                won=format_date(self.env, profile.won_date),
                heard=format_date(self.env, profile.last_inbound_date),
            )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_ask_referral(self):
        """Put it on the contact persons' lists of activities to ask these
        customers for a recommendation, with a text to send.

        :raise UserError: if a customer was asked or said no too short a time ago
        """
        self.check_access("write")
        too_soon = self - self.filtered_domain(self._rested_domain())
        if too_soon:
            raise UserError(
                self.env._(
                    "%(customer)s was asked or said no not long ago. Asking again "
                    "now would be a nuisance.",
                    customer=too_soon[0].display_name,
                )
            )
        self.env["mail.activity"].create([profile._ask_activity() for profile in self])
        # sudo: that it was asked is noted by its own button only
        self.sudo().referral_asked_date = fields.Date.today()

    def _ask_activity(self):
        """Return the values of an activity with everything that is needed."""
        user = self.user_id or self.env.user
        profile = self.with_context(lang=user.lang)
        person = profile._person_to_ask()
        return {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": person.id,
            "user_id": user.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            "date_deadline": fields.Date.context_today(self),
            "summary": profile.env._("Ask for a recommendation"),
            "note": profile._ask_note(person),
        }

    def _person_to_ask(self):
        """Return who of the customer was in touch with us last."""
        # sudo: whoever asks sees the customer, and with it who belongs to it
        last = (
            self.env["retention.touchpoint"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", self.id),
                    ("direction", "=", "in"),
                    ("automated", "=", False),
                ],
                order="date desc, id desc",
                limit=1,
            )
        )
        return last.partner_id.with_env(self.env) or self.partner_id

    def _ask_note(self, person):
        # sudo: texts of programmes and the customer's own link are for everybody
        # who looks after the customer
        program = (
            self.env["retention.referral.program"].sudo()._default_of(self.company_id)
        )
        lines = [self.ask_reason] if self.ask_reason else []
        links = self.env["retention.referral.link"].sudo()
        if program and not links._is_revoked(person, program):
            link = links._of(person, program)
            # the friend reads it in the customer's language
            program = program.with_context(lang=person.lang or self.env.lang)
            lines += [self.env._("A text to send on:"), program.share_text, link.url]
        return Markup("<br/>").join(line for line in lines if line)

    def action_decline_referral(self):
        """Note that these customers do not want to recommend us: nobody asks
        them for a year."""
        self.check_access("write")
        # sudo: as above
        self.sudo().referral_declined_date = fields.Date.today()

    def action_undo_decline_referral(self):
        """Take that back."""
        self.check_access("write")
        # sudo: as above
        self.sudo().referral_declined_date = False
