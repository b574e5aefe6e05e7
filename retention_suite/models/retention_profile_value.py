from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, table_exists

# So many days with purchases are needed to speak of a rhythm.
RHYTHM_MIN_PURCHASES = 3
# In the order of the select below.
VALUES = (
    "first_purchase_date",
    "last_purchase_date",
    "purchase_count",
    "purchase_revenue",
    "year_revenue",
    "average_purchase",
    "purchase_rhythm_days",
    "customer_value",
    "winback_revenue",
    "winback_value",
    "value_refresh_date",
)


class RetentionProfileValue(models.AbstractModel):
    """What a customer has bought: derived from its purchases alone."""

    _name = "retention.profile.value"
    _description = "What a Customer Has Bought"

    # of the company, see the customer itself
    currency_id = fields.Many2one("res.currency")
    value_event_ids = fields.One2many(
        "retention.value.event", "profile_id", string="What It Bought", readonly=True
    )
    first_purchase_date = fields.Datetime(string="First Purchase", readonly=True)
    last_purchase_date = fields.Datetime(
        string="Last Purchase",
        readonly=True,
        help="The newest opportunity that was won, or period of a recurring one that "
        "has begun.",
    )
    purchase_count = fields.Integer(
        string="Purchases",
        readonly=True,
        help="Opportunities that were won, and each period of recurring ones.",
    )
    purchase_revenue = fields.Monetary(
        string="Revenue in All", readonly=True, help="Sum of all purchases."
    )
    year_revenue = fields.Monetary(
        string="Revenue in 12 Months",
        readonly=True,
        help="Sum of the purchases of the last twelve months.",
    )
    average_purchase = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Revenue in all divided by the number of purchases.",
    )
    purchase_rhythm_days = fields.Float(
        string="Days between Purchases",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Median of the days between the days on which the customer bought. Known "
        "from three such days on.",
    )
    customer_value = fields.Monetary(
        readonly=True,
        help="The margin to be expected of the coming years, in money of today: "
        "m · r / (1 + d - r), with the margin of the last twelve months m, the "
        "retention rate r and the discount rate d.",
    )
    winback_revenue = fields.Monetary(
        string="Revenue of the Last Year with Purchases",
        readonly=True,
        help="Sum of the purchases of the twelve months up to and including the last "
        "one, however long ago that is.",
    )
    winback_value = fields.Monetary(
        string="Value if Won Back",
        readonly=True,
        help="What the relationship would be worth again: the formula of the customer "
        "value, m · r / (1 + d - r), with the margin m of the twelve months up to and "
        "including the last purchase, the retention rate r and the discount rate d. "
        "The customer value itself falls to nothing twelve months after the last "
        "purchase.",
    )
    customer_value_basis = fields.Char(compute="_compute_customer_value_basis")
    value_refresh_date = fields.Date(
        string="Purchases Change On",
        readonly=True,
        default=fields.Date.today,
        help="When figures of purchases change by themselves.",
    )

    _value_refresh_idx = models.Index(
        "(value_refresh_date) WHERE value_refresh_date IS NOT NULL"
    )

    def _auto_init(self):
        if not self._auto:
            return super()._auto_init()
        # the database's own default: all customers there are, and those that a run
        # adds, are looked at once
        table = SQL.identifier(self._table)
        column, default = SQL("value_refresh_date"), SQL("DEFAULT CURRENT_DATE")
        if table_exists(self.env.cr, self._table) and not column_exists(
            self.env.cr, self._table, "value_refresh_date"
        ):
            self.env.cr.execute(
                SQL("ALTER TABLE %s ADD COLUMN %s date %s", table, column, default)
            )
        result = super()._auto_init()
        self.env.cr.execute(
            SQL("ALTER TABLE %s ALTER COLUMN %s SET %s", table, column, default)
        )
        return result

    @api.depends(
        "company_id.retention_discount_rate",
        "company_id.retention_margin",
        "company_id.retention_own_rate",
        "company_id.retention_own_rate_count",
        "company_id.retention_rate",
    )
    @api.depends_context("lang")
    def _compute_customer_value_basis(self):
        for profile in self:
            # sudo: a company's rates are no secret to those who see its customers
            company = profile.company_id.sudo()
            profile.customer_value_basis = profile.env._(
                "Margin %(margin)s of the revenue of 12 months, retention rate "
                "%(rate)s, discount rate %(discount)s",
                margin=company._retention_percent(company.retention_margin),
                rate=company._retention_describe_used_rate(),
                discount=company._retention_percent(company.retention_discount_rate),
            )

    @api.private
    def _value_again(self):
        """Have customers be worth what they are by their company's rates now.

        :return: how many were written
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p
                   SET customer_value = n.value, winback_value = n.winback_value
                  FROM (SELECT q.id,
                               ROUND(COALESCE(q.year_revenue, 0) * rate.factor,
                                     rate.decimal_places) AS value,
                               ROUND(COALESCE(q.winback_revenue, 0) * rate.factor,
                                     rate.decimal_places) AS winback_value
                          FROM retention_profile q
                          JOIN (SELECT c.id, cur.decimal_places, %s AS factor
                                  FROM res_company c
                                  JOIN res_currency cur ON cur.id = c.currency_id) rate
                            ON rate.id = q.company_id) n
                 WHERE p.id = n.id
                   AND (COALESCE(p.customer_value, 0), COALESCE(p.winback_value, 0))
                       <> (n.value, n.winback_value)
                """,
                self.env["res.company"]._retention_value_factor_sql(SQL("c")),
            )
        )
        if self.env.cr.rowcount:
            self.env["retention.profile"].invalidate_model(
                ["customer_value", "winback_value"]
            )
        return self.env.cr.rowcount

    @api.private
    def _refresh_value(self, ids):
        """Have the purchases of some customers, and what is derived from them, be as
        Odoo's records tell.

        :param list ids: of the customers
        :return: how many were written
        """
        changed_ids = self.env["retention.value.event"]._sync(ids)
        return self._measure_value(list({*ids, *changed_ids}))

    @api.private
    def _measure_value(self, ids):
        """Derive what customers show of their purchases.

        :param list ids: of the customers
        :return: how many were written
        """
        if not ids:
            return 0
        self.env.flush_all()
        columns = [SQL.identifier(name) for name in VALUES]
        self.env.cr.execute(
            SQL(
                """
                WITH %(facts)s, measured AS (%(measured)s)
                UPDATE retention_profile p
                   SET (%(columns)s) = (%(values)s), risk_refresh_date = %(today)s
                  FROM measured m
                 WHERE p.id = m.id AND (%(old)s) IS DISTINCT FROM (%(values)s)
                """,
                facts=self.env["retention.value.event"]._facts_sql(ids),
                today=fields.Date.today(),
                measured=self._value_sql(fields.Datetime.now()),
                columns=SQL(", ").join(columns),
                values=SQL(", ").join(SQL("m.%s", column) for column in columns),
                old=SQL(", ").join(SQL("p.%s", column) for column in columns),
            )
        )
        written = self.env.cr.rowcount
        if written:
            self.env["retention.profile"].invalidate_model(VALUES)
        return written

    def _value_sql(self, moment):
        """The figures of the customers in ``scope``, as of a moment.

        They change by themselves when the oldest purchase of the last twelve months
        becomes older, and when the next period of a recurring one begins. What a
        customer would be worth again changes with its purchases only.
        """
        year_ago = SQL("(%s::timestamp - interval '1 year')", moment)
        return SQL(
            """
            SELECT scope.id, s.first_purchase_date, s.last_purchase_date,
                   COALESCE(s.purchase_count, 0) AS purchase_count,
                   COALESCE(s.purchase_revenue, 0) AS purchase_revenue,
                   COALESCE(s.year_revenue, 0) AS year_revenue,
                   COALESCE(s.average_purchase, 0) AS average_purchase,
                   s.purchase_rhythm_days,
                   ROUND(COALESCE(s.year_revenue, 0) * scope.value_factor,
                         scope.decimal_places) AS customer_value,
                   COALESCE(s.winback_revenue, 0) AS winback_revenue,
                   ROUND(COALESCE(s.winback_revenue, 0) * scope.value_factor,
                         scope.decimal_places) AS winback_value,
                   -- the day after, when it is so all day
                   LEAST((s.oldest_date + interval '1 year')::date, c.date::date) + 1
                   AS value_refresh_date
              FROM scope
              LEFT JOIN (
                   SELECT profile_id, MIN(date) AS date FROM fact
                    WHERE date > %(moment)s GROUP BY profile_id) c
                ON c.profile_id = scope.id
              LEFT JOIN (
                   SELECT e.profile_id, MIN(e.date) AS first_purchase_date,
                          MAX(e.date) AS last_purchase_date,
                          COUNT(*) AS purchase_count, SUM(e.amount) AS purchase_revenue,
                          SUM(e.amount) FILTER (WHERE e.date > %(year_ago)s)
                              AS year_revenue,
                          SUM(e.amount) FILTER (
                              WHERE e.date > e.last_date - interval '1 year')
                              AS winback_revenue,
                          AVG(e.amount) AS average_purchase,
                          CASE WHEN COUNT(e.gap) >= %(gaps)s
                               THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY e.gap)
                          END AS purchase_rhythm_days,
                          MIN(e.date) FILTER (WHERE e.date > %(year_ago)s)
                              AS oldest_date
                     FROM (SELECT v.profile_id, v.date, v.amount, NULLIF(
                                  v.date::date - LAG(v.date::date) OVER (
                                  PARTITION BY v.profile_id ORDER BY v.date), 0) AS gap,
                                  MAX(v.date) OVER (PARTITION BY v.profile_id)
                                      AS last_date
                             FROM retention_value_event v
                             JOIN scope ON scope.id = v.profile_id
                            WHERE v.date <= %(moment)s) e
                    GROUP BY e.profile_id) s ON s.profile_id = scope.id
            """,
            moment=moment,
            year_ago=year_ago,
            gaps=RHYTHM_MIN_PURCHASES - 1,
        )

    @api.private
    def _value_due_ids(self, limit):
        """Return customers whose figures of purchases change by themselves.

        :param int limit: how many at most
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM retention_profile WHERE value_refresh_date <= %s"
                " ORDER BY id LIMIT %s",
                fields.Date.today(),
                limit,
            )
        )
        return [row[0] for row in rows]

    @api.private
    def _value_changed_ids(self, since):
        """Return the customers who may have bought, or not bought after all.

        :param datetime since: since when
        """
        rows = self.env.execute_query(
            SQL(
                """
                -- apart, to look through the leads only once
                WITH lead AS MATERIALIZED (
                    SELECT id, partner_id, won_status FROM crm_lead
                     WHERE write_date >= %(since)s)
                SELECT p.id FROM lead l
                  JOIN res_partner person ON person.id = l.partner_id
                  JOIN retention_profile p
                    ON p.partner_id = person.commercial_partner_id
                 WHERE l.won_status = 'won'
                 UNION
                SELECT e.profile_id FROM lead l
                  JOIN retention_value_event e
                    ON e.res_model = 'crm.lead' AND e.res_id = l.id
                 UNION
                -- who was lost, or came back, buys otherwise by itself, if at all
                SELECT t.profile_id FROM retention_journey_transition t
                  JOIN retention_journey_stage s
                    ON s.id IN (t.from_stage_id, t.to_stage_id)
                  JOIN retention_value_event e
                    ON e.profile_id = t.profile_id AND e.kind = 'recurring'
                 WHERE t.date >= %(since)s AND s.kind = 'lost'
                """,
                since=since,
            )
        )
        return [row[0] for row in rows]
