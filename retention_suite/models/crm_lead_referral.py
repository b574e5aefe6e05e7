from functools import partial

from odoo import api, fields, models

from .attempt import attempt
from .gathered import gathered

PENDING = "retention_suite.referred_leads"
# What recommendations derive from.
WATCHED = {
    "active",
    "email_from",
    "expected_revenue",
    "partner_id",
    "phone",
    "probability",
    "stage_id",
    "type",
}
# By which we know that a person was recommended twice.
REACHED = {"email_from", "phone"}


class CrmLeadReferral(models.AbstractModel):
    """Who recommended us to the person of a lead; recommendations follow what
    happens to it at the end of the transaction."""

    _name = "crm.lead.referral"
    _description = "Referrals of Leads"

    retention_referral_ids = fields.One2many(
        "retention.referral",
        "lead_id",
        string="Recommended By",
        groups="retention_suite.group_retention_user",
    )

    retention_referrer_names = fields.Char(
        string="Who Recommended Us",
        compute="_compute_retention_referrer_names",
        groups="retention_suite.group_retention_user",
    )

    # Odoo's own index of it is for searching in it, and not there everywhere.
    _retention_email_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )

    @api.depends("retention_referral_ids.referrer_id")
    def _compute_retention_referrer_names(self):
        for lead in self:
            # sudo: who sees the lead may know by whom it came
            referrals = lead.sudo().retention_referral_ids.sorted("id")
            names = referrals.referrer_id.mapped("name")
            lead.retention_referrer_names = ", ".join(names)

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        # their contacts may have been recommended before
        leads.filtered("partner_id")._retention_follow_referrals()
        return leads

    def write(self, vals):
        if reached := REACHED.intersection(vals):
            # merged leads are written as they were
            self.filtered(
                lambda lead: any(
                    (lead[name] or "") != (vals[name] or "") for name in reached
                )
            )._retention_follow_same_people()
        result = super().write(vals)
        if not WATCHED.isdisjoint(vals):
            self._retention_follow_referrals()
        return result

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: who may merge leads merges what belongs to them
        referrals = self.env["retention.referral"].sudo()
        referrals.search([("lead_id", "in", opportunities.ids)])._move_to(self)
        return result

    def _retention_follow_referrals(self):
        """Let recommendations follow, just before the transaction is committed."""
        # sudo: how a recommendation stands is a fact, whoever changed the lead
        gathered(
            self.env,
            PENDING,
            set,
            lambda: self.sudo().browse()._retention_settle_referrals(),
        ).update(self.ids)

    def _retention_follow_same_people(self):
        """Follow the other leads of the persons that these are about until now."""
        if not self:
            return
        # sudo: see below
        referrals = self.sudo().env["retention.referral"]
        own = referrals.search([("lead_id", "in", self.ids)])
        if own:
            same = referrals.browse(own._of_same_people(own.ids))
            same.lead_id._retention_follow_referrals()

    def _retention_settle_referrals(self):
        lead_ids = list(self.env.cr.precommit.data.pop(PENDING, ()))
        if lead_ids:
            follow = partial(self.env["retention.referral"]._follow_leads, lead_ids)
            attempt(self.env, "Referrals of leads", follow)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_retention_recommended_by(self):
        """Open the dialog that asks who told this lead about us."""
        self.ensure_one()
        return self.env["retention.recommended.by"]._action_open(self)

    def action_retention_referrals(self):
        """Open by whom the lead was recommended."""
        self.ensure_one()
        referrals = self.retention_referral_ids
        if len(referrals) == 1:
            return referrals._get_records_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_action_all"
        )
        return dict(action, domain=[("lead_id", "=", self.id)], context={})
