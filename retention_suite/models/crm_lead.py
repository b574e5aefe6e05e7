from odoo import api, fields, models
from odoo.tools import SQL


class CrmLead(models.Model):
    _inherit = "crm.lead"

    retention_profile_id = fields.Many2one(
        "retention.profile",
        string="Customer Relationship",
        compute="_compute_retention_profile_id",
        search="_search_retention_profile_id",
        groups="retention_suite.group_retention_user",
    )
    retention_gap_text = fields.Char(
        related="retention_profile_id.gap_text",
        groups="retention_suite.group_retention_user",
    )
    retention_gap_days = fields.Integer(
        related="retention_profile_id.gap_days",
        groups="retention_suite.group_retention_user",
    )
    retention_last_contact_date = fields.Datetime(
        related="retention_profile_id.last_contact_date",
        groups="retention_suite.group_retention_user",
    )
    retention_alert_count = fields.Integer(
        related="retention_profile_id.open_alert_count",
        groups="retention_suite.group_retention_user",
    )

    @api.depends("partner_id.retention_profile_id", "company_id")
    @api.depends_context("company", "uid")
    def _compute_retention_profile_id(self):
        for lead in self:
            lead.retention_profile_id = lead.partner_id.retention_profile_id

    def _search_retention_profile_id(self, operator, value):
        return [("partner_id.retention_profile_id", operator, value)]

    def write(self, vals):
        if "partner_id" in vals:
            self._retention_mark_customers()
        return super().write(vals)

    def _merge_dependences(self, opportunities):
        """What was said in a merged lead, and what is to do about it, goes
        along with its messages."""
        result = super()._merge_dependences(opportunities)
        # sudo: who may merge leads merges what belongs to them
        self.env["retention.touchpoint"].sudo()._move_documents(opportunities, self)
        return result

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
