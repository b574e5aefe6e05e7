from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CurrentStage(fields.Many2one):
    """The stage that the current company has a contact in.

    It is not stored, yet contacts can be grouped and sorted by it. A field that
    knows its SQL costs nothing where others are read, unlike a method of the
    model that is asked for each of them.
    """

    def to_sql(self, model, alias):
        # what one may not see is in no stage
        profiles = model.env["retention.profile"]._search(
            [("company_id", "=", model.env.company.id)]
        )
        return SQL(
            "(SELECT %(profile)s.journey_stage_id FROM %(profiles)s %(profile)s"
            " WHERE %(profile)s.partner_id = %(customer)s)",
            profiles=profiles.subselect("partner_id", "journey_stage_id"),
            profile=SQL.identifier(f"{alias}__profile"),
            customer=SQL.identifier(alias, "commercial_partner_id"),
        )


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ("res.partner.recommend", "retention.customer.link", "res.partner")

    retention_profile_ids = fields.One2many(
        "retention.profile",
        "partner_id",
        string="Customer Relationships",
        groups="retention_suite.group_retention_user",
    )
    retention_profile_id = fields.Many2one(
        compute="_compute_retention_profile_id",
        search="_search_retention_profile_id",
        help="What the current company knows about this contact's company.",
    )
    journey_stage_id = CurrentStage(
        "retention.journey.stage",
        compute="_compute_journey_stage_id",
        search="_search_journey_stage_id",
        groups="retention_suite.group_retention_user",
        help="Where the customer stands for the current company.",
    )
    retention_has_lead = fields.Boolean(
        string="Has or Had a Lead",
        compute="_compute_retention_has_lead",
        search="_search_retention_has_lead",
        groups="retention_suite.group_retention_user",
        help="There is or was a lead or opportunity for this contact's company.",
    )

    # Each run looks for what has changed lately.
    _retention_write_date_idx = models.Index("(write_date)")

    # ------------------------------------------------------------------
    # Computed
    # ------------------------------------------------------------------

    @api.depends("commercial_partner_id", "retention_profile_ids")
    @api.depends_context("company", "uid")
    def _compute_retention_profile_id(self):
        profiles = self.env["retention.profile"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_partner = {profile.partner_id.id: profile for profile in profiles}
        for partner in self:
            partner.retention_profile_id = by_partner.get(
                partner.commercial_partner_id.id
            )

    @api.depends("retention_profile_id.journey_stage_id")
    @api.depends_context("company", "uid")
    def _compute_journey_stage_id(self):
        for partner in self:
            partner.journey_stage_id = partner.retention_profile_id.journey_stage_id

    def _search_journey_stage_id(self, operator, value):
        return [("retention_profile_id.journey_stage_id", operator, value)]

    def _search_retention_profile_id(self, operator, value):
        """Search the contacts by what the current company knows of them."""
        current = Domain("company_id", "=", self.env.company.id)
        if operator == "any":
            found = current & Domain(value)
        elif operator == "in":
            found = current & Domain("id", "in", [id_ for id_ in value if id_])
        else:
            return NotImplemented
        domain = Domain("commercial_partner_id.retention_profile_ids", "any", found)
        if operator == "in" and False in value:
            domain |= ~Domain(
                "commercial_partner_id.retention_profile_ids", "any", current
            )
        return domain

    def _compute_retention_has_lead(self):
        found = self.sudo().search(
            [("id", "in", self.ids), ("retention_has_lead", "=", True)]
        )
        for partner in self:
            partner.retention_has_lead = partner in found

    def _search_retention_has_lead(self, operator, value):
        """Search the contacts whose company has or had a lead of ours."""
        if operator not in ("in", "not in"):
            return NotImplemented
        # sudo: it only tells that there is one
        Lead = self.env["crm.lead"].sudo()
        Lead.flush_model()
        leads = SQL(
            """
            (SELECT person.commercial_partner_id
               FROM crm_lead l
               JOIN res_partner person ON person.id = l.partner_id
               LEFT JOIN res_users our ON our.id = l.user_id
              WHERE %s)
            """,
            Lead._retention_of_companies_sql(self.env.companies.ids),
        )
        wanted = (True in value) == (operator == "in")
        return [("commercial_partner_id", "in" if wanted else "not in", leads)]

    def _compute_application_statistics_hook(self):
        result = super()._compute_application_statistics_hook()
        if not self.env.user.has_group("retention_suite.group_retention_user"):
            return result
        for partner in self.filtered("retention_profile_id"):
            if partner.retention_alert_count:
                result[partner.id].append(
                    {
                        "iconClass": "fa-heartbeat",
                        "value": partner.retention_alert_count,
                        "label": self.env._("To do"),
                        "tagClass": "o_tag_color_1",
                    }
                )
        return result

    # ------------------------------------------------------------------
    # What happens to a contact happens to its relationships
    # ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if not {"active", "user_id", "parent_id"} & set(vals):
            return result
        # sudo: the relationships follow, whether or not one sees them
        profiles = (
            self.env["retention.profile"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", self.ids)])
        )
        if not profiles:
            return result
        if "active" in vals:
            profiles._follow_partner(vals["active"])
        if "user_id" in vals:
            profiles._sync_people(profiles.ids)
            profiles._refresh_now(profiles.ids)
        if "parent_id" in vals:
            profiles._adopt_moved(profiles.ids)
        return result

    def unlink(self):
        self.env["retention.touchpoint"]._mark_changed(
            SQL("t.partner_id = ANY(%s)", self.ids)
        )
        # sudo: nobody is left who may be read of, whoever sees the recommendation
        self.env["retention.referral"].sudo()._forget(self)
        # sudo: nor of what they were told when they left. The database would delete
        # the cases, but not their messages and activities.
        self.env["retention.winback"].sudo().search(
            [("partner_id", "in", self.ids)]
        ).unlink()
        return super().unlink()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_retention_record_cancellation(self):
        """Open the dialog that records that this person cancels.

        :raise AccessError: if it is a colleague's customer
        """
        self.ensure_one()
        self.check_access("read")
        profile = self.env["retention.profile"]._look_after(self)
        return self.env["retention.winback.cancellation"]._action_open(profile, self)

    def action_retention_open(self):
        """Open the customer, or offer to look after it."""
        self.ensure_one()
        profile = self.env["retention.profile"]._look_after(self)
        return profile._get_records_action()

    def action_retention_log_contact(self):
        """Open the small dialog that logs a contact."""
        self.ensure_one()
        return self.env["retention.log.contact"]._action_open_for(self)
