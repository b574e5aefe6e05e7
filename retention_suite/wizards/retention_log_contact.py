from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.retention_channel import CHANNELS
from ..models.retention_purpose_rule import PURPOSES


class RetentionLogContact(models.TransientModel):
    """The small dialog for a contact that Odoo cannot know of."""

    _name = "retention.log.contact"
    _description = "Log a Contact"

    profile_id = fields.Many2one(
        "retention.profile", string="Customer Relationship", ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    commercial_partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        compute="_compute_commercial_partner_id",
        store=True,
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="With",
        required=True,
        ondelete="cascade",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
    )
    phone = fields.Char(related="partner_id.phone")
    channel = fields.Selection(CHANNELS, string="How", required=True, default="phone")
    direction = fields.Selection(
        [("out", "We contacted them"), ("in", "They contacted us")],
        required=True,
        default="out",
    )
    date = fields.Datetime(
        string="When", required=True, default=lambda self: fields.Datetime.now()
    )
    purpose = fields.Selection(
        PURPOSES, string="What For", required=True, default="relationship"
    )
    summary = fields.Char(string="About")
    res_model = fields.Char()
    res_id = fields.Integer()

    @api.depends("profile_id")
    def _compute_commercial_partner_id(self):
        for wizard in self.filtered("profile_id"):
            wizard.commercial_partner_id = wizard.profile_id.partner_id

    @api.depends("commercial_partner_id")
    def _compute_partner_id(self):
        for wizard in self:
            if wizard.partner_id.commercial_partner_id != wizard.commercial_partner_id:
                wizard.partner_id = wizard.commercial_partner_id

    def action_log(self):
        """Record the contact. Whoever was no customer here becomes one.

        :raise ValidationError: if it lies in the future
        """
        self.env["retention.touchpoint"].create(
            [
                {
                    "profile_id": wizard._customer().id,
                    "partner_id": wizard.partner_id.id,
                    "channel": wizard.channel,
                    "direction": wizard.direction,
                    "date": wizard.date,
                    "purpose": wizard.purpose,
                    "summary": wizard.summary,
                    "user_id": self.env.uid,
                    "res_model": wizard.res_model,
                    "res_id": wizard.res_id,
                }
                for wizard in self
            ]
        )
        return {"type": "ir.actions.act_window_close"}

    def _customer(self):
        if self.profile_id.active:
            return self.profile_id
        Profile = self.env["retention.profile"].with_company(self.company_id)
        return Profile._look_after(self.commercial_partner_id)

    @api.model
    def _action_open(self, profile, person=None, document=None, **defaults):
        """Return the action that opens the dialog.

        :param profile: the customer
        :param person: with whom, if known
        :param document: what it belongs to, if anything
        :param defaults: other values to begin with
        """
        values = dict(defaults)
        if profile:
            values.update(profile_id=profile.id, company_id=profile.company_id.id)
        if person:
            values.update(
                partner_id=person.id,
                commercial_partner_id=person.commercial_partner_id.id,
            )
        if document:
            values.update(res_model=document._name, res_id=document.id, purpose="sales")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_log_contact_action"
        )
        context = {f"default_{name}": value for name, value in values.items()}
        return dict(action, context=context)

    @api.model
    def _action_open_for(self, person, document=None):
        """Return the action for a person, of a customer or of somebody who
        becomes one by the first contact logged.

        :raise UserError: if there is no person
        :raise AccessError: if it is a colleague's customer
        """
        if not person:
            raise UserError(
                self.env._("Choose the customer first, then log the contact.")
            )
        company = document and document.company_id or self.env.company
        Profile = self.env["retention.profile"].with_company(company)
        return self._action_open(
            Profile._known(person).sudo(False),
            person=person,
            document=document,
            company_id=company.id,
        )
