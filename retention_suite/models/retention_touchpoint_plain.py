from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .retention_alert_life import ENDING_TEXT
from .retention_purpose_rule import ROUTINE_PURPOSES

PLAIN = "plain"
# A function of the database: planning takes longer here than doing, and of a function
# only what is needed is planned: once for each request, as Odoo has its connections
# forget their plans. It is made anew with each version. Its values come in this order,
# each in ``_plain_sql``.
FUNCTION = "retention_capture_plain"
PARAMETERS = {
    "message": "int",
    "person": "int",
    "company": "int",
    "user": "int",
    "purpose": "varchar",
    "model": "varchar",
    "res_id": "int",
    "summary": "varchar",
    "date": "timestamp",
    "zone": "varchar",
    "now": "timestamp",
    "ended": "timestamp",
    "without_email": "int[]",
    "has_strangers": "bool",
}
CALL_TEXT = "SELECT * FROM {}({})".format(
    FUNCTION, ", ".join(f"%({name})s" for name in PARAMETERS)
)
FUNCTION_TEXT = """
DROP FUNCTION IF EXISTS %(function)s;
CREATE FUNCTION %(function)s(
    %(parameters)s,
    OUT message int, OUT profile int, OUT has_handover bool, OUT has_stranger bool,
    OUT activities int[])
LANGUAGE plpgsql AS $function$
DECLARE
    contact int;
    is_routine bool;
    day date;
    today date;
    -- an e-mail counts, but for customers with such a policy
    counts bool;
    next_date date;
    to_do int;
    asks int;
    ended int;
    waiting int[];
    questions int;
    asked int[];
BEGIN
    -- all at once: whatever is worked out by itself is planned by itself
    SELECT p.id, p.has_handover IS NOT FALSE, c.counts, c.day, c.today,
           GREATEST(p.next_contact_date,
                    CASE WHEN c.counts THEN c.day + p.agreed_days END),
           p.open_alert_count - COALESCE(p.question_count, 0), p.question_count,
           _purpose IN %(routine)s, 0, 0
      INTO profile, has_handover, counts, day, today, next_date, to_do, asks,
           is_routine, ended, questions
      FROM retention_profile p
     CROSS JOIN LATERAL (
           SELECT COALESCE(p.contact_policy_id, 0) <> ALL(_without_email) AS counts,
                  (_date AT TIME ZONE 'UTC' AT TIME ZONE _zone)::date AS day,
                  (_ended AT TIME ZONE 'UTC' AT TIME ZONE _zone)::date AS today) c
     WHERE p.company_id = _company AND p.partner_id = (
           SELECT commercial_partner_id FROM res_partner WHERE id = _person)
       FOR NO KEY UPDATE OF p SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;

    INSERT INTO retention_touchpoint (
           profile_id, partner_id, company_id, date, direction, channel, purpose, kind,
           automated, user_id, message_id, res_model, res_id, summary, create_date,
           write_date)
    VALUES (profile, _person, _company, _date, 'out', 'email', _purpose, 'message',
            FALSE, _user, _message, _model, _res_id, _summary, _now, _now)
        ON CONFLICT DO NOTHING
 RETURNING id, message_id INTO contact, message;
    IF NOT FOUND THEN RETURN; END IF;

    IF to_do > 0 THEN
        WITH met AS (
            UPDATE retention_alert a
               SET %(ending)s, touchpoint_id = contact
                   -- as in the index of what is open
             WHERE COALESCE(a.profile_id, 0) = profile
               AND a.state IN ('open', 'snoozed')
               AND (a.kind = 'first_contact'
                    OR (a.kind = 'contact_gap' AND counts AND today < next_date))
         RETURNING a.activity_id, a.escalation_activity_id)
        SELECT COUNT(*), array_agg(activity_id) || array_agg(escalation_activity_id)
          INTO ended, activities FROM met;
    END IF;

    IF asks > 0 THEN
        -- what a run holds is left to it, with all of the message
        SELECT array_agg(t.id) INTO waiting
          FROM (SELECT t.id FROM retention_touchpoint t
                 WHERE t.res_model = _model AND t.res_id = _res_id
                   AND t.profile_id = profile
                   AND t.needs_answer AND t.answered_date IS NULL
                   AND t.date <= _date
                   FOR NO KEY UPDATE NOWAIT) t;
    END IF;
    IF waiting IS NOT NULL THEN
        UPDATE retention_touchpoint t
           SET answered_date = _date, answer_user_id = _user, answer_id = contact
         WHERE t.id = ANY(waiting);
        WITH answered AS (
            UPDATE retention_alert a
               SET %(ending)s, touchpoint_id = contact
             WHERE COALESCE(a.profile_id, 0) = profile AND a.kind = 'unanswered'
               AND COALESCE(a.res_model, '') = _model
               AND COALESCE(a.res_id, 0) = _res_id
               AND a.state IN ('open', 'snoozed')
         RETURNING a.activity_id, a.escalation_activity_id)
        SELECT COUNT(*), array_agg(activity_id) || array_agg(escalation_activity_id)
          INTO questions, asked FROM answered;
        activities := activities || asked;
    END IF;

    -- once, with all of it: a second time, what it names would be checked again
    UPDATE retention_profile p
       SET first_contact_date = LEAST(p.first_contact_date, _date),
           last_contact_date = GREATEST(p.last_contact_date, _date),
           last_outbound_date = GREATEST(p.last_outbound_date, _date),
           last_counted_date = GREATEST(
               p.last_counted_date, CASE WHEN counts THEN _date END),
           next_contact_date = next_date,
           last_own_contact_date = GREATEST(p.last_own_contact_date,
               CASE WHEN p.user_id = _user THEN _date END),
           own_contact_due_date = GREATEST(p.own_contact_due_date,
               CASE WHEN p.user_id = _user THEN day + p.agreed_days END),
           last_routine_date = GREATEST(
               p.last_routine_date, CASE WHEN is_routine THEN _date END),
           last_other_purpose_date = GREATEST(
               p.last_other_purpose_date, CASE WHEN NOT is_routine THEN _date END),
           silent_date = GREATEST(p.silent_date, day + %(silent_days)s),
           outbound_count = COALESCE(p.outbound_count, 0) + 1,
           %(counts)s,
           refresh_date = today,
           open_alert_count = p.open_alert_count - ended - questions,
           question_count = p.question_count - questions
     WHERE p.id = profile;

    IF _has_strangers THEN
        has_stranger := EXISTS (
            SELECT FROM retention_alert a
             WHERE COALESCE(a.profile_id, 0) = 0 AND a.kind = 'unanswered'
               AND COALESCE(a.res_model, '') = _model
               AND COALESCE(a.res_id, 0) = _res_id
               AND a.state IN ('open', 'snoozed'));
    END IF;
END $function$
"""


