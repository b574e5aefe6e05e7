from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .among import among

# So long after its first purchase a customer counts as new when placed.
ONBOARDING_DAYS = 60
# The next contact is due soon.
SOON_DAYS = 7


class RetentionProfileJourney(models.AbstractModel):
    """Where a customer stands in its journey, and how it moves."""

    _name = "retention.profile.journey"
    _description = "Journey of a Customer"

    journey_stage_id = fields.Many2one(
        "retention.journey.stage",
        string="Stage",
        ondelete="restrict",
        domain="[('company_id', 'in', (company_id, False))]",
        group_expand="_group_expand_stages",
        help="Where the relationship stands. Rules move it, and so can you.",
    )
    journey_kind = fields.Selection(
        related="journey_stage_id.kind", string="Stage Kind"
    )
    journey_stage_date = fields.Datetime(string="In Stage Since", readonly=True)
    journey_keep_date = fields.Date(
        string="Keep Here Until",
        help="Rules leave the customer in this stage up to and including this day.",
    )
    journey_days = fields.Integer(
        string="Days in Stage",
        compute="_compute_journey_days",
        search="_search_journey_days",
    )
    is_silent = fields.Boolean(
        string="Silent for Too Long",
        compute="_compute_is_silent",
        search="_search_is_silent",
        help="The customer has been silent for longer than the own rhythm allows.",
    )
    won_date = fields.Datetime(
        string="Last Won",
        readonly=True,
        help="When an opportunity of the customer was last won.",
    )
    lost_date = fields.Datetime(
        string="All Lost",
        readonly=True,
        help="When the last opportunity was lost, if none was ever won and none is "
        "open.",
    )
    won_since_stage = fields.Boolean(
        string="Won since It Is in This Stage",
        compute="_compute_since_stage",
        search="_search_won_since_stage",
    )
    lost_since_stage = fields.Boolean(
        string="All Lost since It Is in This Stage",
        compute="_compute_since_stage",
        search="_search_lost_since_stage",
    )
    heard_since_stage = fields.Boolean(
        string="Heard of since It Is in This Stage",
        compute="_compute_since_stage",
        search="_search_heard_since_stage",
        help="The customer has been in personal contact by itself since then.",
    )
    contact_state = fields.Selection(
        [
            ("overdue", "Contact overdue"),
            ("soon", "Due within a week"),
            ("fine", "Fine"),
        ],
        string="Contact",
        compute="_compute_contact_state",
        search="_search_contact_state",
        help="Whether the next contact is overdue, due within a week, or neither.",
    )
    transition_ids = fields.One2many(
        "retention.journey.transition", "profile_id", string="Journey"
    )

    @api.model
    def _group_expand_stages(self, stages, domain):
        """All stages that the current companies use, each with its column."""
        return stages.search([("company_id", "in", [*self.env.companies.ids, False])])

    @api.depends("journey_stage_date", "company_id")
    def _compute_journey_days(self):
        for profile in self:
            today = profile._company_date(fields.Datetime.now())
            since = profile._company_date(profile.journey_stage_date)
            profile.journey_days = max(0, (today - since).days) if since else 0

    def _search_journey_days(self, operator, value):
        return self._search_days_since("journey_stage_date", operator, value)

    @api.depends("silent_date")
    def _compute_is_silent(self):
        today = fields.Date.context_today(self)
        for profile in self:
            silent_date = profile.silent_date
            profile.is_silent = bool(silent_date and silent_date < today)

    def _search_is_silent(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        silent = Domain("silent_date", "<", fields.Date.context_today(self))
        return silent if (True in value) == (operator == "in") else ~silent

    @api.depends("journey_stage_date", "won_date", "lost_date", "last_inbound_date")
    def _compute_since_stage(self):
        for profile in self:
            since = profile.journey_stage_date
            profile.won_since_stage = bool(
                since and profile.won_date and profile.won_date >= since
            )
            profile.lost_since_stage = bool(
                since and profile.lost_date and profile.lost_date >= since
            )
            profile.heard_since_stage = bool(
                since
                and profile.last_inbound_date
                and profile.last_inbound_date > since
            )

    @api.depends("next_contact_date")
    def _compute_contact_state(self):
        today = fields.Date.context_today(self)
        for profile in self:
            days = (
                (profile.next_contact_date - today).days
                if profile.next_contact_date
                else SOON_DAYS + 1
            )
            profile.contact_state = (
                "overdue" if days < 0 else "soon" if days <= SOON_DAYS else "fine"
            )

    def _search_contact_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        soon = fields.Date.add(today, days=SOON_DAYS)
        due = "next_contact_date"
        domains = {
            "overdue": Domain(due, "<", today),
            "soon": Domain(due, ">=", today) & Domain(due, "<=", soon),
            "fine": Domain(due, "=", False) | Domain(due, ">", soon),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let columns of customers tell how many are due, without storing it."""
        if field_expr == "contact_state":
            today = fields.Date.context_today(self)
            due = SQL.identifier(alias, "next_contact_date")
            return SQL(
                "CASE WHEN %(due)s < %(today)s THEN 'overdue'"
                " WHEN %(due)s <= %(soon)s THEN 'soon' ELSE 'fine' END",
                due=due,
                today=today,
                soon=fields.Date.add(today, days=SOON_DAYS),
            )
        return super()._field_to_sql(alias, field_expr, query)

    def _search_won_since_stage(self, operator, value):
        return self._search_since_stage("won_date", ">=", operator, value)

    def _search_lost_since_stage(self, operator, value):
        return self._search_since_stage("lost_date", ">=", operator, value)

    def _search_heard_since_stage(self, operator, value):
        return self._search_since_stage("last_inbound_date", ">", operator, value)

    def _search_since_stage(self, name, compared, operator, value):
        """Compare one moment of a customer with when its stage began."""
        if operator not in ("in", "not in"):
            return NotImplemented
        wanted = (True in value) == (operator == "in")

        def to_sql(_model, alias, _query):
            return SQL(
                "(COALESCE(%s " + compared + " %s, FALSE) = %s)",
                SQL.identifier(alias, name),
                SQL.identifier(alias, "journey_stage_date"),
                wanted,
            )

        return Domain.custom(to_sql=to_sql)

    @api.constrains("journey_stage_id", "company_id")
    def _check_stage_company(self):
        for profile in self:
            company = profile.journey_stage_id.company_id
            if company and company != profile.company_id:
                raise ValidationError(
                    self.env._(
                        "%(stage)s is a stage of %(company)s only.",
                        stage=profile.journey_stage_id.name,
                        company=company.name,
                    )
                )

    # ------------------------------------------------------------------
    # Moved by a person
    # ------------------------------------------------------------------

    def _stages_before(self, vals):
        """Return the stages of the customers that writing some values would
        move, by the customers' ids.

        :raise ValidationError: if they would be in no stage at all
        """
        if "journey_stage_id" not in vals:
            return {}
        if not vals["journey_stage_id"] and not self.env.su:
            raise ValidationError(self.env._("Choose a stage to move to."))
        return {
            profile.id: profile.journey_stage_id
            for profile in self
            if profile.journey_stage_id.id != vals["journey_stage_id"]
        }

    def _note_moves(self, old_stages, note=None):
        """Remember that a person has moved these customers.

        :param dict old_stages: the stages they were in, by their ids
        :param str note: what the person wrote
        """
        now = fields.Datetime.now()
        self.write({"journey_stage_date": now, "risk_refresh_date": now.date()})
        self.env["retention.journey.transition"].create(
            [
                {
                    "profile_id": profile.id,
                    "company_id": profile.company_id.id,
                    "from_stage_id": old_stages[profile.id].id,
                    "to_stage_id": profile.journey_stage_id.id,
                    "date": now,
                    "stage_date": now,
                    "cause": "person",
                    "user_id": self.env.uid,
                    "note": note,
                    "last_contact_date": profile.last_contact_date,
                    "rhythm_days": profile.rhythm_days,
                }
                for profile in self
            ]
        )
        if not self.env.context.get("retention_no_chase"):
            self._just_lost(old_stages)._chase()

    def action_move(self):
        """Open the dialog that moves customers and may keep them there."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_journey_move_action"
        )
        return dict(action, context={"default_profile_ids": self.ids})

    def action_record_loss(self):
        """Open the same dialog for a customer who left."""
        self.ensure_one()
        stage = self.env["retention.journey.stage"]._first_of_kind(
            "lost", self.company_id
        )
        action = self.action_move()
        action["context"]["default_stage_id"] = stage.id
        return dict(action, name=self.env._("Record Loss"))

    # ------------------------------------------------------------------
    # Placed by the history
    # ------------------------------------------------------------------

    @api.private
    def _place(self, company, ids=None):
        """Put the customers of a company that have no stage yet where their
        history says.

        :param company: one of our companies
        :param list ids: of the customers; None for all
        :return: how many were placed
        """
        self.env.flush_all()
        scope = among("p.id", ids)
        self.env.cr.execute(self._place_sql(company, scope))
        placed = self.env.cr.rowcount
        if placed:
            self.invalidate_model()
            self._adopt_lead_moves(company, scope)
        return placed

    def _place_sql(self, company, scope):
        """Place customers and note why.

        A customer has won something, or never had a lead at all; everybody
        else is a prospect, and takes over the stage that its lead was put in.
        Dormant is who has been silent for a long time, as the rules say it, too.
        """
        return SQL(
            """
            WITH stage AS (
                SELECT DISTINCT ON (kind) kind, id
                  FROM retention_journey_stage
                 WHERE active AND (company_id IS NULL OR company_id = %(company)s)
                 ORDER BY kind, sequence, id
            ), lead AS (
                SELECT DISTINCT ON (person.commercial_partner_id)
                       person.commercial_partner_id AS partner_id,
                       l.retention_own_stage_id AS stage_id
                  FROM crm_lead l
                  JOIN res_partner person ON person.id = l.partner_id
                  LEFT JOIN res_users our ON our.id = l.user_id
                 WHERE %(lead_of_company)s AND person.commercial_partner_id IN (
                       SELECT p.partner_id FROM retention_profile p
                        WHERE p.journey_stage_id IS NULL AND %(scope)s)
                 ORDER BY 1, l.retention_own_stage_id IS NULL, l.id DESC
            ), place AS (
                SELECT p.id, p.last_contact_date, p.rhythm_days, k.kind,
                       CASE WHEN k.kind = 'prospect' THEN lead.stage_id END
                           AS lead_stage_id,
                       LEAST(%(now)s, CASE k.kind
                           WHEN 'lost' THEN p.lost_date
                           WHEN 'dormant' THEN %(long_silent)s
                           WHEN 'at_risk' THEN p.silent_date
                           WHEN 'onboarding' THEN p.won_date
                           WHEN 'active' THEN COALESCE(
                                p.won_date, p.first_contact_date, p.start_date)
                           ELSE p.start_date END) AS stage_date
                  FROM retention_profile p
                  LEFT JOIN lead ON lead.partner_id = p.partner_id
                 CROSS JOIN LATERAL (SELECT CASE
                       WHEN p.lost_date IS NOT NULL THEN 'lost'
                       WHEN p.won_date IS NULL AND lead.partner_id IS NOT NULL
                       THEN 'prospect'
                       WHEN %(long_silent)s < %(day)s THEN 'dormant'
                       WHEN p.silent_date < %(now)s::date THEN 'at_risk'
                       WHEN p.won_date > %(now)s - %(onboarding)s THEN 'onboarding'
                       ELSE 'active' END AS kind) k
                 WHERE p.active AND p.company_id = %(company)s
                   AND p.journey_stage_id IS NULL AND %(scope)s
            ), placed AS (
                UPDATE retention_profile p
                   SET journey_stage_id = COALESCE(place.lead_stage_id, stage.id),
                       journey_stage_date = place.stage_date,
                       risk_refresh_date = %(today)s
                  FROM place LEFT JOIN stage ON stage.kind = place.kind
                 WHERE p.id = place.id
                   AND COALESCE(place.lead_stage_id, stage.id) IS NOT NULL
             RETURNING p.id, p.journey_stage_id, p.journey_stage_date
            )
            INSERT INTO retention_journey_transition (
                   profile_id, company_id, to_stage_id, date, stage_date, cause,
                   last_contact_date, rhythm_days, create_date, write_date)
            SELECT placed.id, %(company)s, placed.journey_stage_id, %(now)s,
                   placed.journey_stage_date, 'start', place.last_contact_date,
                   place.rhythm_days, %(now)s, %(now)s
              FROM placed JOIN place ON place.id = placed.id
            """,
            company=company.id,
            lead_of_company=self.env["crm.lead"]._retention_of_companies_sql(
                company.ids
            ),
            scope=scope,
            now=fields.Datetime.now(),
            today=fields.Date.today(),
            day=company._retention_day(fields.Datetime.now()),
            long_silent=self._long_silent_date_sql(
                lambda name: SQL.identifier("p", name), company._retention_zone()
            ),
            onboarding=SQL("interval %s", f"{ONBOARDING_DAYS} days"),
        )

    def _adopt_lead_moves(self, company, scope):
        """Take over what happened to leads before they had a customer."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_journey_transition t SET profile_id = p.id
                  FROM crm_lead l
                  JOIN res_partner person ON person.id = l.partner_id
                  JOIN retention_profile p
                    ON p.partner_id = person.commercial_partner_id
                 WHERE t.lead_id = l.id AND t.profile_id IS NULL
                   AND t.company_id = %s AND p.company_id = t.company_id AND %s
                """,
                company.id,
                scope,
            )
        )
