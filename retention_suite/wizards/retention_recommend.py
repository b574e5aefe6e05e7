from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize, plaintext2html


class RetentionRecommend(models.TransientModel):
    """Whom a customer told about us, and why."""

    _name = "retention.recommend"
    _description = "Recommend"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    commercial_partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
    )
    referrer_id = fields.Many2one(
        "res.partner",
        string="Who Recommends",
        ondelete="cascade",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Known Contact",
        ondelete="cascade",
        domain="[('partner_share', '=', True), "
        "('commercial_partner_id', '!=', commercial_partner_id)]",
        help="The person to whom, if they are among our contacts.",
    )
    name = fields.Char(help="Of the person to whom we were recommended.")
    company_name = fields.Char(string="Works For")
    email = fields.Char(string="E-mail")
    phone = fields.Char()
    reason_ids = fields.Many2many("retention.referral.reason", string="Why")
    note = fields.Text(help="What whoever gets in touch should know.")
    user_id = fields.Many2one(
        "res.users",
        string="Who Gets in Touch",
        ondelete="cascade",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets the lead: as the programme says, else you.",
    )
    is_customer = fields.Boolean(compute="_compute_is_customer")

    @api.depends("company_id")
    def _compute_user_id(self):
        for dialog in self:
            dialog.user_id = dialog._program().user_id or self.env.user

    @api.depends("partner_id", "company_id")
    def _compute_is_customer(self):
        for dialog in self:
            dialog.is_customer = dialog._referrals()._is_customer(dialog.partner_id)

    def _program(self):
        # sudo: a programme tells whose leads come in, whoever writes one down
        programs = self.env["retention.referral.program"].sudo()
        return programs._default_of(self.company_id)

    def _referrals(self):
        return self.env["retention.referral"].with_company(self.company_id)

    def action_recommend(self):
        """Note the recommendation, with a lead for whoever is no customer yet.

        :raise ValidationError: if it does not say by whom, to whom, or how to
            reach them
        """
        self.ensure_one()
        self._check_complete()
        self._check_may(self.commercial_partner_id, self.company_id)
        (self.partner_id | self.referrer_id).check_access("read")
        friend = self.partner_id or self._same_address()
        known = self._known(friend)
        if known:
            known.sudo().reason_ids |= self.reason_ids
            return self._say(
                known, self.env._("This was known already. The reasons were added.")
            )
        if friend and self._referrals()._is_customer(friend):
            # sudo: see below
            referral = (
                self._referrals()
                .sudo()
                ._note_told(self.referrer_id, self.reason_ids, partner=friend.sudo())
            )
            return self._say(
                referral,
                self.env._(
                    "%s is a customer already, so no lead was made.", friend.name
                ),
            )
        # sudo: the lead may be somebody else's from the start, and people only read
        # recommendations; that the user may change the customer was checked
        leads = self.env["crm.lead"].with_company(self.company_id).sudo()
        lead = leads.create(self._lead_values(friend))
        referral = (
            self._referrals()
            .sudo()
            ._note_told(self.referrer_id, self.reason_ids, lead=lead)
        )
        return self._say(
            referral,
            self.env._("%s gets in touch.", self.user_id.name)
            if self.user_id
            else self.env._("Nobody has the lead yet."),
        )

    def _check_complete(self):
        if not self.referrer_id:
            raise ValidationError(self.env._("Choose who recommends us."))
        if self.referrer_id.commercial_partner_id != self.commercial_partner_id:
            raise ValidationError(
                self.env._(
                    "%(person)s does not belong to %(customer)s. Choose somebody who "
                    "does.",
                    person=self.referrer_id.name,
                    customer=self.commercial_partner_id.name,
                )
            )
        if self.partner_id:
            return
        if not (self.name or self.company_name):
            raise ValidationError(
                self.env._("Say to whom: choose a contact, or enter a name.")
            )
        if not (self.email or self.phone):
            raise ValidationError(
                self.env._(
                    "Enter an e-mail address or a phone number, so that somebody can "
                    "get in touch."
                )
            )
        if self.email and not email_normalize(self.email):
            raise ValidationError(
                self.env._(
                    "%s is no e-mail address. Correct it, or leave it out.", self.email
                )
            )

    def _same_address(self):
        """Return the one contact with the address that was entered, if there is
        just one."""
        email = email_normalize(self.email or "")
        found = self.env["res.partner"]
        if email:
            found = found.search([("email_normalized", "=", email)], limit=2)
        return found if len(found) == 1 else found.browse()

    def _known(self, friend):
        """Return the recommendation by the same person to the same, if there is."""
        about = Domain.FALSE
        if friend:
            about |= Domain("partner_id", "=", friend.id)
        email = email_normalize(self.email or "")
        if email:
            about |= Domain("lead_id.email_normalized", "=", email)
        # sudo: it may be about a colleague's lead
        known = self._referrals().sudo()
        return known.search(
            Domain("referrer_id", "=", self.referrer_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & about,
            limit=1,
        )

    def _lead_values(self, friend):
        values = {
            **self._program()._lead_values(self.referrer_id),
            "name": self.env._(
                "%(friend)s, recommended by %(person)s",
                friend=friend.name or self.name or self.company_name,
                person=self.referrer_id.name,
            ),
            "description": plaintext2html(self.note) if self.note else False,
            "user_id": self.user_id.id,
            "company_id": self.company_id.id,
        }
        if friend:
            values["partner_id"] = friend.id
        else:
            values.update(contact_name=self.name, partner_name=self.company_name)
        for name, value in (("email_from", self.email), ("phone", self.phone)):
            if value:
                values[name] = value
        return values

    def _say(self, referral, what):
        """Close the dialog, and say what was done."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": referral.display_name,
                "message": what,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _action_open(self, person, company=None):
        """Return the action that opens the dialog.

        :param person: of the customer, or the customer
        :param company: for which it is a customer
        :raise AccessError: if it is a colleague's customer, or the user may not
            change it
        """
        company = company or person.company_id or self.env.company
        customer = person.commercial_partner_id
        self._check_may(customer, company)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_recommend_action"
        )
        context = {
            "default_company_id": company.id,
            "default_commercial_partner_id": customer.id,
            "default_referrer_id": person.id,
        }
        return dict(action, context=context)

    @api.model
    def _check_may(self, customer, company):
        """
        :raise AccessError: if it is a colleague's customer, or the user may not
            change it
        """
        self.env["retention.profile"].with_company(company)._known(customer)
        customer.check_access("write")
