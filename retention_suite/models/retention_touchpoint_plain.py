from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from .retention_alert_life import ENDING_TEXT
from .retention_purpose_rule import ROUTINE_PURPOSES

PLAIN = "plain"
# All values stand in these by name, which are put in once each, and as they are: most
# of the time of so small a statement goes into reading and planning it.
CAPTURE_TEXT = """
    WITH known AS (
        SELECT p.id, p.company_id,
               p.open_alert_count > COALESCE(p.question_count, 0) AS has_alerts,
               p.question_count > 0 AS has_question,
               p.has_handover IS NOT FALSE AS has_handover
          FROM retention_profile p
         WHERE p.company_id = %%(company)s AND p.partner_id = (
               SELECT commercial_partner_id FROM res_partner
                WHERE id = %%(person)s)
           FOR NO KEY UPDATE OF p SKIP LOCKED
    ), new AS (
        INSERT INTO retention_touchpoint (
               profile_id, partner_id, company_id, date, direction, channel,
               purpose, kind, automated, user_id, message_id, res_model,
               res_id, summary, create_date, write_date)
        SELECT k.id, %%(person)s, k.company_id, %%(date)s, 'out', 'email',
               %%(purpose)s, 'message', FALSE, %%(user)s, %%(message)s, %%(model)s,
               %%(res_id)s, %%(summary)s, %%(now)s, %%(now)s
          FROM known k
            ON CONFLICT DO NOTHING
     RETURNING id
    ), met AS (
        UPDATE retention_profile p SET %(met)s
          FROM known k, new
         WHERE p.id = k.id AND k.has_alerts IS NOT TRUE
    )
    SELECT %%(message)s, k.id, new.id, k.has_alerts, k.has_question, k.has_handover,
           %(stranger)s
      FROM known k, new
"""
# Where there is something to do, the customer is written once, with what is left of
# it: writing it twice would have all that it names checked again.
MET_TEXT = """
    WITH ended AS (
        UPDATE retention_alert a
           SET %(ending)s, touchpoint_id = %%(contact)s
          FROM retention_profile p
         WHERE p.id = %%(profile)s
           -- as in the index of what is open
           AND COALESCE(a.profile_id, 0) = %%(profile)s
           AND a.state IN ('open', 'snoozed')
           AND (a.kind = 'first_contact'
                OR (a.kind = 'contact_gap' AND %(counts)s AND %%(today)s
                    < GREATEST(p.next_contact_date, %%(day)s + p.agreed_days)))
     RETURNING a.activity_id, a.escalation_activity_id
    ), met AS (
        UPDATE retention_profile p
           SET %(met)s, open_alert_count = p.open_alert_count - n.count
          FROM (SELECT COUNT(*) AS count FROM ended) n
         WHERE p.id = %%(profile)s
    )
    SELECT activity_id, escalation_activity_id FROM ended
"""
# What one more contact from us changes with its customer.
CHANGES_TEXT = """
               first_contact_date = LEAST(p.first_contact_date, %%(date)s),
               last_contact_date = GREATEST(p.last_contact_date, %%(date)s),
               last_outbound_date = GREATEST(p.last_outbound_date, %%(date)s),
               last_counted_date = GREATEST(
                   p.last_counted_date, CASE WHEN %(counts)s THEN %%(date)s END),
               next_contact_date = GREATEST(p.next_contact_date,
                   CASE WHEN %(counts)s THEN %%(day)s + p.agreed_days END),
               last_own_contact_date = GREATEST(p.last_own_contact_date,
                   CASE WHEN p.user_id = %%(user)s THEN %%(date)s END),
               own_contact_due_date = GREATEST(p.own_contact_due_date,
                   CASE WHEN p.user_id = %%(user)s THEN %%(day)s + p.agreed_days END),
               %(last_date)s = GREATEST(p.%(last_date)s, %%(date)s),
               silent_date = GREATEST(p.silent_date, %%(day)s + %(silent_days)s),
               outbound_count = COALESCE(p.outbound_count, 0) + 1,
               %(count)s = COALESCE(p.%(count)s, 0) + 1,
               refresh_date = %%(today)s"""
