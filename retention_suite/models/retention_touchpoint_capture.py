from odoo import api, fields, models
from odoo.tools import SQL

from .attempt import attempt
from .retention_touchpoint_source import Source


class RetentionTouchpointCapture(models.AbstractModel):
    """Capturing contacts: one statement inserts what is missing."""

    _name = "retention.touchpoint.capture"
    _description = "Capturing of Contacts"

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
                               -- it joins the customer; see _adopt_strangers
                               OR t.profile_id IS NULL
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
                       create_date, write_date)
                SELECT DISTINCT ON (fact.%(key)s, fact.profile_id)
                       fact.profile_id, fact.person_id, fact.profile_company_id,
                       fact.date, fact.direction, fact.channel,
                       %(purpose)s, fact.kind, fact.automated, fact.user_id,
                       fact.message_id, fact.activity_id, fact.event_id,
                       fact.res_model, fact.res_id, fact.summary,
                       %(now)s, %(now)s
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
            main=self._main_company_id(),
            purpose=purpose,
            now=self.env.cr.now(),
        )

    def _main_company_id(self):
        """The company for whatever belongs to no other."""
        return self.env["ir.model.data"]._xmlid_to_res_id("base.main_company")

    def _models_of(self, query):
        """Return the document models that a query names."""
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall() if row[0]]

    def _thread_models(self):
        """Return the models that have messages, activities or meetings."""
        return self._models_of(
            SQL(
                """
                (%s)
                UNION SELECT DISTINCT res_model FROM mail_activity WHERE NOT active
                UNION SELECT DISTINCT res_model FROM calendar_event
                """,
                self._models_in_sql("mail_message", "model"),
            )
        )

    def _models_in_sql(self, table, column, where=None):
        """The document models that a large table names, for ``_models_of``.

        One index probe for each model, from one to the next, as there are many
        more rows than models. An index has to begin with the column.

        :param SQL where: a condition on the rows ``t``; None for all
        """
        return SQL(
            """
            WITH RECURSIVE step(model) AS (
                SELECT MIN(%(column)s) FROM %(table)s t WHERE %(where)s
                 UNION ALL
                SELECT (SELECT MIN(%(column)s) FROM %(table)s t
                         WHERE %(where)s AND %(column)s > step.model)
                  FROM step WHERE step.model IS NOT NULL)
            SELECT model FROM step WHERE model IS NOT NULL
            """,
            table=SQL.identifier(table),
            column=SQL.identifier("t", column),
            where=SQL("(%s)", where or SQL("TRUE")),
        )

    @api.private
    def _capture_met(self, events):
        """Capture meetings as soon as somebody says that they took place.

        Those that are not over yet are no contact: a run finds them when they
        are.

        :param events: meetings in the calendar
        """
        over = events.filtered(lambda e: e.stop <= fields.Datetime.now())
        if not over:
            return

        def capture():
            changed = self._capture(
                [self._sources(set(over.mapped("res_model")))["meeting"]],
                lambda source: SQL("%s = ANY(%s)", source.record, over.ids),
            )
            self.env["retention.profile"]._refresh_now(changed)

        attempt(self.env, "Meetings that took place", capture)

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
                     WHERE att.event_id = e.id AND att.partner_id = t.partner_id
                       AND %s)
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
                    UPDATE retention_touchpoint t
                       SET date = e.start, user_id = e.user_id, summary = %(summary)s
                      FROM calendar_event e
                     WHERE %(changed)s AND %(met)s
                       AND (t.date, t.user_id, t.summary) IS DISTINCT FROM
                           (e.start, e.user_id, %(summary)s)
                 RETURNING t.profile_id)
                SELECT profile_id FROM gone UNION SELECT profile_id FROM moved
                """,
                changed=changed,
                met=met,
                summary=self._meeting_summary_sql,
            )
        )
        profile_ids = [row[0] for row in self.env.cr.fetchall()]
        if profile_ids:
            self.invalidate_model()
        return profile_ids
