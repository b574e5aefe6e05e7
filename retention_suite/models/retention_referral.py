from odoo import api, fields, models
from odoo.fields import Domain

STATES = [
    ("new", "New"),
    ("qualified", "Qualified"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("rejected", "Rejected"),
]
CHANNELS = [
    ("link", "Link"),
    ("qr", "QR Code"),
    ("mail", "E-mail"),
    ("whatsapp", "WhatsApp"),
    ("linkedin", "LinkedIn"),
    ("facebook", "Facebook"),
    ("offline", "Told in person"),
]
ATTRIBUTIONS = [
    ("first", "First"),
    ("later", "Later"),
    ("customer", "Customer already"),
]


class RetentionReferral(models.Model):
    """One recommendation: who recommended us to whom, why, and what became of it."""

    _name = "retention.referral"
    _inherit = (
        "retention.referral.chain",
        "retention.referral.doubt",
        "retention.referral.follow",
        "retention.referral.offline",
        "retention.referral.people",
        "retention.referral.reward",
        "retention.referral.story",
        "retention.referral.thanks",
        "mail.thread",
        "mail.activity.mixin",
    )
    _description = "Referral"
    _order = "date desc, id desc"
    _check_company_auto = True
    # who may read it may write in its chatter
    _mail_post_access = "read"

    referrer_id = fields.Many2one(
        "res.partner",
        string="Recommended By",
        readonly=True,
        ondelete="set null",
        index=True,
        help="The person who recommends us.",
    )
    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The customer that the person belongs to.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, ondelete="set null", index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Recommended",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The person to whom we were recommended, as soon as there is a contact.",
    )
    program_id = fields.Many2one(
        "retention.referral.program",
        string="Programme",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    link_id = fields.Many2one(
        "retention.referral.link",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    channel = fields.Selection(
        CHANNELS, required=True, readonly=True, default="offline"
    )
    reason_ids = fields.Many2many(
        "retention.referral.reason",
        "retention_referral_reason_rel",
        "referral_id",
        "reason_id",
        string="Why",
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="new",
        help="As the lead stands. Qualified: it has become an opportunity, or has "
        "left its first stage. Rejected: a manager did not accept it.",
    )
    attribution = fields.Selection(
        ATTRIBUTIONS,
        required=True,
        readonly=True,
        default="first",
        help="First: the first valid recommendation of this person, which counts.\n"
        "Later: somebody else recommended this person before.\n"
        "Customer already: it deserves thanks, but brings no new customer.",
    )
    won_date = fields.Datetime(string="Won On", readonly=True)
    revenue = fields.Monetary(
        string="Revenue Won",
        readonly=True,
        # several may have recommended the same: only the report adds it up, once
        aggregator=None,
        help="The expected revenue of the opportunity that was won.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    display_name = fields.Char(compute="_compute_display_name")
    friend_name = fields.Char(string="Recommended To", compute="_compute_friend_name")
    user_id = fields.Many2one(
        "res.users",
        string="Who Thanks",
        compute="_compute_user_id",
        search="_search_user_id",
        help="The contact person of who recommends us, else the salesperson of the "
        "lead.",
    )

    _lead_uniq = models.UniqueIndex(
        "(lead_id, referrer_id) WHERE lead_id IS NOT NULL AND is_merged IS NOT TRUE"
    )
    _not_thanked_idx = models.Index(
        "(company_id, thank_due_date) WHERE thanked_date IS NULL"
    )

    @api.depends("lead_id", "partner_id")
    def _compute_friend_name(self):
        for referral in self:
            # sudo: who sees the recommendation may know to whom
            lead, partner = referral.sudo().lead_id, referral.sudo().partner_id
            referral.friend_name = (
                partner.name
                or lead.contact_name
                or lead.partner_name
                or lead.email_from
                or lead.name
            )

    @api.depends("referrer_id", "friend_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for referral in self:
            referral.display_name = self.env._(
                "%(person)s recommended us to %(friend)s",
                # sudo: see above
                person=referral.sudo().referrer_id.name or self.env._("Somebody"),
                friend=referral.friend_name or self.env._("somebody"),
            )

    @api.depends("profile_id.user_id", "lead_id.user_id")
    def _compute_user_id(self):
        for referral in self:
            # sudo: who looks after whom is no secret
            known = referral.sudo()
            referral.user_id = known.profile_id.user_id or known.lead_id.user_id

    def _search_user_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        user_ids = [user_id for user_id in value if user_id]
        no_customer = Domain("profile_id", "=", False)
        no_customer |= Domain("profile_id.user_id", "=", False)
        found = Domain("lead_id.user_id", "in", user_ids)
        if False in value:
            found |= Domain("lead_id", "=", False)
            found |= Domain("lead_id.user_id", "=", False)
        return Domain("profile_id.user_id", "in", user_ids) | no_customer & found

    # ------------------------------------------------------------------
    # Coming in
    # ------------------------------------------------------------------

    @api.model
    def _receive(self, referrer, lead=None, partner=None, link=None, **values):
        """Note a recommendation.

        The first one of a person binds; later ones are kept, and so is one of
        somebody who is a customer already.

        :param referrer: the person who recommends
        :param lead: the lead of the person to whom, if there is one
        :param partner: the contact of the person to whom, if there is one
        :param link: by which it came; none for what was told in person
        :param values: more fields, such as ``channel`` and ``reason_ids``
        :return: the recommendation; the known one if the same person has
            recommended us to the same before
        """
        lead = lead or self.env["crm.lead"]
        partner = partner or lead.partner_id
        company = (link.company_id if link else lead.company_id) or self.env.company
        known = self._known(referrer, lead, partner, company, link)
        if known:
            known._go_on_with(lead)
            if values.get("reason_ids"):
                known.write({"reason_ids": values["reason_ids"]})
            return known
        Program = self.env["retention.referral.program"]
        program = link.program_id if link else Program._default_of(company)
        moment = fields.Datetime.now()
        referral = self.create(
            {
                "referrer_id": referrer.id,
                "lead_id": lead.id,
                "partner_id": partner.id,
                "program_id": program.id,
                "link_id": link.id if link else False,
                "company_id": company.id,
                "date": moment,
                "thank_due_date": program._thank_due_date(moment, company),
                **values,
            }
        )
        if lead and not lead.referred:
            lead.referred = referrer.name
        referral._tell_receipt()
        referral._find_doubts()
        referral._derive(referral.ids)
        return referral

    def _known(self, referrer, lead, partner, company, link):
        if not (lead or partner):
            return self.browse()
        of_partner = Domain("partner_id", "=", partner.id)
        of_partner &= Domain("company_id", "=", company.id)
        about = of_partner
        if lead:
            about = Domain("lead_id", "=", lead.id)
            # what was noted for the contact, before there was a lead; what friends
            # send themselves is a recommendation of its own
            if partner and not link:
                waits = Domain("lead_id", "=", False) & Domain("state", "=", "new")
                about |= of_partner & waits
        own = Domain("referrer_id", "=", referrer.id)
        return self.search(own & about, order="lead_id, id", limit=1)

    def _go_on_with(self, lead):
        """Follow the lead that there is by now for whom it was noted before."""
        if lead and not self.lead_id:
            self.lead_id = lead
            lead.referred = lead.referred or self.referrer_id.name
            self._follow(self.ids)

    def action_open_lead(self):
        """Open the lead of the person to whom we were recommended."""
        self.ensure_one()
        return self.lead_id._get_records_action()
