from odoo import fields, models
from odoo.tools import SQL

from ..models.crm_lost_reason import REASON_GROUPS
from ..models.retention_winback import KINDS, RESULTS
from .retention_lost_date import LOST_DATE


class RetentionWinbackReport(models.Model):
    """The cases that are decided, and those of customers who have left while theirs
    goes on: who was lost and why, and who came back."""

    _name = "retention.winback.report"
    _description = "Win-back Analysis"
    _auto = False
    _order = "close_date desc, id desc"
    _rec_name = "profile_id"

    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    contact_user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    user_id = fields.Many2one("res.users", "Responsible", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    reason_id = fields.Many2one("crm.lost.reason", readonly=True)
    reason_group = fields.Selection(REASON_GROUPS, "Group of Reasons", readonly=True)
    preventable = fields.Selection(
        [("yes", "Preventable"), ("no", "Not preventable")],
        "Could We Have Kept Them",
        readonly=True,
    )
    competitor_id = fields.Many2one("retention.competitor", readonly=True)
    play_id = fields.Many2one("retention.play", readonly=True)
    open_date = fields.Datetime("Opened On", readonly=True)
    close_date = fields.Datetime("Closed On", readonly=True)
    lost_date = fields.Date(
        "Lost On",
        readonly=True,
        help="The last day of who cancelled, else the day on which the customer was "
        "given up. Empty if the customer was won back.",
    )
    is_rated = fields.Boolean(
        "In the Rate",
        readonly=True,
        help="The case is decided, and somebody worked it.",
    )
    won_share = fields.Float(
        "Won Back (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Cases won back, as a percentage of all that are decided. Those that "
        "nobody worked, as the customer bought again by itself, are left out.",
    )
    return_days = fields.Float(
        "Days to Return",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Days from the start of the measure, else from the opening of the case, "
        "until the customer was won back. The mean of those won back by our work.",
    )
    value = fields.Monetary(
        "Value at Stake",
        readonly=True,
        help="What the relationships were worth when the cases were opened.",
    )
    lost_value = fields.Monetary(
        "Value Lost",
        readonly=True,
        help="The value at stake of those who were lost.",
    )
    later_revenue = fields.Monetary(
        "Revenue Since",
        readonly=True,
        help="What those won back have bought from the day they came back on.",
    )
    offer_cost = fields.Monetary("Cost of Offers", readonly=True)

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        return SQL(
            """
            SELECT c.id, c.profile_id, p.user_id AS contact_user_id, c.user_id,
                   c.company_id, company.currency_id, c.kind,
                   COALESCE(c.result, 'lost') AS result, c.reason_id,
                   COALESCE(reason.retention_group, 'unknown') AS reason_group,
                   CASE WHEN reason.id IS NULL THEN NULL
                        WHEN reason.retention_preventable THEN 'yes'
                        ELSE 'no' END AS preventable,
                   c.competitor_id, c.play_id, c.open_date,
                   COALESCE(c.close_date, c.end_date) AS close_date,
                   %s AS lost_date, rated.is_rated,
                   CASE WHEN rated.is_rated
                        THEN CASE WHEN c.result = 'won' THEN 100 ELSE 0 END
                        END AS won_share,
                   CASE WHEN c.result = 'won' AND rated.is_rated
                        THEN GREATEST(0, EXTRACT(EPOCH FROM
                        c.close_date - COALESCE(c.start_date, c.open_date)) / 86400)
                        END AS return_days,
                   COALESCE(c.value, 0) AS value,
                   CASE WHEN c.result = 'won' THEN 0 ELSE COALESCE(c.value, 0) END
                        AS lost_value,
                   CASE WHEN c.result = 'won' THEN COALESCE(later.revenue, 0) ELSE 0
                        END AS later_revenue,
                   COALESCE(c.offer_cost, 0) AS offer_cost
            """,
            LOST_DATE,
        )

    def _from(self):
        # until the next case of the same customer, so that nothing counts twice
        return SQL(
            """
              FROM retention_winback c
              JOIN retention_profile p ON p.id = c.profile_id
              JOIN res_company company ON company.id = c.company_id
              LEFT JOIN resource_calendar cal ON cal.id = company.resource_calendar_id
              LEFT JOIN crm_lost_reason reason ON reason.id = c.reason_id
             CROSS JOIN LATERAL (
                   SELECT c.result IS NOT NULL AND c.is_by_itself IS NOT TRUE
                       AS is_rated) rated
              LEFT JOIN LATERAL (
                   SELECT SUM(e.amount) AS revenue FROM retention_value_event e
                    WHERE c.result = 'won' AND e.profile_id = c.profile_id
                      AND e.date >= c.close_date
                      AND e.date < COALESCE((
                          SELECT MIN(n.close_date) FROM retention_winback n
                           WHERE n.profile_id = c.profile_id AND n.result IS NOT NULL
                             AND n.close_date > c.close_date), 'infinity')
                   ) later ON TRUE
            """
        )

    def _where(self):
        return SQL("WHERE c.result IS NOT NULL OR c.has_left")

    def action_open_case(self):
        """Open the case."""
        self.ensure_one()
        return self.env["retention.winback"].browse(self.id)._get_records_action()
