from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .retention_purpose_rule import ROUTINE_PURPOSES

PLAIN = "plain"


class Said(NamedTuple):
    """A plain message, as it was posted, and whether mails of somebody unknown may
    wait in its document; what was not known then is None."""

    message_id: int
    date: datetime
    summary: str
    model: str
    res_id: int
    person_id: int
    user_id: int
    company_id: int
    purpose: str
    has_strangers: bool


class Captured(NamedTuple):
    """What became of one: the contact, its customer, whether that is enough for
    the policy, whether there is an alert about anything but a message, whether a
    message or a hand-over may wait for it, and whether somebody unknown waits in its
    document."""

    message_id: int
    profile_id: int
    contact_id: int
    is_enough: bool
    has_alerts: bool
    has_question: bool
    has_handover: bool
    has_stranger: bool


class RetentionTouchpointPlain(models.AbstractModel):
    """Capturing plain messages: one of ours to one outside person each.

    Nearly all contacts are. What the sources would find of them is known when
    they are posted, so one small statement captures them: people wait for it
    with every message, and most of its time goes into planning it.
    """

    _name = "retention.touchpoint.plain"
    _description = "Capturing of Plain Messages"

    @api.model
    def _capture_plain_later(self, message, document, person, company_id, purpose):
        """Capture a message of the current user's to one person.

        :param message: the message
        :param document: the record it was posted on
        :param person: the contact it is for
        :param int company_id: the company it belongs to
        :param str purpose: what it is for
        """
        # what has to be read is read by the statement that captures it
        is_known = all(name in message._cache for name in ("date", "subject"))
        self._pending().setdefault(PLAIN, []).append(
            Said(
                message_id=message.id,
                date=message.date if is_known else None,
                summary=message.subject or None if is_known else None,
                model=document._name,
                res_id=document.id,
                person_id=person.id,
                user_id=self.env.uid,
                company_id=company_id,
                purpose=purpose,
                has_strangers=self._may_hold_strangers(document),
            )
        )

    def _may_hold_strangers(self, document):
        """Whether mails of somebody unknown may wait in a document. Once it has a
        customer they become the customer's, with the next run.

        :param document: the record
        """
        if document._name not in self._stranger_models():
            return False
        # sudo: of what was just posted on
        document = document.sudo()
        latest = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        return not document.partner_id or document.write_date >= latest

    def _plain_sql(self, rows):
        """Capture plain messages, and let their customers show them.

        What one more contact from us changes is added here; the run derives it
        again with the rest, and what it changes in the customer's rhythm.
        Customers that a run holds are left to it.

        It returns a ``Captured`` for each customer.

        :param list rows: of ``Said``
        """
        return SQL(
            """
            WITH new AS (
                INSERT INTO retention_touchpoint (
                       profile_id, partner_id, company_id, date, direction, channel,
                       purpose, kind, automated, user_id, message_id, res_model,
                       res_id, summary, create_date, write_date)
                SELECT p.id, v.person_id, p.company_id, v.date, 'out', 'email',
                       v.purpose, 'message', FALSE, v.user_id, v.message_id, v.model,
                       v.res_id, v.summary, %(now)s, %(now)s
                  FROM (VALUES %(rows)s) v(message_id, date, summary, model, res_id,
                                           person_id, user_id, company_id, purpose)
                  JOIN retention_profile p
                    ON p.company_id = v.company_id AND p.partner_id = (
                       SELECT commercial_partner_id FROM res_partner
                        WHERE id = v.person_id)
                   FOR NO KEY UPDATE OF p SKIP LOCKED
                    ON CONFLICT DO NOTHING
             RETURNING id, profile_id, message_id, date, user_id, purpose, res_model,
                       res_id, %(zone)s AS tz
            )
            UPDATE retention_profile p
               SET first_contact_date = LEAST(p.first_contact_date, n.date),
                   last_contact_date = GREATEST(p.last_contact_date, n.date),
                   last_outbound_date = GREATEST(p.last_outbound_date, n.date),
                   last_counted_date = GREATEST(p.last_counted_date,
                       CASE WHEN %(counts)s THEN n.date END),
                   next_contact_date = GREATEST(p.next_contact_date,
                       CASE WHEN %(counts)s THEN n.day + p.agreed_days END),
                   last_own_contact_date = GREATEST(p.last_own_contact_date,
                       CASE WHEN n.user_id = p.user_id THEN n.date END),
                   own_contact_due_date = GREATEST(p.own_contact_due_date,
                       CASE WHEN n.user_id = p.user_id THEN n.day + p.agreed_days END),
                   last_routine_date = GREATEST(p.last_routine_date,
                       CASE WHEN n.purpose IN %(routine)s THEN n.date END),
                   last_other_purpose_date = GREATEST(p.last_other_purpose_date,
                       CASE WHEN n.purpose NOT IN %(routine)s THEN n.date END),
                   silent_date = GREATEST(p.silent_date, n.day + %(silent_days)s),
                   outbound_count = COALESCE(p.outbound_count, 0) + 1,
                   %(purpose_counts)s,
                   refresh_date = %(today)s
              FROM (
                   -- sorted: all are inserted before a customer is written, which
                   -- could not be locked for its next contact after that
                   SELECT new.*,
                          (date AT TIME ZONE 'UTC' AT TIME ZONE tz)::date AS day,
                          (%(moment)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE tz
                           )::date AS today
                     FROM new ORDER BY id) n
             WHERE p.id = n.profile_id
         RETURNING n.message_id, p.id, n.id,
                   COALESCE(%(counts)s AND p.next_contact_date > n.today, FALSE),
                   p.open_alert_count > COALESCE(p.question_count, 0),
                   p.question_count > 0,
                   p.has_handover IS NOT FALSE, %(strangers)s
            """,
            rows=SQL(", ").join(self._plain_row_sql(*row[:-1]) for row in rows),
            now=self.env.cr.now(),
            zone=self._zone_sql({row.company_id for row in rows}),
            routine=ROUTINE_PURPOSES,
            moment=fields.Datetime.now(),
            counts=SQL(
                "COALESCE(p.contact_policy_id, 0) <> ALL(%s::int[])",
                list(self.env["retention.contact.policy"]._without_email_ids()),
            ),
            silent_days=self.env["retention.profile"]._silent_days_sql(
                SQL("p.rhythm_days")
            ),
            purpose_counts=SQL(", ").join(
                SQL(
                    "%(count)s = COALESCE(p.%(count)s, 0)"
                    " + (n.purpose = %(name)s)::int",
                    count=SQL.identifier(f"{name}_count"),
                    name=name,
                )
                for name in {row.purpose for row in rows}
            ),
            strangers=self._strangers_wait_sql(rows),
            today=fields.Date.today(),
        )

    def _strangers_wait_sql(self, rows):
        """Whether somebody unknown waits in the document of message ``n``."""
        if not any(row.has_strangers for row in rows):
            return SQL("FALSE")
        return SQL(
            """
            EXISTS (
                   SELECT FROM retention_alert a
                    WHERE COALESCE(a.profile_id, 0) = 0 AND a.kind = 'unanswered'
                      AND COALESCE(a.res_model, '') = n.res_model
                      AND COALESCE(a.res_id, 0) = n.res_id
                      AND a.state IN ('open', 'snoozed'))
            """
        )

    def _zone_sql(self, company_ids):
        """The time zone of a company, one of some."""
        zones = self.env["res.company"]._retention_zones()
        return SQL(
            "CASE company_id %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", id_, zones.get(id_) or "UTC")
                for id_ in company_ids
            ),
        )

    def _plain_row_sql(self, message_id, date, summary, *others):
        if date:
            said = SQL("%s, %s::varchar", date, summary)
        else:
            said = SQL(
                "(SELECT date FROM mail_message WHERE id = %s),"
                " (SELECT NULLIF(subject, '') FROM mail_message WHERE id = %s)",
                message_id,
                message_id,
            )
        return SQL("(%s, %s, %s, %s, %s, %s, %s, %s)", message_id, said, *others)

    def _follow_plain(self, plain, rows):
        """Have what was to do for customers follow from plain messages.

        :param list plain: of ``Said``
        :param list rows: what ``_plain_sql`` returned for them
        :return: ids of the customers of whom more has to be derived
        """
        captured = [Captured(*row) for row in rows]
        known_ids = {row.message_id for row in captured}
        missed = [row for row in plain if row.message_id not in known_ids]
        waited_ids = [
            row.message_id for row in captured if row.has_question or row.has_stranger
        ]
        # whoever wrote there may be no customer yet
        strangers = self._stranger_models()
        waited_ids += [row.message_id for row in missed if row.model in strangers]
        met = [row for row in captured if row.has_alerts]
        activity_ids = self._end_plain(met, waited_ids)
        if activity_ids:
            self.env["retention.alert"]._ended(activity_ids)
        handed_ids = [row.profile_id for row in captured if row.has_handover]
        if handed_ids:
            self.env["retention.handover"]._follow_contacts(handed_ids)
        if not (captured and missed):
            return []
        # of several contacts of one customer only one was added to it
        more = self.search([("message_id", "in", [row.message_id for row in missed])])
        return more.profile_id.ids

    def _end_plain(self, captured, waited_ids):
        """End the alerts that plain messages are enough for, and those about what
        waits in their documents, which they answer.

        :param list captured: of ``Captured``, with alerts
        :param list waited_ids: the messages in whose documents something waits
        :return: ids of the activities of these alerts
        """
        parts, ended = [], []
        if captured:
            parts.append(self._met_sql(captured))
            ended.append(SQL("SELECT * FROM met"))
        if waited_ids:
            parts.append(self._replied_sql(waited_ids))
            ended.append(SQL("SELECT * FROM replied"))
        if not parts:
            return set()
        self.env.cr.execute(
            SQL(
                """
                WITH %s, ended AS (%s), %s
                SELECT activity_id, escalation_activity_id FROM ended
                """,
                SQL(", ").join(parts),
                SQL(" UNION ALL ").join(ended),
                self.env["retention.alert"]._counted_sql("ended", -1),
            ),
            log_exceptions=False,
        )
        return {id_ for row in self.env.cr.fetchall() for id_ in row if id_}

    def _met_sql(self, captured):
        """The part of the statement that ends what messages are enough for."""
        return SQL(
            """
            met AS (
                UPDATE retention_alert a
                   SET %(ending)s, touchpoint_id = n.contact_id
                  FROM (VALUES %(rows)s) n(profile_id, contact_id, is_enough)
                 -- as in the index of what is open
                 WHERE COALESCE(a.profile_id, 0) = n.profile_id
                   AND a.state IN ('open', 'snoozed')
                   AND (a.kind = 'first_contact'
                        OR (a.kind = 'contact_gap' AND n.is_enough))
             RETURNING a.profile_id, a.kind, a.activity_id, a.escalation_activity_id
            )
            """,
            rows=SQL(", ").join(
                SQL("(%s, %s, %s)", row.profile_id, row.contact_id, row.is_enough)
                for row in captured
            ),
            ending=self.env["retention.alert"]._ending_sql("resolved"),
        )

    def _replied_sql(self, message_ids):
        """The part of the statement that lets what waits be answered.

        How long it took is for the run, which knows the working hours. What a
        run holds is left to it, with all of the plain messages.
        """
        return SQL(
            """
            waiting AS (
                SELECT t.id, c.id AS answer_id, m.date, m.id AS message_id,
                       our.id AS user_id
                  FROM mail_message m
                  JOIN res_users our ON our.partner_id = m.author_id
                  JOIN retention_touchpoint t
                    ON t.res_model = m.model AND t.res_id = m.res_id
                  LEFT JOIN retention_touchpoint c
                    ON c.message_id = m.id AND c.profile_id = t.profile_id
                 WHERE m.id = ANY(%(ids)s)
                   AND t.needs_answer AND t.answered_date IS NULL
                   AND t.date <= m.date
                   AND (t.profile_id IS NULL OR c.id IS NOT NULL)
                   FOR NO KEY UPDATE OF t NOWAIT
            ), answered AS (
                UPDATE retention_touchpoint t
                   SET answered_date = w.date, answer_user_id = w.user_id,
                       answer_id = w.answer_id
                  FROM (SELECT DISTINCT ON (id) * FROM waiting
                         ORDER BY id, date, message_id) w
                 WHERE t.id = w.id
             RETURNING t.profile_id, t.res_model, t.res_id, t.answer_id
            ), replied AS (
                UPDATE retention_alert a
                   SET %(ending)s, touchpoint_id = t.answer_id
                  FROM answered t
                 WHERE COALESCE(a.profile_id, 0) = COALESCE(t.profile_id, 0)
                   AND a.kind = 'unanswered'
                   AND COALESCE(a.res_model, '') = t.res_model
                   AND COALESCE(a.res_id, 0) = t.res_id
                   AND a.state IN ('open', 'snoozed')
             RETURNING a.profile_id, a.kind, a.activity_id, a.escalation_activity_id
            )
            """,
            ids=message_ids,
            ending=self.env["retention.alert"]._ending_sql("resolved"),
        )
