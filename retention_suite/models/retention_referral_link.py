import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

# Without letters that look like others (0 O, 1 I L, U V): 13 of these 29 are more
# than 63 bits, 14 more than 68.
LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 14


class RetentionReferralLink(models.Model):
    """The link by which one person recommends us, in one programme."""

    _name = "retention.referral.link"
    _inherit = (
        "retention.referral.page",
        "retention.referral.friend",
        "retention.referral.portal",
    )
    _description = "Referral Link"
    _rec_name = "code"
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Whose",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    program_id = fields.Many2one(
        "retention.referral.program", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    code = fields.Char(required=True, readonly=True, copy=False)
    url = fields.Char(string="Link", compute="_compute_url")
    active = fields.Boolean(
        default=True,
        help="A link that was revoked opens a page that says so little "
        "as for one that never was.",
    )
    can_renew = fields.Boolean(compute="_compute_can_renew")
    # of partners that were merged: all their links stay good
    is_merged = fields.Boolean(readonly=True)
    click_ids = fields.One2many("retention.referral.click", "link_id")
    click_count = fields.Integer(
        string="Opened",
        compute="_compute_click_count",
        help="How often the page was opened, not counting search engines and previews.",
    )
    referral_ids = fields.One2many("retention.referral", "link_id")

    _code_uniq = models.UniqueIndex("(code)")
    _person_uniq = models.UniqueIndex(
        "(program_id, partner_id) WHERE active AND is_merged IS NOT TRUE"
    )

    @api.depends("code", "program_id")
    def _compute_url(self):
        for link in self:
            link.url = f"{link.get_base_url()}/refer/{link.code}"

    @api.depends("click_ids.count")
    def _compute_click_count(self):
        counts = dict(
            self.env["retention.referral.click"]._read_group(
                [("link_id", "in", self.ids)], ["link_id"], ["count:sum"]
            )
        )
        for link in self:
            link.click_count = counts.get(link._origin, 0)

    @api.depends("active", "partner_id", "program_id")
    def _compute_can_renew(self):
        good = self.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("program_id", "in", self.program_id.ids),
            ]
        ).grouped(lambda link: (link.partner_id, link.program_id))
        for link in self:
            # what was revoked, only where nothing has taken its place
            is_replaced = (link.partner_id, link.program_id) in good
            link.can_renew = link.active or not is_replaced

    @api.model
    def _new_code(self):
        return "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))

    @api.model
    def _of(self, partner, program):
        """Return the link of a person in a programme, made when first needed.

        Two who need it at once get the same one.

        :param partner: the person
        :param program: one programme
        """
        self.env["retention.referral.program"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO retention_referral_link (
                       partner_id, program_id, company_id, code, active,
                       create_uid, create_date, write_uid, write_date)
                VALUES (%(partner)s, %(program)s, %(company)s, %(code)s, TRUE,
                        %(uid)s, %(now)s, %(uid)s, %(now)s)
                    ON CONFLICT (program_id, partner_id)
                       WHERE active AND is_merged IS NOT TRUE DO NOTHING
                """,
                partner=partner.id,
                program=program.id,
                company=program.company_id.id,
                code=self._new_code(),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        return self.search(
            [("partner_id", "=", partner.id), ("program_id", "=", program.id)],
            order="is_merged, id desc",
            limit=1,
        )

    @api.model
    def _is_revoked(self, partner, program):
        """Whether the link of a person was revoked, and they got no other one."""
        links = self.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("program_id", "=", program.id)]
        )
        return bool(links) and not any(links.mapped("active"))

    @api.model
    def _action_of(self, partner):
        """Open the link of a person in the first programme that is running.

        :raise UserError: if none is, or if the person's link was revoked
        """
        self.check_access("read")
        # sudo: whoever looks after a customer may pass on the customer's link
        links = self.sudo()
        program = links.env["retention.referral.program"]._default_of(self.env.company)
        if not program:
            raise UserError(
                self.env._(
                    "No referral programme is running. Begin one in the configuration."
                )
            )
        if links._is_revoked(partner, program):
            raise UserError(
                self.env._(
                    "The link of %s was revoked. A manager can renew it in the list of "
                    "links.",
                    partner.display_name,
                )
            )
        links._of(partner, program)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_link_action"
        )
        return dict(action, domain=[("partner_id", "=", partner.id)], context={})

    def action_view_clicks(self):
        """Open how often the links were opened, over which channels and when."""
        self.check_access("read")
        return self._action_clicks([("link_id", "in", self.ids)])

    @api.model
    def _action_clicks(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_click_report_action"
        )
        return dict(action, domain=domain, context={})

    def action_renew(self):
        """Revoke it, and give the person another one.

        :raise AccessError: for whoever is no manager
        """
        for link in self._of_manager():
            link.active = False
            self._of(link.partner_id, link.program_id)

    def action_revoke(self):
        """Close it for good: whoever has it can do nothing with it.

        :raise AccessError: for whoever is no manager
        """
        self._of_manager().active = False

    def _of_manager(self):
        """Return the links with all rights, to a manager who may see them."""
        self.check_access("read")
        manager = "retention_suite.group_retention_manager"
        if not self.env.su and not self.env.user.has_group(manager):
            raise AccessError(
                self.env._("Only managers can revoke links. Please ask one.")
            )
        # sudo: links are changed by these steps only
        return self.sudo()

    @api.private
    def _merge_people(self, sources, target):
        """Have the links of contacts that become one all stay good: one remains
        the person's own in each programme, before Odoo exchanges the contacts.

        :param sources: the contacts that go
        :param target: the contact that stays
        """
        links = self.search([("partner_id", "in", (sources | target).ids)])
        own = links.filtered(lambda link: not link.is_merged)
        for same_program in own.grouped("program_id").values():
            # the one of who stays, else the newest
            kept = same_program.filtered(lambda link: link.partner_id == target)
            kept = (kept or same_program.sorted("id"))[-1]
            (same_program - kept).is_merged = True
        self.env.flush_all()
