from odoo import api, fields, models


class ResPartnerRecommend(models.AbstractModel):
    """How often a contact has recommended us, and was recommended to us."""

    _name = "res.partner.recommend"
    _description = "Referrals of Contacts"

    retention_given_count = fields.Integer(
        string="Recommendations Given",
        compute="_compute_retention_referral_counts",
        groups="retention_suite.group_retention_user",
        help="How often this contact, or a person of it, has recommended us.",
    )
    retention_received_count = fields.Integer(
        string="Recommendations Received",
        compute="_compute_retention_referral_counts",
        groups="retention_suite.group_retention_user",
        help="How often we were recommended to this contact, or a person of it.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_retention_referral_counts(self):
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        self.retention_given_count = 0
        self.retention_received_count = 0
        for person, count in self._retention_count_referrals("referrer_id", family):
            for partner in person._retention_self_and_above() & self:
                partner.retention_given_count += count
        for person, count in self._retention_count_referrals("partner_id", family):
            for partner in person._retention_self_and_above() & self:
                partner.retention_received_count += count

    def _retention_count_referrals(self, name, persons):
        return self.env["retention.referral"]._read_group(
            [(name, "in", persons.ids), ("is_merged", "=", False)], [name], ["__count"]
        )

    def _retention_self_and_above(self):
        chain = partner = self
        while partner.parent_id and partner.parent_id not in chain:
            partner = partner.parent_id
            chain |= partner
        return chain

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_retention_referrals(self):
        """Open the recommendations that the contact gave and received."""
        self.ensure_one()
        self.env["retention.referral"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_action_all"
        )
        domain = [
            ("is_merged", "=", False),
            "|",
            ("referrer_id", "child_of", self.id),
            ("partner_id", "child_of", self.id),
        ]
        return dict(action, domain=domain, context={"active_test": False})

    def action_retention_referral_link(self):
        """Open the link by which this contact recommends us, made when first needed.

        :raise UserError: if no programme is running, or the link was revoked
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.referral.link"]._action_of(self)

    def action_retention_recommended_by(self):
        """Open the dialog that asks who told this contact about us."""
        self.ensure_one()
        return self.env["retention.recommended.by"]._action_open(self)

    def action_retention_recommend(self):
        """Open the dialog that asks whom this contact told about us."""
        self.ensure_one()
        return self.env["retention.recommend"]._action_open(self)
