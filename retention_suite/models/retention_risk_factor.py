from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What speaks for leaving, in the order in which points are rounded. Each has its
# strength in ``retention.profile.risk.sql`` and its words in
# ``retention.profile.risk.text``.
FACTORS = [
    ("gap", "Contact gap"),
    ("purchase", "Orders later than usual"),
    ("falling", "Fewer contacts than before"),
    ("answer", "Answers missing"),
    ("handover", "Hand-over failed"),
    ("routine", "Only payment and service contacts"),
]


class RetentionRiskFactor(models.Model):
    """What speaks for a customer's leaving, and how much it weighs.

    One list for all companies: what a score of 62 means is then the same for
    everybody who reads it.
    """

    _name = "retention.risk.factor"
    _description = "Risk Factor"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(FACTORS, required=True, readonly=True)
    description = fields.Char(
        string="How It Is Counted",
        translate=True,
        readonly=True,
        help="From which strength on it counts, and from which on in full.",
    )
    weight = fields.Integer(
        required=True,
        default=10,
        aggregator="sum",
        help="From 0 to 100. What counts is the share of all weights in use.",
    )
    share = fields.Float(
        string="Points at Most",
        compute="_compute_share",
        help="What the factor adds to the risk in full strength: its share of all "
        "weights in use, of 100 points.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        string="In Use", default=True, help="What is not in use adds nothing."
    )

    _code_uniq = models.UniqueIndex("(code)", "There is already such a factor.")
    _weight_range = models.Constraint(
        "CHECK(weight BETWEEN 0 AND 100)", "A weight must be between 0 and 100."
    )

    @api.depends("weight", "active")
    def _compute_share(self):
        total = sum(self._weights().values())
        for factor in self:
            share = 100 * factor.weight / total if factor.active and total else 0
            factor.share = round(share, 1)

    @api.constrains("weight", "active")
    def _check_weights(self):
        if not sum(self._weights().values()):
            raise ValidationError(
                self.env._(
                    "The weights of the risk add up to nothing, so no customer could "
                    "have a risk. Give at least one factor in use a weight above 0."
                )
            )

    @api.model
    def _weights(self):
        """Return the weights in use, by code."""
        # sudo: how the risk is made up is no secret to those who see it
        return {factor.code: factor.weight for factor in self.sudo().search([])}

    @api.model_create_multi
    def create(self, vals_list):
        factors = super().create(vals_list)
        self.env["retention.profile"]._risk_again()
        return factors

    def write(self, vals):
        result = super().write(vals)
        if {"weight", "active"} & set(vals):
            self.env["retention.profile"]._risk_again()
        return result
