from odoo import api, fields, models

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
OPEN_STEPS = ("identified", "reason", "running")


class RetentionWinback(models.Model):
    """One attempt to keep or win back one customer, as a guided case."""

    _name = "retention.winback"
    _inherit = ("mail.thread", "mail.activity.mixin")
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
        group_expand=True,
        index=True,
    )
    result = fields.Selection(RESULTS, readonly=True, copy=False, tracking=True)
    result_note = fields.Char(string="Why So", readonly=True, copy=False)
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    reason_id = fields.Many2one(
        "crm.lost.reason",
        string="Reason",
        ondelete="restrict",
        tracking=True,
        help="Empty as long as it is unknown. Needed to close the case.",
    )
    competitor_id = fields.Many2one(
        "retention.competitor", ondelete="restrict", tracking=True
    )
    user_id = fields.Many2one("res.users", string="Responsible", tracking=True)
    value = fields.Monetary(
        help="What the relationship was worth when the case was opened: the "
        "customer value, see there."
    )
    chance = fields.Integer(
        string="Chance (%)",
        default=30,
        aggregator="avg",
        help="How likely you think it is to win the customer back, 0 to 100.",
    )
    priority_value = fields.Monetary(
        string="Value times Chance",
        compute="_compute_priority_value",
        store=True,
        help="The order to work in.",
    )
    open_date = fields.Datetime(
        string="Opened On", required=True, readonly=True, default=fields.Datetime.now
    )
    start_date = fields.Datetime(string="Measure Started On", readonly=True, copy=False)
    close_date = fields.Datetime(string="Closed On", readonly=True, copy=False)
    play_id = fields.Many2one("retention.play", ondelete="restrict", tracking=True)
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

    @api.private
    def _close(self, result, note=None, date=None):
        """Close some cases.

        :param str result: ``won`` or ``lost``
        :param str note: why so
        :param datetime date: when it was decided; None for now
        """
        self.write(
            {
                "step": "decided",
                "result": result,
                "result_note": note,
                "close_date": date or fields.Datetime.now(),
            }
        )
