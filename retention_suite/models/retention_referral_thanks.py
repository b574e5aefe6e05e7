from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

THANKS = [
    ("note", "Note"),
    ("call", "Phone Call"),
    ("gift", "Gift"),
    ("reward", "Reward"),
]
# What is a contact with the customer, too, and over which channel.
THANK_CHANNELS = {"note": "letter", "call": "phone"}


class RetentionReferralThanks(models.AbstractModel):
    """How recommendations are thanked for."""

    _name = "retention.referral.thanks"
    _description = "Thanks for Referrals"

    thank_due_date = fields.Date(
        string="Thank By",
        readonly=True,
        help="Every recommendation is thanked for, whatever becomes of it.",
    )
    thanked_date = fields.Date(string="Thanked On", readonly=True)
    thanked_user_id = fields.Many2one(
        "res.users", string="Thanked By", readonly=True, ondelete="set null"
    )
    thank_kind = fields.Selection(THANKS, string="Thanked With", readonly=True)
    thank_note = fields.Char(string="How We Thanked", readonly=True)
    thank_touchpoint_id = fields.Many2one(
        "retention.touchpoint",
        string="Contact by Which We Thanked",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    is_to_thank = fields.Boolean(
        string="Waits for Thanks",
        compute="_compute_is_to_thank",
        search="_search_is_to_thank",
        help="Nobody has thanked for it yet, it was not rejected, and it is known who "
        "recommended.",
    )
    # who was asked to thank may see for what, and still does afterwards
    alert_ids = fields.One2many(
        "retention.alert",
        "res_id",
        string="To Do",
        domain=[("res_model", "=", "retention.referral")],
        groups="retention_suite.group_retention_user",
    )
    is_thank_late = fields.Boolean(
        string="Thanks Are Late",
        compute="_compute_is_thank_late",
        search="_search_is_thank_late",
        help="It should have been thanked for by now, and nobody has.",
    )

    @api.model
    def _to_thank_domain(self):
        """Return which recommendations wait to be thanked for."""
        return Domain(
            [
                ("thanked_date", "=", False),
                ("state", "!=", "rejected"),
                ("referrer_id", "!=", False),
                ("is_merged", "=", False),
            ]
        )

    @api.depends("thanked_date", "state", "referrer_id", "is_merged")
    def _compute_is_to_thank(self):
        # sudo: whether there is somebody to thank does not depend on who asks
        waiting = self.sudo().filtered_domain(self._to_thank_domain())
        for referral in self:
            referral.is_to_thank = referral.id in waiting._ids

    def _search_is_to_thank(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._to_thank_domain()

    @api.depends("thank_due_date", "is_to_thank")
    def _compute_is_thank_late(self):
        now = fields.Datetime.now()
        for referral in self:
            referral.is_thank_late = (
                referral.is_to_thank
                and bool(referral.thank_due_date)
                and referral.thank_due_date < referral.company_id._retention_day(now)
            )

    def _search_is_thank_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        # sudo: when a company's day begins is nobody's secret
        companies = self.env["res.company"].sudo().search([])
        past = Domain.OR(
            Domain("company_id", "in", same_day.ids)
            & Domain("thank_due_date", "<", day)
            for day, same_day in companies.grouped(
                lambda company: company._retention_day(now)
            ).items()
        )
        return past & self._to_thank_domain()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_thank(self):
        """Open the dialog that asks how.

        :raise UserError: if all of them were thanked for already
        """
        self._check_not_thanked()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_referral_thank_action"
        )
        return dict(action, context={"default_referral_ids": self.ids})

    def _check_not_thanked(self):
        self.check_access("read")
        if self and all(referral.thanked_date for referral in self):
            # sudo: who thanked is no secret
            known = self[0].sudo()
            raise UserError(
                self.env._(
                    "%(referral)s: %(person)s has thanked for it already, on "
                    "%(date)s. Take that back first if it was not so.",
                    referral=known.display_name,
                    person=known.thanked_user_id.name or self.env._("somebody"),
                    date=format_date(self.env, known.thanked_date),
                )
            )

    def action_unthank(self):
        """Take back that they were thanked for, with the contact logged by it."""
        self.check_access("read")
        # sudo: thanks are noted and taken back by their own steps only
        thanked = self.sudo().filtered("thanked_date")
        thanked.thank_touchpoint_id.unlink()
        for referral in thanked:
            referral._note(
                self.env._("Thanks of %s taken back", referral._thanked_on_text())
            )
        thanked.write(
            {
                "thanked_date": False,
                "thanked_user_id": False,
                "thank_kind": False,
                "thank_note": False,
            }
        )

    def _thanked_on_text(self):
        return format_date(self.env, self.thanked_date)

    # ------------------------------------------------------------------
    # Thanking
    # ------------------------------------------------------------------

    def _thank(self, kind=None, note=None, day=None):
        """Note that the user has thanked, which ends what was to do about it.

        :param str kind: with what, if it is known
        :param str note: more about it
        :param date day: when; None for today
        """
        for referral in self.filtered(lambda r: not r.thanked_date):
            today = referral.company_id._retention_day(fields.Datetime.now())
            referral.write(
                {
                    "thanked_date": day or today,
                    "thanked_user_id": self.env.uid,
                    "thank_kind": kind,
                    "thank_note": note,
                }
            )
            referral._log_thanks(today)
            referral._note(referral._thanks_text())
        self.env["retention.alert"]._close_thanks(self.ids)

    def _log_thanks(self, today):
        """A call or a note is a contact with the customer."""
        channel = THANK_CHANNELS.get(self.thank_kind)
        profile, person = self.profile_id, self.referrer_id
        if (
            not channel
            or not profile.active
            or person.commercial_partner_id != profile.partner_id
        ):
            return
        moment = fields.Datetime.now()
        if self.thanked_date < today:
            # noon: on that day in most places
            moment = fields.Datetime.to_datetime(self.thanked_date).replace(hour=12)
        self.thank_touchpoint_id = self.env["retention.touchpoint"].create(
            {
                "profile_id": profile.id,
                "partner_id": person.id,
                "channel": channel,
                "direction": "out",
                "date": min(moment, fields.Datetime.now()),
                "purpose": "relationship",
                "summary": self.thank_note or self.env._("Thanks for recommending us"),
                "user_id": self.env.uid,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _thanks_text(self):
        kinds = dict(self._fields["thank_kind"]._description_selection(self.env))
        values = {
            "kind": kinds.get(self.thank_kind, ""),
            "date": self._thanked_on_text(),
            "note": self.thank_note or "",
        }
        if not self.thank_kind:
            return self.env._("Thanked on %(date)s", **values)
        if not self.thank_note:
            return self.env._("Thanked on %(date)s: %(kind)s", **values)
        return self.env._("Thanked on %(date)s: %(kind)s. %(note)s", **values)

    def _note(self, text):
        """Note in the chatter what the user did."""
        self.message_post(
            body=text,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    # ------------------------------------------------------------------
    # Deleted
    # ------------------------------------------------------------------

    def unlink(self):
        self.env["retention.alert"].sudo()._close_of_referrals(self.ids)
        return super().unlink()

    def _forget_tasks(self):
        """Activities name who is about to be deleted: they come again without."""
        alerts = self.env["retention.alert"]._open_of_referrals(self.ids)
        alerts._open_activities().unlink()
        alerts.write({"activity_date": False})
