from odoo import api, fields, models

ACCEPT_HOURS = 8
CONTACT_HOURS = 16


class CrmTeam(models.Model):
    _inherit = "crm.team"

    retention_accept_hours = fields.Float(
        string="Hours to Accept",
        default=ACCEPT_HOURS,
        help="So many working hours after a lead was handed over to this team, its "
        "new salesperson is reminded to accept it. 0: no deadline.",
    )
    retention_contact_hours = fields.Float(
        string="Hours to Contact",
        default=CONTACT_HOURS,
        help="So many working hours after a lead was handed over to this team, its "
        "new salesperson is reminded to contact the customer. 0: no deadline.",
    )
    retention_has_no_hours = fields.Boolean(
        compute="_compute_retention_has_no_hours",
        help="The company's calendar has no working hours, so the clock counts.",
    )

    _retention_hours_positive = models.Constraint(
        "CHECK(retention_accept_hours >= 0 AND retention_contact_hours >= 0)",
        "The hours to accept and to contact cannot be negative.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_retention_has_no_hours(self):
        for team in self:
            company = team.company_id or self.env.company
            team.retention_has_no_hours = not company._retention_working_calendar()
