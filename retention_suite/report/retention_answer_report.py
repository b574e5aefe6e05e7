from odoo import fields, models
from odoo.tools import SQL, frozendict


class RetentionAnswerReport(models.Model):
    """The messages that needed an answer, to see how well they were answered.

    Several messages in a row are one line, that of the first.
    """

    _name = "retention.answer.report"
    _inherit = ("retention.percentile",)
    _description = "Answer Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _percentiles = frozendict(
        {
            "median_hours:avg": ("response_hours", 0.5),
            "ninetieth_hours:avg": ("response_hours", 0.9),
        }
    )

    date = fields.Datetime("Message of", readonly=True)
    profile_id = fields.Many2one("retention.profile", "Customer", readonly=True)
    partner_id = fields.Many2one("res.partner", "Person", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Our Person",
        readonly=True,
        help="Who answered; before that, who is responsible for the document or, "
        "without anybody, for the customer.",
    )
    contact_user_id = fields.Many2one("res.users", "Contact Person", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    model_id = fields.Many2one("ir.model", "Document", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(
        [
            ("in_time", "Answered in time"),
            ("late", "Answered late"),
            ("waiting", "Waiting"),
            ("overdue", "Waiting, overdue"),
        ],
        readonly=True,
    )
    due_date = fields.Datetime("Answer Due", readonly=True)
    answered_date = fields.Datetime("Answered On", readonly=True)
    answered_share = fields.Float(
        "Answered (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Answered messages, as a percentage of all messages.",
    )
    in_time_share = fields.Float(
        "Answered in Time (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Messages answered before they were due, as a percentage of those that "
        "are answered or overdue: what still has time counts as neither.",
    )
    response_hours = fields.Float(
        "Average Response Time (Hours)",
        readonly=True,
        aggregator="avg",
        help="Mean of the working hours from message to answer, of those answered.",
    )
    median_hours = fields.Float(
        "Median Response Time (Hours)",
        readonly=True,
        aggregator="avg",
        help="Half of the answered messages were answered within so many working "
        "hours: the median of all response times of the group, also in totals.",
    )
    ninetieth_hours = fields.Float(
        "Response Time of 90 % (Hours)",
        readonly=True,
        aggregator="avg",
        help="Nine in ten answered messages were answered within so many working "
        "hours: the 90th percentile of all response times of the group, between two "
        "of them in proportion.",
    )

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT t.id, t.date, t.profile_id, t.partner_id, t.team_id, t.company_id,
                   p.user_id AS contact_user_id,
                   COALESCE(t.answer_user_id, t.user_id, p.user_id) AS user_id,
                   model.id AS model_id, t.answer_due_date AS due_date,
                   t.answered_date,
                   CASE WHEN t.answered_date <= t.answer_due_date THEN 'in_time'
                        WHEN t.answered_date IS NOT NULL THEN 'late'
                        WHEN t.answer_due_date < %(now)s THEN 'overdue'
                        ELSE 'waiting' END AS state,
                   CASE WHEN t.answered_date IS NULL THEN 0 ELSE 100 END
                        AS answered_share,
                   CASE WHEN t.answered_date <= t.answer_due_date THEN 100
                        WHEN t.answered_date IS NOT NULL
                          OR t.answer_due_date < %(now)s THEN 0 END AS in_time_share,
                   t.response_hours, t.response_hours AS median_hours,
                   t.response_hours AS ninetieth_hours
            """,
            now=now,
        )

    def _from(self):
        return SQL(
            """
              FROM retention_touchpoint t
              LEFT JOIN retention_profile p ON p.id = t.profile_id
              LEFT JOIN ir_model model ON model.model = t.res_model
            """
        )

    def _where(self):
        return SQL("WHERE t.needs_answer")

    def action_open_document(self):
        """Open what the message belongs to."""
        self.ensure_one()
        return self.env["retention.touchpoint"].browse(self.id).action_open_document()
