from odoo import api, fields, models

STATES = [
    ("offered", "Offered"),
    ("accepted", "Accepted"),
    ("contacted", "Contacted"),
    ("succeeded", "Won"),
    ("lost", "Lost"),
    ("returned", "Returned"),
    ("taken_back", "Taken Back"),
    ("passed_on", "Passed On"),
    ("expired", "Expired"),
]


class RetentionHandover(models.Model):
    """One hand-over of a lead to a salesperson, and what became of it.

    Made whenever somebody else than the salesperson assigns a lead to them (see
    ``crm.lead``). The next hand-over of the lead is a record of its own, so
    what is written here stays.
    """

    _name = "retention.handover"
    _inherit = (
        "retention.handover.action",
        "retention.handover.fact",
        "retention.handover.life",
    )
    _description = "Hand-over of a Lead"
    _order = "offered_date desc, id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade"
    )
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        ondelete="set null",
        help="The customer of the lead, a company or a person.",
    )
    partner_id = fields.Many2one(related="lead_id.partner_id", string="Person")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    from_user_id = fields.Many2one(
        "res.users",
        string="From",
        readonly=True,
        index="btree_not_null",
        help="The salesperson until then, else who assigned it. Empty: the lead "
        "was assigned automatically.",
    )
    from_team_id = fields.Many2one("crm.team", readonly=True, ondelete="set null")
    to_user_id = fields.Many2one(
        "res.users", string="Handed To", required=True, readonly=True, index=True
    )
    to_team_id = fields.Many2one("crm.team", readonly=True, ondelete="set null")
    # Beside what becomes of a lead with its salesperson, a hand-over ends when
    # somebody else gets the lead, or when it is lost.
    state = fields.Selection(
        STATES,
        required=True,
        default="offered",
        readonly=True,
        help="Accepted: by the button, or the new salesperson wrote something in "
        "the lead, moved it to another stage, or did an activity in it.\n"
        "Contacted: a message, call or meeting of ours with the customer, other "
        "than of who handed the lead over.\n"
        "Lost: the lead was lost or archived.\n"
        "Passed On: somebody else got the lead, or it was merged.\n"
        "Expired: neither accepted nor contacted until the deadline to contact "
        "had passed for as long again.",
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    offered_date = fields.Datetime(string="Offered On", required=True, readonly=True)
    accepted_date = fields.Datetime(string="Accepted On", readonly=True)
    contacted_date = fields.Datetime(string="Contacted On", readonly=True)
    contact_lost_date = fields.Datetime(
        string="Contact Lost On",
        readonly=True,
        help="When the message that counted as the contact came back, or was "
        "deleted. From then on the customer is to be contacted again.",
    )
    closed_date = fields.Datetime(string="Ended On", readonly=True)
    accept_due_date = fields.Datetime(
        string="Accept By",
        readonly=True,
        help="In working hours of the company, as the sales team sets them.",
    )
    contact_due_date = fields.Datetime(
        string="Contact By",
        readonly=True,
        help="In working hours of the company, as the sales team sets them, "
        "counted from the offer.",
    )
    expire_due_date = fields.Datetime(
        string="Expires On",
        readonly=True,
        help="If it is neither accepted nor contacted until then, nobody waits "
        "for it any more: twice the working hours to contact.",
    )
    return_reason_id = fields.Many2one(
        "retention.return.reason", readonly=True, ondelete="restrict"
    )
    resume_date = fields.Date(
        string="Resume On",
        readonly=True,
        help="The day on which a returned lead comes up again.",
    )
    alert_ids = fields.One2many("retention.alert", "handover_id", string="To Do")
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    status_text = fields.Char(compute="_compute_status_text", string="How It Stands")

    _open_uniq = models.UniqueIndex(
        "(lead_id) WHERE closed_date IS NULL",
        "This lead is being handed over already.",
    )
    _lead_idx = models.Index("(lead_id, id)")
    _waiting_idx = models.Index(
        "(customer_id) WHERE contacted_date IS NULL"
        " AND state IN ('offered', 'accepted', 'expired')"
    )
    _contacted_idx = models.Index(
        "(customer_id) WHERE contacted_date IS NOT NULL"
        " AND (closed_date IS NULL OR state = 'expired')"
    )

    # ------------------------------------------------------------------
    # Computed
    # ------------------------------------------------------------------

    @api.depends("closed_date")
    def _compute_is_open(self):
        for handover in self:
            handover.is_open = not handover.closed_date

    def _next_due_date(self):
        """Return when the new salesperson should have done the next thing."""
        self.ensure_one()
        dates = []
        if self.state == "offered":
            dates = [self.accept_due_date, self.contact_due_date]
        elif self.state == "accepted":
            dates = [self.contact_due_date]
        return min([date for date in dates if date], default=False)

    @api.depends("state", "accept_due_date", "contact_due_date")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for handover in self:
            due_date = handover._next_due_date()
            handover.is_late = bool(due_date and due_date < now)

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            "&",
            ("closed_date", "=", False),
            "|",
            "&",
            ("state", "=", "offered"),
            ("accept_due_date", "<", "now"),
            "&",
            ("state", "in", ("offered", "accepted")),
            ("contact_due_date", "<", "now"),
        ]

    @api.depends("state", "from_user_id", "to_user_id", "resume_date")
    @api.depends_context("lang", "tz", "uid")
    def _compute_status_text(self):
        for handover in self:
            # sudo: the names of colleagues are no secret to who sees it
            handover.status_text = handover.sudo()._describe()

    def _describe(self):
        """Say in one sentence how things stand."""
        self.ensure_one()
        values = {
            "person": self.to_user_id.name,
            "offered": self._format_moment(self.offered_date),
            "accepted": self._format_moment(self.accepted_date),
            "contacted": self._format_moment(self.contacted_date),
            "closed": self._format_moment(self.closed_date),
            "accept_due": self._format_moment(self.accept_due_date),
            "contact_due": self._format_moment(self.contact_due_date),
            "reason": self.return_reason_id.name or "",
            "resume": self.env["retention.alert"]._format_day(self.resume_date),
        }
        return self._sentence() % values

    def _sentence(self):
        _ = self.env._
        if self.state == "offered":
            if self.accept_due_date:
                return _(
                    "Offered to %(person)s on %(offered)s, to accept by %(accept_due)s"
                )
            if self.contact_due_date:
                return _(
                    "Offered to %(person)s on %(offered)s, "
                    "to contact by %(contact_due)s"
                )
            return _("Offered to %(person)s on %(offered)s")
        if self.state == "accepted":
            if self.contact_due_date:
                return _(
                    "Accepted by %(person)s on %(accepted)s, "
                    "to contact by %(contact_due)s"
                )
            return _("Accepted by %(person)s on %(accepted)s")
        if self.state == "returned" and self.resume_date:
            return _("Returned by %(person)s (%(reason)s), to resume on %(resume)s")
        return {
            "contacted": _("With %(person)s, customer contacted on %(contacted)s"),
            "succeeded": _("Won by %(person)s on %(closed)s"),
            "lost": _("Lost by %(person)s on %(closed)s"),
            "returned": _("Returned by %(person)s on %(closed)s"),
            "taken_back": _("Taken back from %(person)s on %(closed)s"),
            "passed_on": _("Passed on by %(person)s on %(closed)s"),
            "expired": _("Offered to %(person)s on %(offered)s, never accepted"),
        }[self.state]

    def _format_moment(self, moment):
        """Return a moment as people say it: with its day of the week alone if
        that is near."""
        return self.env["retention.alert"]._format_moment(moment, self.company_id)
