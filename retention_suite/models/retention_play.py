from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .crm_lost_reason import REASON_GROUPS
from .retention_winback import KINDS

# What a measurement rests on: changing it would mix two of them.
MEASURED_FIELDS = {"kind", "holdout_share", "success_days"}


class RetentionPlay(models.Model):
    """A prepared set of activities, texts and an offer for one situation."""

    _name = "retention.play"
    _inherit = (
        "retention.play.batch",
        "retention.play.fit",
        "retention.play.holdout",
        "retention.play.start",
        "retention.play.verdict",
    )
    _description = "Play"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the play is for all companies."
    )
    kind = fields.Selection(
        KINDS,
        string="For",
        help="The kind of their open case, else where they stand: in the stage lost, "
        "in the stage dormant, or in the stage at risk or with a medium or high risk. "
        "Empty: for every kind of case.",
    )
    reason_group = fields.Selection(
        REASON_GROUPS,
        string="Reasons",
        help="The reason in their open case; unknown as long as there is none. Empty: "
        "for every reason.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        precompute=True,
        help="Of the amounts of the play: the currency of its company, or, if it is "
        "for all companies, of the one in which it was made. For customers of another "
        "company they are converted at the day's rate.",
    )
    min_value = fields.Monetary(
        string="Value From", help="Customers worth less if won back are not offered it."
    )
    max_value = fields.Monetary(
        string="Value Up To",
        help="0: no limit. Customers worth more if won back are not offered it.",
    )
    activity_plan_id = fields.Many2one(
        "mail.activity.plan",
        string="Activities",
        domain=[("res_model", "=", "retention.winback")],
        ondelete="restrict",
        help="What is to be done, for the contact person by default. At least one "
        "activity: somebody has to look after those who get a message.",
    )
    message_ids = fields.One2many(
        "retention.play.message", "play_id", string="Messages", copy=True
    )
    offer = fields.Text(translate=True)
    offer_cost = fields.Monetary(
        string="Cost of the Offer",
        help="What the offer costs us for each customer, as long as its case says "
        "nothing else.",
    )
    success_days = fields.Integer(
        string="Days to Succeed",
        required=True,
        default=90,
        help="A purchase so many days after the start counts as won back.",
    )
    member_ids = fields.One2many("retention.play.member", "play_id")

    _success_days_positive = models.Constraint(
        "CHECK(success_days > 0)", "Enter at least one day to succeed."
    )
    _value_range = models.Constraint(
        "CHECK(COALESCE(max_value, 0) = 0 OR max_value >= COALESCE(min_value, 0))",
        "The highest value must not be below the lowest.",
    )
    _offer_cost_positive = models.Constraint(
        "CHECK(COALESCE(offer_cost, 0) >= 0)",
        "The cost of the offer cannot be negative.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for play in self:
            own = play.company_id.currency_id or play.currency_id
            play.currency_id = own or self.env.company.currency_id

    # The name is given with every play, so that none is missed.
    @api.constrains("name", "activity_plan_id")
    def _check_content(self):
        """A message alone is looked after by nobody.

        :raise ValidationError: for plays in which nobody has to do anything
        """
        for play in self:
            # sudo: plans are looked at as the starting does
            if not play.sudo().activity_plan_id.template_ids:
                raise ValidationError(
                    self.env._(
                        "Nobody does anything in the play %s. Choose activities, with "
                        "at least one in the plan: somebody has to look after those "
                        "who get a message, too.",
                        play.name,
                    )
                )

    def write(self, vals):
        for name in MEASURED_FIELDS & set(vals):
            changed = self.filtered(lambda p, n=name: p[n] != vals[n])
            # sudo: the others' customers are measured, too
            if changed.sudo().member_ids:
                raise UserError(
                    self.env._(
                        "The play %s has been started: its figures would mix two "
                        "measurements. Duplicate the play and change the copy.",
                        changed[:1].name,
                    )
                )
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        if "name" not in (default or {}):
            for play, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", play.name)
        return vals_list

    @api.model
    def _fitting(self, kind, reason, value, company):
        """Return the first play that fits, or none.

        :param str kind: of the case
        :param reason: ``crm.lost.reason``, empty as long as it is unknown
        :param float value: what the customer is worth, in the company's currency
        :param company: ``res.company``
        """
        plays = self.search(
            [
                ("company_id", "in", (company.id, False)),
                ("kind", "in", (kind, False)),
                ("reason_group", "in", (reason.retention_group or "unknown", False)),
                # whose plan was emptied afterwards
                ("activity_plan_id.template_ids", "!=", False),
            ]
        )
        return next((p for p in plays if p._is_worth(value, company)), plays.browse())

    def action_open_members(self):
        """Open the customers of the play."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_play_member_action"
        )
        action["domain"] = [("play_id", "=", self.id)]
        return action

    def action_look_again(self):
        """Show how far the starting is."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}
