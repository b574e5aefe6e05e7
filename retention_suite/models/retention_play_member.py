from odoo import fields, models
from odoo.tools import SQL

GROUPS = [("treated", "Addressed"), ("left_out", "Left Out")]
STATES = [
    ("waiting", "Waits to Be Started"),
    ("running", "Running"),
    ("done", "Over"),
]


class RetentionPlayMember(models.Model):
    """One customer in one start of a play, addressed or left out.

    All of them count as they were chosen, whatever was done afterwards: else the
    two groups could not be compared.
    """

    _name = "retention.play.member"
    _inherit = ("retention.play.decide", "retention.play.return")
    _description = "Customer of a Play"
    _order = "id desc"
    _rec_name = "profile_id"

    play_id = fields.Many2one(
        "retention.play", required=True, readonly=True, ondelete="cascade"
    )
    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    user_id = fields.Many2one(related="profile_id.user_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    group = fields.Selection(GROUPS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    enlist_date = fields.Datetime(string="Chosen On", required=True, readonly=True)
    start_date = fields.Datetime(string="Started On", readonly=True)
    end_date = fields.Datetime(
        string="Watched Until",
        readonly=True,
        help="The start and the days to succeed of the play.",
    )
    case_id = fields.Many2one(
        "retention.winback",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    cost = fields.Monetary(
        readonly=True,
        help="What the offer costs for this customer: as entered in the case, else in "
        "the play, at the rate of the day of the start.",
    )
    returned_date = fields.Datetime(
        string="Came Back On",
        readonly=True,
        help="The first purchase or won opportunity after the start, in time.",
    )
    revenue = fields.Monetary(
        readonly=True, help="What the customer bought from the start on, in time."
    )

    # A customer takes part in the same play once at a time.
    _at_once_uniq = models.UniqueIndex(
        "(play_id, profile_id) WHERE state IN ('waiting', 'running')",
        "This customer takes part in the play already.",
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")
    _running_idx = models.Index("(end_date) WHERE state IN ('running', 'done')")
    _play_idx = models.Index("(play_id, enlist_date)")

    def _note_cost(self, cases):
        """Note what the offers of some cases really cost."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_play_member m
                   SET cost = COALESCE(c.offer_cost, 0), write_date = %s
                  FROM retention_winback c
                 WHERE c.id = ANY(%s) AND m.case_id = c.id AND m.play_id = c.play_id
                   AND m.group = 'treated'
                   AND m.cost IS DISTINCT FROM COALESCE(c.offer_cost, 0)
                """,
                self.env.cr.now(),
                cases.ids,
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model(["cost"])

    def _move_customer(self, source_id, target_id):
        """Have one customer take over the plays of another, which is to go. Where
        both take part in the same one, the one that stays counts."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_play_member m SET profile_id = %(target)s
                 WHERE m.profile_id = %(source)s AND (m.state = 'done' OR NOT EXISTS (
                       SELECT FROM retention_play_member o
                        WHERE o.profile_id = %(target)s AND o.play_id = m.play_id
                          AND o.state <> 'done'))
                """,
                source=source_id,
                target=target_id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE retention_play_sending SET profile_id = %s"
                " WHERE profile_id = %s",
                target_id,
                source_id,
            )
        )

    def action_open_case(self):
        """Open the case, or the customer who has none."""
        self.ensure_one()
        return (self.case_id or self.profile_id)._get_records_action()
