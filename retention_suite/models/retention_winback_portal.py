from odoo import api, fields, models
from odoo.exceptions import UserError

# Longer wishes are cut: it is a few words, not a file.
WISH_LENGTH = 4000


class RetentionWinbackPortal(models.AbstractModel):
    """What customers see and do about their own cancellation, in the portal.

    All of it is asked with all rights by the page, and reads what belongs to the
    customer of the person who is logged in.
    """

    _name = "retention.winback.portal"
    _description = "Cancellations in the Portal"

    @api.model
    def _portal_is_on(self):
        """Whether the company lets customers cancel in the portal."""
        return self.env.company.retention_portal_cancel

    @api.model
    def _portal_profile(self):
        """Return the customer that the person who is logged in belongs to. Who has
        never been one cannot cancel."""
        return self.env["retention.profile"].search(
            [
                ("partner_id", "=", self.env.user.partner_id.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
                ("journey_kind", "!=", "prospect"),
            ],
            limit=1,
        )

    @api.model
    def _portal_cases(self):
        """Return the cancellations of the own customer, the newest first."""
        return self.search(
            [
                ("profile_id", "=", self._portal_profile().id),
                ("cancel_date", "!=", False),
            ],
            order="cancel_date desc, id desc",
        )

    @api.model
    def _portal_reasons(self):
        """Return the reasons to choose from."""
        return self.env["crm.lost.reason"].search(
            [("retention_in_portal", "=", True)], order="id"
        )

    @api.model
    def _portal_first_day(self):
        """Return the first day that may be the last one."""
        company = self.env.company
        today = company._retention_day(fields.Datetime.now())
        return fields.Date.add(today, days=company.retention_notice_days)

    @api.model
    def _portal_cancel(self, reason_id=None, wish="", end_date=""):
        """Cancel for the customer of the person who is logged in.

        :param reason_id: of those to choose from; anything else is unknown
        :param str wish: in the customer's own words
        :param str end_date: the day asked for; the first possible one if empty
        :return: the case, the one there is already if a cancellation stands
        :raise UserError: if the day is none, or too early
        """
        profile = self._portal_profile()
        if not profile:
            return self.browse()
        # also that of who was given up, and stays until the last day
        if standing := self._portal_cases()._standing():
            return standing[0]
        first = day = self._portal_first_day()
        if end_date:
            try:
                day = fields.Date.to_date(str(end_date)[:10])
            except ValueError:
                raise UserError(
                    self.env._("Please choose the day from the calendar.")
                ) from None
        # as far as any agreement runs
        if not first <= day <= fields.Date.add(first, years=10):
            raise UserError(
                self.env._(
                    "Please choose a day that is not before your notice is over."
                )
            )
        reason = self._portal_reasons().filtered(lambda r: str(r.id) == str(reason_id))
        case, _is_new = self._cancel(
            profile,
            reason_id=reason.id,
            wish=str(wish).strip()[:WISH_LENGTH],
            end_date=day,
            cancel_partner_id=self.env.user.partner_id.id,
            is_from_portal=True,
        )
        return case

    def _portal_is_over(self):
        """Whether the last day of a cancellation is over."""
        self.ensure_one()
        today = self.company_id._retention_day(fields.Datetime.now())
        return self.has_left or bool(self.end_date and self.end_date < today)

    def _portal_can_withdraw(self):
        """Whether the customer may still take the cancellation back."""
        return bool(self._standing()) and not self._portal_is_over()

    def _portal_withdraw(self):
        """Take a cancellation of the own customer back, and have somebody of ours say
        thank you. What was taken back before stays so.

        :raise UserError: if the last day is over
        """
        if self.result != "won" and self._portal_is_over():
            raise UserError(self._portal_too_late())
        self._withdraw()._ask_to_thank()

    @api.model
    def _portal_too_late(self):
        return self.env._(
            "Your last day is over, so this can no longer be taken back here. Would "
            "you like to come back? Just write to us: we look forward to it."
        )
