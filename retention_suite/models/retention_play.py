from odoo import api, fields, models

from .crm_lost_reason import REASON_GROUPS
from .retention_winback import KINDS

# More than this is no measure any more.
MAX_HOLDOUT = 50


class RetentionPlay(models.Model):
    """A prepared set of activities, texts and an offer for one situation."""

    _name = "retention.play"
    _description = "Play"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the play is for all companies."
    )
    kind = fields.Selection(KINDS, string="For", help="Empty: for every kind of case.")
    reason_group = fields.Selection(
        REASON_GROUPS, string="Reasons", help="Empty: for every reason."
    )
    min_value = fields.Float(
        string="Value From", help="Customers worth less are not offered it."
    )
    max_value = fields.Float(
        string="Value Up To",
        help="0: no limit. Customers worth more are not offered it.",
    )
    activity_plan_id = fields.Many2one(
        "mail.activity.plan",
        string="Activities",
        domain=[("res_model", "=", "retention.winback")],
        ondelete="restrict",
        help="What is to be done, for the contact person by default.",
    )
    offer = fields.Text(translate=True)
    offer_cost = fields.Float(
        string="Cost of the Offer", help="What the offer costs us for each customer."
    )
    success_days = fields.Integer(
        string="Days to Succeed",
        required=True,
        default=90,
        help="A purchase so many days after the start counts as won back.",
    )
    holdout_share = fields.Integer(
        string="Left Out (%)",
        help="So many of a hundred customers are left out, by a fixed rule, to see "
        "what the play does. 0: nobody.",
    )

    _holdout_share_limit = models.Constraint(
        f"CHECK(holdout_share BETWEEN 0 AND {MAX_HOLDOUT})",
        "At most half of the customers can be left out.",
    )
    _success_days_positive = models.Constraint(
        "CHECK(success_days > 0)", "Enter at least one day to succeed."
    )
    _value_range = models.Constraint(
        "CHECK(COALESCE(max_value, 0) = 0 OR max_value >= COALESCE(min_value, 0))",
        "The highest value must not be below the lowest.",
    )

    def _start(self, cases):
        """Start the play for some open win-back cases.

        :param cases: ``retention.winback``
        """
        self.ensure_one()
        cases.write({"play_id": self.id, "step": "running"})

    @api.model
    def _fitting(self, kind, reason, value, company):
        """Return the first play that fits a case, if any."""
        plays = self.search([("company_id", "in", (company.id, False))])
        return plays.filtered(
            lambda play: (
                play.kind in (False, kind)
                and play.reason_group in (False, reason.retention_group)
                and (play.min_value or 0) <= value <= (play.max_value or float("inf"))
            )
        )[:1]
