from odoo import api, fields, models
from odoo.tools import SQL, formatLang

# With fewer customers their own history says too little: one more or less that
# stays would move the rate by more than three points.
OWN_RATE_MIN_CUSTOMERS = 30
# What a customer is worth depends on these, and on what the money is counted in.
RATES = {
    "retention_margin",
    "retention_rate",
    "retention_discount_rate",
    "currency_id",
}


class ResCompanyValue(models.AbstractModel):
    """What a customer relationship is worth, as far as it depends on the company."""

    _name = "res.company.value"
    _description = "What Customers Are Worth to a Company"

    retention_margin = fields.Float(
        string="Margin",
        default=0.3,
        digits=(4, 3),
        help="What is left of the revenue, as a share of it.",
        prefetch="retention",
    )
    retention_rate = fields.Float(
        default=0.75,
        digits=(4, 3),
        help="The share of the customers of one year who buy again in the next. It "
        "is used as long as the purchases say too little.",
        prefetch="retention",
    )
    retention_discount_rate = fields.Float(
        string="Discount Rate",
        default=0.1,
        digits=(4, 3),
        help="What money is worth less if it comes in a year later.",
        prefetch="retention",
    )
    retention_own_rate = fields.Float(
        string="Retention Rate of Own History",
        readonly=True,
        digits=(4, 3),
        help="Of the customers who bought in the year before the last twelve months, "
        "the share that bought in these, too.",
        prefetch="retention",
    )
    retention_own_rate_count = fields.Integer(
        string="Customers It Is Taken From", readonly=True, prefetch="retention"
    )
    retention_rate_basis = fields.Char(
        compute="_compute_retention_rate_basis",
        help="Which retention rate counts, and why.",
    )

    _retention_margin_is_share = models.Constraint(
        "CHECK(retention_margin BETWEEN 0 AND 1)",
        "The margin must be between 0 and 100 %.",
    )
    _retention_rate_is_share = models.Constraint(
        "CHECK(retention_rate BETWEEN 0 AND 1)",
        "The retention rate must be between 0 and 100 %.",
    )
    _retention_discount_rate_is_share = models.Constraint(
        "CHECK(retention_discount_rate > 0 AND retention_discount_rate <= 1)",
        "The discount rate must be more than 0 and at most 100 %.",
    )

    def write(self, vals):
        result = super().write(vals)
        if RATES & set(vals):
            # sudo: a reading position is nobody's; who may change rates may this
            watermark = self.env["retention.watermark"].sudo()._get("values")
            # the next run values all customers again, not only once a day
            watermark.date = False
        return result

    @api.depends("retention_rate", "retention_own_rate", "retention_own_rate_count")
    @api.depends_context("lang")
    def _compute_retention_rate_basis(self):
        for company in self:
            company.retention_rate_basis = company._retention_describe_rate()

    def _retention_describe_rate(self):
        if self._retention_uses_own_rate():
            return self.env._(
                "%(rate)s of your %(count)s customers of the year before bought again: "
                "this is what counts.",
                rate=self._retention_percent(self.retention_own_rate),
                count=self.retention_own_rate_count,
            )
        return self.env._(
            "What you enter counts: your own history has %(count)s customers of the "
            "year before, and %(needed)s are needed.",
            count=self.retention_own_rate_count,
            needed=OWN_RATE_MIN_CUSTOMERS,
        )

    def _retention_percent(self, share):
        """Return a share as people write it."""
        return self.env._("%s %%", formatLang(self.env, 100 * share, digits=0))

    def _retention_used_rate(self):
        """Return the retention rate that counts: that of the company's own history
        as soon as there is enough of it."""
        self.ensure_one()
        if self._retention_uses_own_rate():
            return self.retention_own_rate
        return self.retention_rate

    def _retention_uses_own_rate(self):
        return self.retention_own_rate_count >= OWN_RATE_MIN_CUSTOMERS

    def _retention_describe_used_rate(self):
        """Return the retention rate that counts, and where it comes from."""
        rate = self._retention_percent(self._retention_used_rate())
        if self._retention_uses_own_rate():
            return self.env._(
                "%(rate)s (own history: %(count)s customers of the year before)",
                rate=rate,
                count=self.retention_own_rate_count,
            )
        return self.env._("%s (as entered in the settings)", rate)

    @api.model
    def _retention_value_factor_sql(self, company):
        """Return what the revenue of twelve months is multiplied by.

        m·r/(1+d−r), the margin of a year m times the margin multiple of Gupta and
        Lehmann, "Customers as Assets" (Journal of Interactive Marketing 17:1, 2003):
        the present value of a margin that comes at the end of each year from a
        customer who stays with the rate r, discounted with d.

        :param SQL company: a row of ``res_company``
        """
        rate = SQL(
            "CASE WHEN %(c)s.retention_own_rate_count >= %(min)s"
            " THEN %(c)s.retention_own_rate ELSE %(c)s.retention_rate END::numeric",
            c=company,
            min=OWN_RATE_MIN_CUSTOMERS,
        )
        return SQL(
            "(%(c)s.retention_margin::numeric * %(rate)s"
            " / (1 + %(c)s.retention_discount_rate::numeric - %(rate)s))",
            c=company,
            rate=rate,
        )

    @api.model
    def _retention_measure_rates(self):
        """Take the retention rates from the purchases there are.

        :return: how many companies have another one
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_company c
                   SET retention_own_rate = n.rate, retention_own_rate_count = n.count
                  FROM (SELECT own.id, COUNT(b.again) AS count,
                               ROUND(COALESCE(AVG(b.again::int), 0), 3) AS rate
                          FROM res_company own
                          LEFT JOIN (
                               SELECT e.company_id, e.profile_id,
                                      BOOL_OR(e.date > %(year_ago)s) AS again
                                 FROM retention_value_event e
                                WHERE e.date > %(before)s AND e.date <= %(now)s
                                GROUP BY e.company_id, e.profile_id
                               HAVING BOOL_OR(e.date <= %(year_ago)s)) b
                            ON b.company_id = own.id
                         GROUP BY own.id) n
                 WHERE c.id = n.id
                   AND (COALESCE(c.retention_own_rate, 0),
                        COALESCE(c.retention_own_rate_count, 0))
                       IS DISTINCT FROM (n.rate, n.count)
                """,
                now=now,
                year_ago=fields.Datetime.subtract(now, years=1),
                before=fields.Datetime.subtract(now, years=2),
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model(
                [
                    "retention_own_rate",
                    "retention_own_rate_count",
                    "retention_rate_basis",
                ]
            )
        return self.env.cr.rowcount