# An e-mail counts, but for customers with such a policy.
WITH_EMAIL_TEXT = "COALESCE(p.contact_policy_id, 0) <> ALL(%(without_email)s)"
# Whether somebody unknown waits in the document of a message.
STRANGER_TEXT = """EXISTS (
               SELECT FROM retention_alert a
                WHERE COALESCE(a.profile_id, 0) = 0 AND a.kind = 'unanswered'
                  AND COALESCE(a.res_model, '') = %(model)s
                  AND COALESCE(a.res_id, 0) = %(res_id)s
                  AND a.state IN ('open', 'snoozed'))"""


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
    """What became of one: the contact, its customer, whether there is an alert about
    anything but a message, so that the customer is still to be written, whether a
    message or a hand-over may wait for it, and whether somebody unknown waits in its
    document."""

    message_id: int
    profile_id: int
    contact_id: int
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
        """Capture a plain message, and let its customer show it.

        What one more contact from us changes is added here; the run derives it
        again with the rest, and what it changes in the customer's rhythm. A customer
        that a run holds is left to it.

        It returns what is ``Captured`` of it, if the person is of a customer.

        :param Said said: the message
        :return: the statement, and its values by name
        """
        values = self._plain_values(said)
        text = self._plain_text(
            CAPTURE_TEXT,
            said.purpose,
            bool(values["without_email"]),
            said.has_strangers,
        )
        return text, values

    def _plain_values(self, said):
        """What stands in the statements for a plain message, by name."""
        company = self.env["res.company"].browse(said.company_id)
        without_email = self.env["retention.contact.policy"]._without_email_ids()
        return {
            "message": said.message_id,
            "person": said.person_id,
            "company": said.company_id,
            "date": said.date,
            "purpose": said.purpose,
            "user": said.user_id,
            "model": said.model,
            "res_id": said.res_id,
            "summary": said.summary,
            "now": self.env.cr.now(),
            "ended": fields.Datetime.now(),
            "day": company._retention_day(said.date),
            "today": company._retention_day(fields.Datetime.now()),
            "without_email": list(without_email),
        }

    @ormcache("text", "purpose", "has_policies", "has_strangers")
    def _plain_text(self, text, purpose, has_policies, has_strangers=False):
        """A statement for plain messages: written once for all messages of a kind.
        Putting it together for each one would take as long as half of it.

        :param str text: the statement, with names of what depends on the kind
        :param str purpose: what the message is for
        :param bool has_policies: whether under some policies no e-mail counts
        :param bool has_strangers: whether somebody unknown may wait in its document
        """
        routine = "routine" if purpose in ROUTINE_PURPOSES else "other_purpose"
        silent_days = self.env["retention.profile"]._silent_days_sql(
            SQL("p.rhythm_days")
        )
        counts = WITH_EMAIL_TEXT if has_policies else "TRUE"
        changes = CHANGES_TEXT % {
            "last_date": f"last_{routine}_date",
            "count": f"{purpose}_count",
            "silent_days": silent_days.code % tuple(silent_days.params),
            "counts": counts,
        }
        return text % {
            "met": changes,
            "ending": ENDING_TEXT,
            "counts": counts,
            "stranger": STRANGER_TEXT if has_strangers else "FALSE",
        }

    def _follow_plain(self, plain, rows):
        """Have what was to do for customers follow from plain messages.

        :param list plain: of ``Said``
        :param list rows: what ``_plain_sql`` returned for them
        """
        captured = [Captured(*row) for row in rows]
        known_ids = {row.message_id for row in captured}
        waited_ids = [
            row.message_id for row in captured if row.has_question or row.has_stranger
        ]
        # whoever wrote there may be no customer yet
        strangers = self._stranger_models()
        waited_ids += [
            said.message_id
            for said in plain
            if said.message_id not in known_ids and said.model in strangers
        ]
        saids = {said.message_id: said for said in plain}
        activity_ids = set()
        for row in captured:
            if row.has_alerts:
                activity_ids |= self._meet(saids[row.message_id], row)
        if waited_ids:
            activity_ids |= self._reply(waited_ids)
        if activity_ids:
            self.env["retention.alert"]._ended(activity_ids)
        handed_ids = {row.profile_id for row in captured if row.has_handover}
        if handed_ids:
            self.env["retention.handover"]._follow_contacts(list(handed_ids))

    def _meet(self, said, captured):
        """Let a customer show a plain message, and end the alerts that it is enough
        for.

        :param Said said: the message
        :param Captured captured: what became of it
        :return: ids of the activities of these alerts
        """
        values = self._plain_values(said)
        text = self._plain_text(MET_TEXT, said.purpose, bool(values["without_email"]))
        values |= {
            "profile": captured.profile_id,
            "contact": captured.contact_id,
            "state": "resolved",
        }
        return self._activities_of(text, values)

    def _activities_of(self, query, values=None):
        """The activities of the alerts that a statement ends."""
        self.env.cr.execute(query, values, log_exceptions=False)
        return {id_ for row in self.env.cr.fetchall() for id_ in row if id_}

    def _reply(self, message_ids):
        """End the alerts about what waits in the documents of plain messages, which
        they answer.

        How long it took is for the run, which knows the working hours. What a
        run holds is left to it, with all of the plain messages.

        :param list message_ids: the messages in whose documents something waits
        :return: ids of the activities of these alerts
        """
        Alert = self.env["retention.alert"]
        return self._activities_of(
            SQL(
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
        )
