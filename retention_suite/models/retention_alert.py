from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from .retention_alert_life import OPEN_STATES


class RetentionAlert(models.Model):
    """One thing somebody must do about one customer, and how it ended."""

    _name = "retention.alert"
    _inherit = (
        "retention.customer.open",
        "retention.alert.count",
        "retention.alert.first.contact",
        "retention.alert.handover",
        "retention.alert.thanks",
        "retention.alert.answer",
        "retention.alert.reply",
        "retention.alert.risk",
        "retention.alert.life",
        "retention.alert.name",
        "retention.alert.task",
        "retention.alert.escalate",
    )
    _description = "To Do for a Customer"
    _order = "priority_score desc, date, id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Contact")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("contact_gap", "No contact for too long"),
            ("handover", "Hand-over"),
            ("first_contact", "First contact"),
            ("unanswered", "Message without an answer"),
            ("referral_thanks", "Recommendation not thanked"),
            ("risk", "High risk of leaving"),
        ],
        string="Why",
        required=True,
        readonly=True,
    )
    policy_id = fields.Many2one(
        "retention.contact.policy", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        readonly=True,
        help="The customer's contact person, else whom the policy asks; for a "
        "message whoever is responsible for its document, else the contact person, "
        "else the leader of the sales team.",
    )
    date = fields.Date(string="Since", required=True, readonly=True)
    due_date = fields.Datetime(
        string="Due",
        readonly=True,
        help="When it should have been done, in working hours. After this moment "
        "it is shown to somebody else, too.",
    )
    deadline_date = fields.Date(
        string="Due Day",
        readonly=True,
        help="After this day the alert is shown to somebody else, too.",
    )
    shown_due_date = fields.Date(
        string="Due By",
        compute="_compute_shown_due_date",
        help="After this day it is shown to somebody else, too.",
    )
    priority_score = fields.Float(
        string="Priority",
        readonly=True,
        digits=(16, 0),
        help="Days without contact as a percentage of the agreed days (300 at "
        "most), plus 20 for each digit of the customer's open opportunities. For a "
        "message without an answer 100, 200 from when the answer was due, and 300 "
        "after twice that time. For a high risk twice the risk, plus 20 for each digit "
        "of the customer value.",
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("snoozed", "Snoozed"),
            ("resolved", "Done"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        default="open",
        readonly=True,
    )
    agreed_days = fields.Integer(readonly=True)
    last_contact_date = fields.Datetime(readonly=True)
    base_date = fields.Date(
        readonly=True, help="The day from which the days without contact count."
    )
    gap_days = fields.Integer(
        string="Days without Contact",
        compute="_compute_gap_days",
        help="Days since the last contact that counts or, without any, since the "
        "customer is known.",
    )
    reason = fields.Char(compute="_compute_reason")
    close_date = fields.Datetime(string="Closed On", readonly=True)
    close_user_id = fields.Many2one(
        "res.users", string="Closed By", readonly=True, ondelete="set null"
    )
    dismiss_reason = fields.Char(readonly=True)
    snooze_date = fields.Date(string="Snoozed Until", readonly=True)
    touchpoint_id = fields.Many2one(
        "retention.touchpoint",
        string="Settled By",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The contact that closed it.",
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    activity_date = fields.Date(
        readonly=True, help="When it was put on somebody's list of activities."
    )
    escalation_activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    escalation_date = fields.Date(string="Escalated On", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    # Beside the customer, so that the list can be worked without opening it.
    email = fields.Char(related="profile_id.partner_id.email")
    phone = fields.Char(related="profile_id.partner_id.phone")
    # no sum: several lines may be about the same customer
    open_revenue = fields.Monetary(related="profile_id.open_revenue", aggregator=None)
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_late = fields.Boolean(compute="_compute_is_late")

    _open_uniq = models.UniqueIndex(
        "(COALESCE(profile_id, 0), kind, COALESCE(res_model, ''), COALESCE(res_id, 0))"
        " WHERE state IN ('open', 'snoozed')",
        "There is already something open for this customer.",
    )
    # those that there are few of, whose own steps look for them
    _rare_idx = models.Index(
        "(kind) WHERE state IN ('open', 'snoozed')"
        " AND kind NOT IN ('contact_gap', 'unanswered')"
    )
    _about_something = models.Constraint(
        "CHECK(profile_id IS NOT NULL OR res_id IS NOT NULL)",
        "What is to do must be about a customer or a document.",
    )
    _todo_idx = models.Index(
        "(user_id, priority_score DESC, date, id) WHERE state = 'open'"
    )
    _given_idx = models.Index(
        "(user_id, activity_date) WHERE activity_date IS NOT NULL"
    )
    _deadline_idx = models.Index(
        "(deadline_date) WHERE state = 'open' AND escalation_date IS NULL"
    )
    _due_idx = models.Index(
        "(due_date) WHERE state = 'open' AND escalation_date IS NULL"
    )
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _state_priority_idx = models.Index(
        "(state, priority_score DESC, date, id) WHERE state IN ('open', 'snoozed')"
    )

    # ------------------------------------------------------------------
    # Computed
    # ------------------------------------------------------------------

    @api.depends("base_date", "close_date", "state")
    def _compute_gap_days(self):
        now = fields.Datetime.now()
        for alert in self:
            end = alert.company_id._retention_day(alert.close_date or now)
            alert.gap_days = (end - alert.base_date).days if alert.base_date else 0

    @api.depends("deadline_date", "due_date", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        now = fields.Datetime.now()
        for alert in self:
            alert.is_late = alert.state == "open" and bool(
                (alert.deadline_date and alert.deadline_date < today)
                or (alert.due_date and alert.due_date < now)
            )

    @api.depends("deadline_date", "due_date", "company_id")
    def _compute_shown_due_date(self):
        for alert in self:
            due_day = alert.due_date and alert.company_id._retention_day(alert.due_date)
            days = [day for day in (alert.deadline_date, due_day) if day]
            alert.shown_due_date = min(days, default=False)

    @api.depends("kind", "gap_days", "agreed_days", "last_contact_date")
    @api.depends_context("lang")
    def _compute_reason(self):
        last_contacts = self._last_contacts()
        for alert in self:
            say = getattr(alert, f"_reason_{alert.kind}")
            alert.reason = say(last_contacts.get(alert.id))

    # Each kind of alert says in one sentence, with the numbers, why there is
    # one: ``_reason_<kind>(last_contact)``, the contact it counts from, if any.

    def _reason_contact_gap(self, last_contact):
        newest = self.profile_id.last_contact_date
        if self._is_met_otherwise(newest):
            return self.env._(
                "No contact that counts for %(gap)s days (agreed: %(agreed)s). "
                "Others until %(newest)s.",
                gap=self.gap_days,
                agreed=self.agreed_days,
                newest=self.profile_id._format_day(newest),
            )
        if not self.last_contact_date:
            return self.env._(
                "No personal contact since %(date)s, for %(gap)s days "
                "(agreed: %(agreed)s).",
                date=self._format_day(self.base_date),
                gap=self.gap_days,
                agreed=self.agreed_days,
            )
        values = {
            "gap": self.gap_days,
            "agreed": self.agreed_days,
            "date": self._format_day(self.base_date),
        }
        if not last_contact:
            return self.env._(
                "No personal contact for %(gap)s days (agreed: %(agreed)s). "
                "Last: %(date)s.",
                **values,
            )
        channels = dict(
            last_contact._fields["channel"]._description_selection(self.env)
        )
        return self.env._(
            "No personal contact for %(gap)s days (agreed: %(agreed)s). "
            "Last: %(channel)s with %(person)s on %(date)s.",
            channel=channels[last_contact.channel],
            # sudo: the name of the customer's own person is no secret to
            # those who see the customer
            person=last_contact.sudo().partner_id.name or "",
            **values,
        )

    def _is_met_otherwise(self, newest):
        """Whether there were contacts, but not such as the policy asks for."""
        return bool(
            self.state in OPEN_STATES
            and newest
            and (not self.last_contact_date or newest > self.last_contact_date)
        )

    def _format_day(self, day):
        return format_date(self.env, day)

    def _last_contacts(self):
        """Return, by alert id, the contact the alert counts from."""
        dates = defaultdict(list)
        for alert in self:
            # the others have their message, hand-over or recommendation
            if alert.kind == "contact_gap" and alert.last_contact_date:
                key = (alert.profile_id.id, alert.last_contact_date)
                dates[key].append(alert.id)
        if not dates:
            return {}
        # sudo: the alert may be seen, and with it what it counts from
        touchpoints = (
            self.env["retention.touchpoint"]
            .sudo()
            .search(
                [
                    ("profile_id", "in", [profile for profile, _date in dates]),
                    ("date", "in", [date for _profile, date in dates]),
                    ("automated", "=", False),
                ]
            )
        )
        found = {}
        for touchpoint in touchpoints:
            for alert_id in dates.get((touchpoint.profile_id.id, touchpoint.date), ()):
                found[alert_id] = touchpoint
        return found

    def _document_key(self):
        """What at most one open alert may be about, within a customer."""
        self.ensure_one()
        return self.kind, self.res_model or "", self.res_id or 0

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def _check_open(self):
        closed = self.filtered(lambda alert: alert.state not in OPEN_STATES)
        if closed:
            raise UserError(
                self.env._(
                    "%s is closed already. Reload the list to see what is left.",
                    closed[0].display_name,
                )
            )

    def action_log_contact(self):
        """Open the small dialog that logs a contact."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.log.contact"]._action_open(
            self.profile_id, channel="phone"
        )

    def action_call(self):
        """Dial the customer's number and open the dialog that logs the call."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "retention_suite.call",
            "params": {"phone": self.phone, "next": self.action_log_contact()},
        }

    def action_mail(self):
        """Open Odoo's own composer to the customer."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Write to %s", self.partner_id.display_name),
            "context": {
                "default_model": "res.partner",
                "default_res_ids": self.partner_id.ids,
                "default_partner_ids": self.partner_id.ids,
                "default_composition_mode": "comment",
            },
        }

    def action_snooze(self):
        """Open the dialog that asks until when."""
        return self._action_dialog("retention_alert_snooze_action")

    def action_dismiss(self):
        """Open the dialog that asks why."""
        return self._action_dialog("retention_alert_dismiss_action")

    def _action_dialog(self, name):
        self._check_open()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"retention_suite.{name}"
        )
        return dict(action, context={"default_alert_ids": self.ids})

    def action_reopen(self):
        """Take back a snooze or a dismissal."""
        for alert in self:
            if alert.state not in ("snoozed", "dismissed"):
                raise UserError(
                    self.env._("Only what was snoozed or dismissed can be reopened.")
                )
        # sudo: the state of an alert is changed by its own steps only
        self.sudo()._open_again()

    def action_open_document(self):
        """Open the document it is about."""
        self.ensure_one()
        self.check_access("read")
        document = self._document()
        if not document:
            raise UserError(self.env._("The document was deleted."))
        return document._get_records_action()
