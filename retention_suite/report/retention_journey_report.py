from odoo import fields, models
from odoo.tools import SQL, frozendict


class RetentionJourneyReport(models.Model):
    """Every stay of a customer in a stage: since when, how long, where to next."""

    _name = "retention.journey.report"
    _inherit = ("retention.percentile",)
    _description = "Journey Analysis"
    _auto = False
    _order = "date desc"
    _rec_name = "stage_id"
    _percentiles = frozendict({"median_days:avg": ("median_days", 0.5)})

    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    stage_id = fields.Many2one("retention.journey.stage", readonly=True)
    next_stage_id = fields.Many2one(
        "retention.journey.stage",
        readonly=True,
        help="Empty while the customer is still there.",
    )
    date = fields.Datetime("In Stage Since", readonly=True)
    left_date = fields.Datetime("Left On", readonly=True)
    outcome = fields.Selection(
        [
            ("here", "Still there"),
            ("on", "Went on"),
            ("out", "Dropped out"),
        ],
        readonly=True,
        help="Dropped out: the next stage is At risk, Dormant or Lost. Went on: any "
        "other next stage.",
    )
    stay_count = fields.Integer("Stays", readonly=True)
    days = fields.Float(
        "Days in Stage (Average)",
        aggregator="avg",
        digits=(16, 1),
        readonly=True,
        help="From the first day in the stage to the day it was left, or to today.",
    )
    median_days = fields.Float(
        "Days in Stage (Median)",
        aggregator="avg",
        digits=(16, 1),
        readonly=True,
        help="Half of the stays were shorter, half longer.",
    )
    on_share = fields.Float(
        "Share That Went On (%)",
        aggregator="avg",
        digits=(16, 1),
        readonly=True,
        help="Stays that went on, divided by the stays that ended.",
    )
    out_share = fields.Float(
        "Share That Dropped Out (%)",
        aggregator="avg",
        digits=(16, 1),
        readonly=True,
        help="Stays that dropped out, divided by the stays that ended.",
    )
    user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    rule_id = fields.Many2one("retention.journey.rule", "Left by Rule", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT stay.id, stay.profile_id, stay.stage_id, stay.next_stage_id,
                   stay.date, stay.left_date, stay.rule_id, p.user_id,
                   customer.country_id, stay.company_id, o.outcome, 1 AS stay_count,
                   d.days, d.days AS median_days,
                   -- those that are still there count for neither
                   CASE o.outcome WHEN 'on' THEN 100.0 WHEN 'out' THEN 0.0 END
                       AS on_share,
                   CASE o.outcome WHEN 'out' THEN 100.0 WHEN 'on' THEN 0.0 END
                       AS out_share
              FROM (SELECT t.id, t.profile_id, t.company_id, t.to_stage_id AS stage_id,
                           t.stage_date AS date,
                           LEAD(t.to_stage_id) OVER following AS next_stage_id,
                           LEAD(t.date) OVER following AS left_date,
                           LEAD(t.rule_id) OVER following AS rule_id
                      FROM (%(happened)s) t
                    WINDOW following AS (
                           PARTITION BY t.profile_id ORDER BY t.date, t.id)) stay
              JOIN retention_profile p ON p.id = stay.profile_id
              JOIN res_partner customer ON customer.id = p.partner_id
              LEFT JOIN retention_journey_stage following
                ON following.id = stay.next_stage_id
             CROSS JOIN LATERAL (SELECT CASE
                   WHEN stay.next_stage_id IS NULL THEN 'here'
                   WHEN following.kind IN ('at_risk', 'dormant', 'lost') THEN 'out'
                   ELSE 'on' END AS outcome) o
             CROSS JOIN LATERAL (SELECT GREATEST(0, EXTRACT(EPOCH FROM
                   COALESCE(stay.left_date, %(now)s::timestamp) - stay.date) / 86400.0)
                   AS days) d
            """,
            happened=self.env["retention.journey.transition"]._happened_sql(),
            now=fields.Datetime.now(),
        )


class RetentionJourneyStock(models.Model):
    """How many customers were in which stage at the end of each month."""

    _name = "retention.journey.stock"
    _description = "Customers by Stage and Month"
    _auto = False
    _order = "date, stage_id"
    _rec_name = "stage_id"

    date = fields.Date("Month", readonly=True)
    stage_id = fields.Many2one("retention.journey.stage", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    customer_count = fields.Integer(
        "Customers",
        readonly=True,
        help="Customers in the stage at the end of the month, or today: all that have "
        "moved in, less all that have moved out. Who was put away counts until the "
        "last move.",
    )

    @property
    def _table_query(self):
        today = fields.Date.today()
        return SQL(
            """
            WITH step AS (%(step)s
            ), change AS (
                SELECT company_id, stage_id, month, SUM(change) AS change
                  FROM step GROUP BY 1, 2, 3
            ), month AS (
                SELECT generate_series(
                       (SELECT MIN(month) FROM change), %(today)s::date,
                       interval '1 month')::date AS month
            ), pair AS (
                SELECT DISTINCT company_id, stage_id FROM change
            )
            SELECT ROW_NUMBER() OVER (ORDER BY month.month, pair.stage_id,
                                      pair.company_id) AS id,
                   LEAST((month.month + interval '1 month - 1 day')::date,
                         %(today)s::date) AS date,
                   pair.stage_id, pair.company_id,
                   SUM(COALESCE(change.change, 0)) OVER (
                       PARTITION BY pair.company_id, pair.stage_id
                       ORDER BY month.month)::int AS customer_count
              FROM month CROSS JOIN pair
              LEFT JOIN change ON change.month = month.month
               AND change.stage_id = pair.stage_id
               AND change.company_id = pair.company_id
            """,
            step=self._step_sql(),
            today=today,
        )

    def _step_sql(self, scope=None):
        """By how much moves change the numbers of customers in stages, and in which
        month: ``(company_id, stage_id, change, month)``.

        A customer that was put away counts until its last move.

        :param SQL scope: of which customers, by ``t.profile_id``; None for all
        """
        return SQL(
            """
            SELECT t.company_id, t.to_stage_id AS stage_id, 1 AS change,
                   date_trunc('month', t.date)::date AS month
              FROM retention_journey_transition t
             WHERE t.profile_id IS NOT NULL AND %(scope)s
             UNION ALL
            SELECT t.company_id, t.from_stage_id, -1,
                   date_trunc('month', t.date)::date
              FROM retention_journey_transition t
             WHERE t.profile_id IS NOT NULL AND t.from_stage_id IS NOT NULL
               AND %(scope)s
             UNION ALL
            SELECT last.company_id, last.to_stage_id, -1,
                   date_trunc('month', last.date)::date
              FROM retention_profile p
             CROSS JOIN LATERAL (
                   SELECT t.* FROM retention_journey_transition t
                    WHERE t.profile_id = p.id AND %(scope)s
                    ORDER BY t.date DESC, t.id DESC LIMIT 1) last
             WHERE NOT p.active
            """,
            scope=scope or SQL("TRUE"),
        )
