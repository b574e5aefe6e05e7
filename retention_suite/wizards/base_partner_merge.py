from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the relationships first: two for one partner cannot be, and
        Odoo would delete the second with its whole history."""
        # sudo: who may merge contacts merges what belongs to them
        profiles = (
            self.env["retention.profile"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", (src_partners | dst_partner).ids)])
        )
        targets = profiles.browse()
        for same_company in profiles.grouped("company_id").values():
            target = same_company.filtered(lambda p: p.partner_id == dst_partner)
            target = target or same_company[:1]
            sources = same_company - target
            targets |= target
            if sources:
                target._absorb(sources)
        # sudo: see above
        referrals = self.env["retention.referral"].sudo()
        self.env["retention.referral.link"].sudo()._merge_people(
            src_partners, dst_partner
        )
        referrals._merge_people(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all(flush=False)
        referrals._follow_people(dst_partner)
        # what they bought is theirs now
        targets._refresh_value(targets.ids)
        return result
