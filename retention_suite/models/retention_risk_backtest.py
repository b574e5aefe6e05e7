from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

MIN_SPAN_DAYS = 30
MAX_SPAN_DAYS = 730
# What a person enters; all else is derived.
ASKED_FIELDS = {"company_id", "as_of_date", "span_days"}


class RetentionRiskBacktest(models.Model):
    """Whether the risk told in advance who left.

    Those who left are told by facts that the score is not made of: of customers
    who had bought before, whoever bought nothing in the span afterwards, or was
    recorded as lost in it. Being dormant does not count: it is said of whoever
    was silent for long, and the score knows the silence.
    """

    _name = "retention.risk.backtest"
    _inherit = ("retention.risk.backtest.figures", "retention.risk.backtest.text")
    _description = "Backtest of the Risk"
    _order = "create_date desc, id desc"
    _rec_name = "as_of_date"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    as_of_date = fields.Date(
        string="As of the End Of",
        required=True,
        default=lambda self: fields.Date.subtract(fields.Date.today(), days=181),
        help="The risks are derived from what was known at the end of this day.",
    )
    span_days = fields.Integer(
        string="Days Afterwards",
        required=True,
        default=180,
        help="Within so many days after that it shows who left.",
    )
    state = fields.Selection(
        [("new", "New"), ("few", "Too few left"), ("done", "Done")],
        required=True,
        default="new",
        readonly=True,
        copy=False,
    )
    compute_date = fields.Datetime(string="Computed On", readonly=True, copy=False)
    weights_text = fields.Char(
        string="Weights Used",
        readonly=True,
        copy=False,
        help="Of the factors in use when it was computed.",
    )
    customer_count = fields.Integer(
        string="Customers",
        readonly=True,
        copy=False,
        help="Who had bought on at least two days until then, the last time within "
        "the year before, and was no prospect, not dormant and not lost.",
    )
    skipped_count = fields.Integer(
        string="Customers Left Out",
        readonly=True,
        copy=False,
        help="Such whose own days between purchases are more than the days looked at: "
        "that they bought nothing says nothing.",
    )
    left_count = fields.Integer(
        string="Left",
        readonly=True,
        copy=False,
        help="Of these customers, who bought nothing within the days afterwards, or "
        "was recorded as lost.",
    )
    missing_count = fields.Integer(
        string="Customers Missing",
        readonly=True,
        copy=False,
        help="So many more must have left, or stayed, for any figure to mean "
        "something.",
    )
    top_count = fields.Integer(string="Top Tenth", readonly=True, copy=False)
    risk_top_left = fields.Float(
        string="Left of the Top Tenth by Risk",
        readonly=True,
        copy=False,
        digits=(16, 1),
    )
    risk_auc = fields.Float(string="AUC of the Risk", readonly=True, copy=False)
    risk_auc_low = fields.Float(readonly=True, copy=False)
    risk_auc_high = fields.Float(readonly=True, copy=False)
    days_top_left = fields.Float(
        string="Left of the Top Tenth by Days",
        readonly=True,
        copy=False,
        digits=(16, 1),
    )
    days_auc = fields.Float(string="AUC of the Days", readonly=True, copy=False)
    days_auc_low = fields.Float(readonly=True, copy=False)
    days_auc_high = fields.Float(readonly=True, copy=False)
    difference = fields.Float(
        readonly=True, copy=False, help="AUC of the risk minus that of the days."
    )
    difference_low = fields.Float(readonly=True, copy=False)
    difference_high = fields.Float(readonly=True, copy=False)
    has_interval = fields.Boolean(readonly=True, copy=False)

    _span_range = models.Constraint(
        f"CHECK(span_days BETWEEN {MIN_SPAN_DAYS} AND {MAX_SPAN_DAYS})",
        f"Look at {MIN_SPAN_DAYS} to {MAX_SPAN_DAYS} days afterwards.",
    )

    @api.depends("as_of_date", "span_days")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for test in self:
            test.display_name = self.env._(
                "%(date)s and %(days)s days afterwards",
                date=format_date(self.env, test.as_of_date),
                days=test.span_days,
            )

    @api.constrains("as_of_date", "span_days")
    def _check_is_over(self):
        for test in self:
            today = test.company_id._retention_day(fields.Datetime.now())
            if test.as_of_date >= today:
                raise ValidationError(
                    self.env._(
                        "%s is not over yet. Choose a day in the past.",
                        format_date(self.env, test.as_of_date),
                    )
                )
            latest = today - timedelta(days=test.span_days + 1)
            if test.as_of_date > latest:
                raise ValidationError(
                    self.env._(
                        "The %(days)s days after %(date)s are not over yet. Choose "
                        "%(latest)s or a day before, or fewer days.",
                        days=test.span_days,
                        date=format_date(self.env, test.as_of_date),
                        latest=format_date(self.env, latest),
                    )
                )

    def _check_asked(self, vals):
        """Figures that anybody could enter would prove nothing."""
        if not self.env.su and set(vals) - ASKED_FIELDS:
            raise UserError(
                self.env._("The figures of a backtest are computed, not entered.")
            )

    def _check_span(self, vals):
        """Say what is wrong before the database says it in its own words, or a number
        is too large for any date."""
        if "span_days" not in vals:
            return
        days = self._fields["span_days"].convert_to_cache(vals["span_days"], self)
        if not MIN_SPAN_DAYS <= days <= MAX_SPAN_DAYS:
            raise ValidationError(
                self.env._(
                    "%(days)s days afterwards cannot be looked at: in a few days "
                    "hardly anybody leaves, and what was years ago tells little. "
                    "Enter %(min)s to %(max)s days.",
                    days=days,
                    min=MIN_SPAN_DAYS,
                    max=MAX_SPAN_DAYS,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_asked(vals)
            self._check_span(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_asked(vals)
        self._check_span(vals)
        if not self.env.su and any(test.state != "new" for test in self):
            raise UserError(
                self.env._(
                    "This backtest is computed and stays as it is. Make a new one for "
                    "another day."
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------------
    # Computing
    # ------------------------------------------------------------------

    def action_compute(self):
        """Derive the risks of then and compare them with who left.

        :raise UserError: if it was computed already
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "new":
            raise UserError(self.env._("This backtest is computed already."))
        self._check_is_over()
        self.env.flush_all()
        self.env["retention.run"]._plan_for_batches()
        self.env.cr.execute(self._figures_sql(self._outcomes_sql()))
        names = [column.name for column in self.env.cr.description]
        figures = dict(zip(names, self.env.cr.fetchone(), strict=True))
        # sudo: figures are written by what computes them only
        self.sudo().write(
            {
                **self._evaluate(figures),
                "compute_date": fields.Datetime.now(),
                "weights_text": self._describe_weights(),
            }
        )

    def _describe_weights(self):
        factors = self.env["retention.risk.factor"].search([])
        return ", ".join(f"{factor.name} {factor.weight}" for factor in factors)
