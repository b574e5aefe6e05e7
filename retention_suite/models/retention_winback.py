from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .retention_winback_dormancy import DEFAULT_RHYTHM_DAYS, MAX_CHANCE
from .retention_winback_life import OPEN_STEPS

KINDS = [
    ("cancellation", "Cancellation"),
    ("dormancy", "Left Silently"),
    ("save", "At Risk"),
]
# The five steps of win-back.
STEPS = [
    ("identified", "Identified"),
    ("reason", "Reason Known"),
    ("running", "Measure Running"),
    ("decided", "Won Back or Lost"),
    ("loyalty", "Second Loyalty"),
]
RESULTS = [("won", "Won Back"), ("lost", "Lost")]
# Of cases that nobody has thought about yet, other than those who left silently.
DEFAULT_CHANCE = 30
# How a case ended: only closing and reopening it writes these.
ENDED_FIELDS = {
    "result",
    "result_note",
    "close_date",
    "loyalty_until",
    "is_watch_over",
    "is_lost_again",
    "is_by_itself",
}


class RetentionWinback(models.Model):
    """One attempt to keep or win back one customer, as a guided case."""

    _name = "retention.winback"
    _inherit = (
        "mail.thread",
        "mail.activity.mixin",
        "retention.customer.open",
        "retention.winback.ask",
        "retention.winback.cancel",
        "retention.winback.dormancy",
        "retention.winback.life",
        "retention.winback.play",
        "retention.winback.portal",
        "retention.winback.timeline",
        "retention.winback.watch",
    )
    _description = "Win-back"
    _order = "priority_value desc, open_date, id"
    _rec_name = "profile_id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        required=True,
        ondelete="cascade",
        index=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", related="profile_id.partner_id", store=True
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, tracking=True)
    step = fields.Selection(
        STEPS,
        required=True,
        default="identified",
        tracking=True,
        copy=False,
        group_expand=True,
        index=True,
    )
    result = fields.Selection(RESULTS, readonly=True, copy=False, tracking=True)
    result_note = fields.Char(string="Why So", readonly=True, copy=False)
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    reason_id = fields.Many2one(
        "crm.lost.reason",
        ondelete="restrict",
        tracking=True,
        help="Empty as long as it is unknown. Needed to close the case.",
    )
    reason_group = fields.Selection(
        related="reason_id.retention_group", string="Group of Reasons", store=True
    )
    competitor_id = fields.Many2one(
        "retention.competitor", ondelete="restrict", tracking=True
    )
    user_id = fields.Many2one("res.users", string="Responsible", tracking=True)
    value = fields.Monetary(
        help="What the relationship would have been worth again when the case was "
        "opened: the customer's value if won back, see there."
    )
    chance = fields.Integer(
        string="Chance (%)",
        default=DEFAULT_CHANCE,
        aggregator="avg",
        help="A rule of thumb to sort by, not a measured probability: nobody has "
        "counted how many such customers came back. Enter what you think, 0 to 100. "
        f"Until then it is {DEFAULT_CHANCE}; for those proposed as they left silently, "
        "100 x usual days between contacts / days since the last contact or purchase, "
        f"at least 1 and at most {MAX_CHANCE}. Without usual days between contacts, "
        f"those between purchases count, else {DEFAULT_RHYTHM_DAYS}.",
    )
    priority_value = fields.Monetary(
        string="Value times Chance",
        compute="_compute_priority_value",
        store=True,
        help="The order to work in, no revenue to expect. The chance is a rule of "
        "thumb, not a measured probability: what somebody entered, else "
        f"{DEFAULT_CHANCE} %; for those proposed as they left silently, 1 to "
        f"{MAX_CHANCE} %, the less the longer they are silent compared with their "
        "usual days between contacts or purchases.",
    )
    open_date = fields.Datetime(
        string="Opened On", required=True, readonly=True, default=fields.Datetime.now
    )
    start_date = fields.Datetime(string="Measure Started On", readonly=True, copy=False)
    close_date = fields.Datetime(string="Closed On", readonly=True, copy=False)
    offer = fields.Text(string="Offer Made")
    offer_cost = fields.Monetary(string="Cost of the Offer")

    _one_open = models.UniqueIndex(
        "(profile_id) WHERE step IN ('identified', 'reason', 'running')",
        "There is an open case for this customer already.",
    )
    _chance_is_share = models.Constraint(
        "CHECK(chance BETWEEN 0 AND 100)", "The chance must be between 0 and 100 %."
    )
    _offer_cost_positive = models.Constraint(
        "CHECK(offer_cost >= 0)", "The cost of the offer cannot be negative."
    )
    # Nobody has done anything about it yet: the run may take it back.
    is_proposed = fields.Boolean(
        string="Proposed", readonly=True, help="Proposed by the run, not worked yet."
    )
    _proposed_idx = models.Index("(profile_id) WHERE is_proposed")

    @api.depends("value", "chance")
    def _compute_priority_value(self):
        for case in self:
            case.priority_value = case.value * case.chance / 100

    @api.depends("step")
    def _compute_is_open(self):
        for case in self:
            case.is_open = case.step in OPEN_STEPS

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("step", "in" if True in value else "not in", OPEN_STEPS)]

    # ------------------------------------------------------------------
    # Opened and worked by a person
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        Profile = self.env["retention.profile"]
        known = Profile.browse({vals.get("profile_id") or 0 for vals in vals_list})
        known = known.exists()
        for vals in vals_list:
            self._check_ended(vals)
            profile = Profile.browse(vals.get("profile_id")) & known
            if profile:
                profile = profile.with_prefetch(known.ids)
                vals["value"] = vals.get("value") or profile.winback_value
                if not vals.get("user_id"):
                    vals["user_id"] = profile._winback_responsible().id
            if self._is_known(vals.get("reason_id")):
                vals.setdefault("step", "reason")
            if vals.get("step") in ("decided", "loyalty") and "result" not in vals:
                raise UserError(self._say_how_to_close())
        # a case that has just been closed makes room for another
        self.flush_model(["step"])
        return super().create(vals_list)

    def write(self, vals):
        """Move a case only where it may go.

        :raise UserError: what is to be done first
        """
        self._check_ended(vals)
        step = vals.get("step")
        if step == "running" and set(vals) == {"step"}:
            self._check_movable(step)
            to_start = self.filtered(lambda case: not case.start_date)
            to_start.action_start()
            return super(RetentionWinback, self - to_start).write(vals)
        if step and "result" not in vals:
            self._check_movable(step, vals)
        vals = {"is_proposed": False, **vals}
        first = self.browse()
        if "step" not in vals and self._is_known(vals.get("reason_id")):
            first = self.filtered(lambda case: case.step == "identified")
            super(RetentionWinback, first).write({**vals, "step": "reason"})
        return super(RetentionWinback, self - first).write(vals)

    def _check_ended(self, vals):
        if not self.env.su and ENDED_FIELDS & set(vals):
            raise AccessError(
                self.env._("Close a case with the buttons Won back or Given up.")
            )

    def _say_how_to_close(self):
        return self.env._(
            "Open the case and press Won back or Given up: it asks for the reason."
        )

    def _check_movable(self, step, vals=None):
        """
        :raise UserError: if a case may not go to a step just so
        """
        vals = vals or {}
        if any(not case.is_open for case in self):
            raise UserError(
                self.env._("This case is closed. Reopen it first, if it goes on.")
            )
        if step not in OPEN_STEPS:
            raise UserError(self._say_how_to_close())
        if step == "reason" and not vals.get("reason_id"):
            unknown = self.filtered(lambda case: not case._is_known(case.reason_id.id))
            if unknown:
                raise UserError(
                    self.env._(
                        "Why did %s leave? Enter the reason in the case first.",
                        unknown[0].display_name,
                    )
                )

    @api.model
    def _is_known(self, reason_id):
        """Whether this is a reason that says something."""
        reason = self.env["crm.lost.reason"].browse(reason_id or [])
        return bool(reason) and reason.retention_group != "unknown"

    def _note_why(self, reason_id, competitor_id):
        """Tell cases why the customers left, and to whom, as far as they do not know.

        :param reason_id: id of the reason, if any
        :param competitor_id: id of the competitor, if any
        """
        ignorant = self.filtered(lambda case: not case._is_known(case.reason_id.id))
        if not self._is_known(reason_id):
            ignorant = ignorant.filtered(lambda case: not case.reason_id)
        if reason_id and ignorant:
            ignorant.write({"reason_id": reason_id})
        alone = self.filtered(lambda case: not case.competitor_id)
        if competitor_id and alone:
            alone.write({"competitor_id": competitor_id})

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_reason_known(self):
        """Go on to the second step.

        :raise UserError: if the reason is missing
        """
        self.write({"step": "reason"})

    def action_won(self):
        """Ask how the customer was won back."""
        return self._action_close("won", self.env._("Won Back"))

    def action_lost(self):
        """Ask why the customer is given up."""
        return self._action_close("lost", self.env._("Given Up"))

    def _action_close(self, result, name):
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_winback_close_action"
        )
        context = {"default_winback_ids": self.ids, "default_result": result}
        for why in ("reason_id", "competitor_id"):
            # what all of them know
            if len(self[why]) == 1 and all(case[why] for case in self):
                context[f"default_{why}"] = self[why].id
        return dict(action, name=name, context=context)

    def action_view_contacts(self):
        """Open all contacts with the customer."""
        self.ensure_one()
        return self.profile_id.action_view_contacts()
