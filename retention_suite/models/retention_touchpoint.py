from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, html2plaintext

from .attempt import attempt
from .retention_channel import CHANNELS
from .retention_purpose_rule import PURPOSES

# Icons of the timeline, one per channel.
CHANNEL_ICONS = {
    "email": "fa-envelope-o",
    "phone": "fa-phone",
    "meeting": "fa-users",
    "chat": "fa-comments-o",
    "sms": "fa-mobile",
    "letter": "fa-file-text-o",
    "portal": "fa-globe",
    "event": "fa-calendar-o",
    "other": "fa-circle-o",
}
PREVIEW_LENGTH = 200
# When the contacts of more customers are deleted at once, the run follows.
FOLLOW_LIMIT = 1000

# What a person says of a contact when logging it.
LOGGED_FIELDS = (
    "profile_id",
    "partner_id",
    "other_partner_ids",
    "date",
    "direction",
    "channel",
    "purpose",
    "user_id",
    "summary",
    "res_model",
    "res_id",
)


class RetentionTouchpoint(models.Model):
    """One contact between us and a person of a customer.

    A fact: what happened, never changed by hand. Those that come from Odoo's
    own records go with them and can be captured again; those that a person
    logged are records of their own.
    """

    _name = "retention.touchpoint"
    _inherit = (
        "retention.touchpoint.source",
        "retention.touchpoint.capture",
        "retention.touchpoint.hook",
        "retention.touchpoint.plain",
        "retention.touchpoint.answer",
        "retention.touchpoint.response",
        "retention.touchpoint.no.answer",
        "retention.touchpoint.stranger",
    )
    _description = "Customer Contact"
    _order = "date desc, id desc"
    _rec_name = "summary"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "retention.profile",
        string="Customer",
        ondelete="cascade",
        readonly=True,
        help="Empty as long as we do not know who wrote.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        ondelete="cascade",
        index=True,
        help="Who it was that we were in contact with.",
    )
    other_partner_ids = fields.Many2many(
        "res.partner",
        "retention_touchpoint_other_partner_rel",
        "touchpoint_id",
        "partner_id",
        string="Others There",
        help="Others of the same customer whom the same contact reached.",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    direction = fields.Selection(
        [("in", "From the customer"), ("out", "From us")], required=True
    )
    channel = fields.Selection(CHANNELS, required=True)
    purpose = fields.Selection(PURPOSES, required=True)
    kind = fields.Selection(
        [
            ("message", "Message"),
            ("automatic", "Automatic message"),
            ("mailing", "Mailing"),
            ("activity", "Call or meeting marked as done"),
            ("meeting", "Calendar meeting"),
            ("manual", "Logged by hand"),
        ],
        string="Recorded From",
        required=True,
        default="manual",
        readonly=True,
    )
    automated = fields.Boolean(
        string="By a Machine",
        readonly=True,
        help="Sent by a machine: newsletters, automatic notices and replies. "
        "It does not count as a personal contact.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Our Person",
        ondelete="set null",
        help="Who of us wrote, called or met; for a message from the customer, "
        "who is responsible for its document.",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="cascade")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="cascade")
    event_id = fields.Many2one(
        "calendar.event", string="Meeting", readonly=True, ondelete="cascade"
    )
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    summary = fields.Char(string="About")
    icon = fields.Char(compute="_compute_icon")
    preview = fields.Char(compute="_compute_preview", string="Text")

    _known_person = models.Constraint(
        "CHECK((profile_id IS NULL) = (partner_id IS NULL)"
        " AND (profile_id IS NOT NULL OR (kind = 'message' AND direction = 'in')))",
        "Choose the customer and the person of whom this is a contact.",
    )
    _stranger_uniq = models.UniqueIndex("(message_id) WHERE profile_id IS NULL")
    _profile_date_idx = models.Index("(profile_id, date)")
    _message_uniq = models.UniqueIndex(
        "(message_id, profile_id) WHERE message_id IS NOT NULL"
    )
    _activity_uniq = models.UniqueIndex(
        "(activity_id, profile_id) WHERE activity_id IS NOT NULL"
    )
    _event_uniq = models.UniqueIndex(
        "(event_id, profile_id) WHERE event_id IS NOT NULL"
    )

    @api.depends("channel")
    def _compute_icon(self):
        for touchpoint in self:
            touchpoint.icon = CHANNEL_ICONS.get(touchpoint.channel)

    @api.depends("message_id", "activity_id")
    @api.depends_context("uid")
    def _compute_preview(self):
        """The first words, for those who may read the message itself."""
        readable = self.message_id._filtered_access("read")
        activities = self.activity_id.with_context(active_test=False)
        readable_activities = activities._filtered_access("read")
        for touchpoint in self:
            if touchpoint.message_id in readable:
                text = html2plaintext(touchpoint.message_id.body or "")
            elif touchpoint.activity_id in readable_activities:
                text = touchpoint.activity_id.feedback or ""
            else:
                text = ""
            touchpoint.preview = " ".join(text.split())[:PREVIEW_LENGTH]

    @api.constrains("date")
    def _check_date(self):
        now = fields.Datetime.now()
        for touchpoint in self:
            if touchpoint.kind == "manual" and touchpoint.date > now:
                raise ValidationError(
                    self.env._(
                        "A contact cannot lie in the future. "
                        "Schedule an activity or a meeting instead."
                    )
                )

    @api.constrains("profile_id", "partner_id", "other_partner_ids")
    def _check_customer(self):
        for touchpoint in self.filtered(lambda t: t.kind == "manual"):
            profile = touchpoint.profile_id
            persons = touchpoint.partner_id | touchpoint.other_partner_ids
            strangers = persons.filtered(
                lambda p, customer=profile.partner_id: (
                    p.commercial_partner_id != customer
                )
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not belong to %(customer)s. "
                        "Choose a person of this customer.",
                        person=strangers[0].display_name,
                        customer=profile.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        logged = []
        for vals in vals_list:
            profile = self.env["retention.profile"].browse(vals.get("profile_id"))
            values = {name: vals[name] for name in LOGGED_FIELDS if name in vals}
            values.update(
                kind="manual", automated=False, company_id=profile.company_id.id
            )
            logged.append(values)
        touchpoints = super().create(logged)
        touchpoints._after_change(touchpoints.profile_id.ids)
        return touchpoints

    @api.ondelete(at_uninstall=False)
    def _unlink_only_logged(self):
        if any(touchpoint.kind != "manual" for touchpoint in self):
            raise UserError(
                self.env._(
                    "Only contacts logged by hand can be deleted. The others go "
                    "with their message, activity or meeting."
                )
            )

    def unlink(self):
        profile_ids = self.profile_id.ids
        result = super().unlink()
        self._after_change(profile_ids)
        return result

    @api.model
    def _after_change(self, profile_ids):
        """Let the customers of logged contacts show them at once."""
        self.flush_model()
        # sudo: measures follow from the facts, whoever logged them
        self.env["retention.profile"].sudo()._refresh_now(profile_ids)

    def _mark_changed(self, condition):
        """Have the next run look again at the customers of some contacts.

        :param SQL condition: on ``retention_touchpoint t``, for contacts about
            to go with their record
        :return: ids of the customers
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile SET refresh_date = %s
                 WHERE id IN (SELECT t.profile_id FROM retention_touchpoint t
                               WHERE %s)
             RETURNING id
                """,
                fields.Date.today(),
                condition,
            )
        )
        self.env["retention.profile"].invalidate_model(["refresh_date"])
        return [row[0] for row in self.env.cr.fetchall()]

    def _follow_deleted(self, profile_ids):
        """What rested on contacts that are gone waits again: a run that has just
        matched messages with their answers would not look at them any more.

        :param list profile_ids: of the customers; many are left to the run
        """
        if not profile_ids or len(profile_ids) > FOLLOW_LIMIT:
            return
        # sudo: it follows from the facts, whoever deleted their records
        handover, touchpoint = self.env["retention.handover"].sudo(), self.sudo()

        def follow():
            handover._follow_contacts(profile_ids)
            touchpoint._follow_answers(profile_ids)

        attempt(self.env, "What waits after contacts were deleted", follow)

    @api.private
    def _move_documents(self, sources, target):
        """Move the contacts of some documents, and what is to do about them, to
        the one that they were merged into.

        :param sources: the documents, whose messages have moved already
        :param target: the document
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_touchpoint t SET res_id = %(target)s
                 WHERE t.res_model = %(model)s AND t.res_id = ANY(%(sources)s)
                   AND (t.message_id IN (SELECT id FROM mail_message
                                          WHERE model = %(model)s
                                            AND res_id = %(target)s)
                        OR t.activity_id IN (SELECT id FROM mail_activity
                                              WHERE res_model = %(model)s
                                                AND res_id = %(target)s)
                        OR t.event_id IN (SELECT id FROM calendar_event
                                           WHERE res_model = %(model)s
                                             AND res_id = %(target)s)
                        OR t.profile_id = ANY(%(customers)s))
             RETURNING t.profile_id
                """,
                target=target.id,
                model=target._name,
                sources=sources.ids,
                customers=self.env["retention.profile"]
                .with_context(active_test=False)
                .search(
                    [
                        (
                            "partner_id",
                            "in",
                            sources.partner_id.commercial_partner_id.ids,
                        )
                    ]
                )
                .ids,
            )
        )
        profile_ids = {row[0] for row in self.env.cr.fetchall()}
        self.env["retention.alert"]._move_documents(sources, target)
        self.env.invalidate_all(flush=False)
        self._follow_answers(profile_ids - {None})
        if None in profile_ids:
            self._adopt_strangers()
            self._follow_strangers()

    def _update_purposes(self):
        """Give every captured contact the purpose that the rules name now."""
        purpose = self.env["retention.purpose.rule"]._purpose_sql(
            SQL("t.res_model"), SQL("t.kind")
        )
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH changed AS (
                    UPDATE retention_touchpoint t SET purpose = %(purpose)s
                     WHERE t.kind <> 'manual' AND t.purpose <> %(purpose)s
                 RETURNING t.profile_id)
                UPDATE retention_profile SET refresh_date = %(today)s
                 WHERE id IN (SELECT profile_id FROM changed)
                """,
                purpose=purpose,
                today=fields.Date.today(),
            )
        )
        self.invalidate_model(["purpose"])
        self.env["retention.profile"].invalidate_model(["refresh_date"])

    def action_open_document(self):
        """Open the document the contact belongs to, or its person."""
        self.ensure_one()
        # A merged lead takes its messages along: the message knows best.
        record = self.message_id.sudo()
        model, res_id = record.model, record.res_id
        if not model:
            model, res_id = self.res_model, self.res_id
        document = self.env[model].browse(res_id) if model in self.env else None
        if not document or not document.exists():
            document = self.partner_id
        return document._get_records_action()
