from odoo import fields, models
from odoo.tools import SQL, frozendict

from .retention_advocate_report import ACTIVE_KINDS


class RetentionChurnReport(models.Model):
    """Churn by month: of the customers there were when it began, how many were lost.

    One line for each customer and month that began with it: until midnight it was in
    a stage of one of ``ACTIVE_KINDS``, by the company's calendar. New
    customers, prospects, and whoever was dormant or lost already are no part of it.
    A line says whether the customer entered a stage of the kind lost in the month, or
    else one of the kind dormant; it counts even if it came back in the same month.

    Known is what the suite has recorded: the moves between stages, by the time they
    were made, without what was taken back. So the first month is the one after the
    first run, and the past does not change when the history of a customer becomes
    known later. A customer that was put away counts until its last move.

    Churn is the mean of 0 and 100 over the lines: lost customers divided by the
    opening stock in each month, and over several months all lost ones divided by
    the sum of the stocks, which is the churn of a month on average.
    """

    _name = "retention.churn.report"
    _inherit = ("retention.customer.open",)
    _description = "Churn by Month"
    _auto = False
    _order = "month desc, left_date desc nulls last, id desc"
    _rec_name = "profile_id"
    _depends = frozendict(
        {
            "retention.journey.transition": (
                "profile_id",
                "from_stage_id",
                "to_stage_id",
                "date",
                "cause",
            ),
            "retention.journey.stage": ("kind",),
            "retention.profile": ("partner_id", "user_id", "company_id", "active"),
        }
    )

    month = fields.Date(readonly=True)
    is_over = fields.Boolean("Month Is Over", readonly=True)
    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    stage_id = fields.Many2one(
        "retention.journey.stage",
        "Stage Before",
        readonly=True,
        help="In which the customer was when the month began.",
    )
    outcome = fields.Selection(
        [("stayed", "Stayed"), ("dormant", "Fell asleep"), ("lost", "Lost")],
        readonly=True,
        help="What became of the customer in the month.",
    )
    left_date = fields.Datetime(
        "Left On", readonly=True, help="When it was lost, or fell asleep."
    )
    opening_count = fields.Integer(
        "Customers at Start",
        readonly=True,
        aggregator="avg",
        help="Customers when the month began: won, and neither dormant nor lost. New "
        "ones come in with the next month. Over several months: the mean of a month.",
    )
    lost_count = fields.Integer(
        "Lost",
        readonly=True,
        help="How many of the customers at the start of the month were lost in it.",
    )
    dormant_count = fields.Integer(
        "Fell Asleep",
        readonly=True,
        help="How many of the customers at the start of the month became dormant in "
        "it and were not lost.",
    )
    churn_share = fields.Float(
        "Churn Rate (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Lost customers, divided by the customers at the start of the month. Over "
        "several months: all lost ones, divided by the sum of the customers at the "
        "starts.",
    )
    left_share = fields.Float(
        "Lost or Asleep (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Like the churn rate, with those who fell asleep: who leaves without a "
        "word is not lost, but gone as well.",
    )

    def _read_group_select(self, aggregate_spec, query):
        """The stock of several months is that of one on average: customers do not
        add up over time."""
        if aggregate_spec != "opening_count:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "ROUND(COUNT(*)::numeric / NULLIF(COUNT(DISTINCT %s), 0))::int",
            self._field_to_sql(self._table, "month", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH today AS MATERIALIZED %(today)s, stay AS (%(stay)s), gone AS (
                -- within a month the worse of both counts
                SELECT DISTINCT ON (profile_id, month) profile_id, kind, left_date,
                       date_trunc('month', date) AS month
                  FROM stay WHERE kind IN ('dormant', 'lost')
                 ORDER BY profile_id, month, kind DESC, date
            )
            SELECT stay.profile_id::bigint * 65536 + (m.month::date - '1970-01-01')
                       AS id,
                   m.month::date, (m.month + interval '1 month')::date <= today.day
                       AS is_over,
                   stay.profile_id, p.user_id, customer.country_id, p.company_id,
                   stay.stage_id, COALESCE(gone.kind, 'stayed') AS outcome,
                   gone.left_date, 1 AS opening_count,
                   (gone.kind IS NOT DISTINCT FROM 'lost')::int AS lost_count,
                   (gone.kind IS NOT DISTINCT FROM 'dormant')::int AS dormant_count,
                   CASE WHEN gone.kind = 'lost' THEN 100 ELSE 0 END AS churn_share,
                   CASE WHEN gone.kind IS NULL THEN 0 ELSE 100 END AS left_share
              FROM stay
              JOIN retention_profile p ON p.id = stay.profile_id
              JOIN res_partner customer ON customer.id = p.partner_id
              JOIN today ON today.company_id = p.company_id
             -- the months that begin within the stay, or with its end; who was put
             -- away is gone since its last move
             CROSS JOIN LATERAL generate_series(
                   date_trunc('month', stay.date) + interval '1 month',
                   COALESCE(stay.end_date,
                            CASE WHEN p.active THEN today.day ELSE stay.date END),
                   interval '1 month') m(month)
              LEFT JOIN gone ON gone.profile_id = stay.profile_id
               AND gone.month = m.month
             WHERE stay.kind IN %(kinds)s
            """,
            today=self.env["retention.alert"]._today_sql(),
            stay=self._stay_sql(),
            kinds=ACTIVE_KINDS,
        )

    def _stay_sql(self):
        """Every stay of a customer in a stage: ``date`` and ``end_date`` by the
        calendar of the company, and when it began as it is stored."""
        return SQL(
            """
            SELECT t.profile_id, t.to_stage_id AS stage_id, stage.kind,
                   local.date, t.date AS left_date,
                   LEAD(local.date) OVER (
                       PARTITION BY t.profile_id ORDER BY t.date, t.id) AS end_date
              FROM (%s) t
              JOIN retention_journey_stage stage ON stage.id = t.to_stage_id
              JOIN retention_profile p ON p.id = t.profile_id
              JOIN res_company c ON c.id = p.company_id
              LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
             CROSS JOIN LATERAL (SELECT (t.date AT TIME ZONE 'UTC')
                   AT TIME ZONE COALESCE(cal.tz, 'UTC') AS date) local
            """,
            self.env["retention.journey.transition"]._happened_sql(),
        )
