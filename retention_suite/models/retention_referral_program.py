from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

REWARDED = [
    ("none", "Nobody"),
    ("referrer", "Who recommends"),
    ("friend", "Who was recommended"),
    ("both", "Both"),
]
# Unless a programme says otherwise.
THANK_DAYS = 7


class RetentionReferralProgram(models.Model):
    """What customers are asked to recommend, and how they are thanked.

    Without a reward unless somebody wants one: who is paid recommends for the
    pay.
    """

    _name = "retention.referral.program"
    _inherit = ("image.mixin", "retention.referral.program.page")
    _description = "Referral Programme"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_start = fields.Date(help="Empty: it has begun.")
    date_end = fields.Date(
        string="Last Day",
        help="After this day its page takes no more recommendations. Empty: no end.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        help="The team of the leads that come in.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        domain="[('share', '=', False)]",
        check_company=True,
        help="Who gets the leads that come in. Empty: nobody yet, as for any "
        "lead that comes in by itself.",
    )
    campaign_id = fields.Many2one("utm.campaign")
    title = fields.Char(
        translate=True, help="The first line of the page that friends open."
    )
    text = fields.Html(
        translate=True,
        sanitize_attributes=True,
        help="What friends read on the page.",
    )
    # for the page, which is opened often and must not search for it
    has_picture = fields.Boolean(compute="_compute_has_picture", store=True)
    share_text = fields.Text(
        string="Text to Share",
        translate=True,
        help="What is prepared for customers to send to a friend; the link is added "
        "to it. They send it themselves, from their own address.",
    )
    thank_days = fields.Integer(
        string="Days to Thank",
        default=THANK_DAYS,
        help="So many days after a recommendation came in, it should have been "
        "thanked for.",
    )
    reward_for = fields.Selection(
        REWARDED,
        string="Reward for",
        required=True,
        default="none",
        help="Who gets something for a recommendation that was won.",
    )
    reward_text = fields.Char(
        string="Reward", translate=True, help="What they get, in a few words."
    )
    hold_days = fields.Integer(
        string="Days on Hold",
        default=30,
        help="A reward is due so many days after the opportunity was won, unless "
        "that is cancelled before.",
    )
    reward_max = fields.Integer(
        string="Most per Year",
        help="So many rewards at most for each who recommends, in a calendar year. "
        "0: no limit.",
    )
    link_ids = fields.One2many("retention.referral.link", "program_id")
    referral_ids = fields.One2many("retention.referral", "program_id")
    referral_count = fields.Integer(compute="_compute_referral_count")

    _dates_in_order = models.Constraint(
        "CHECK(date_end IS NULL OR date_start IS NULL OR date_start <= date_end)",
        "The last day must not be before the first.",
    )
    _days_not_negative = models.Constraint(
        "CHECK(thank_days >= 0 AND hold_days >= 0 AND reward_max >= 0)",
        "Days and numbers must not be negative.",
    )

    @api.constrains("reward_for", "reward_text")
    def _check_reward(self):
        for program in self:
            if program.reward_for != "none" and not program.reward_text:
                raise ValidationError(
                    self.env._(
                        "Say what the reward of %s is, or give it to nobody.",
                        program.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_used(self):
        """With it, all links and their figures would go, and rewards be void."""
        # sudo: whoever deletes it need not see the recommendations
        used = self.env["retention.referral"].sudo()
        used = used.search([("program_id", "in", self.ids)], limit=1).program_id
        if used:
            raise UserError(
                self.env._(
                    "%s has recommendations: they would lose their links and rewards. "
                    "Archive it instead.",
                    used.name,
                )
            )

    @api.depends("image_1920")
    def _compute_has_picture(self):
        for program in self:
            program.has_picture = bool(program.image_1920)

    @api.depends("referral_ids")
    def _compute_referral_count(self):
        counts = dict(
            self.env["retention.referral"]._read_group(
                [("program_id", "in", self.ids), ("is_merged", "=", False)],
                ["program_id"],
                ["__count"],
            )
        )
        for program in self:
            program.referral_count = counts.get(program._origin, 0)

    def _is_running(self):
        """Whether it takes recommendations today, by the company's calendar."""
        self.ensure_one()
        today = self.company_id._retention_day(fields.Datetime.now())
        return (
            self.active
            and (not self.date_start or self.date_start <= today)
            and (not self.date_end or today <= self.date_end)
        )

    @api.model
    def _default_of(self, company):
        """Return the first programme of a company that is running, or nothing."""
        programs = self.search([("company_id", "=", company.id)])
        return programs.filtered(lambda program: program._is_running())[:1]

    def _thank_due_date(self, moment, company):
        """Return the day until which to thank, without a programme too.

        :param datetime moment: when the recommendation came in
        :param company: for which it did
        """
        days = self.thank_days if self else THANK_DAYS
        return fields.Date.add(company._retention_day(moment), days=days)

    def _lead_values(self, referrer):
        """Return what the leads have in common that come by recommendation, with a
        programme or without.

        :param referrer: the person who recommends
        """
        source = self.env.ref("utm.utm_source_referral", raise_if_not_found=False)
        values = {
            "referred": referrer.name,
            "source_id": source.id if source else False,
            "campaign_id": self.campaign_id.id,
        }
        if self.team_id:
            values["team_id"] = self.team_id.id
        return values

    def action_view_referrals(self):
        """Open the recommendations of the programme."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_action"
        )
        return dict(action, domain=[("program_id", "=", self.id)], context={})

    def action_view_clicks(self):
        """Open how often the links of the programme were opened."""
        self.ensure_one()
        return self.link_ids._action_clicks([("program_id", "=", self.id)])

    def action_preview(self):
        """Open the page that friends see, by a link of the current user.

        :raise UserError: unless it is running, as there is no page then
        """
        self.ensure_one()
        self.check_access("read")
        self._check_running()
        link = self.env["retention.referral.link"]._of(self.env.user.partner_id, self)
        return {"type": "ir.actions.act_url", "url": link.url, "target": "new"}

    def _check_running(self):
        if self._is_running():
            return
        if not self.active:
            raise UserError(
                self.env._(
                    "%s is archived: it has no page. Unarchive it first.", self.name
                )
            )
        today = self.company_id._retention_day(fields.Datetime.now())
        if self.date_start and today < self.date_start:
            raise UserError(
                self.env._(
                    "%(program)s begins on %(date)s: its page opens on that day. To "
                    "see it now, change the first day.",
                    program=self.name,
                    date=format_date(self.env, self.date_start),
                )
            )
        raise UserError(
            self.env._(
                "%(program)s ended on %(date)s: its page is closed. To see it, change "
                "the last day.",
                program=self.name,
                date=format_date(self.env, self.date_end),
            )
        )
