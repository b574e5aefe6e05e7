from odoo import fields, models
from odoo.tools import SQL

from ..models.retention_journey_stage import KINDS
from ..models.retention_referral import CHANNELS

# A customer is one of these: was won, and is not gone.
ACTIVE_KINDS = ("onboarding", "active", "ambassador", "at_risk", "recovered")


class RetentionAdvocateReport(models.Model):
    """Customers: how many recommend us, how many came by recommendation, and
    whether those are worth more and stay longer.

    One line for each customer. A share of all of them is an average of 0 and 100,
    empty for customers that it says nothing about.
    """

    _name = "retention.advocate.report"
    _description = "Advocates and Newcomers"
    _auto = False
    _order = "won_date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    stage_kind = fields.Selection(KINDS, "Stage", readonly=True)
    won_date = fields.Datetime(
        "Customer Since",
        readonly=True,
        help="When the first opportunity was won.",
    )
    origin = fields.Selection(
        [("referred", "By recommendation"), ("other", "Otherwise")],
        "How They Came",
        readonly=True,
    )
    program_id = fields.Many2one(
        "retention.referral.program",
        "Programme",
        readonly=True,
        help="By which a recommended customer came.",
    )
    referral_id = fields.Many2one(
        "retention.referral",
        "Recommendation",
        readonly=True,
        help="By which a recommended customer came.",
    )
    channel = fields.Selection(
        CHANNELS, readonly=True, help="By which a recommended customer came."
    )
    generation = fields.Integer(
        readonly=True,
        aggregator=None,
        help="1: was recommended by a customer who was not recommended. 2: by one who "
        "was, and so on.",
    )
    reason_ids = fields.Many2many(
        related="referral_id.reason_ids",
        string="Why",
        help="What a recommended customer was told about us for.",
    )
    customer_count = fields.Integer(
        "Customers",
        readonly=True,
        help="Active customers: those that were won and are neither dormant nor lost.",
    )
    advocate_count = fields.Integer(
        "Advocates",
        readonly=True,
        help="Customers who have recommended us, not counting rejected "
        "recommendations, active or not.",
    )
    advocate_share = fields.Float(
        "Advocate Rate (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Active customers who have recommended us, as a percentage of all active "
        "customers: those that were won and are neither dormant nor lost.",
    )
    referred_share = fields.Float(
        "Referred Share (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Customers who came by recommendation, as a percentage of all who were "
        "won. By month of their first win: the share of new customers.",
    )
    referral_count = fields.Float(
        "Recommendations per Advocate",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Recommendations, less rejected ones, divided by the customers who made "
        "them.",
    )
    revenue = fields.Monetary(
        "Revenue Won",
        readonly=True,
        help="Expected revenue of all opportunities that were won.",
    )
    average_revenue = fields.Monetary(
        "Revenue per Customer",
        readonly=True,
        aggregator="avg",
        help="Expected revenue of the opportunities that were won, divided by the "
        "customers of whom there are such.",
    )
    retained_share = fields.Float(
        "Still Customers (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of all customers who were ever won, the percentage of those that are "
        "neither dormant nor lost now.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            WITH given AS (
                SELECT profile_id, COUNT(*) AS count FROM retention_referral
                 WHERE state <> 'rejected' AND profile_id IS NOT NULL
                   AND is_merged IS NOT TRUE
                 GROUP BY profile_id
            ), received AS (
                -- by which each came: at most one binds
                SELECT DISTINCT ON (r.company_id, friend.commercial_partner_id)
                       r.company_id, friend.commercial_partner_id AS partner_id,
                       r.program_id, r.id AS referral_id, r.channel, r.generation,
                       LEAST(r.date, r.won_date) AS date
                  FROM retention_referral r
                  JOIN res_partner friend ON friend.id = r.partner_id
                 WHERE r.attribution = 'first' AND r.state <> 'rejected'
                 ORDER BY r.company_id, friend.commercial_partner_id, r.date, r.id
            ), won AS (
                SELECT person.commercial_partner_id AS partner_id, %(company)s
                       AS company_id, MIN(l.date_closed) AS date,
                       SUM(l.expected_revenue) AS revenue
                  FROM crm_lead l
                  JOIN res_partner person ON person.id = l.partner_id
                  LEFT JOIN res_users our ON our.id = l.user_id
                 WHERE l.won_status = 'won'
                 GROUP BY 1, 2
            )
            SELECT p.id, p.partner_id, p.user_id, p.company_id, won.date AS won_date,
                   stage.kind AS stage_kind, received.program_id, c.currency_id,
                   received.referral_id, received.channel, received.generation,
                   CASE WHEN received.partner_id IS NULL THEN 'other'
                        ELSE 'referred' END AS origin,
                   active.is_one::int AS customer_count,
                   (given.count > 0)::int AS advocate_count,
                   CASE WHEN active.is_one
                        THEN CASE WHEN given.count > 0 THEN 100 ELSE 0 END
                        END AS advocate_share,
                   CASE WHEN won.partner_id IS NOT NULL
                        THEN CASE WHEN received.partner_id IS NULL THEN 0 ELSE 100 END
                        END AS referred_share,
                   given.count::float8 AS referral_count,
                   won.revenue, won.revenue AS average_revenue,
                   CASE WHEN won.partner_id IS NOT NULL
                        THEN CASE WHEN active.is_one THEN 100 ELSE 0 END
                        END AS retained_share
              FROM retention_profile p
              JOIN res_company c ON c.id = p.company_id
              LEFT JOIN retention_journey_stage stage ON stage.id = p.journey_stage_id
             CROSS JOIN LATERAL (SELECT COALESCE(stage.kind IN %(kinds)s, FALSE)
                                        AND p.active AS is_one) active
              LEFT JOIN given ON given.profile_id = p.id
              LEFT JOIN won ON won.partner_id = p.partner_id
               AND won.company_id = p.company_id
              -- who was won before came otherwise; what was noted only after its
              -- own lead had been won still tells how they came
              LEFT JOIN received ON received.partner_id = p.partner_id
               AND received.company_id = p.company_id
               AND (won.date IS NULL OR received.date <= won.date)
            """,
            kinds=ACTIVE_KINDS,
            company=self.env["crm.lead"]._retention_company_sql(),
        )

    def action_open_customer(self):
        """Open the customer."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.profile"].browse(self.id)._get_records_action()
