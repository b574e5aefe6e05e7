from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools.misc import format_date

# A customer who is gone already does not come back to risk by cancelling.
GONE_KINDS = ("dormant", "lost", "at_risk")


class RetentionWinbackCancel(models.AbstractModel):
    """A cancellation: asked for, confirmed, and perhaps taken back."""

    _name = "retention.winback.cancel"
    _description = "Cancellations"

    cancel_date = fields.Date(
        string="Cancelled On", copy=False, help="The day on which the customer asked."
    )
    cancel_partner_id = fields.Many2one(
        "res.partner",
        string="Cancelled By",
        copy=False,
        ondelete="set null",
        help="The person who cancelled, and who gets the receipts.",
    )
    wish = fields.Text(
        string="Customer's Wish", help="What the customer says, in their own words."
    )
    notice_days = fields.Integer(
        string="Notice (Days)", help="From the cancellation to the last day."
    )
    end_date = fields.Date(
        string="Last Day",
        copy=False,
        help="The last day as a customer. If nobody wins them back until then, they "
        "are lost from the next day on; the case stays open.",
    )
    is_withdrawn = fields.Boolean(
        string="Withdrawn",
        readonly=True,
        copy=False,
        help="The customer has taken the cancellation back.",
    )
    has_left = fields.Boolean(
        readonly=True, copy=False, help="The last day is over: the customer has left."
    )
    can_withdraw = fields.Boolean(
        compute="_compute_can_withdraw",
        help="The cancellation stands, and can be taken back.",
    )
    reference = fields.Char(
        compute="_compute_reference", help="What the customer reads in the receipt."
    )
    is_from_portal = fields.Boolean(string="From the Portal", readonly=True, copy=False)

    _notice_days_positive = models.Constraint(
        "CHECK(notice_days >= 0)", "The notice period cannot be negative."
    )

    def _compute_reference(self):
        for case in self:
            case.reference = f"C{case.id or 0:05d}"

    @api.depends("step", "result", "cancel_date", "end_date", "has_left")
    def _compute_can_withdraw(self):
        standing = self._standing()
        for case in self:
            case.can_withdraw = case in standing

    @api.constrains("cancel_date", "notice_days", "end_date")
    def _check_cancellation(self):
        for case in self.filtered("cancel_date"):
            # the latest day of the company's and the reader's
            today = max(
                case.company_id._retention_day(fields.Datetime.now()),
                fields.Date.context_today(case),
            )
            if case.cancel_date > today:
                raise ValidationError(
                    self.env._(
                        "The customer cannot have cancelled in the future. Enter the "
                        "day on which they asked."
                    )
                )
            first = fields.Date.add(case.cancel_date, days=case.notice_days)
            if case.end_date and case.end_date < first:
                raise ValidationError(
                    self.env._(
                        "The end is before the notice is over: with %(days)s days of "
                        "notice the last day is %(day)s at the earliest. Choose a "
                        "later day or a shorter notice.",
                        days=case.notice_days,
                        day=format_date(self.env, first),
                    )
                )

    @api.model
    @api.private
    def _cancel(self, profile, **vals):
        """Record that a customer cancels; what is recorded already stays as it is.

        :param profile: the customer
        :param vals: of the case; ``cancel_date`` and ``end_date`` may be missing
        :return: ``(the case, whether it is new)``
        :raise ValidationError: if the days do not fit
        """
        # sudo: an open case may be a colleague's; there is one of each customer
        known = profile.sudo().winback_ids.filtered("is_open")
        if known.cancel_date:
            return known.with_env(profile.env), False
        values = self._cancellation_values(profile, vals)
        if known:
            # it was found, before the customer said so
            case = known
            case.write(case._without_ignorance(values))
        else:
            # sudo: customers open their own cases
            case = self.sudo()._open(profile, values)
        case._move_at_risk()
        case._end_notices()
        case._do_something()
        case._send("mail_template_cancellation")
        return case.with_env(profile.env), True

    def _cancellation_values(self, profile, vals):
        company = profile.sudo().company_id
        today = company._retention_day(fields.Datetime.now())
        vals = {
            "kind": "cancellation",
            "cancel_date": today,
            "notice_days": company.retention_notice_days,
            "cancel_partner_id": profile.partner_id.id,
            **vals,
        }
        vals["end_date"] = vals.get("end_date") or fields.Date.add(
            fields.Date.to_date(vals["cancel_date"]), days=vals["notice_days"]
        )
        return vals

    def _without_ignorance(self, values):
        """Leave out of what is to be written a reason or competitor that says less
        than the case knows already."""
        less = {
            "reason_id": self.reason_id and not self._is_known(values.get("reason_id")),
            "competitor_id": self.competitor_id and not values.get("competitor_id"),
        }
        return {name: value for name, value in values.items() if not less.get(name)}

    def _open(self, profile, values):
        """Make a case.

        :raise ConcurrencyError: if somebody else has just made one: whoever asked
            tries again, and finds it
        """
        try:
            with self.env.cr.savepoint():
                return self.create({**values, "profile_id": profile.id})
        except UniqueViolation as error:
            raise ConcurrencyError("The case has just been opened.") from error

    def write(self, vals):
        if "end_date" in vals:
            vals = {"has_left": False, **vals}
        return super().write(vals)

    def _with_days_left(self):
        """Return the cancellations whose last day is not over."""
        now = fields.Datetime.now()
        return self.filtered(
            lambda case: (
                case.cancel_date
                and not case.is_withdrawn
                and not case.has_left
                and case.end_date
                and case.end_date >= case.company_id._retention_day(now)
            )
        )

    def _standing(self):
        """Return the cancellations that can be taken back: those of open cases, and
        until the last day those of customers who were given up, unless they have come
        back or cancelled again in another case since."""
        is_open = self.filtered(lambda case: case.is_open and case.cancel_date)
        given_up = self.filtered(lambda case: case.result == "lost")._with_days_left()
        return is_open | given_up.filtered(lambda case: not case._is_outdated())

    def _is_outdated(self):
        """Whether the customer has come back or cancelled again in a newer case."""
        # sudo: whoever works the other cases
        case = self._origin.sudo()
        return any(
            (other.open_date, other.id) > (case.open_date, case.id)
            and (other.cancel_date or other.result == "won")
            for other in case.profile_id.winback_ids._origin
        )

    def _move_at_risk(self):
        """Show that the customer is about to leave, until the last day."""
        staying = self.filtered(
            lambda case: case.profile_id.journey_kind not in GONE_KINDS
        )
        for case in staying:
            case.profile_id._move_to_kind(
                "at_risk", self.env._("Cancelled"), keep_date=case.end_date
            )
        for case in self - staying:
            if case.profile_id.journey_kind == "at_risk":
                case.profile_id.journey_keep_date = case.end_date

    def _send(self, name):
        """Send a receipt to the person who cancelled, in their language. It is no
        advertising, and nobody counts it as a contact.

        :param str name: of the template
        """
        self.ensure_one()
        if not self.cancel_partner_id.email:
            return
        self.with_context(mail_post_autofollow=False).message_post_with_source(
            f"retention_suite.{name}",
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
        )

    @api.private
    def _withdraw(self):
        """Take cancellations back: who stays has been won back, also who was given up
        before the last day.

        All others stay as they are.

        :return: the cases whose cancellation was taken back
        """
        # sudo: customers take back their own; whose it is was checked before
        cases = self.sudo()._standing()
        cases.write({"is_withdrawn": True})
        cases._decide("won", self.env._("Withdrawn"))
        for case in cases:
            case._send("mail_template_withdrawal")
        return cases

    def action_withdraw(self):
        """Take the cancellation back. Why they wanted to leave is asked before, if
        nobody knows.

        :raise UserError: if a customer was given up and the last day is over
        """
        self.check_access("write")
        cases = self._standing()
        if late := self.filtered(lambda case: case.result == "lost") - cases:
            raise UserError(
                self.env._(
                    "The cancellation of %s can no longer be withdrawn: the last day "
                    "is over, or there is a newer case. Reopen this case or open a "
                    "new one.",
                    late[0].display_name,
                )
            )
        if all(case._is_known(case.reason_id.id) for case in cases):
            cases._withdraw()
            return None
        action = cases._action_close("won", self.env._("Cancellation Withdrawn"))
        action["context"].update(
            default_is_withdrawal=True, default_note=self.env._("Withdrawn")
        )
        return action
