import logging
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from .retention_touchpoint_source import Source

_logger = logging.getLogger(__name__)

PENDING = "retention_suite.capture"
# The sources that can tell something of a message at once.
MESSAGE_SOURCES = ("incoming", "unknown", "addressed", "notified", "chat")


class RetentionTouchpoint(models.Model):
    """Capturing contacts: by the run, and at once as Odoo records them."""

    _inherit = "retention.touchpoint"

    def _capture(self, sources, where):
        """Insert the contacts that are missing.

        :param list sources: of ``Source``, all of the same ``column``
        :param where: function giving the SQL condition for a source, which
            says what part of its records is looked at
        :return: ids of the customers that got a new contact
        """
        self.env.cr.execute(self._capture_sql(sources, where), log_exceptions=False)
        return [row[0] for row in self.env.cr.fetchall()]

    def _capture_sql(self, sources: list[Source], where):
        # sudo: the main company is needed whoever posts
        main_company = self.env.ref("base.main_company", raise_if_not_found=False)
        key = SQL.identifier(sources[0].column)
        facts = SQL(" UNION ALL ").join(
            SQL("(%s AND (%s))", source.select, where(source)) for source in sources
        )
        purpose = self.env["retention.purpose.rule"]._purpose_sql(
            SQL("fact.res_model"), SQL("fact.kind")
        )
        return SQL(
            """
            WITH fact AS MATERIALIZED (
                SELECT f.*, p.id AS profile_id, p.company_id AS profile_company_id
                  FROM (%(facts)s) f
                  JOIN res_partner person ON person.id = f.person_id
                  LEFT JOIN res_users our ON our.id = f.user_id
                  JOIN retention_profile p
                    ON p.partner_id = person.commercial_partner_id
                   AND p.company_id = COALESCE(f.company_id, our.company_id,
                                               person.company_id, %(main)s)
                 WHERE NOT EXISTS (
                       SELECT FROM retention_touchpoint t
                        WHERE t.%(key)s = f.%(key)s
                          AND (t.profile_id = p.id
                               OR (t.company_id = p.company_id
                                   AND (t.partner_id = f.person_id
                                        OR EXISTS (
                                        SELECT FROM
                                          retention_touchpoint_other_partner_rel o
                                         WHERE o.touchpoint_id = t.id
                                           AND o.partner_id = f.person_id)))))
            ), new AS (
                INSERT INTO retention_touchpoint (
                       profile_id, partner_id, company_id, date, direction, channel,
                       purpose, kind, automated, user_id, message_id, activity_id,
                       event_id, res_model, res_id, summary,
                       create_uid, create_date, write_uid, write_date)
                SELECT DISTINCT ON (fact.%(key)s, fact.profile_id)
                       fact.profile_id, fact.person_id, fact.profile_company_id,
                       fact.date, fact.direction, fact.channel,
                       %(purpose)s, fact.kind, fact.automated, fact.user_id,
                       fact.message_id, fact.activity_id, fact.event_id,
                       fact.res_model, fact.res_id, fact.summary,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM fact
                 ORDER BY fact.%(key)s, fact.profile_id, fact.person_id
                    ON CONFLICT DO NOTHING
             RETURNING id, %(key)s, profile_id, partner_id
            ), others AS (
                INSERT INTO retention_touchpoint_other_partner_rel
                SELECT DISTINCT new.id, fact.person_id
                  FROM new JOIN fact USING (%(key)s, profile_id)
                 WHERE fact.person_id <> new.partner_id
            )
            SELECT DISTINCT profile_id FROM new
            """,
            facts=facts,
            key=key,
            main=main_company.id if main_company else None,
            purpose=purpose,
            uid=self.env.uid,
            now=self.env.cr.now(),
        )

    def _models_of(self, query):
        """Return the document models that a query names."""
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall() if row[0]]

    def _thread_models(self):
        """Return the models that have messages, activities or meetings."""
        # one index probe for each model instead of reading all messages
        return self._models_of(
            SQL(
                """
                WITH RECURSIVE step AS (
                    (SELECT model FROM mail_message WHERE model IS NOT NULL
                      ORDER BY model LIMIT 1)
                    UNION ALL
                    SELECT (SELECT m.model FROM mail_message m
                             WHERE m.model > step.model ORDER BY m.model LIMIT 1)
                      FROM step WHERE step.model IS NOT NULL
                )
                SELECT model FROM step
                UNION SELECT DISTINCT res_model FROM mail_activity WHERE NOT active
                UNION SELECT DISTINCT res_model FROM calendar_event
                """
            )
        )

    def _mend_meetings(self, since):
        """Follow meetings that were moved, cancelled or declined afterwards.

        :param datetime since: look at what changed from then on
        :return: ids of the customers whose contacts changed
        """
        changed = SQL(
            """
            t.event_id = e.id AND (e.write_date >= %(since)s OR EXISTS (
                SELECT FROM calendar_attendee a
                 WHERE a.event_id = e.id AND a.write_date >= %(since)s))
            """,
            since=since,
        )
        met = SQL(
            """
            EXISTS (SELECT FROM calendar_attendee att
                      JOIN res_partner person ON person.id = att.partner_id
                      JOIN retention_profile p ON p.id = t.profile_id
                     WHERE att.event_id = e.id AND %s AND (
                           person.commercial_partner_id = p.partner_id
                           OR person.id = t.partner_id))
            """,
            self._took_place_sql(),
        )
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM retention_touchpoint t USING calendar_event e
                     WHERE %(changed)s AND NOT %(met)s RETURNING t.profile_id
                ), moved AS (
                    UPDATE retention_touchpoint t SET date = e.start
                      FROM calendar_event e
                     WHERE %(changed)s AND %(met)s AND t.date <> e.start
                 RETURNING t.profile_id)
                SELECT profile_id FROM gone UNION SELECT profile_id FROM moved
                """,
                changed=changed,
                met=met,
            )
        )
        profile_ids = [row[0] for row in self.env.cr.fetchall()]
        if profile_ids:
            self.invalidate_model()
        return profile_ids

    # ------------------------------------------------------------------
    # At once
    # ------------------------------------------------------------------

    @api.model
    def _capture_later(self, records, sources):
        """Capture some records just before the transaction is committed.

        :param records: messages or activities with what makes them a contact
        :param sources: names of the sources that can tell something of them
        """
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {}
            precommit.add(partial(self.sudo()._capture_pending))
        pending = precommit.data[PENDING]
        for source in sources:
            pending.setdefault(source, set()).update(records.ids)

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
            queries = self._pending_sql(pending)
            started = True
            self.env.cr.execute(
                SQL("SAVEPOINT retention_capture; %s", queries[0]),
                log_exceptions=False,
            )
            profile_ids = [row[0] for row in self.env.cr.fetchall()]
            for query in queries[1:]:
                self.env.cr.execute(query, log_exceptions=False)
                profile_ids += [row[0] for row in self.env.cr.fetchall()]
            if profile_ids:
                self.env["retention.profile"]._refresh_now(profile_ids, nowait=True)
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

    def _pending_sql(self, pending):
        """Return the statements that capture what is pending."""
        model_names = self._pending_models(pending)
        sources = self._sources(model_names)
        by_column = {}
        for name in pending:
            by_column.setdefault(sources[name].column, []).append(sources[name])
        ids = {id(sources[name]): list(ids) for name, ids in pending.items()}
        return [
            self._capture_sql(
                group,
                lambda source: SQL("%s = ANY(%s)", source.record, ids[id(source)]),
            )
            for group in by_column.values()
        ]

    def _pending_models(self, pending):
        messages = self.env["mail.message"].browse(
            {id_ for name in MESSAGE_SOURCES for id_ in pending.get(name, ())}
        )
        activities = self.env["mail.activity"].browse(pending.get("activity", ()))
        names = set(messages.mapped("model")) | set(activities.mapped("res_model"))
        return sorted(name for name in names if name)
