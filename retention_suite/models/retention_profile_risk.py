from odoo import api, fields, models
from odoo.tools import SQL

from .retention_risk_factor import FACTORS

# The trend is the change against so many days ago.
TREND_DAYS = 30
# Who left already, or never was a customer, cannot leave.
UNRATED_KINDS = ("prospect", "dormant", "lost")
# From half the company's threshold on, a risk is worth a look.
RISK_LEVELS = [("low", "Low"), ("medium", "Medium"), ("high", "High")]
RISK_POINTS = tuple(f"risk_{code}_points" for code, _label in FACTORS)
# What is written, in the order of the select below.
RISKS = (
    "risk_score",
    *RISK_POINTS,
    "risk_before_count",
    "risk_waiting_count",
    "risk_trend",
    "risk_level",
    "risk_high_date",
)


class RetentionProfileRisk(models.AbstractModel):
    """How likely a customer is to leave, compared with others.

    The trend needs no stored history: as the score can be had for any moment,
    the one of 30 days ago is derived from the facts of then together with
    today's. So it never compares scores of different weights.
    """

    _name = "retention.profile.risk"
    _description = "Risk of a Customer"

    risk_score = fields.Integer(
        string="Risk",
        readonly=True,
        aggregator="avg",
        help="From 0 to 100, 100 = most likely to leave: the sum of the points of its "
        "factors. A comparison between customers, no probability. Who is a prospect, "
        "dormant or lost has none.",
    )
    risk_trend = fields.Integer(
        string="Risk Change (30 Days)",
        readonly=True,
        aggregator="avg",
        help="The risk now minus that of 30 days ago, by the facts of then: more than "
        "0 is a rising risk.",
    )
    risk_level = fields.Selection(
        RISK_LEVELS,
        readonly=True,
        help="High from the number in the settings on, medium from half of it on.",
    )
    risk_high_date = fields.Datetime(
        string="At High Risk Since", readonly=True, copy=False
    )
    risk_gap_points = fields.Integer(
        string="Points: Contact Gap", readonly=True, aggregator="avg"
    )
    risk_purchase_points = fields.Integer(
        string="Points: Orders Late", readonly=True, aggregator="avg"
    )
    risk_falling_points = fields.Integer(
        string="Points: Fewer Contacts", readonly=True, aggregator="avg"
    )
    risk_answer_points = fields.Integer(
        string="Points: Answers Missing", readonly=True, aggregator="avg"
    )
    risk_handover_points = fields.Integer(
        string="Points: Hand-over Failed", readonly=True, aggregator="avg"
    )
    risk_routine_points = fields.Integer(
        string="Points: Only Payment and Service", readonly=True, aggregator="avg"
    )
    risk_before_count = fields.Integer(
        string="Contacts (90 Days Before)",
        readonly=True,
        help="Personal contacts in the 90 days before the last 90.",
    )
    risk_waiting_count = fields.Integer(
        string="Conversations without Answer",
        readonly=True,
        help="In which the customer has waited for our answer for three days or more.",
    )
    # Set to today by whatever changes what the risk is made of.
    risk_refresh_date = fields.Date(readonly=True, copy=False)

    _risk_refresh_idx = models.Index(
        "(risk_refresh_date) WHERE risk_refresh_date IS NOT NULL"
    )
    _risk_high_idx = models.Index("(risk_high_date) WHERE risk_high_date IS NOT NULL")

    @api.private
    def _refresh_risk(self, ids):
        """Derive the risk of customers from the facts there are now.

        Writes only what has changed.

        :param ids: of the customers
        :return: how many were written
        """
        if not ids:
            return 0
        self.env.flush_all()
        columns = [SQL.identifier(name) for name in RISKS]
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                WITH present AS MATERIALIZED (%(present)s
                ), past AS MATERIALIZED (%(past)s
                ), wanted AS (%(wanted)s)
                UPDATE retention_profile p
                   SET (%(columns)s, risk_refresh_date) = (%(values)s, NULL)
                  FROM wanted w
                 WHERE p.id = w.id
                   AND ((%(old)s) IS DISTINCT FROM (%(values)s)
                        OR p.risk_refresh_date IS NOT NULL)
                """,
                present=self._risk_sql(ids, now),
                past=self._risk_sql(
                    ids, fields.Datetime.subtract(now, days=TREND_DAYS)
                ),
                wanted=self._risk_wanted_sql(now),
                columns=SQL(", ").join(columns),
                values=SQL(", ").join(SQL("w.%s", column) for column in columns),
                old=SQL(", ").join(SQL("p.%s", column) for column in columns),
            )
        )
        written = self.env.cr.rowcount
        if written:
            self.env["retention.profile"].invalidate_model(
                [*RISKS, "risk_refresh_date"], flush=False
            )
        return written

    def _risk_wanted_sql(self, now):
        """What is to be stored, of the risks ``present`` and ``past``."""
        rated = [
            SQL("CASE WHEN r.rated THEN n.%(name)s ELSE 0 END AS %(name)s", name=name)
            for name in map(
                SQL.identifier,
                ("risk_score", *RISK_POINTS),
            )
        ]
        return SQL(
            """
            SELECT q.id, %(rated)s, n.risk_before_count, n.risk_waiting_count,
                   -- who was not known then has no trend
                   CASE WHEN r.rated AND (n.start_date <= %(then)s
                                          OR o.last_contact_date IS NOT NULL)
                        THEN n.risk_score - o.risk_score ELSE 0 END AS risk_trend,
                   CASE WHEN NOT r.rated THEN NULL
                        WHEN n.risk_score >= c.retention_risk_threshold THEN 'high'
                        WHEN 2 * n.risk_score >= c.retention_risk_threshold
                        THEN 'medium' ELSE 'low' END AS risk_level,
                   CASE WHEN r.rated AND n.risk_score >= c.retention_risk_threshold
                        THEN COALESCE(q.risk_high_date, %(now)s) END AS risk_high_date
              FROM retention_profile q
              JOIN present n ON n.id = q.id
              JOIN past o ON o.id = q.id
              JOIN res_company c ON c.id = q.company_id
              LEFT JOIN retention_journey_stage s ON s.id = q.journey_stage_id
             CROSS JOIN LATERAL (
                   SELECT q.active AND (s.kind IS NULL OR s.kind NOT IN %(unrated)s)
                   AS rated) r
            """,
            rated=SQL(", ").join(rated),
            now=now,
            then=fields.Datetime.subtract(now, days=TREND_DAYS),
            unrated=UNRATED_KINDS,
        )

    # ------------------------------------------------------------------
    # Whose risk a run derives
    # ------------------------------------------------------------------

    @api.private
    def _risk_ids_after(self, last_id, limit):
        """Return the customers whose turn it is in the day's pass over all.

        :param int last_id: of the last one that was looked at
        :param int limit: how many at most
        """
        return self._risk_ids(
            SQL(
                "SELECT id FROM retention_profile WHERE id > %s ORDER BY id LIMIT %s",
                last_id,
                limit,
            )
        )

    @api.private
    def _risk_marked_ids(self, limit):
        """Return customers whose contacts, purchases or stage have changed.

        :param int limit: how many at most
        """
        return self._risk_ids(
            SQL(
                # apart, so that it uses the index of those few
                "SELECT id FROM (SELECT id FROM retention_profile"
                " WHERE risk_refresh_date <= %s OFFSET 0) marked ORDER BY id LIMIT %s",
                fields.Date.today(),
                limit,
            )
        )

    @api.private
    def _risk_changed_ids(self, since):
        """Return the customers whose hand-overs have changed.

        :param datetime since: since when
        """
        return self._risk_ids(
            SQL(
                """
                SELECT DISTINCT p.id FROM retention_handover h
                  JOIN retention_profile p ON p.partner_id = h.customer_id
                   AND p.company_id = h.company_id
                 WHERE h.write_date >= %s
                """,
                since,
            )
        )

    def _risk_ids(self, query):
        return [row[0] for row in self.env.execute_query(query)]

    @api.private
    def _risk_again(self):
        """Have the next run derive the risk of all customers, not only once a
        day: because of other weights, or another threshold."""
        # sudo: a reading position is nobody's; who may change weights may this
        watermark = self.env["retention.watermark"].sudo()._get("risk")
        watermark.write({"date": False, "confirmed_id": 0})
