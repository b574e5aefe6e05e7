from odoo import api, fields, models


class RetentionProfileReferral(models.AbstractModel):
    """What a customer has to do with recommendations."""

    _name = "retention.profile.referral"
    _description = "Referrals of Customers"

    given_referral_ids = fields.One2many(
        "retention.referral", "profile_id", string="Recommended Us To"
    )
    received_referral_ids = fields.One2many(
        "retention.referral",
        string="Was Recommended By",
        compute="_compute_received_referral_ids",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_received_referral_ids(self):
        received = self.env["retention.referral"].search(
            [
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        by_customer = received.grouped(
            # sudo: who belongs to which company is no secret
            lambda r: (r.sudo().partner_id.commercial_partner_id.id, r.company_id.id)
        )
        for profile in self:
            profile.received_referral_ids = by_customer.get(
                (profile.partner_id.id, profile.company_id.id)
            )

    def action_referral_link(self):
        """Open the link of who of the customer was in touch with us last.

        :raise UserError: if no programme is running, or the link was revoked
        """
        self.ensure_one()
        self.check_access("read")
        person = self._person_to_ask().with_company(self.company_id)
        return person.action_retention_referral_link()

    def action_recommend(self):
        """Open the dialog that asks whom the customer told about us."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.recommend"]._action_open(
            self.partner_id, company=self.company_id
        )
