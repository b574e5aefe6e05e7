from odoo import api, fields, models

from .working_time import has_hours

ACCEPT_HOURS = 8
CONTACT_HOURS = 16


class CrmTeam(models.Model):
    _inherit = "crm.team"

    retention_accept_hours = fields.Float(
        string="Hours to Accept",
        default=ACCEPT_HOURS,
        help="So many working hours after a lead was handed over to this team, its "
        "new salesperson is reminded to accept it. 0: no deadline.",
        prefetch="retention",
    )
    retention_contact_hours = fields.Float(
        string="Hours to Contact",
        default=CONTACT_HOURS,
        help="So many working hours after a lead was handed over to this team, its "
        "new salesperson is reminded to contact the customer. 0: no deadline.",
        prefetch="retention",
    )
    retention_has_no_hours = fields.Boolean(
        compute="_compute_retention_has_no_hours",
        help="The company's calendar has no working hours, so the clock counts.",
    )

    _retention_hours_positive = models.Constraint(
        "CHECK(retention_accept_hours >= 0 AND retention_contact_hours >= 0)",
        "The hours to accept and to contact cannot be negative.",
    )
    response_target_hours = fields.Float(
        string="Answer Within (Working Hours)",
        help="A customer's message should be answered within so many working "
        "hours. 0: as the company's settings say.",
        prefetch="retention",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        check_company=True,
        help="When the team works, with its holidays: deadlines are counted in "
        "these hours and in their time zone. Empty: the company's. Working hours "
        "without any hour count by the clock, day and night.",
        prefetch="retention",
    )

    _response_target_positive = models.Constraint(
        "CHECK(response_target_hours >= 0)",
        "The working hours to answer within cannot be negative.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            # sudo: who leads the team does not depend on who says so
            self.env["retention.alert"].sudo()._follow_team_leaders(self.ids)
        return result

    def _retention_calendar(self, company):
        """Return the calendar that deadlines count on: the team's, else its
        company's, else that of the company asked.

        :param company: whose contact it is; for no or everybody's team
        """
        # sudo: when a company works is nobody's secret
        team = self.sudo()
        return (
            team.resource_calendar_id
            or team.company_id.resource_calendar_id
            or company.sudo().resource_calendar_id
        )

    def _retention_response_target(self, company):
        """Return within how many working hours an answer is due.

        :param company: whose contact it is
        """
        # sudo: a target is nobody's secret
        target = self.sudo().response_target_hours
        return target or company.sudo().retention_response_target_hours

    def _retention_has_hours(self, company):
        """Tell whether deadlines count in working hours, not by the clock."""
        return has_hours(self._retention_calendar(company))

    @api.depends("company_id", "resource_calendar_id")
    @api.depends_context("company")
    def _compute_retention_has_no_hours(self):
        for team in self:
            company = team.company_id or self.env.company
            team.retention_has_no_hours = not team._retention_has_hours(company)
