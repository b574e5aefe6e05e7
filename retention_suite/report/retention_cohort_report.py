from odoo import fields, models
from odoo.tools import SQL, frozendict

# How many months a cohort is followed: three years, which is wider than a screen.
COHORT_MONTHS = 36


class RetentionCohortReport(models.Model):
    """Cohorts: of the customers who first bought in a month, how many still bought
    one, two, three … months later.

    One line for each customer and each month from that of its first purchase (month
    0) on, as far as the months are over, by the company's calendar. Still buying
    after n months means: there is a purchase in the n-th month after the first. So a
    customer may be missing in one month and there again in the next.

    The share is the mean of 0 and 100 over the lines: buyers divided by the customers
    of those cohorts whose n-th month is over. Over several n there is none.
    """

    _name = "retention.cohort.report"
    _inherit = ("retention.customer.open",)
    _description = "Cohorts of Customers"
    _auto = False
    _order = "cohort_month desc, month_number, has_bought desc, id desc"
    _rec_name = "profile_id"
    _depends = frozendict(
        {
            "retention.value.event": ("profile_id", "date", "amount"),
            "retention.profile": ("partner_id", "user_id", "company_id"),
        }
    )

    cohort_month = fields.Date("Month of First Purchase", readonly=True)
    month_number = fields.Integer(
        "Months After",
        readonly=True,
        aggregator=None,
        help="How many months after that of the first purchase.",
    )
    month = fields.Date(readonly=True, help="The month that is looked at.")
    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    has_bought = fields.Boolean("Bought", readonly=True)
    customer_count = fields.Integer(
        "Customers",
        readonly=True,
        help="Customers who first bought then and whose month is over.",
    )
    buyer_count = fields.Integer(
        "Buyers",
        readonly=True,
        help="How many of them bought in the month.",
    )
    bought_share = fields.Float(
        "Still Buying (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Customers who bought in that month, divided by all whose first purchase "
        "was so many months before. Empty where several months are put together.",
    )
    revenue = fields.Monetary(readonly=True, help="What they bought in the month.")
    currency_id = fields.Many2one("res.currency", readonly=True)

    def _read_group_select(self, aggregate_spec, query):
        """Customers do not add up over months, and shares of different months after
        the first purchase have no mean that says anything."""
        if aggregate_spec in ("customer_count:sum", "buyer_count:sum"):
            return SQL(
                "COUNT(DISTINCT %s) FILTER (WHERE %s > 0)",
                self._field_to_sql(self._table, "profile_id", query),
                self._field_to_sql(
                    self._table, aggregate_spec.removesuffix(":sum"), query
                ),
            )
        share = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "bought_share:avg":
            return share
        number = self._field_to_sql(self._table, "month_number", query)
        return SQL(
            "CASE WHEN MIN(%(number)s) = MAX(%(number)s) THEN %(share)s END",
            number=number,
            share=share,
        )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH today AS MATERIALIZED %(today)s
            SELECT p.id::bigint * 1024 + n.number AS id, first.month AS cohort_month,
                   n.number AS month_number, n.month, p.id AS profile_id, p.user_id,
                   customer.country_id, p.company_id,
                   n.amount IS NOT NULL AS has_bought, 1 AS customer_count,
                   (n.amount IS NOT NULL)::int AS buyer_count,
                   CASE WHEN n.amount IS NULL THEN 0 ELSE 100 END AS bought_share,
                   n.amount AS revenue, c.currency_id
              FROM retention_profile p
              JOIN res_partner customer ON customer.id = p.partner_id
              JOIN res_company c ON c.id = p.company_id
              JOIN today ON today.company_id = p.company_id
              LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
             -- customer by customer by the index, so that only those are looked at
             -- whom a filter leaves
             CROSS JOIN LATERAL (
                   SELECT e.date FROM retention_value_event e
                    WHERE e.profile_id = p.id ORDER BY e.date LIMIT 1) begun
             CROSS JOIN LATERAL (SELECT %(first_month)s AS month) first
             CROSS JOIN LATERAL (
                   SELECT m.ordinal::int - 1 AS number, m.month::date, bought.amount
                     -- until the month before today's
                     FROM generate_series(
                          first.month::timestamp,
                          LEAST(date_trunc('month', today.day::timestamp)
                                    - interval '1 month',
                                first.month + make_interval(months => %(last)s)),
                          interval '1 month') WITH ORDINALITY m(month, ordinal)
                     LEFT JOIN (
                          SELECT %(month)s AS month, SUM(e.amount) AS amount
                            FROM retention_value_event e
                           WHERE e.profile_id = p.id GROUP BY 1) bought
                       ON bought.month = m.month) n
            """,
            today=self.env["retention.alert"]._today_sql(),
            last=COHORT_MONTHS,
            first_month=self._month_sql(SQL("begun.date")),
            month=self._month_sql(SQL("e.date")),
        )

    def _month_sql(self, moment):
        """The first day of the month of a moment, by the company's calendar ``cal``."""
        return SQL(
            """
            date_trunc('month', (%s AT TIME ZONE 'UTC')
                       AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date
            """,
            moment,
        )
