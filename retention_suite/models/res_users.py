from odoo import fields, models
from odoo.tools import hmac


class ResUsers(models.Model):
    _inherit = "res.users"

    retention_weekly_mail = fields.Boolean(
        string="Weekly Mail about My Customers",
        default=True,
        help="Once a week, if there is something to do: customers to contact, "
        "unanswered messages, thanks to give.",
        prefetch="retention",
    )
    # Who is new, or is there when this comes in, begins with the next week.
    retention_weekly_date = fields.Date(
        string="Day of the Last Weekly Mail",
        default=fields.Date.today,
        copy=False,
        readonly=True,
        help="The day of the last weekly mail, or on which there was nothing to say.",
        prefetch="retention",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "retention_weekly_mail"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "retention_weekly_mail"]

    def _retention_weekly_token(self):
        """Return what only the mail to this person knows."""
        self.ensure_one()
        # sudo: the secret of the database, of which nothing can be told from this
        return hmac(self.env(su=True), "retention-weekly-mail", self.id)
