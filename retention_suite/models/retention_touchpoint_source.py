from dataclasses import dataclass

from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL

from .among import among

# Written by Odoo itself: never a personal contact.
MACHINE_TYPES = ("notification", "user_notification", "auto_comment", "email_outgoing")
# Not a contact at all, whoever wrote it.
NO_CONTACT_TYPES = ("out_of_office",)
# A message that did not arrive reached nobody.
FAILED_STATUSES = ("bounce", "exception", "canceled")


@dataclass(frozen=True)
class Source:
    """One place where contacts come from.

    :param SQL select: gives the columns of ``_fact_columns``, one row for each
        person, and ends in a ``WHERE`` that more can be joined to by ``AND``
    :param SQL person: the expression of the person in it
    :param SQL key: the id by which new rows are found
    :param SQL record: the id of the message, activity or meeting
    :param str column: the column of the contact that holds ``record``
    :param str table: the growing table that ``key`` belongs to, if new rows
        are found by their ids
    :param SQL changed: for records that become a contact after their creation:
        true for those that may have done so ``since``
    """

    select: SQL
    person: SQL
    key: SQL
    record: SQL
    column: str = "message_id"
    table: str = ""
    changed: str = ""


class RetentionTouchpointSource(models.AbstractModel):
    """Where contacts come from: one SQL select for each source.

    Other addons add sources of their own by extending ``_sources``.
    """

    _name = "retention.touchpoint.source"
    _description = "Where Contacts Come From"

    def _sources(self, models_=(), ids=None):
        """Return the sources of contacts by name.

        :param models_: technical names of the documents that are looked at;
            what is known of them (company, responsible, customer) is joined
        :param dict ids: see ``_documents_sql``
        """
        documents = self._documents_sql(models_, ids)
        return {
            "incoming": self._source_incoming(documents),
            "unknown": self._source_unknown(documents),
            "addressed": self._source_addressed(documents),
            "notified": self._source_notified(documents),
            "chat": self._source_chat(documents),
            "activity": self._source_activity(documents),
            "meeting": self._source_meeting(documents),
        }

    # ------------------------------------------------------------------
    # What is known of a document
    # ------------------------------------------------------------------

    def _documents_sql(self, models_, ids=None):
        """Return a subquery ``(model, res_id, company_id, user_id, partner_id)``.

        :param models_: technical names; unknown ones are left out
        :param dict ids: of the only documents that matter, by model, so that not all
            are read; None for all, of one model or of every
        """
        parts = [
            SQL(
                "%s WHERE %s",
                self._document_sql(self.env[name]),
                among("id", None if ids is None else ids[name]),
            )
            for name in models_
            if name in self.env and self.env[name]._auto
        ]
        parts.append(
            SQL(
                "SELECT NULL::varchar AS model, NULL::int AS res_id,"
                " NULL::int AS company_id, NULL::int AS user_id,"
                " NULL::int AS partner_id WHERE FALSE"
            )
        )
        return SQL("(%s)", SQL(" UNION ALL ").join(parts))

    def _changed_documents_sql(self, models_, since):
        """Return a subquery ``(model, res_id)`` of the documents that were changed.

        :param models_: technical names; unknown ones are left out
        :param datetime since: since when
        """
        parts = [
            SQL(
                "SELECT %s::varchar, id FROM %s WHERE write_date >= %s",
                name,
                SQL.identifier(self.env[name]._table),
                since,
            )
            for name in models_
            if name in self.env and self.env[name]._auto and self.env[name]._log_access
        ]
        parts.append(SQL("SELECT NULL::varchar, NULL::int WHERE FALSE"))
        return SQL(" UNION ALL ").join(parts)

    def _document_sql(self, model):
        partner = "id" if model._name == "res.partner" else "partner_id"
        return SQL(
            "SELECT %s::varchar AS model, id AS res_id, %s AS company_id,"
            " %s AS user_id, %s AS partner_id FROM %s",
            model._name,
            self._column_sql(model, "company_id", "res.company"),
            self._responsible_column_sql(model),
            SQL.identifier(partner)
            if partner == "id"
            else self._column_sql(model, partner, "res.partner"),
            SQL.identifier(model._table),
        )

    def _responsible_fields(self):
        """Return the fields that name who of us is responsible for a document,
        the first one first. Other addons may add theirs."""
        return ["user_id", "invoice_user_id", "user_ids"]

    def _responsible_column_sql(self, model):
        """Who is responsible for a document; of several the oldest account."""
        columns = []
        for name in self._responsible_fields():
            field = model._fields.get(name)
            if self._is_column(model, name, "res.users"):
                columns.append(SQL.identifier(name))
            elif (
                field
                and field.type == "many2many"
                and field.comodel_name == "res.users"
                and field.store
            ):
                columns.append(self._several_sql(model, field))
        return SQL("COALESCE(%s)", SQL(", ").join([*columns, SQL("NULL::int")]))

    def _several_sql(self, model, field):
        return SQL(
            "(SELECT MIN(u.id) FROM %s several JOIN res_users u ON u.id = several.%s"
            " WHERE several.%s = %s AND u.active AND NOT u.share)",
            SQL.identifier(field.relation),
            SQL.identifier(field.column2),
            SQL.identifier(field.column1),
            SQL.identifier(model._table, "id"),
        )

    def _column_sql(self, model, name, comodel):
        usable = self._is_column(model, name, comodel)
        return SQL.identifier(name) if usable else SQL("NULL::int")

    def _is_column(self, model, name, comodel):
        """Whether a model has a stored link of that name."""
        field = model._fields.get(name)
        return bool(
            field
            and field.type == "many2one"
            and field.comodel_name == comodel
            and field.store
            and field.column_type
            and not field.company_dependent
        )

    # ------------------------------------------------------------------
    # Pieces shared by the sources
    # ------------------------------------------------------------------

    # The author's user, the oldest account first. A mail in the company's name
    # was written by whoever sent it.
    _ours_sql = SQL(
        """
        (SELECT DISTINCT ON (partner_id) partner_id, id FROM res_users
          WHERE NOT share ORDER BY partner_id, id) ours
        ON ours.partner_id = COALESCE(
           (SELECT sender.partner_id FROM res_company c
              JOIN res_users sender ON sender.id = m.create_uid
             WHERE c.partner_id = m.author_id LIMIT 1), m.author_id)
        """
    )

    def _message_fact_sql(self, person, direction, user, channel, machine):
        """The columns that every source of messages gives in the same way.

        :param SQL machine: true when no human of either side wrote it
        """
        return SQL(
            """
            SELECT m.id AS message_id, NULL::int AS activity_id,
                   NULL::int AS event_id, m.model AS res_model, m.res_id,
                   %(person)s AS person_id, doc.company_id,
                   %(user)s AS user_id,
                   -- a wrong clock must not hide a customer until its date
                   CASE WHEN m.date > m.create_date + interval '1 day'
                        THEN date_trunc('second', m.create_date)
                        ELSE m.date END AS date,
                   %(direction)s AS direction,
                   %(channel)s AS channel,
                   CASE WHEN m.message_type = 'email_outgoing' THEN 'mailing'
                        WHEN %(machine)s THEN 'automatic'
                        ELSE 'message' END AS kind,
                   %(machine)s AS automated,
                   NULLIF(m.subject, '') AS summary
            """,
            person=person,
            user=user,
            direction=direction,
            channel=channel,
            machine=machine,
        )

    _incoming_channel_sql = SQL(
        """CASE WHEN m.model = 'discuss.channel' THEN 'chat'
                WHEN m.message_type = 'email' THEN 'email'
                WHEN m.message_type = 'sms' THEN 'sms'
                WHEN starts_with(m.message_type, 'whatsapp') THEN 'chat'
                WHEN m.message_type = 'comment' THEN 'portal'
                ELSE 'other' END"""
    )
    _outgoing_channel_sql = SQL(
        """CASE WHEN m.message_type = 'sms' THEN 'sms'
                WHEN starts_with(m.message_type, 'whatsapp') THEN 'chat'
                WHEN m.message_type = 'snailmail' THEN 'letter'
                ELSE 'email' END"""
    )
    _not_internal_sql = SQL(
        """m.is_internal IS NOT TRUE
           AND NOT EXISTS (SELECT FROM mail_message_subtype st
                            WHERE st.id = m.subtype_id AND st.internal)"""
    )
    _incoming_machine_sql = SQL("COALESCE(m.retention_automated, FALSE)")

    def _outgoing_fact_sql(self, person, channel):
        """The columns of a message of ours (``ours`` is its author)."""
        return self._message_fact_sql(
            person,
            "out",
            SQL("NULLIF(ours.id, %s)", SUPERUSER_ID),
            channel,
            SQL(
                "(m.message_type IN %s OR COALESCE(m.retention_automated, FALSE)"
                " OR ours.id = %s)",
                MACHINE_TYPES,
                SUPERUSER_ID,
            ),
        )

    def _outgoing_condition(self):
        """What makes a message one of ours that is meant for outsiders.

        A notice to a single person is a note in Odoo's own book-keeping, but
        it does go out.
        """
        return SQL(
            """
            m.message_type NOT IN %(no_contact)s
            AND (ours.id IS NOT NULL OR m.message_type IN %(machine)s)
            AND m.mail_activity_type_id IS NULL
            AND (m.message_type = 'user_notification' OR (%(not_internal)s))
            AND (m.message_type <> 'notification'
                 OR NOT EXISTS (SELECT FROM mail_tracking_value v
                                 WHERE v.mail_message_id = m.id))
            """,
            no_contact=NO_CONTACT_TYPES,
            machine=MACHINE_TYPES,
            not_internal=self._not_internal_sql,
        )

    # ------------------------------------------------------------------
    # From the customer
    # ------------------------------------------------------------------

    def _responsible_sql(self):
        """Who of us an incoming message is for: the document's responsible,
        else whoever wrote the message it answers."""
        return SQL(
            """COALESCE(doc.user_id, (
                 SELECT MIN(u.id) FROM mail_message parent
                   JOIN res_users u ON u.partner_id = parent.author_id
                  WHERE parent.id = m.parent_id AND NOT u.share))"""
        )

    def _source_incoming(self, documents):
        """Messages written by an outside person we know."""
        return Source(
            SQL(
                """
                %s FROM mail_message m
                   JOIN res_partner author ON author.id = m.author_id
                   LEFT JOIN %s doc ON doc.model = m.model AND doc.res_id = m.res_id
                  WHERE author.partner_share AND m.message_type NOT IN %s
                    AND %s
                """,
                self._message_fact_sql(
                    SQL("m.author_id"),
                    "in",
                    self._responsible_sql(),
                    self._incoming_channel_sql,
                    self._incoming_machine_sql,
                ),
                documents,
                MACHINE_TYPES + NO_CONTACT_TYPES,
                self._not_internal_sql,
            ),
            person=SQL("m.author_id"),
            key=SQL("m.id"),
            record=SQL("m.id"),
            table="mail_message",
        )

    def _source_unknown(self, documents):
        """E-mails from an address we do not know, in a customer's document."""
        return Source(
            SQL(
                """
                %s FROM mail_message m
                   JOIN %s doc ON doc.model = m.model AND doc.res_id = m.res_id
                  WHERE m.author_id IS NULL AND m.message_type = 'email'
                    AND %s
                """,
                self._message_fact_sql(
                    SQL("doc.partner_id"),
                    "in",
                    self._responsible_sql(),
                    self._incoming_channel_sql,
                    self._incoming_machine_sql,
                ),
                documents,
                self._not_internal_sql,
            ),
            person=SQL("doc.partner_id"),
            key=SQL("m.id"),
            record=SQL("m.id"),
            table="mail_message",
            # the customer of a lead is often found after its first message
            changed="m.model = 'crm.lead' AND m.res_id IN ("
            " SELECT id FROM crm_lead WHERE partner_id IS NOT NULL"
            " AND write_date >= %(since)s)",
        )

    # ------------------------------------------------------------------
    # From us
    # ------------------------------------------------------------------

    def _source_notified(self, documents):
        """Messages of ours that Odoo brought to an outside person."""
        return Source(
            SQL(
                """
                %s FROM mail_notification n
                   JOIN mail_message m ON m.id = n.mail_message_id
                   JOIN res_partner person ON person.id = n.res_partner_id
                   LEFT JOIN %s
                   LEFT JOIN %s doc ON doc.model = m.model AND doc.res_id = m.res_id
                  WHERE person.partner_share AND n.notification_status NOT IN %s
                    AND %s
                """,
                self._outgoing_fact_sql(
                    SQL("n.res_partner_id"),
                    SQL(
                        "CASE n.notification_type WHEN 'sms' THEN 'sms'"
                        " WHEN 'snail' THEN 'letter' ELSE %s END",
                        self._outgoing_channel_sql,
                    ),
                ),
                self._ours_sql,
                documents,
                FAILED_STATUSES,
                self._outgoing_condition(),
            ),
            person=SQL("n.res_partner_id"),
            key=SQL("n.id"),
            record=SQL("n.mail_message_id"),
            table="mail_notification",
        )

    def _source_addressed(self, documents):
        """E-mails of ours that came in by the gateway, with the customer among
        the recipients: Odoo had nobody left to notify."""
        return Source(
            SQL(
                """
                %s FROM mail_message m
                   JOIN %s
                   JOIN mail_message_res_partner_rel r ON r.mail_message_id = m.id
                   JOIN res_partner person ON person.id = r.res_partner_id
                   LEFT JOIN %s doc ON doc.model = m.model AND doc.res_id = m.res_id
                  WHERE m.message_type = 'email' AND person.partner_share
                    AND %s
                """,
                self._outgoing_fact_sql(
                    SQL("r.res_partner_id"), self._outgoing_channel_sql
                ),
                self._ours_sql,
                documents,
                self._outgoing_condition(),
            ),
            person=SQL("r.res_partner_id"),
            key=SQL("m.id"),
            record=SQL("m.id"),
            table="mail_message",
        )

    def _source_chat(self, documents):
        """What we wrote in a chat with an outside person as a member by then."""
        return Source(
            SQL(
                """
                %s FROM mail_message m
                   JOIN %s
                   JOIN discuss_channel_member member
                     ON member.channel_id = m.res_id
                   JOIN res_partner person ON person.id = member.partner_id
                   LEFT JOIN %s doc ON doc.model = m.model AND doc.res_id = m.res_id
                  WHERE m.model = 'discuss.channel' AND person.partner_share
                    AND (member.create_date <= m.create_date) IS NOT FALSE
                    AND m.message_type = 'comment' AND %s
                """,
                self._outgoing_fact_sql(SQL("member.partner_id"), SQL("'chat'")),
                self._ours_sql,
                documents,
                self._outgoing_condition(),
            ),
            person=SQL("member.partner_id"),
            key=SQL("m.id"),
            record=SQL("m.id"),
            table="mail_message",
        )

    # ------------------------------------------------------------------
    # Calls and meetings
    # ------------------------------------------------------------------

    def _source_activity(self, documents):
        """Done calls and meetings on a customer's document. A meeting that is
        in the calendar with the customer counts there."""
        return Source(
            SQL(
                """
                SELECT NULL::int AS message_id, a.id AS activity_id,
                       NULL::int AS event_id, a.res_model, a.res_id,
                       doc.partner_id AS person_id, doc.company_id, a.user_id,
                       CASE WHEN a.write_date::date = a.date_done THEN a.write_date
                            ELSE a.date_done + time '12:00' END AS date,
                       'out' AS direction,
                       CASE at.category WHEN 'phonecall' THEN 'phone'
                            ELSE 'meeting' END AS channel,
                       'activity' AS kind, FALSE AS automated,
                       NULLIF(a.summary, '') AS summary
                  FROM mail_activity a
                  JOIN mail_activity_type at ON at.id = a.activity_type_id
                  JOIN %s doc ON doc.model = a.res_model AND doc.res_id = a.res_id
                  JOIN res_partner customer ON customer.id = doc.partner_id
                 WHERE NOT a.active AND a.date_done IS NOT NULL
                   AND at.category IN ('phonecall', 'meeting')
                   AND NOT EXISTS (
                       SELECT FROM calendar_attendee att
                         JOIN res_partner person ON person.id = att.partner_id
                        WHERE att.event_id = a.calendar_event_id
                          AND person.commercial_partner_id
                              = customer.commercial_partner_id)
                """,
                documents,
            ),
            person=SQL("doc.partner_id"),
            key=SQL("a.id"),
            record=SQL("a.id"),
            column="activity_id",
            changed="a.write_date >= %(since)s OR (a.res_model = 'crm.lead'"
            " AND a.res_id IN (SELECT id FROM crm_lead"
            " WHERE partner_id IS NOT NULL AND write_date >= %(since)s))",
        )

    _meeting_summary_sql = SQL(
        "CASE WHEN COALESCE(e.privacy, 'public') <> 'private' THEN e.name END"
    )

    def _source_meeting(self, documents):
        """Calendar meetings that took place with outside people."""
        return Source(
            SQL(
                """
                SELECT NULL::int AS message_id, NULL::int AS activity_id,
                       e.id AS event_id,
                       COALESCE(e.res_model, 'calendar.event') AS res_model,
                       CASE WHEN e.res_model IS NULL THEN e.id
                            ELSE e.res_id END AS res_id,
                       att.partner_id AS person_id, doc.company_id, e.user_id,
                       e.start AS date, 'out' AS direction, 'meeting' AS channel,
                       'meeting' AS kind, FALSE AS automated,
                       %s AS summary
                  FROM calendar_event e
                  JOIN calendar_attendee att ON att.event_id = e.id
                  JOIN res_partner person ON person.id = att.partner_id
                  LEFT JOIN %s doc
                    ON doc.model = e.res_model AND doc.res_id = e.res_id
                 WHERE %s AND person.partner_share
                """,
                self._meeting_summary_sql,
                documents,
                self._took_place_sql(),
            ),
            person=SQL("att.partner_id"),
            key=SQL("e.id"),
            record=SQL("e.id"),
            column="event_id",
            changed="e.write_date >= %(since)s OR e.stop >= %(since)s"
            " OR att.write_date >= %(since)s",
        )

    def _took_place_sql(self):
        """True for a meeting ``e`` and attendee ``att`` that met."""
        return SQL(
            "e.active AND e.stop <= %s AND att.state IS DISTINCT FROM 'declined'",
            fields.Datetime.now(),
        )
