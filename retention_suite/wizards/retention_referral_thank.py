from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from ..models.retention_referral_thanks import THANKS


class RetentionReferralThank(models.TransientModel):
    """How recommendations were thanked for."""

    _name = "retention.referral.thank"
    _description = "Thank for a Recommendation"

    referral_ids = fields.Many2many("retention.referral", required=True)
    kind = fields.Selection(THANKS, string="How", required=True, default="call")
    note = fields.Char(string="In a Few Words")
    date = fields.Date(string="When", required=True, default=lambda self: self._today())

    def _today(self):
        return fields.Date.context_today(self)

    def action_thank(self):
        """Note that they were thanked for.

        :raise ValidationError: if it lies in the future, or before any of them
        """
        self.ensure_one()
        if self.date > self._today():
            raise ValidationError(
                self.env._(
                    "Thanks cannot lie in the future. Choose today or an earlier day."
                )
            )
        referrals = self.referral_ids
        referrals._check_not_thanked()
        self._check_not_before()
        # sudo: thanks are noted by their own steps only; that the user may read
        # the recommendations was checked
        referrals.sudo()._thank(self.kind, self.note, self.date)
        return {"type": "ir.actions.act_window_close"}

    def _check_not_before(self):
        for referral in self.referral_ids.filtered(lambda r: not r.thanked_date):
            # where it was the day before for the user or for the company, that will do
            day = min(
                referral.company_id._retention_day(referral.date),
                fields.Datetime.context_timestamp(self, referral.date).date(),
            )
            if self.date < day:
                raise ValidationError(
                    self.env._(
                        "%(referral)s only on %(date)s. Thanks cannot lie before "
                        "that: choose that day or a later one.",
                        referral=referral.display_name,
                        date=format_date(self.env, day),
                    )
                )
