from odoo import api, models
from odoo.tools import SQL

from .retention_touchpoint_response import TIME_BATCH
from .retention_touchpoint_source import FAILED_STATUSES


class RetentionTouchpointStranger(models.AbstractModel):
    """Mails of people whom we do not know yet.

    They wait for an answer like others, and belong to their document until it
    has a customer; then they join that customer's contacts. They count in no
    figure before.
    """

    _name = "retention.touchpoint.stranger"
    _description = "Contacts of People Not Known Yet"

    def _stranger_models(self):
        """Return the documents that strangers' mails are followed in: those
        that get their customer by and by. Other addons may add theirs."""
        return ["crm.lead"]

    def _strangers_sql(self, where):
        """The statement that inserts strangers' mails that are missing.

        :param SQL where: a condition on the messages ``m``
        """
        purpose = self.env["retention.purpose.rule"]._purpose_sql(
            SQL("fact.res_model"), SQL("fact.kind")
        )
        return SQL(
            """
            INSERT INTO retention_touchpoint (
                   company_id, date, direction, channel, purpose, kind, automated,
                   user_id, message_id, res_model, res_id, summary,
                   create_date, write_date)
            SELECT COALESCE(fact.company_id, our.company_id, %(main)s), fact.date,
                   fact.direction, fact.channel, %(purpose)s, fact.kind,
                   fact.automated, fact.user_id, fact.message_id, fact.res_model,
                   fact.res_id, fact.summary, %(now)s, %(now)s
              FROM (%(select)s AND m.model IN %(models)s
                    AND doc.partner_id IS NULL AND (%(where)s)) fact
              LEFT JOIN res_users our ON our.id = fact.user_id
             WHERE fact.kind = 'message' AND NOT EXISTS (
                   SELECT FROM retention_touchpoint t
                    WHERE t.message_id = fact.message_id)
             ORDER BY fact.message_id
                ON CONFLICT DO NOTHING
            RETURNING NULL::int
            """,
            select=self._sources(self._stranger_models())["unknown"].select,
            models=tuple(self._stranger_models()),
            where=where,
            main=self._main_company_id(),
            purpose=purpose,
            now=self.env.cr.now(),
        )

    @api.private
    def _capture_strangers(self, where):
        """Insert strangers' mails that are missing; see ``_strangers_sql``."""
        self.env.cr.execute(self._strangers_sql(where))
        return self.env.cr.rowcount

    @api.private
    def _adopt_strangers(self):
        """Give strangers' mails to the customers that their documents have by
        now, together with what is to do about them.

        :return: ids of the customers
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH adopted AS (
                    UPDATE retention_touchpoint t
                       SET profile_id = p.id, partner_id = doc.partner_id,
                           company_id = p.company_id,
                           user_id = COALESCE(doc.user_id, t.user_id)
                      FROM %(documents)s doc
                      JOIN res_partner person ON person.id = doc.partner_id
                      LEFT JOIN res_users our ON our.id = doc.user_id
                      JOIN retention_profile p
                        ON p.partner_id = person.commercial_partner_id
                       AND p.company_id = COALESCE(doc.company_id, our.company_id,
                                                   person.company_id, %(main)s)
                     WHERE t.profile_id IS NULL AND doc.model = t.res_model
                       AND doc.res_id = t.res_id
                       AND NOT EXISTS (
                           SELECT FROM retention_touchpoint known
                            WHERE known.message_id = t.message_id
                              AND known.profile_id = p.id)
                 RETURNING t.profile_id, t.company_id, t.res_model, t.res_id
                ), joined AS (
                    UPDATE retention_alert a
                       SET profile_id = s.profile_id, company_id = s.company_id
                      FROM (SELECT DISTINCT * FROM adopted) s
                     WHERE a.kind = 'unanswered' AND a.profile_id IS NULL
                       AND a.res_model = s.res_model AND a.res_id = s.res_id
                       AND NOT EXISTS (
                           SELECT FROM retention_alert o
                            WHERE o.profile_id = s.profile_id AND o.kind = a.kind
                              AND o.res_model = a.res_model AND o.res_id = a.res_id
                              AND o.state IN ('open', 'snoozed'))
                )
                SELECT DISTINCT profile_id FROM adopted
                """,
                documents=self._documents_sql(self._stranger_models()),
                main=self._main_company_id(),
            )
        )
        profile_ids = [row[0] for row in rows]
        if profile_ids:
            self.env.invalidate_all(flush=False)
            self.env["retention.alert"]._count_again(profile_ids)
        return profile_ids

    @api.private
    def _follow_responsibles(self):
        """Have strangers' mails belong to whoever is responsible for their
        documents by now: that decides who sees them."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_touchpoint t SET user_id = doc.user_id
                  FROM %s doc
                 WHERE t.profile_id IS NULL AND doc.model = t.res_model
                   AND doc.res_id = t.res_id AND doc.user_id IS NOT NULL
                   AND t.user_id IS DISTINCT FROM doc.user_id
                """,
                self._documents_sql(self._stranger_models()),
            )
        )
        if self.env.cr.rowcount:
            self.env["retention.touchpoint"].invalidate_model(["user_id"], flush=False)

    @api.private
    def _match_strangers(self):
        """Find which strangers' mails wait, and what answered them: the next
        message of ours in the document that anybody outside got.

        :return: how many of them changed
        """
        reached = SQL(
            """
            (m.message_type = 'email' OR EXISTS (
                SELECT FROM mail_notification n
                  LEFT JOIN res_partner person ON person.id = n.res_partner_id
                 WHERE n.mail_message_id = m.id
                   AND COALESCE(person.partner_share, TRUE)
                   AND n.notification_status NOT IN %s))
            """,
            FAILED_STATUSES,
        )
        contacts = SQL(
            """
            SELECT t.id, NULL::int AS profile_id, NULL::int AS partner_id,
                   t.res_model, t.res_id, t.date, t.message_id, t.needs_answer,
                   t.answered_date, t.answer_id, t.answer_user_id,
                   %(asks)s AS asks, FALSE AS replies, FALSE AS speaks,
                   NULL::float8[] AS place
              FROM retention_touchpoint t WHERE t.profile_id IS NULL
             UNION ALL
            SELECT NULL, NULL, NULL, m.model, m.res_id, m.date, m.id, FALSE, NULL,
                   NULL, NULL, FALSE, TRUE, FALSE,
                   ARRAY[date_part('epoch', m.date), m.id, 0, ours.id]
              FROM mail_message m
              JOIN %(ours)s
             WHERE (m.model, m.res_id) IN (
                   SELECT res_model, res_id FROM retention_touchpoint
                    WHERE profile_id IS NULL)
               AND m.message_type IN ('comment', 'email')
               AND m.retention_automated IS NOT TRUE
               AND ours.id <> %(system)s AND %(not_internal)s AND %(reached)s
            """,
            asks=self._asks_sql,
            ours=self._ours_sql,
            system=self.env.ref("base.user_root").id,
            not_internal=self._not_internal_sql,
            reached=reached,
        )
        return self._write_answers(contacts)

    @api.private
    def _follow_strangers(self):
        """Have strangers' mails and what is to do about them follow from their
        documents."""
        scope = SQL("t.profile_id IS NULL")
        if self._match_strangers():
            while self._time_answers(scope) == TIME_BATCH:
                pass
            self.env["retention.alert"]._follow_waiting([])

    def _stranger_name(self):
        """Who wrote it, as far as it is known."""
        self.ensure_one()
        # sudo: who sees the contact may know with whom it was
        message = self.message_id.sudo()
        return self.partner_id.sudo().name or message.email_from or ""
