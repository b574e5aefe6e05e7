from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

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
# Somebody has the lead and works on it, or should.
OPEN_STATES = ("offered", "accepted", "contacted")


class RetentionHandover(models.Model):
    """One hand-over of a lead to a salesperson, and what became of it.

    Made whenever somebody else than the salesperson assigns a lead to them (see
    ``crm.lead``). The next hand-over of the lead is a record of its own, so
    what is written here stays.
    """

    _name = "retention.handover"
    _inherit = (
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
        "res.users", string="To", required=True, readonly=True, index=True
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
    status_text = fields.Char(compute="_compute_status_text", string="What Is Up")
    may_accept = fields.Boolean(compute="_compute_may")
    may_return = fields.Boolean(compute="_compute_may")
    may_take_back = fields.Boolean(compute="_compute_may")
    may_pass_on = fields.Boolean(compute="_compute_may")

    _open_uniq = models.UniqueIndex(
        "(lead_id) WHERE closed_date IS NULL",
        "This lead is being handed over already.",
    )
    _lead_idx = models.Index("(lead_id, id)")
    _waiting_idx = models.Index(
        "(customer_id) WHERE contacted_date IS NULL"
        " AND state IN ('offered', 'accepted', 'expired')"
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

    @api.depends("state", "from_user_id", "to_user_id", "from_team_id")
    @api.depends_context("uid")
    def _compute_may(self):
        for handover in self:
            receives = handover._may_receive()
            gives = handover._may_give()
            is_here = handover._is_here()
            handover.may_accept = handover.state == "offered" and receives
            handover.may_return = handover.is_open and receives
            handover.may_take_back = is_here and gives
            handover.may_pass_on = is_here and (gives or receives)

    def _may_receive(self):
        """Whether the current user may act as who receives the lead."""
        return self.to_user_id == self.env.user or self._is_manager()

    def _may_give(self):
        """Whether the current user may act as who hands the lead over."""
        # sudo: who leads a team is nobody's secret
        givers = self.from_user_id or self.sudo().from_team_id.user_id
        return self.env.user in givers or self._is_manager()

    def _is_manager(self):
        return self.env.su or self.env.user.has_group(
            "retention_suite.group_retention_manager"
        )

    def _is_here(self):
        """Whether the lead is still with the one it was handed over to."""
        self.ensure_one()
        if self.is_open:
            return True
        # sudo: the giver may have no right to see the lead any more
        lead = self.sudo().lead_id
        return (
            self.state == "expired"
            and lead.user_id == self.to_user_id
            and self == lead._retention_last_handover()
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def _check_may(self, permission, refusal):
        """
        :param str permission: name of the field that says so
        :param str refusal: what the user reads otherwise
        :raise UserError: if one has ended already
        :raise AccessError: if the user has no part in one
        """
        self.check_access("read")
        for handover in self:
            if not handover._is_here():
                raise UserError(
                    self.env._(
                        "The hand-over of %s has ended already. Reload the page to "
                        "see who has the lead now.",
                        handover.sudo().lead_id.display_name,
                    )
                )
            if not handover[permission]:
                raise AccessError(refusal)

    def action_accept(self):
        """Take over the leads that were offered to the current user."""
        offered = self.filtered(lambda h: h.state == "offered")
        for handover in self - offered:
            if handover.state not in OPEN_STATES:
                handover._check_may("may_accept", "")
        offered._check_may(
            "may_accept",
            self.env._("Only the new salesperson can accept a lead."),
        )
        # sudo: the state of a hand-over is changed by its own steps only
        offered.sudo()._accept()

    def action_return(self):
        """Open the dialog that asks why, and when it is time to try again."""
        self._check_may(
            "may_return", self.env._("Only the salesperson can return a lead.")
        )
        return self._action_dialog("retention_handover_return_action")

    def action_take_back(self):
        """Give the leads back to who handed them over."""
        self._check_may(
            "may_take_back",
            self.env._("Only who handed a lead over can take it back."),
        )
        # sudo: who handed it over may have no right to the lead any more; that
        # they may take it back was checked
        for handover in self.sudo():
            lead = handover.lead_id
            handover._close_as("taken_back")
            lead.write(
                {
                    "user_id": handover.from_user_id.id,
                    "team_id": (handover.from_team_id or lead.team_id).id,
                }
            )
        self.env["crm.lead"]._retention_settle()

    def action_pass_on(self):
        """Open the dialog that asks to whom."""
        self._check_may(
            "may_pass_on",
            self.env._("Only those who hand a lead over can pass it on."),
        )
        action = self._action_dialog("retention_handover_pass_action")
        return dict(action, name=self.env._("Pass On"))

    def action_help(self):
        """Write to the new salesperson, within the lead."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the name of a lead that one handed over is no secret
        lead = self.sudo().lead_id
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Write to %s", self.to_user_id.name),
            "context": {
                "default_model": "res.partner",
                "default_res_ids": self.to_user_id.partner_id.ids,
                "default_partner_ids": self.to_user_id.partner_id.ids,
                "default_subject": self.env._("Can I help? %s", lead.name),
                "default_composition_mode": "comment",
            },
        }

    def action_open_lead(self):
        """Open the lead."""
        self.ensure_one()
        self.check_access("read")
        return self.lead_id._get_records_action()

    def _action_dialog(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"retention_suite.{name}"
        )
        return dict(action, context={"default_handover_ids": self.ids})
