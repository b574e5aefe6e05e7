from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL, ormcache

from .retention_touchpoint_source import MACHINE_TYPES, NO_CONTACT_TYPES


class MailMessage(models.Model):
    _inherit = "mail.message"

    # fetched together, and only where one of them is asked for
    retention_automated = fields.Boolean(
        string="Written by a Machine",
        copy=False,
        prefetch="retention",
        help="An automatic reply, a mailing list or a scheduled action wrote this "
        "message. It does not count as a personal contact.",
    )

    retention_no_answer_date = fields.Datetime(
        string="Needs No Answer Since",
        copy=False,
        prefetch="retention",
        readonly=True,
        index="btree_not_null",
        help="When somebody said that this message needs no answer.",
    )

    def _retention_plain_company(self, document, values):
        """Return the current user's company, if this is plainly a message of theirs.
        To be asked before it is sent: what is known of users then, Odoo may have
        dropped afterwards.

        :param document: the record it was posted on
        :param dict values: see ``_retention_sources``
        """
        user = self.env.user
        if (
            values.get("message_type") != "comment"
            or values.get("author_id") != user.partner_id.id
            or values.get("is_internal")
            or values.get("mail_activity_type_id")
            or document._name == "discuss.channel"
            or user.id == SUPERUSER_ID
            or user.share
            or not document
        ):
            return self.env["res.company"]
        return user.company_id

    def _retention_plain(self, document, values, recipients_data, company):
        """Tell whether a plain message is to one outside person, and if so: the
        person, the company and the purpose.

        The source ``notified`` finds the same, with much more work.

        :param document: the record it was posted on
        :param dict values: see ``_retention_sources``
        :param list recipients_data: see ``_retention_sources``
        :param company: of who wrote it
        """
        outside = [r["id"] for r in recipients_data or () if r["share"] and r["id"]]
        if len(outside) != 1:
            return None
        # as it was given: reading the message would be a query more
        subtype_id = values.get("subtype_id")
        if not subtype_id or subtype_id in self._retention_internal_subtype_ids():
            return None
        if self.env["retention.touchpoint"]._is_column(
            document, "company_id", "res.company"
        ):
            # sudo: the company of what was just posted on
            company = document.sudo().company_id or company
        rules = self.env["retention.purpose.rule"]
        person = self.env["res.partner"].browse(outside)
        return person, company.id, rules._purpose(document._name, "message")

    @ormcache()
    def _retention_internal_subtype_ids(self):
        """The subtypes of messages that outsiders never see. Odoo empties the
        cache when subtypes change."""
        # sudo: everybody's messages are told apart by the same subtypes
        subtypes = self.env["mail.message.subtype"].sudo()
        return frozenset(subtypes.search([("internal", "=", True)]).ids)

    def _retention_sources(self, values, recipients_data):
        """Name the sources that may find a contact in this message.

        Most messages are among colleagues and cost nothing more here.

        :param dict values: as given to ``create``, to read nothing again
        :param list recipients_data: whom Odoo notifies, see
            ``mail.thread._notify_get_recipients``
        """
        message_type = values.get("message_type") or self.message_type
        model_name = values.get("model") or self.model
        sources = []
        if message_type in NO_CONTACT_TYPES:
            return sources
        if any(r["share"] and r["id"] for r in recipients_data or ()):
            sources.append("notified")
        if not model_name:
            return sources
        if message_type == "email":
            sources += ["incoming", "unknown", "addressed"]
        elif message_type not in MACHINE_TYPES:
            author_id = values.get("author_id") or self.author_id.id
            user = self.env.user
            if author_id != user.partner_id.id or not user._is_internal():
                sources.append("incoming")
            if model_name == "discuss.channel":
                sources.append("chat")
        return sources

    def _retention_is_own(self, values):
        """Whether the current user wrote it, as a message or a note.

        :param dict values: see ``_retention_sources``
        """
        return (
            values.get("message_type") in ("comment", "email")
            and values.get("author_id") == self.env.user.partner_id.id
        )

    def unlink(self):
        touchpoint = self.env["retention.touchpoint"]
        profile_ids = []
        if self.ids:
            touchpoint._not_posted(self)
            profile_ids = touchpoint._mark_changed(
                SQL("t.message_id = ANY(%s)", self.ids)
            )
        result = super().unlink()
        touchpoint._follow_deleted(profile_ids)
        return result
