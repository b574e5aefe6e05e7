from odoo import fields, models
from odoo.tools import SQL, frozendict

from ..models.retention_referral import ATTRIBUTIONS, CHANNELS, STATES


class RetentionReferralReport(models.Model):
    """What became of recommendations, how fast, and how they were thanked."""

    _name = "retention.referral.report"
    _inherit = ("retention.percentile",)
    _description = "Referral Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "referrer_id"
    _percentiles = frozendict({"median_win_days:avg": ("win_days", 0.5)})

    date = fields.Datetime("Recommended On", readonly=True)
    referrer_id = fields.Many2one("res.partner", "Recommended By", readonly=True)
    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    contact_user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    lead_id = fields.Many2one("crm.lead", readonly=True)
    lead_user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    program_id = fields.Many2one(
        "retention.referral.program", "Programme", readonly=True
    )
    channel = fields.Selection(CHANNELS, readonly=True)
    # the recommendation's own, which has the same id
    reason_ids = fields.Many2many(
        "retention.referral.reason",
        "retention_referral_reason_rel",
        "referral_id",
        "reason_id",
        string="Why",
        readonly=True,
    )
    state = fields.Selection(STATES, readonly=True)
    attribution = fields.Selection(ATTRIBUTIONS, readonly=True)
    generation = fields.Integer(readonly=True, aggregator=None)
    referral_count = fields.Integer(
        "Recommendations",
        readonly=True,
        help="Number of recommendations, rejected ones included. Doubles that came of "
        "merging do not count.",
    )
    qualified_share = fields.Float(
        "Qualified (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Recommendations that became an opportunity or left the first stage, won "
        "ones and those lost afterwards included, as a percentage of all.",
    )
    won_share = fields.Float(
        "Won (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Won recommendations as a percentage of all.",
    )
    win_days = fields.Float(
        "Average Days to Win",
        readonly=True,
        aggregator="avg",
        help="Mean of the days from the recommendation until it was won.",
    )
    median_win_days = fields.Float(
        "Median Days to Win",
        readonly=True,
        aggregator="avg",
        help="Half of the won recommendations were won within so many days: the "
        "median of all of the group, also in totals.",
    )
    thanked_share = fields.Float(
        "Thanked in Time (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Recommendations that were thanked for until they should have been, as a "
        "percentage of those that were or should have been. Rejected ones, and those "
        "of whom it is not known any more who recommended, need no thanks.",
    )
    revenue = fields.Monetary(
        "Revenue Won",
        readonly=True,
        help="Expected revenue of the opportunities that were won; of one that several "
        "recommended only once, with the recommendation that binds.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    def _select(self):
        return SQL(
            """
            SELECT r.id, r.date, r.referrer_id, r.profile_id, r.lead_id, r.company_id,
                   p.user_id AS contact_user_id, l.user_id AS lead_user_id, l.team_id,
                   r.program_id, r.channel, r.state, r.attribution, r.generation,
                   1 AS referral_count, c.currency_id,
                   CASE WHEN again.is_counted THEN 0 ELSE r.revenue END AS revenue,
                   CASE WHEN r.state IN ('qualified', 'won') OR lost.was_qualified
                        THEN 100 ELSE 0 END AS qualified_share,
                   CASE WHEN r.state = 'won' THEN 100 ELSE 0 END AS won_share,
                   won.days AS win_days, won.days AS median_win_days,
                   CASE WHEN r.thanked_date <= r.thank_due_date THEN 100
                        WHEN r.thanked_date IS NOT NULL
                          OR r.thank_due_date < today.day AND r.state <> 'rejected'
                         AND r.referrer_id IS NOT NULL THEN 0 END AS thanked_share
            """
        )

    def _from(self):
        return SQL(
            """
              FROM retention_referral r
              JOIN res_company c ON c.id = r.company_id
              -- OFFSET: once for each company, not for each recommendation
              JOIN (SELECT * FROM %(today)s t OFFSET 0) today
                ON today.company_id = r.company_id
              LEFT JOIN crm_lead l ON l.id = r.lead_id
              LEFT JOIN retention_profile p ON p.id = r.profile_id
             CROSS JOIN LATERAL (SELECT CASE WHEN r.state = 'won' THEN GREATEST(
                   EXTRACT(EPOCH FROM r.won_date - r.date) / 86400, 0)::float8
                   END AS days) won
             CROSS JOIN LATERAL (
                   -- as for those that are not lost
                   SELECT r.state = 'lost' AND EXISTS (
                          SELECT FROM crm_lead l
                            LEFT JOIN crm_stage stage ON stage.id = l.stage_id
                            LEFT JOIN (%(first)s) first
                              ON first.team_id = COALESCE(l.team_id, 0)
                           WHERE l.id = r.lead_id AND %(qualified)s)
                          AS was_qualified) lost
             CROSS JOIN LATERAL (
                   -- of a lead that several recommended, with the one that binds
                   SELECT r.attribution = 'later' AND EXISTS (
                          SELECT FROM retention_referral o
                           WHERE o.lead_id = r.lead_id AND o.attribution <> 'later'
                             AND o.company_id = r.company_id) AS is_counted) again
             WHERE r.is_merged IS NOT TRUE
            """,
            today=self.env["retention.alert"]._today_sql(),
            first=self.env["retention.referral"]._first_stages_sql(),
            qualified=self.env["retention.referral"]._qualified_sql,
        )

    def action_open_referral(self):
        """Open the recommendation."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.referral"].browse(self.id)._get_records_action()
