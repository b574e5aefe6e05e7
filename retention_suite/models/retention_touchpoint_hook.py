import logging
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from .retention_purpose_rule import PURPOSES
from .retention_touchpoint_source import FAILED_STATUSES

_logger = logging.getLogger(__name__)

PENDING = "retention_suite.capture"
PLAIN = "plain"
FAILED = "failed"


class RetentionTouchpointHook(models.AbstractModel):
    """Capturing contacts at once, as Odoo records them: one batch just before
    the transaction is committed.

    Nearly all are a message of ours to one person. They are *plain*: what their
    sources would find is known when they are posted, and one small statement
    does it all. Everything else goes through the sources, as in a run.
    """

    _name = "retention.touchpoint.hook"
    _description = "Capturing of Contacts at Once"

    @api.model
    def _capture_later(self, records, sources, model_name):
        """Capture some records just before the transaction is committed.

        :param records: messages or activities with what makes them a contact
        :param sources: names of the sources that can tell something of them
        :param model_name: of the documents they belong to
        """
        pending = self._pending()
        column = "activity_id" if records._name == "mail.activity" else "message_id"
        names, model_names, ids = pending.setdefault(column, (set(), set(), set()))
        names.update(sources)
        if model_name:
            model_names.add(model_name)
        ids.update(records.ids)

    @api.model
    def _capture_plain_later(self, message, person, company_id, purpose):
        """Capture a message of the current user's to one person.

        :param message: the message
        :param person: the contact it is for
        :param int company_id: the company it belongs to
        :param str purpose: what it is for
        """
        plain = self._pending().setdefault(PLAIN, [])
        plain.append((message.id, person.id, self.env.uid, company_id, purpose))

    @api.model
    def _forget_later(self, messages):
        """Drop the contacts of messages that did not arrive."""
        self._pending().setdefault(FAILED, set()).update(messages.ids)

    def _pending(self):
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {}
            # sudo: contacts are captured whoever writes or receives them
            precommit.add(partial(self.sudo()._capture_pending))
        return precommit.data[PENDING]

    def _capture_pending(self):
        """Capture what was posted in this transaction.

        Whatever goes wrong here must not keep anything from being posted: it
        is undone and logged, and the next run makes up for it. The savepoint
        travels with the first statement and ends with the transaction, which
        saves two queries for each message.
        """
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending:
            return
        self.env.flush_all()
        started = False
        try:
            profile_ids, activity_ids, captured = set(), set(), False
            handover_ids = set()
            has_strangers = has_answers = False
            plain = pending.get(PLAIN)
            for query in self._pending_queries(pending):
                if not started:
                    query = SQL("SAVEPOINT retention_capture; %s", query)
                    started = True
                self.env.cr.execute(query, log_exceptions=False)
                for profile_id, *ended in self.env.cr.fetchall():
                    captured = True
                    if ended:
                        *made_ids, handover_id, kind = ended
                        activity_ids.update(id_ for id_ in made_ids if id_)
                        has_answers = has_answers or kind == "unanswered"
                        if handover_id:
                            handover_ids.add(handover_id)
                    elif profile_id:
                        profile_ids.add(profile_id)
                    else:
                        has_strangers = True
            if has_answers:
                self.env.cr.execute(self._answered_sql(plain), log_exceptions=False)
            if captured:
                # all was flushed before
                self.invalidate_model(flush=False)
                self.env["retention.profile"].invalidate_model(flush=False)
                self.env["retention.alert"]._ended(activity_ids)
                self.env["retention.handover"]._contacted(handover_ids)
                self.env["retention.profile"]._refresh_now(profile_ids, nowait=True)
                if has_strangers:
                    self._follow_strangers()
                self.env.flush_all()
        except Exception as error:
            if started:
                self.env.cr.execute("ROLLBACK TO SAVEPOINT retention_capture")
            self.env.transaction.clear()
            _logger.warning(
                "Contacts were not captured at once, the next run will: %s",
                error,
                exc_info=True,
            )

    def _pending_queries(self, pending):
        """Give the statements that capture what is pending.

        Each returns the customers, none for people not known yet; the plain one
        has brought them up to date itself, and adds the activities whose alerts
        it ended and the hand-overs whose customer it contacted.
        """
        if FAILED in pending:
            yield self._forget_sql(list(pending.pop(FAILED)))
        if PLAIN in pending:
            yield self._plain_sql(pending.pop(PLAIN))
        for names, model_names, ids in pending.values():
            sources = self._sources(model_names)
            yield self._capture_sql(
                [sources[name] for name in sorted(names)],
                # bound now: the query is built before the next turn
                lambda source, ids=list(ids): SQL("%s = ANY(%s)", source.record, ids),
            )
            if "unknown" in names and model_names & set(self._stranger_models()):
                yield self._strangers_sql(SQL("m.id = ANY(%s)", list(ids)))

    def _forget_sql(self, message_ids):
        """Drop the contacts that say a message reached whom it did not."""
        return SQL(
            """
            DELETE FROM retention_touchpoint t
             WHERE t.message_id = ANY(%s) AND t.direction = 'out' AND EXISTS (
                   SELECT FROM mail_notification n
                    WHERE n.mail_message_id = t.message_id
                      AND n.notification_status IN %s
                      AND (t.partner_id = n.res_partner_id OR EXISTS (
                           SELECT FROM retention_touchpoint_other_partner_rel o
                            WHERE o.touchpoint_id = t.id
                              AND o.partner_id = n.res_partner_id)))
         RETURNING t.profile_id
            """,
            message_ids,
            FAILED_STATUSES,
        )

    def _plain_sql(self, rows):
        """Capture plain messages, let their customers show it, and end what
        was to do for them.

        What one more contact from us changes is added up here; the run derives
        it again with the rest, and whether it changes the customer's rhythm.
        Customers that a run holds are left to it.

        :param list rows: as ``_capture_plain_later`` notes them
        """
        return SQL(
            """
            WITH reached AS (
                SELECT v.*, m.date, m.model, m.res_id, NULLIF(m.subject, '') AS summary,
                       person.commercial_partner_id AS customer_id
                  FROM (VALUES %(rows)s)
                       v(message_id, person_id, user_id, company, purpose)
                  JOIN mail_message m ON m.id = v.message_id
                  JOIN res_partner person ON person.id = v.person_id
                  JOIN mail_notification n ON n.mail_message_id = v.message_id
                   AND n.res_partner_id = v.person_id
                 WHERE n.notification_status NOT IN %(failed)s
            ), fact AS (
                SELECT v.*, p.id AS profile_id, p.company_id, p.agreed_days,
                       %(silent_days)s AS silent_days,
                       p.user_id AS contact_person_id, %(zone)s AS zone,
                       %(counts)s AS counts
                  FROM reached v
                  JOIN retention_profile p
                    ON p.partner_id = v.customer_id AND p.company_id = v.company
                   FOR NO KEY UPDATE OF p SKIP LOCKED
            ), new AS (
                INSERT INTO retention_touchpoint (
                       profile_id, partner_id, company_id, date, direction, channel,
                       purpose, kind, automated, user_id, message_id, res_model,
                       res_id, summary, create_date, write_date)
                SELECT profile_id, person_id, company_id, date, 'out', 'email',
                       purpose, 'message', FALSE, user_id, message_id, model,
                       res_id, summary, %(now)s, %(now)s
                  FROM fact
                    ON CONFLICT DO NOTHING
             RETURNING id, message_id
            ), dated AS (
                SELECT new.id, fact.*, fact.user_id = contact_person_id AS own,
                       ((date AT TIME ZONE 'UTC') AT TIME ZONE zone)::date AS day
                  FROM new JOIN fact ON fact.message_id = new.message_id
            ), added AS (
                -- one row for each customer: an update adds only one
                SELECT profile_id, COUNT(*) AS count, MAX(id) AS touchpoint_id,
                       MIN(date) AS first_date, MAX(date) AS last_date,
                       MAX(date) FILTER (WHERE own) AS own_date,
                       MAX(date) FILTER (WHERE purpose IN ('payment', 'service'))
                           AS routine_date,
                       MAX(date) FILTER (WHERE purpose NOT IN ('payment', 'service'))
                           AS other_date,
                       MAX(date) FILTER (WHERE counts) AS counted_date,
                       MAX(day + agreed_days) FILTER (WHERE counts) AS next_date,
                       MAX(day + agreed_days) FILTER (WHERE own) AS own_next_date,
                       MAX(day + silent_days) AS silent_date,
                       MAX(((%(moment)s::timestamp AT TIME ZONE 'UTC')
                            AT TIME ZONE zone)::date) AS today,
                       %(purpose_counts)s
                  FROM dated
                 GROUP BY profile_id
            ), grown AS (
                UPDATE retention_profile p
                   SET first_contact_date = LEAST(p.first_contact_date, a.first_date),
                       last_contact_date = GREATEST(p.last_contact_date, a.last_date),
                       last_outbound_date = GREATEST(p.last_outbound_date, a.last_date),
                       last_counted_date =
                           GREATEST(p.last_counted_date, a.counted_date),
                       last_own_contact_date =
                           GREATEST(p.last_own_contact_date, a.own_date),
                       last_other_purpose_date =
                           GREATEST(p.last_other_purpose_date, a.other_date),
                       last_routine_date =
                           GREATEST(p.last_routine_date, a.routine_date),
                       outbound_count = COALESCE(p.outbound_count, 0) + a.count,
                       %(sums)s,
                       next_contact_date = GREATEST(p.next_contact_date, a.next_date),
                       own_contact_due_date =
                           GREATEST(p.own_contact_due_date, a.own_next_date),
                       silent_date = GREATEST(p.silent_date, a.silent_date),
                       refresh_date = %(today)s
                  FROM added a
                 WHERE p.id = a.profile_id
             RETURNING p.id
            ), ended AS (
                UPDATE retention_alert r
                   SET %(ending)s, touchpoint_id = e.touchpoint_id
                  FROM (SELECT profile_id, touchpoint_id, 'contact_gap' AS kind,
                               '' AS res_model, 0 AS res_id
                          FROM added WHERE next_date > today
                         UNION ALL
                        SELECT profile_id, id, 'unanswered', model, res_id FROM dated
                         UNION ALL
                        SELECT profile_id, touchpoint_id, 'first_contact', NULL, NULL
                          FROM added
                         UNION ALL
                        -- of somebody whom we did not know when they wrote
                        SELECT 0, NULL, 'unanswered', model, res_id FROM reached) e
                 -- as in the index of what is open
                 WHERE COALESCE(r.profile_id, 0) = e.profile_id AND r.kind = e.kind
                   AND (e.kind = 'first_contact'
                        OR COALESCE(r.res_model, '') = e.res_model
                       AND COALESCE(r.res_id, 0) = e.res_id)
                   AND r.state IN ('open', 'snoozed')
             RETURNING r.profile_id, r.activity_id, r.escalation_activity_id, r.kind
            ), contacted AS (
                UPDATE retention_handover h SET %(contacted)s
                  FROM fact c
                 WHERE h.customer_id = c.customer_id AND h.company_id = c.company_id
                   AND %(to_contact)s
             RETURNING h.id, c.profile_id
            )
            SELECT id, NULL::int, NULL::int, NULL::int, NULL FROM grown
             UNION ALL
            SELECT profile_id, activity_id, escalation_activity_id, NULL, kind
              FROM ended
             UNION ALL
            SELECT profile_id, NULL, NULL, id, NULL FROM contacted
            """,
            zone=self._company_zone_sql,
            silent_days=self.env["retention.profile"]._silent_days_sql(
                SQL("p.rhythm_days")
            ),
            counts=self._email_counts_sql,
            moment=fields.Datetime.now(),
            ending=self.env["retention.alert"]._ending_sql("resolved"),
            contacted=self.env["retention.handover"]._contacted_sql,
            to_contact=self.env["retention.handover"]._to_contact_sql,
            purpose_counts=self._purpose_counts_sql,
            sums=self._purpose_sums_sql,
            rows=SQL(", ").join(SQL("(%s, %s, %s, %s, %s)", *row) for row in rows),
            failed=FAILED_STATUSES,
            now=self.env.cr.now(),
            today=fields.Date.today(),
        )

    def _answered_sql(self, rows):
        """Let messages of which plain ones have ended the alerts be answered.

        How long it took is for the run, which knows the working hours. What a
        run holds is left to it, with all of the plain messages.

        :param list rows: as ``_capture_plain_later`` notes them
        """
        return SQL(
            """
            WITH waiting AS (
                SELECT t.id, a.id AS answer_id, m.date, m.id AS message_id,
                       v.user_id
                  FROM unnest(%(ids)s::int[], %(users)s::int[]) v(id, user_id)
                  JOIN mail_message m ON m.id = v.id
                  JOIN retention_touchpoint t
                    ON t.res_model = m.model AND t.res_id = m.res_id
                  LEFT JOIN retention_touchpoint a
                    ON a.message_id = m.id AND a.profile_id = t.profile_id
                 WHERE t.needs_answer AND t.answered_date IS NULL
                   AND t.date <= m.date
                   AND (t.profile_id IS NULL OR a.id IS NOT NULL)
                   FOR NO KEY UPDATE OF t NOWAIT
            )
            UPDATE retention_touchpoint t
               SET answered_date = w.date, answer_user_id = w.user_id,
                   answer_id = w.answer_id
              FROM (SELECT DISTINCT ON (id) * FROM waiting
                     ORDER BY id, date, message_id) w
             WHERE t.id = w.id
            """,
            ids=[row[0] for row in rows],
            users=[row[2] for row in rows],
        )

    # The contacts of each purpose, and what they add to those of customer ``p``.
    _purpose_counts_sql = SQL(", ").join(
        SQL(
            "COUNT(*) FILTER (WHERE purpose = %s) AS %s",
            name,
            SQL.identifier(f"{name}_count"),
        )
        for name, _label in PURPOSES
    )
    _purpose_sums_sql = SQL(", ").join(
        SQL(
            "%(count)s = COALESCE(p.%(count)s, 0) + a.%(count)s",
            count=SQL.identifier(f"{name}_count"),
        )
        for name, _label in PURPOSES
    )
    # The time zone of customer ``p``'s company.
    _company_zone_sql = SQL(
        """
        COALESCE((SELECT cal.tz FROM res_company c
                    JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                   WHERE c.id = p.company_id), 'UTC')
        """
    )
    # Whether an e-mail of ours counts under the policy of customer ``p``.
    _email_counts_sql = SQL(
        """
        COALESCE((SELECT bool_or(c.code = 'email')
                    FROM retention_contact_policy_channel_rel r
                    JOIN retention_channel c ON c.id = r.channel_id
                   WHERE r.policy_id = p.contact_policy_id), TRUE)
        """
    )
