from odoo import api, fields, models
from odoo.exceptions import UserError


class RetentionWinbackCancellation(models.TransientModel):
    """The dialog that records what a customer who cancels has said."""

    _name = "retention.winback.cancellation"
    _description = "Record Cancellation"

    profile_id = fields.Many2one(
        "retention.profile", string="Customer", required=True, ondelete="cascade"
    )
    customer_id = fields.Many2one(
        related="profile_id.partner_id", string="Whose People"
    )
    cancel_partner_id = fields.Many2one(
        "res.partner",
        string="Cancelled By",
        required=True,
        ondelete="cascade",
        compute="_compute_cancel_partner_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('commercial_partner_id', '=', customer_id)]",
    )
    email = fields.Char(related="cancel_partner_id.email")
    reason_id = fields.Many2one("crm.lost.reason", ondelete="cascade")
    competitor_id = fields.Many2one("retention.competitor", ondelete="cascade")
    wish = fields.Text(string="Customer's Wish")
    cancel_date = fields.Date(
        string="Cancelled On",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    notice_days = fields.Integer(
        string="Notice (Days)",
        compute="_compute_notice_days",
        store=True,
        precompute=True,
        readonly=False,
    )
    end_date = fields.Date(
        string="Last Day",
        required=True,
        compute="_compute_end_date",
        store=True,
        precompute=True,
        readonly=False,
    )

    @api.depends("profile_id")
    def _compute_cancel_partner_id(self):
        for wizard in self:
            wizard.cancel_partner_id = wizard.profile_id.partner_id

    @api.depends("profile_id")
    def _compute_notice_days(self):
        for wizard in self:
            company = wizard.profile_id.company_id or self.env.company
            wizard.notice_days = company.retention_notice_days

    @api.depends("cancel_date", "notice_days")
    def _compute_end_date(self):
        for wizard in self:
            day = wizard.cancel_date or fields.Date.context_today(wizard)
            wizard.end_date = fields.Date.add(day, days=max(0, wizard.notice_days))

    def action_record(self):
        """Open the case, and have somebody call today.

        A second press opens the case that the first has made.

        :raise UserError: if the person belongs to somebody else
        """
        self.ensure_one()
        self.profile_id.check_access("write")
        if self.cancel_partner_id.commercial_partner_id != self.customer_id:
            raise UserError(
                self.env._(
                    "%(person)s does not belong to %(customer)s. Choose one of their "
                    "people.",
                    person=self.cancel_partner_id.display_name,
                    customer=self.customer_id.display_name,
                )
            )
        case, _is_new = self.env["retention.winback"]._cancel(
            self.profile_id,
            cancel_partner_id=self.cancel_partner_id.id,
            reason_id=self.reason_id.id,
            competitor_id=self.competitor_id.id,
            wish=self.wish,
            cancel_date=self.cancel_date,
            notice_days=self.notice_days,
            end_date=self.end_date,
        )
        return case._get_records_action()

    @api.model
    def _action_open(self, profile, person=None):
        """Return the action that opens the dialog, or the cancellation there is.

        :param profile: the customer
        :param person: of the customer, who cancels
        """
        known = profile.open_winback_id
        if known.cancel_date:
            return known._get_records_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_winback_cancellation_action"
        )
        context = {"default_profile_id": profile.id}
        if person:
            context["default_cancel_partner_id"] = person.id
        return dict(action, context=context)
