from odoo import fields, models
from odoo.tools import SQL

from ..models.crm_lost_reason import REASON_GROUPS
from .retention_lost_date import LOST_DATE


class RetentionLossReport(models.Model):
    """Why customers were lost in the last twelve months, the dearest reason first.

    Whoever has left counts, though somebody may still work the case. Each line says
    how much it and those above it make up (Pareto).
    """

    _name = "retention.loss.report"
    _description = "Reasons for Losses"
    _auto = False
    _order = "company_id, value desc, customer_count desc, id"
    _rec_name = "reason_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    reason_id = fields.Many2one("crm.lost.reason", readonly=True)
    reason_group = fields.Selection(REASON_GROUPS, "Group", readonly=True)
    is_preventable = fields.Boolean("Preventable", readonly=True)
    customer_count = fields.Integer("Customers Lost", readonly=True)
    value = fields.Monetary(
        "Value Lost",
        readonly=True,
        help="What the relationships would have been worth again when the cases were "
        "opened.",
    )
    share = fields.Float(
        "Share (%)",
        readonly=True,
        aggregator=None,
        digits=(16, 1),
        help="Of the value that the company lost in twelve months.",
    )
    cumulated_share = fields.Float(
        "Summed Up (%)",
        readonly=True,
        aggregator=None,
        digits=(16, 1),
        help="The shares of this reason and all dearer ones together: whoever removes "
        "these removes so much of the losses.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(c.id) AS id, c.company_id, company.currency_id, c.reason_id,
                   COALESCE(reason.retention_group, 'unknown') AS reason_group,
                   reason.retention_preventable AS is_preventable,
                   COUNT(*) AS customer_count, SUM(COALESCE(c.value, 0)) AS value,
                   100 * SUM(COALESCE(c.value, 0))
                       / NULLIF(SUM(SUM(COALESCE(c.value, 0))) OVER company_all, 0)
                       AS share,
                   100 * SUM(SUM(COALESCE(c.value, 0))) OVER dearer
                       / NULLIF(SUM(SUM(COALESCE(c.value, 0))) OVER company_all, 0)
                       AS cumulated_share
              FROM retention_winback c
              JOIN res_company company ON company.id = c.company_id
              LEFT JOIN resource_calendar cal ON cal.id = company.resource_calendar_id
              LEFT JOIN crm_lost_reason reason ON reason.id = c.reason_id
             WHERE %(lost_date)s >= %(since)s
             GROUP BY c.company_id, company.currency_id, c.reason_id, reason.id
            WINDOW company_all AS (PARTITION BY c.company_id),
                   dearer AS (PARTITION BY c.company_id
                       ORDER BY SUM(COALESCE(c.value, 0)) DESC, COUNT(*) DESC,
                                MIN(c.id)
                       ROWS UNBOUNDED PRECEDING)
            """,
            lost_date=LOST_DATE,
            since=fields.Date.subtract(fields.Date.today(), years=1),
        )

    def action_open_cases(self):
        """Open the cases behind the line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_winback_report_action_loss"
        )
        action["domain"] = [
            ("result", "=", "lost"),
            ("company_id", "=", self.company_id.id),
            ("reason_id", "=", self.reason_id.id),
        ]
        action["views"] = [(False, "list"), (False, "pivot"), (False, "graph")]
        return action
