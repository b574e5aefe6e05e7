from odoo import Command, api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class RetentionReferralOffline(models.AbstractModel):
    """Recommendations that our own people hear of and write down, and what they
    open from one."""

    _name = "retention.referral.offline"
    _description = "Referrals Told in Person"

    @api.model
    def _note_told(self, referrer, reasons, lead=None, partner=None):
        """Note what somebody was told in person.

        :param referrer: the person who recommends
        :param reasons: why, added to those known of the same recommendation
        :param lead: the lead of the person to whom, if there is one
        :param partner: the contact of the person to whom, only if there is no lead
        :return: the recommendation, with all rights
        :raise ValidationError: if somebody would recommend themselves
        :raise AccessError: if the user may not change what it is noted for, or not
            see one of the persons
        """
        document = lead or partner
        document.check_access("write")
        lead = lead or self.env["crm.lead"]
        # else anybody's contact could be compared with others by an own lead
        friend = lead.partner_id if lead else partner
        (referrer | friend).check_access("read")
        if friend == referrer:
            raise ValidationError(
                self.env._(
                    "%s cannot recommend us to themselves. Choose who told them "
                    "about us.",
                    referrer.display_name,
                )
            )
        company = document.company_id or self.env.company
        # sudo: people only read recommendations, which are made by steps such as
        # this; that they may change what it is noted for was checked
        known = self.sudo().with_company(company)
        values = {"channel": "offline"}
        if reasons:
            values["reason_ids"] = [Command.link(reason.id) for reason in reasons]
        if known._is_customer(friend, lead):
            values["attribution"] = "customer"
        return known._receive(
            referrer.sudo(), lead=lead.sudo(), partner=friend.sudo(), **values
        )

    @api.model
    def _is_customer(self, partner, lead=None):
        """Whether somebody is a customer of the current company: they have won
        something, or were added without ever having a lead; see ``_place_sql`` of
        the customers.

        :param partner: the contact
        :param lead: what does not count, for it is what is recommended
        """
        customer = partner.commercial_partner_id
        if not customer:
            return False
        # sudo: whether somebody is a customer does not depend on who asks
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        others = leads.search(
            Domain("partner_id.commercial_partner_id", "=", customer.id)
            & Domain("company_id", "in", (self.env.company.id, False))
            & Domain("id", "not in", lead.ids if lead else [])
        )
        if any(other.won_status == "won" for other in others):
            return True
        profile = (
            self.env["retention.profile"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", customer.id),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )
        if not profile or lead and lead.sudo().won_status == "won":
            return False
        if profile.journey_kind:
            return profile.journey_kind != "prospect"
        return not (others or lead)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_add_reasons(self):
        """Open the dialog in which reasons are added and taken away."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.recommended.by"]._action_open(
            self.lead_id or self.partner_id, referral=self
        )

    def action_open_referrer(self):
        """Open the contact of who recommends us."""
        self.ensure_one()
        return self.referrer_id._get_records_action()

    def action_open_friend(self):
        """Open the contact to whom we were recommended."""
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_open_chain(self):
        """Open who brought whom, from this recommendation on."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_action_chain"
        )
        return dict(action, context={"hierarchy_res_id": self.id})
