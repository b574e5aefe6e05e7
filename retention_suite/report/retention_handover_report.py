from odoo import fields, models
from odoo.tools import SQL

from ..models.retention_handover import STATES


class RetentionHandoverReport(models.Model):
    """What became of leads that were handed over, and how fast."""

    _name = "retention.handover.report"
    _description = "Hand-over Analysis"
    _auto = False
    _order = "date desc"
    _rec_name = "lead_id"

    date = fields.Datetime("Offered On", readonly=True)
    lead_id = fields.Many2one("crm.lead", readonly=True)
    customer_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    from_user_id = fields.Many2one("res.users", "From", readonly=True)
    from_team_id = fields.Many2one("crm.team", readonly=True)
    to_user_id = fields.Many2one("res.users", "Handed To", readonly=True)
    to_team_id = fields.Many2one("crm.team", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    return_reason_id = fields.Many2one("retention.return.reason", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    offered_count = fields.Integer("Offered", readonly=True)
    accepted_count = fields.Integer(
        "Accepted", readonly=True, help="Accepted at some time, whatever came then."
    )
    contacted_count = fields.Integer(
        "Contacted",
        readonly=True,
        help="The customer was contacted at some time, whatever came then.",
    )
    succeeded_count = fields.Integer("Won", readonly=True)
    lost_count = fields.Integer("Lost", readonly=True)
    returned_count = fields.Integer("Returned", readonly=True)
    expired_count = fields.Integer("Expired", readonly=True)
    late_count = fields.Integer(
        "Too Late",
        readonly=True,
        help="Accepted or contacted after the deadline, or not at all.",
    )
    accept_hours = fields.Float(
        "Clock Hours to Accept",
        readonly=True,
        aggregator="avg",
        help="From the offer, around the clock.",
    )
    contact_hours = fields.Float(
        "Clock Hours to Contact",
        readonly=True,
        aggregator="avg",
        help="From the offer, around the clock.",
    )
    close_hours = fields.Float(
        "Clock Hours to the End",
        readonly=True,
        aggregator="avg",
        help="From the offer until it was won, lost, returned or went to somebody "
        "else, around the clock.",
    )

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    def _select(self):
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT h.id, h.offered_date AS date, h.lead_id, h.customer_id,
                   h.company_id, h.from_user_id, h.from_team_id, h.to_user_id,
                   h.to_team_id, l.source_id, l.medium_id, l.campaign_id,
                   h.return_reason_id, h.state, 1 AS offered_count,
                   (h.accepted_date IS NOT NULL)::int AS accepted_count,
                   (h.contacted_date IS NOT NULL)::int AS contacted_count,
                   (h.state = 'succeeded')::int AS succeeded_count,
                   (h.state = 'lost')::int AS lost_count,
                   (h.state = 'returned')::int AS returned_count,
                   (h.state = 'expired')::int AS expired_count,
                   COALESCE(COALESCE(h.accepted_date, h.closed_date, %(now)s)
                            > h.accept_due_date
                         OR COALESCE(h.contacted_date, h.closed_date, %(now)s)
                            > h.contact_due_date, FALSE)::int AS late_count,
                   %(accept)s AS accept_hours, %(contact)s AS contact_hours,
                   %(close)s AS close_hours
            """,
            now=now,
            accept=self._hours_sql("accepted_date"),
            contact=self._hours_sql("contacted_date"),
            close=self._hours_sql("closed_date"),
        )

    def _hours_sql(self, name):
        return SQL(
            "(EXTRACT(EPOCH FROM h.%s - h.offered_date) / 3600)::float8",
            SQL.identifier(name),
        )

    def _from(self):
        return SQL(" FROM retention_handover h JOIN crm_lead l ON l.id = h.lead_id")

    def action_open_lead(self):
        """Open the lead."""
        self.ensure_one()
        return self.env["retention.handover"].browse(self.id).action_open_lead()
