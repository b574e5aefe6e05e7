from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from . import proportion

VERDICTS = [
    ("alone", "No comparison"),
    ("few", "Too few"),
    ("close", "Too close to call"),
    ("helps", "Helps"),
    ("harms", "Does harm"),
]


class RetentionPlayVerdict(models.AbstractModel):
    """What a play does: those addressed against those left out.

    Only customers whose days to succeed are over count, in the company of the play
    or the user's current one.
    """

    _name = "retention.play.verdict"
    _description = "What a Play Does"

    verdict_currency_id = fields.Many2one(
        "res.currency", compute="_compute_verdict", string="Currency of the Figures"
    )
    running_count = fields.Integer(
        string="Still Running",
        compute="_compute_verdict",
        help="Customers whose days to succeed are not over. They do not count yet.",
    )
    treated_count = fields.Integer(
        string="Addressed",
        compute="_compute_verdict",
        help="Customers who were addressed and whose days to succeed are over.",
    )
    treated_returned = fields.Integer(
        string="Addressed, Came Back",
        compute="_compute_verdict",
        help="Those addressed who bought or signed within the days to succeed.",
    )
    treated_rate = fields.Float(
        string="Return Rate of Those Addressed",
        compute="_compute_verdict",
        help="Who came back, as a share of those addressed.",
    )
    treated_revenue = fields.Monetary(
        string="Revenue per Customer Addressed",
        compute="_compute_verdict",
        currency_field="verdict_currency_id",
        help="What they bought within the days to succeed, divided by all addressed.",
    )
    treated_cost = fields.Monetary(
        string="Cost per Customer Addressed",
        compute="_compute_verdict",
        currency_field="verdict_currency_id",
        help="What the offers have cost: as entered in the cases, else in the play. "
        "Divided by all addressed.",
    )
    left_count = fields.Integer(
        string="Were Left Out",
        compute="_compute_verdict",
        help="Customers who were left out and whose days to succeed are over.",
    )
    left_returned = fields.Integer(
        string="Left Out, Came Back",
        compute="_compute_verdict",
        help="Those left out who bought or signed within the days to succeed.",
    )
    left_rate = fields.Float(
        string="Return Rate of Those Left Out",
        compute="_compute_verdict",
        help="Who came back, as a share of those left out.",
    )
    left_revenue = fields.Monetary(
        string="Revenue per Customer Left Out",
        compute="_compute_verdict",
        currency_field="verdict_currency_id",
        help="What they bought within the days to succeed, divided by all left out.",
    )
    difference = fields.Float(
        string="Difference of the Rates",
        compute="_compute_verdict",
        help="Return rate of those addressed less that of those left out.",
    )
    difference_low = fields.Float(compute="_compute_verdict")
    difference_high = fields.Float(compute="_compute_verdict")
    difference_text = fields.Char(
        string="Difference, 95 % Interval",
        compute="_compute_verdict",
        help="The true difference lies within with a certainty of 95 % "
        "(Newcombe's interval for two independent shares).",
    )
    revenue_difference = fields.Monetary(
        string="Revenue per Customer, Difference",
        compute="_compute_verdict",
        currency_field="verdict_currency_id",
        help="Revenue per customer addressed less that per customer left out.",
    )
    revenue_text = fields.Char(
        string="Revenue per Customer, 95 % Interval",
        compute="_compute_verdict",
        help="Revenue per customer addressed less that per customer left out, and "
        "where the true difference lies with a certainty of 95 % (Welch).",
    )
    gain = fields.Monetary(
        string="Gain per Customer",
        compute="_compute_verdict",
        currency_field="verdict_currency_id",
        help="The difference of revenue per customer times the company's margin, less "
        "the cost per customer addressed.",
    )
    verdict = fields.Selection(VERDICTS, compute="_compute_verdict")
    verdict_text = fields.Char(string="What It Did", compute="_compute_verdict")

    @api.depends("company_id", "holdout_share", "member_ids.state")
    @api.depends_context("company", "lang")
    def _compute_verdict(self):
        found = self._group_figures()
        for play in self:
            company = play.company_id or self.env.company
            own = found.get((play.id, company.id), {})
            play.verdict_currency_id = company.currency_id
            play.running_count = own.get("running", 0)
            treated = own.get("treated", _Group())
            left = own.get("left_out", _Group())
            play.update(
                {
                    "treated_count": treated.count,
                    "treated_returned": treated.returned,
                    "treated_rate": treated.rate,
                    "treated_revenue": treated.mean,
                    "treated_cost": treated.cost,
                    "left_count": left.count,
                    "left_returned": left.returned,
                    "left_rate": left.rate,
                    "left_revenue": left.mean,
                    **play._compared(treated, left),
                }
            )
            play.gain = (
                play.revenue_difference * company.retention_margin - play.treated_cost
                if left.count and treated.count
                else 0
            )
            play.verdict, play.verdict_text = play._judge(treated, left)

    def _group_figures(self):
        """Return the figures of both groups: one query for all plays."""
        if not self.ids:
            return {}
        members = self.env["retention.play.member"]
        members.flush_model()
        # sudo: a verdict is on all customers of a play; nobody's are shown
        rows = self.env.execute_query(
            SQL(
                """
                SELECT play_id, company_id, "group", state = 'done', COUNT(*),
                       COUNT(returned_date), SUM(revenue), SUM(revenue * revenue),
                       SUM(cost)
                  FROM retention_play_member
                 WHERE play_id = ANY(%s)
                 GROUP BY play_id, company_id, "group", state = 'done'
                """,
                self.ids,
            )
        )
        found = {}
        for play_id, company_id, group, is_over, count, *figures in rows:
            own = found.setdefault((play_id, company_id), {})
            if is_over:
                own[group] = _Group(count, *figures)
            else:
                own["running"] = own.get("running", 0) + count
        return found

    def _compared(self, treated, left):
        """Return the differences, with their intervals as far as there is anything
        to compare."""
        values = dict.fromkeys(
            (
                "difference",
                "difference_low",
                "difference_high",
                "difference_text",
                "revenue_difference",
                "revenue_text",
            ),
            False,
        )
        if not (treated.count and left.count):
            return values
        rates = proportion.newcombe(
            treated.returned, treated.count, left.returned, left.count
        )
        values.update(
            difference=rates.difference,
            difference_low=rates.low,
            difference_high=rates.high,
            difference_text=self.env._(
                "%(difference)s points (%(low)s to %(high)s)",
                difference=self._points(rates.difference),
                low=self._points(rates.low),
                high=self._points(rates.high),
            ),
            revenue_difference=treated.mean - left.mean,
        )
        revenue = proportion.mean_difference(treated.moments, left.moments)
        if revenue:
            values["revenue_text"] = self.env._(
                "%(difference)s (%(low)s to %(high)s)",
                difference=self._money(revenue.difference),
                low=self._money(revenue.low),
                high=self._money(revenue.high),
            )
        return values

    def _points(self, share):
        return formatLang(self.env, 100 * share, digits=1)

    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.verdict_currency_id)

    def _judge(self, treated, left):
        """Return the verdict, and what it says in words."""
        if not left.count:
            # there will be some
            code = "few" if self.holdout_share else "alone"
            return code, self._judge_alone(treated)
        found = proportion.verdict(
            treated.returned, treated.count, left.returned, left.count
        )
        if found.code == "few":
            text = self.env._(
                "Too few: %(treated)s addressed and %(left)s left out are over. At "
                "least %(needed)s of each are needed.",
                treated=treated.count,
                left=left.count,
                needed=proportion.MIN_GROUP,
            )
        elif found.code == "helps":
            text = self.env._(
                "Helps: of a hundred customers %s more come back than without it.",
                self._points(found.difference.difference),
            )
            if self.gain < 0:
                text += " " + self.env._(
                    "But it has cost more than it brought in: see the gain."
                )
        elif found.code == "harms":
            text = self.env._(
                "Does harm: of a hundred customers %s fewer come back than without it.",
                self._points(-found.difference.difference),
            )
        else:
            text = self._judge_close(found)
        return found.code, text

    def _judge_alone(self, treated):
        if not treated.count and not self.holdout_share:
            return self.env._("Nobody to count yet.")
        if self.holdout_share:
            return self.env._(
                "Nobody left out to count yet: the days to succeed are not over."
            )
        if self.kind == "dormancy":
            return self.env._(
                "Nothing can be proven without a comparison: some of them would have "
                "come back anyway. Duplicate the play and leave some customers out."
            )
        return self.env._(
            "Nothing can be proven without a comparison: some of them would have "
            "stayed anyway. Only plays for those who left silently can leave "
            "customers out."
        )

    def _judge_close(self, found):
        """How many more customers it would take, if the rates stay as they are."""
        if found.more_1 is None:
            return self.env._(
                "Too close to call: as large a share came back in both groups. However "
                "many customers more, this shows no difference."
            )
        return self.env._(
            "Too close to call. If the rates stay as they are, it takes about %s "
            "customers more to tell.",
            formatLang(self.env, found.more_1 + found.more_2, digits=0),
        )


class _Group:
    """The figures of one group."""

    def __init__(self, count=0, returned=0, revenue=0, squares=0, cost=0):
        self.count = count
        self.returned = returned
        # count, sum and sum of squares of the revenue
        self.moments = (count, float(revenue or 0), float(squares or 0))
        self.total_cost = float(cost or 0)

    @property
    def rate(self):
        """The share that came back."""
        return self.returned / self.count if self.count else 0

    @property
    def mean(self):
        """Revenue per customer."""
        return self.moments[1] / self.count if self.count else 0

    @property
    def cost(self):
        """Cost per customer."""
        return self.total_cost / self.count if self.count else 0
