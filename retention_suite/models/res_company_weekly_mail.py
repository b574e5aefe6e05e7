from odoo import fields, models

# As PostgreSQL counts the days of a week (isodow).
WEEKDAYS = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
]


class ResCompanyWeeklyMail(models.AbstractModel):
    """When a company's salespeople are told by mail what is to do."""

    _name = "res.company.weekly.mail"
    _description = "Weekly Mail of a Company"

    retention_weekly_mail = fields.Boolean(
        string="Weekly Mail to Salespeople",
        default=True,
        help="Once a week each salesperson of this company gets a mail: customers to "
        "contact, unanswered messages, thanks to give. Who has nothing to do gets "
        "none, and each can turn it off in the own preferences.",
        prefetch="retention",
    )
    retention_weekly_day = fields.Selection(
        WEEKDAYS,
        string="Day of the Weekly Mail",
        default="1",
        required=True,
        help="It is sent in the morning, by each person's clock.",
        prefetch="retention",
    )
