from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmLead(models.Model):
    _name = "crm.lead"
    # before the lead's own: it notes who has a lead before that is written
    _inherit = (
        "crm.lead.handover",
        "crm.lead.referral",
        "retention.customer.link",
        "crm.lead",
    )

    retention_profile_id = fields.Many2one(
        compute="_compute_retention_profile_id",
        search="_search_retention_profile_id",
    )
    retention_own_stage_id = fields.Many2one(
        "retention.journey.stage",
        string="Stage without a Customer",
        ondelete="restrict",
        copy=False,
        index="btree_not_null",
        groups="retention_suite.group_retention_user",
        prefetch="retention",
    )
    journey_stage_id = fields.Many2one(
        "retention.journey.stage",
        compute="_compute_journey_stage_id",
        inverse="_inverse_journey_stage_id",
        search="_search_journey_stage_id",
        groups="retention_suite.group_retention_user",
        help="Where the customer stands in its journey; the lead's own stage while it "
        "has no customer.",
    )

    journey_transition_ids = fields.One2many(
        "retention.journey.transition",
        string="Journey",
        compute="_compute_journey_transition_ids",
        groups="retention_suite.group_retention_user",
    )

    # Each run looks for what has changed lately.
    _retention_write_date_idx = models.Index("(write_date)")

    @api.depends("retention_profile_id.transition_ids")
    @api.depends_context("company", "uid")
    def _compute_journey_transition_ids(self):
        Transition = self.env["retention.journey.transition"]
        for lead in self:
            lead.journey_transition_ids = (
                lead.retention_profile_id.transition_ids
                or Transition.search([("lead_id", "in", lead.ids)])
            )

    @api.depends("retention_profile_id.journey_stage_id", "retention_own_stage_id")
    @api.depends_context("company", "uid")
    def _compute_journey_stage_id(self):
        Stage = self.env["retention.journey.stage"]
        for lead in self:
            profile = lead.retention_profile_id
            lead.journey_stage_id = (
                profile.journey_stage_id
                or lead.retention_own_stage_id
                or Stage._first_of_kind("prospect", lead.company_id or self.env.company)
            )

    def _inverse_journey_stage_id(self):
        """Move the customer, or the lead while it has none."""
        for lead in self:
            stage = lead.journey_stage_id
            profile = lead.retention_profile_id
            if profile:
                profile.journey_stage_id = stage
            elif stage != lead.retention_own_stage_id:
                lead._retention_move_lead(stage)

    def _retention_move_lead(self, stage):
        """Move a lead that has no customer yet; its customer will take it over."""
        now = fields.Datetime.now()
        company = self.company_id or self.env.company
        old_stage = self.retention_own_stage_id
        self.retention_own_stage_id = stage
        # sudo: a move is noted by whoever may make it
        self.env["retention.journey.transition"].sudo().create(
            {
                "lead_id": self.id,
                "company_id": company.id,
                "from_stage_id": old_stage.id,
                "to_stage_id": stage.id,
                "date": now,
                "stage_date": now,
                "cause": "person",
                "user_id": self.env.uid,
            }
        )

    def _search_journey_stage_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        own = [("retention_own_stage_id", "in", value)]
        prospect = self.env["retention.journey.stage"]._first_of_kind(
            "prospect", self.env.company
        )
        if prospect.id in value:
            own = ["|", ("retention_own_stage_id", "=", False), *own]
        return [
            "|",
            ("retention_profile_id.journey_stage_id", "in", value),
            "&",
            ("retention_profile_id", "=", False),
            *own,
        ]

    @api.depends("partner_id.retention_profile_id", "company_id")
    @api.depends_context("company", "uid")
    def _compute_retention_profile_id(self):
        for lead in self:
            lead.retention_profile_id = lead.partner_id.retention_profile_id

    def _search_retention_profile_id(self, operator, value):
        domain = Domain("partner_id.retention_profile_id", operator, value)
        if operator == "in" and False in value:
            domain |= Domain("partner_id", "=", False)
        return domain

    def _merge_dependences(self, opportunities):
        """What was said in a merged lead, what is to do about it, and where it
        stood go along with its messages."""
        result = super()._merge_dependences(opportunities)
        self.env.flush_all()
        # asked at once: of thousands of leads that an assignment merges, hardly
        # any has a past
        [(has_contacts, has_moves)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (SELECT FROM retention_touchpoint
                                WHERE res_model = 'crm.lead' AND res_id = ANY(%(ids)s))
                    OR EXISTS (SELECT FROM retention_alert
                                WHERE res_model = 'crm.lead' AND res_id = ANY(%(ids)s)),
                       EXISTS (SELECT FROM retention_journey_transition
                                WHERE lead_id = ANY(%(ids)s))
                """,
                ids=opportunities.ids,
            )
        )
        # sudo: who may merge leads merges what belongs to them
        if has_contacts:
            self.env["retention.touchpoint"].sudo()._move_documents(opportunities, self)
        if has_moves:
            transitions = self.env["retention.journey.transition"].sudo()
            transitions.search([("lead_id", "in", opportunities.ids)]).write(
                {"lead_id": self.id}
            )
        return result

    def write(self, vals):
        if "partner_id" in vals:
            # an id or a record, as Odoo takes both
            field = self._fields["partner_id"]
            partner_id = field.convert_to_cache(vals["partner_id"], self) or False
            self.filtered(
                lambda lead: lead.partner_id.id != partner_id
            )._retention_mark_customers()
        return super().write(vals)

    def unlink(self):
        self._retention_mark_customers()
        return super().unlink()

    def _retention_mark_customers(self):
        """Have the next run look at the customers that these leads leave."""
        partner_ids = self.partner_id.commercial_partner_id.ids
        if partner_ids:
            self.env["retention.profile"]._mark_partners(partner_ids)

    @api.model
    def _retention_company_sql(self):
        """The company that a lead ``l`` belongs to, with its customer
        ``person`` and its salesperson ``our``: its own, else its salesperson's,
        else its customer's, else the main company."""
        return SQL(
            "COALESCE(l.company_id, our.company_id, person.company_id, %s)",
            self.env["retention.touchpoint"]._main_company_id(),
        )

    @api.model
    def _retention_of_companies_sql(self, company_ids):
        """Whether a lead belongs to one of some companies; see above."""
        # its own company apart: PostgreSQL knows how many leads have which, and
        # would take the whole expression for one that hardly any fulfils
        return SQL(
            "(l.company_id = ANY(%(ids)s)"
            " OR (l.company_id IS NULL AND %(company)s = ANY(%(ids)s)))",
            ids=company_ids,
            company=self._retention_company_sql(),
        )

    def action_retention_log_contact(self):
        """Open the small dialog that logs a contact with the lead's customer."""
        self.ensure_one()
        return self.env["retention.log.contact"]._action_open_for(
            self.partner_id, document=self
        )

    def action_retention_open(self):
        """Open the customer."""
        self.ensure_one()
        return self.retention_profile_id._get_records_action()
