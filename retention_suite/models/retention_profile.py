from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date

# What a person decides about a customer; all else follows from facts.
DECIDED_FIELDS = {"user_id", "active", "journey_stage_id", "journey_keep_date"}
# What is decided once and for all when a customer is added.
ADDED_FIELDS = DECIDED_FIELDS | {"partner_id", "company_id"}


class RetentionProfile(models.Model):
    """What one company of ours knows about one commercial partner.

    The measures are derived from the contacts (see ``_refresh``) and stored
    only so that people can filter, group and sort by them. They are written
    when they change, and never by hand.
    """

    _name = "retention.profile"
    _inherit = (
        "retention.profile.ask",
        "retention.profile.group",
        "retention.profile.journey",
        "retention.profile.measure",
        "retention.profile.sync",
        "retention.profile.merge",
        "retention.profile.referral",
        "retention.profile.risk",
        "retention.profile.risk.sql",
        "retention.profile.risk.text",
        "retention.profile.silence",
        "retention.profile.value",
        "retention.profile.value.class",
        "retention.profile.waiting",
        "retention.profile.winback",
    )
    _description = "Customer Relationship"
    _order = "next_contact_date, id"
    _rec_name = "partner_id"
    _rec_names_search = ("partner_id",)
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    is_manual = fields.Boolean(
        string="Added by Hand",
        default=True,
        readonly=True,
        help="Stays a customer here even if the company's setting does not name it.",
    )
    is_put_away = fields.Boolean(
        string="Put Away by Hand",
        readonly=True,
        help="Stays away even if the company's setting names it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Contact Person",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Our person for this customer: the one set here, else the "
        "salesperson of the contact, else of the newest open opportunity.",
    )
    assigned_user_id = fields.Many2one(
        "res.users",
        string="Contact Person Set by Hand",
        readonly=True,
        ondelete="set null",
    )
    # Shown beside the customer, so that a line can be worked from a list.
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    country_id = fields.Many2one(related="partner_id.country_id")
    category_id = fields.Many2many(related="partner_id.category_id")
    industry_id = fields.Many2one(related="partner_id.industry_id")
    avatar_128 = fields.Image(related="partner_id.avatar_128")

    currency_id = fields.Many2one(related="company_id.currency_id")
    open_revenue = fields.Monetary(
        string="Open Opportunities",
        readonly=True,
        help="Expected revenue of the customer's open opportunities.",
    )
    start_date = fields.Datetime(
        string="Known Since",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="First lead, or when the customer was added here.",
    )

    contact_policy_id = fields.Many2one(
        "retention.contact.policy", readonly=True, ondelete="set null"
    )

    gap_days = fields.Integer(
        string="Days without Contact",
        compute="_compute_gap_days",
        search="_search_gap_days",
        help="Days since the last personal contact, by the company's calendar.",
    )
    gap_text = fields.Char(compute="_compute_gap_text", string="Since Last Contact")
    is_overdue = fields.Boolean(compute="_compute_gap_text")
    # Kept by the statements that raise and end alerts, for columns to sum it.
    open_alert_count = fields.Integer(string="To Do", readonly=True, copy=False)
    alert_ids = fields.One2many("retention.alert", "profile_id", string="To Do List")
    open_alert_ids = fields.One2many(
        "retention.alert",
        "profile_id",
        domain=[("state", "in", ("open", "snoozed"))],
        string="Open To Do",
    )
    # They live on the contact, where everybody looks.
    activity_ids = fields.One2many(
        "mail.activity",
        compute="_compute_activity_ids",
        search="_search_activity_ids",
        string="Activities",
    )
    # What Odoo's activity view and buttons read beside the activities.
    activity_state = fields.Selection(related="partner_id.activity_state")
    activity_summary = fields.Char(related="partner_id.activity_summary")
    activity_type_id = fields.Many2one(
        related="partner_id.activity_type_id", readonly=True
    )
    activity_type_icon = fields.Char(related="partner_id.activity_type_icon")
    activity_exception_decoration = fields.Selection(
        related="partner_id.activity_exception_decoration"
    )
    activity_exception_icon = fields.Char(related="partner_id.activity_exception_icon")
    touchpoint_ids = fields.One2many(
        "retention.touchpoint", "profile_id", string="Contacts"
    )

    # When the run has to look again: set to today by whatever changes the
    # facts, and by a refresh to the day a contact leaves the 90 days.
    refresh_date = fields.Date(default=fields.Date.today, readonly=True)
    is_history_captured = fields.Boolean(readonly=True)

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "This contact is already a customer here."
    )
    _refresh_date_idx = models.Index("(refresh_date) WHERE refresh_date IS NOT NULL")
    _history_idx = models.Index("(id) WHERE is_history_captured IS NOT TRUE")
    _stage_next_idx = models.Index("(journey_stage_id, next_contact_date, id)")
    _user_next_idx = models.Index("(user_id, next_contact_date)")
    # All that the heads of the board's columns are made of.
    _board_idx = models.Index(
        "(company_id, active, journey_stage_id, next_contact_date, user_id,"
        " open_alert_count)"
    )

    # ------------------------------------------------------------------
    # Computed
    # ------------------------------------------------------------------

    @api.depends("last_contact_date", "company_id")
    def _compute_gap_days(self):
        for profile in self:
            today = profile._company_date(fields.Datetime.now())
            last = profile._company_date(profile.last_contact_date)
            profile.gap_days = (today - last).days if last else 0

    def _search_gap_days(self, operator, value):
        """Search by days since the last personal contact."""
        return self._search_days_since("last_contact_date", operator, value)

    def _search_days_since(self, name, operator, value):
        """Search by the days since some moment.

        Customers without one are found by no number of days.

        :param str name: of the field with the moment
        :raise NotImplementedError: for anything but a comparison with numbers
        """
        if operator == "in":
            return Domain.OR(
                self._search_days_since(name, ">=", days)
                & self._search_days_since(name, "<=", days)
                for days in value
            )
        if operator not in (">", ">=", "<", "<="):
            return NotImplemented
        # the moment's day by each company's calendar, as it is shown
        days = int(value) + (operator in (">", "<="))
        compared = "<" if operator in (">", ">=") else ">="
        # sudo: the working hours' time zone is nobody's secret
        by_zone = (
            self.env["res.company"]
            .sudo()
            .search([])
            .grouped(lambda company: company.resource_calendar_id.tz or "UTC")
        )
        return Domain.OR(
            Domain("company_id", "in", companies.ids)
            & Domain(name, compared, self._start_of_day(zone, days - 1))
            for zone, companies in by_zone.items()
        )

    def _start_of_day(self, zone, days_ago):
        """Return the moment at which a day began in a time zone."""
        now = fields.Datetime.context_timestamp(
            self.with_context(tz=zone), fields.Datetime.now()
        )
        day = fields.Date.subtract(now.date(), days=days_ago)
        midnight = datetime.combine(day, time.min, ZoneInfo(zone))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    @api.depends(
        "last_contact_date", "last_counted_date", "next_contact_date", "agreed_days"
    )
    @api.depends_context("lang")
    def _compute_gap_text(self):
        for profile in self:
            today = profile._company_date(fields.Datetime.now())
            due = profile.next_contact_date
            profile.is_overdue = bool(due and due < today)
            counted = profile.last_counted_date
            if not profile.last_contact_date:
                text = self.env._("No personal contact yet")
            elif profile.is_overdue and profile.last_contact_date != counted:
                # in touch, but not in the way the policy asks for
                base = due - timedelta(days=profile.agreed_days)
                text = self.env._(
                    "%s days without a contact that counts", (today - base).days
                )
            else:
                text = profile._gap_sentence(profile.gap_days)
            if due:
                text = self.env._(
                    "%(contact)s (agreed: %(days)s)",
                    contact=text,
                    days=profile.agreed_days,
                )
            profile.gap_text = text

    def _gap_sentence(self, days):
        if days <= 0:
            return self.env._("In contact today")
        if days == 1:
            return self.env._("1 day without contact")
        return self.env._("%s days without contact", days)

    @api.depends("partner_id")
    def _compute_activity_ids(self):
        for profile in self:
            profile.activity_ids = profile.partner_id.activity_ids

    def _search_activity_ids(self, operator, value):
        return [("partner_id.activity_ids", operator, value)]

    def _company_date(self, moment):
        """Return the company's calendar day of a moment."""
        self.ensure_one()
        return self.company_id._retention_day(moment)

    def _format_day(self, moment):
        """Return a moment's day as the reader writes days."""
        return format_date(self.env, self._company_date(moment))

    # ------------------------------------------------------------------
    # Added or changed by a person
    # ------------------------------------------------------------------

    @api.constrains("partner_id", "company_id")
    def _check_partner(self):
        # sudo: our own people's records decide, whoever adds the customer
        for profile in self.sudo():
            partner = profile.partner_id
            if partner.user_ids.filtered(lambda user: not user.share) or (
                self.env["res.company"]
                .sudo()
                .search_count([("partner_id", "=", partner.id)], limit=1)
            ):
                raise ValidationError(
                    self.env._(
                        "%s is one of us. Only customers can be followed here.",
                        partner.display_name,
                    )
                )
            if partner.company_id and partner.company_id != profile.company_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s belongs to %(company)s. "
                        "Switch to that company to add it.",
                        customer=partner.display_name,
                        company=partner.company_id.display_name,
                    )
                )

    def _check_decided(self, vals, decided):
        if not self.env.su and set(vals) - decided:
            raise AccessError(
                self.env._(
                    "The figures of a customer follow from its contacts. "
                    "Log a contact instead of changing them."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_decided(vals, ADDED_FIELDS)
            partner = self.env["res.partner"].browse(vals.get("partner_id"))
            vals["partner_id"] = partner.commercial_partner_id.id or partner.id
            if vals.get("user_id"):
                vals["assigned_user_id"] = vals["user_id"]
        profiles = super().create(vals_list)
        # sudo: a new customer gets its whole history, whoever adds it
        profiles.sudo()._take_up()
        return profiles

    def write(self, vals):
        self._check_decided(vals, DECIDED_FIELDS)
        if "user_id" in vals:
            vals = dict(vals, assigned_user_id=vals["user_id"])
        if "active" in vals:
            vals = {"is_put_away": not vals["active"], **vals}
        old_stages = self._stages_before(vals)
        result = super().write(vals)
        if old_stages:
            # sudo: a move is noted by whoever may make it
            moved = self.browse(old_stages).sudo()
            moved._note_moves(old_stages, self.env.context.get("retention_note"))
        # sudo: who gives a customer away may not see it any more, and still
        # its open alerts go along
        profiles = self.sudo()
        if "user_id" in vals:
            profiles.flush_recordset()
            profiles._sync_people(profiles.ids)
            self.env["retention.alert"].sudo()._follow_contact_person(profiles.ids)
            profiles._refresh_now(profiles.ids)
        if not vals.get("active", True):
            profiles.open_alert_ids._close("resolved")
        return result

    def unlink(self):
        # sudo: what was asked of anybody for these customers goes along
        self.sudo().open_alert_ids._open_activities().unlink()
        # sudo: likewise, with what was written in them
        self.sudo().winback_ids.unlink()
        return super().unlink()

    @api.model
    def _known(self, partner):
        """Return the customer that a person belongs to, put away or not, if it
        is one. It comes with all rights.

        :raise AccessError: if it is a colleague's
        """
        commercial = partner.commercial_partner_id
        # sudo: to tell a colleague's customer from nobody's
        everybodys = self.sudo().with_context(active_test=False)
        known = everybodys.search(
            [
                ("partner_id", "=", commercial.id),
                ("company_id", "=", self.env.company.id),
            ]
        )
        if known and not known.sudo(False).has_access("read"):
            raise AccessError(
                self.env._(
                    "%(customer)s is looked after by %(person)s. Please ask them.",
                    customer=commercial.display_name,
                    person=known.user_id.name,
                )
            )
        return known

    @api.model
    def _look_after(self, partner):
        """Return the customer that a person belongs to, made if it is none yet.

        :raise AccessError: if it is a colleague's
        """
        known = self._known(partner)
        if not known:
            return self.create({"partner_id": partner.commercial_partner_id.id})
        if not known.active:
            known.write({"active": True, "is_manual": True})
            known._take_up()
        return known.sudo(False)

    def _follow_partner(self, active):
        """Put customers away with their contacts, or bring them back."""
        profiles = self.filtered(lambda p: p.active != active and not p.is_put_away)
        profiles.write(
            {
                "active": active,
                "is_put_away": False,
                "refresh_date": fields.Date.today(),
            }
        )
        if active:
            profiles._take_up()

    def _take_up(self):
        """Give new customers their history, contact person and policy."""
        self.flush_recordset()
        self._capture_history()
        self._sync_people(self.ids)
        # a policy may ask for the rhythm, and what is due asks for the policy
        self._refresh(self.ids)
        self._match_policies(self.ids)
        self._refresh_now(self.ids)
        self._refresh_value(self.ids)

    def _capture_history(self):
        """Capture all contacts of some customers.

        :return: ids of those that got any
        """
        touchpoint = self.env["retention.touchpoint"]
        self.env["res.partner"].flush_model()
        persons = SQL(
            "(SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s))",
            self.partner_id.ids,
        )
        changed = set()
        sources = touchpoint._sources(touchpoint._thread_models()).values()
        # all that tell of the same record at once, as when it is captured
        for column in sorted({source.column for source in sources}):
            changed.update(
                touchpoint._capture(
                    [source for source in sources if source.column == column],
                    lambda s: SQL("%s IN %s", s.person, persons),
                )
            )
        self.env.cr.execute(
            SQL(
                "UPDATE retention_profile"
                "   SET is_history_captured = TRUE, refresh_date = %s"
                " WHERE id = ANY(%s)",
                fields.Date.today(),
                self.ids,
            )
        )
        self.invalidate_recordset(["is_history_captured", "refresh_date"])
        changed.update(touchpoint._adopt_strangers())
        return changed

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_log_contact(self):
        """Open the small dialog that logs a contact."""
        self.ensure_one()
        self.check_access("read")
        return self.env["retention.log.contact"]._action_open(self)

    def action_view_contacts(self):
        """Open all contacts of the customer."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_touchpoint_action"
        )
        return dict(action, domain=[("profile_id", "=", self.id)], context={})

    def action_view_alerts(self):
        """Open what is to do for the customer."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retention_suite.retention_alert_action"
        )
        return dict(
            action,
            domain=[("profile_id", "=", self.id)],
            context={"search_default_open": 1},
        )

    def action_open_partner(self):
        """Open the customer's contact."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id._get_records_action()