class Said(NamedTuple):
    """A plain message, as it was posted, and whether mails of somebody unknown may
    wait in its document."""

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
    """What became of one: its customer, whether a hand-over may wait for it, whether
    somebody unknown waits in its document, and the activities of what it has ended."""

    message_id: int
    profile_id: int
    has_handover: bool
    has_stranger: bool
    activity_ids: list


class RetentionTouchpointPlain(models.AbstractModel):
    """Capturing plain messages: one of ours to one outside person each.

    Nearly all contacts are. What the sources would find of them is known when
    they are posted, so a function of the database captures them at once: people
    wait for it with every message.
    """

    _name = "retention.touchpoint.plain"
    _description = "Capturing of Plain Messages"

    @api.private
    def init(self):
        """Make the function that captures plain messages."""
        parameters = (
            SQL("%s %s", SQL.identifier(f"_{name}"), SQL(kind))
            for name, kind in PARAMETERS.items()
        )
        counts = (
            SQL(
                "%(count)s = COALESCE(p.%(count)s, 0) + (_purpose = %(purpose)s)::int",
                count=SQL.identifier(f"{purpose}_count"),
                purpose=purpose,
            )
            for purpose, _label in self.env["retention.touchpoint"]
            ._fields["purpose"]
            .selection
        )
        ending = SQL(
            ENDING_TEXT,
            state="resolved",
            ended=SQL("_ended"),
            user=SQL("_user"),
            now=SQL("_now"),
        )
        self.env.cr.execute(
            SQL(
                FUNCTION_TEXT,
                function=SQL.identifier(FUNCTION),
                parameters=SQL(", ").join(parameters),
                routine=ROUTINE_PURPOSES,
                ending=ending,
                silent_days=self.env["retention.profile"]._silent_days_sql(
                    SQL("p.rhythm_days")
                ),
                counts=SQL(", ").join(counts),
            )
        )

    @api.model
    def _capture_plain_later(self, message, document, person, company_id, purpose):
        """Capture a message of the current user's to one person.

        :param message: the message
        :param document: the record it was posted on
        :param person: the contact it is for
        :param int company_id: the company it belongs to
        :param str purpose: what it is for
        """
        # sudo: of what was just posted
        posted = message.sudo()
        self._pending().setdefault(PLAIN, []).append(
            Said(
                message_id=message.id,
                date=posted.date,
                summary=posted.subject or None,
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

    def _plain_sql(self, said):
        """Capture a plain message, let its customer show it, and end the alerts that
        it is enough for.

        What one more contact from us changes is added here; the run derives it
        again with the rest, and what it changes in the customer's rhythm. A customer
        that a run holds is left to it.

        It returns what is ``Captured`` of it; without a message if the person is of no
        customer.

        :param Said said: the message
        :return: the statement, and its values by name
        """
        company = self.env["res.company"].browse(said.company_id)
        without_email = self.env["retention.contact.policy"]._without_email_ids()
        return CALL_TEXT, {
            "message": said.message_id,
            "person": said.person_id,
            "company": said.company_id,
            "user": said.user_id,
            "purpose": said.purpose,
            "model": said.model,
            "res_id": said.res_id,
            "summary": said.summary,
            "date": said.date,
            "zone": company._retention_zone(),
            "now": self.env.cr.now(),
            "ended": fields.Datetime.now(),
            "without_email": list(without_email),
            "has_strangers": said.has_strangers,
        }

    def _follow_plain(self, plain, rows):
        """Have what was to do for customers follow from plain messages.

        :param list plain: of ``Said``
        :param list rows: what ``_plain_sql`` returned for them
        """
        captured = [Captured(*row) for row in rows if row[0]]
        known_ids = {row.message_id for row in captured}
        waited_ids = [row.message_id for row in captured if row.has_stranger]
        # whoever wrote there may be no customer yet
        strangers = self._stranger_models()
        waited_ids += [
            said.message_id
            for said in plain
            if said.message_id not in known_ids and said.model in strangers
        ]
        activity_ids = {
            id_ for row in captured for id_ in row.activity_ids or () if id_
        }
        if waited_ids:
            activity_ids |= self._reply(waited_ids)
        if activity_ids:
            self.env["retention.alert"]._ended(activity_ids)
        handed_ids = {row.profile_id for row in captured if row.has_handover}
        if handed_ids:
            self.env["retention.handover"]._follow_contacts(list(handed_ids))

    def _reply(self, message_ids):
        """End the alerts about what somebody unknown wrote in the documents of plain
        messages, which answer it.

        How long it took is for the run, which knows the working hours. What a
        run holds is left to it, with all of the plain messages.

        :param list message_ids: the messages in whose documents something waits
        :return: ids of the activities of these alerts
        """
        Alert = self.env["retention.alert"]
        query = SQL(
            """
            WITH waiting AS (
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
            ), ended AS (
                UPDATE retention_alert a
                   SET %(ending)s, touchpoint_id = t.answer_id
                  FROM answered t
                 WHERE COALESCE(a.profile_id, 0) = COALESCE(t.profile_id, 0)
                   AND a.kind = 'unanswered'
                   AND COALESCE(a.res_model, '') = t.res_model
                   AND COALESCE(a.res_id, 0) = t.res_id
                   AND a.state IN ('open', 'snoozed')
             RETURNING a.profile_id, a.kind, a.activity_id,
                       a.escalation_activity_id
            ), %(counted)s
            SELECT activity_id, escalation_activity_id FROM ended
            """,
            ids=message_ids,
            ending=Alert._ending_sql("resolved"),
            counted=Alert._counted_sql("ended", -1),
        )
        self.env.cr.execute(query, log_exceptions=False)
        return {id_ for row in self.env.cr.fetchall() for id_ in row if id_}
