from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from .among import among
from .cached import forget
from .retention_alert_life import OPEN_STATES
from .working_time import WorkingTime

# Where nothing came in for so long when it is first seen, nothing is raised any
# more: nobody is buried under the history on the first day.
RAISE_DAYS = 30


class RetentionAlertAnswer(models.AbstractModel):
    """Alerts about messages that wait for an answer: one for each document."""

    _name = "retention.alert.answer"
    _description = "Alerts about Unanswered Messages"

    message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The message that waits for an answer; of several the oldest.",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, ondelete="set null"
    )
    waiting_hours = fields.Float(
        string="Waiting (Working Hours)",
        compute="_compute_waiting_hours",
        help="Working hours from the message until now or, once it is closed, until "
        "then. They count on the sales team's calendar, else on the company's; one "
        "without any hour counts by the clock.",
    )
    target_hours = fields.Float(
        string="Answer Within (Working Hours)", compute="_compute_waiting_hours"
    )

    @api.depends("kind", "last_contact_date", "team_id", "company_id", "close_date")
    def _compute_waiting_hours(self):
        now = fields.Datetime.now()
        alerts = self.filtered(lambda a: a.kind == "unanswered" and a.last_contact_date)
        (self - alerts).update({"waiting_hours": 0, "target_hours": 0})
        first = min(alerts.mapped("last_contact_date"), default=now)
        times = {}
        for alert in alerts:
            calendar = alert._calendar()
            if calendar not in times:
                times[calendar] = WorkingTime(calendar, first)
            alert.waiting_hours = times[calendar].hours(
                alert.last_contact_date, alert.close_date or now
            )
            alert.target_hours = alert.team_id._retention_response_target(
                alert.company_id
            )

    def _calendar(self):
        """Return the calendar that the deadline counts on."""
        self.ensure_one()
        return self.team_id._retention_calendar(self.company_id)

    # ------------------------------------------------------------------
    # Following what waits
    # ------------------------------------------------------------------

    @api.private
    def _follow_waiting(self, profile_ids=None, since=None):
        """Raise, change and close alerts as messages wait or are answered.

        :param list profile_ids: of the customers; an empty list for the people
            whom we do not know yet, None for all
        :param datetime since: of the alerts there are only those whose message is
            another one or more urgent by now, or whose document was changed since
            then; None for all
        :return: how many were raised, how many closed
        """

        def scope(column):
            if profile_ids is not None and not profile_ids:
                return SQL("%s IS NULL", SQL.identifier(*column.split(".")))
            return among(column, profile_ids)

        self.env.flush_all()
        documents = self._waiting_documents_sql()
        noted = scope("a.profile_id")
        if since:
            noted = SQL("a.id = ANY(%s)", self._suspects(since, noted))
        closed = self._follow_noted(self._noted_threads_sql(noted), documents)
        return self._raise_new(self._new_threads(scope("t.profile_id"))), closed

    @api.private
    def _follow_contact_person(self, profile_ids):
        result = super()._follow_contact_person(profile_ids)
        self._follow_responsible(SQL("a.profile_id = ANY(%s)", list(profile_ids)))
        return result

    @api.private
    def _follow_team_leaders(self, team_ids):
        """Give alerts about messages to the new leaders of sales teams, where nobody
        else is responsible.

        :param list team_ids: of the teams
        """
        self._follow_responsible(SQL("a.team_id = ANY(%s)", list(team_ids)))

    def _follow_responsible(self, scope):
        self.env.flush_all()
        self._follow_noted(
            self._noted_threads_sql(scope), self._waiting_documents_sql()
        )

    def _suspects(self, since, scope):
        """Return the alerts about messages that may not be as they were: with less
        work than finding out who is responsible for each. One that comes to light
        later than a newer one of its document is seen with the next day's first run.

        :param datetime since: see ``_follow_waiting``
        :param SQL scope: a condition on the alerts ``a``
        """
        touchpoint = self.env["retention.touchpoint"]
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT a.id FROM retention_alert a
                      LEFT JOIN retention_touchpoint t
                        ON t.message_id = a.message_id
                       AND t.profile_id IS NOT DISTINCT FROM a.profile_id
                       AND t.res_model = a.res_model AND t.res_id = a.res_id
                       AND %(waits)s
                     WHERE a.kind = 'unanswered' AND a.state IN ('open', 'snoozed')
                       AND %(scope)s
                       AND ((a.message_id, a.last_contact_date, a.due_date, a.team_id)
                            IS DISTINCT FROM
                            (t.message_id, t.date, t.answer_due_date, t.team_id)
                            OR a.priority_score IS DISTINCT FROM %(score)s
                            OR a.user_id NOT IN (
                               SELECT id FROM res_users WHERE active AND NOT share)
                            OR (a.res_model, a.res_id) IN (%(changed)s))
                    """,
                    waits=self._waits_sql,
                    scope=scope,
                    score=self._waiting_score_sql(),
                    changed=touchpoint._changed_documents_sql(
                        touchpoint._waiting_models(), since
                    ),
                )
            )
        ]

    def _follow_noted(self, noted, documents):
        """Change or close the alerts about messages of which something is not as
        it was: few of them, so they are found before anything is written.

        :param SQL noted: the alerts, see ``_noted_threads_sql``
        :param SQL documents: see ``_waiting_documents_sql``
        :return: how many were closed
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id
                  FROM retention_alert a JOIN (%s) noted ON noted.alert_id = a.id
                  LEFT JOIN (%s) w ON w.alert_id = a.id
                 WHERE %s
                """,
                noted,
                self._waiting_sql(noted, documents),
                self._differs_sql,
            )
        )
        if not rows:
            return 0
        changed = SQL("a.id = ANY(%s)", [row[0] for row in rows])
        closed = self._close_answered(changed)
        left = self._noted_threads_sql(changed)
        self._change_waiting(self._waiting_sql(left, documents))
        return closed

    # Whether a message still waits for which there is alert ``a``.
    _still_waiting_sql = SQL(
        """
        EXISTS (SELECT FROM retention_touchpoint t
                  LEFT JOIN retention_profile p ON p.id = t.profile_id
                 WHERE t.needs_answer AND t.answered_date IS NULL
                   AND t.res_model = a.res_model AND t.res_id = a.res_id
                   AND t.profile_id IS NOT DISTINCT FROM a.profile_id
                   AND p.active IS NOT FALSE)
        """
    )

    def _close_answered(self, scope):
        return self._end(
            SQL(
                "a.kind = 'unanswered' AND %s AND NOT %s",
                scope,
                self._still_waiting_sql,
            ),
            "resolved",
            answer=SQL(
                """
                (SELECT t.answer_id FROM retention_touchpoint t
                  WHERE t.message_id = a.message_id
                    AND t.profile_id IS NOT DISTINCT FROM a.profile_id)
                """
            ),
        )

    _waits_sql = SQL(
        "t.needs_answer AND t.answered_date IS NULL AND t.answer_due_date IS NOT NULL"
    )

    def _noted_threads_sql(self, scope):
        """The threads that there is an alert about, with the alert.

        :param SQL scope: a condition on the alerts ``a``
        """
        return SQL(
            """
            SELECT a.profile_id, a.res_model, a.res_id, a.id AS alert_id
              FROM retention_alert a
             WHERE a.kind = 'unanswered' AND a.state IN ('open', 'snoozed') AND %s
            """,
            scope,
        )

    def _new_threads(self, scope):
        """Find the threads in which something came in lately and waits, and that there
        is no alert about: ``(profile_id, res_model, res_id)`` of each.

        :param SQL scope: a condition on the contacts ``t``
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT new.* FROM (
                    SELECT t.profile_id, t.res_model, t.res_id
                      FROM retention_touchpoint t
                     WHERE t.direction = 'in' AND t.kind = 'message'
                       AND t.date >= %(since)s AND %(scope)s
                    EXCEPT
                    SELECT n.profile_id, n.res_model, n.res_id FROM (%(noted)s) n) new
                 -- one by one, whatever PostgreSQL knows: after a first run nothing
                 CROSS JOIN LATERAL (
                       SELECT FROM retention_touchpoint t
                        WHERE t.res_model = new.res_model AND t.res_id = new.res_id
                          AND t.profile_id IS NOT DISTINCT FROM new.profile_id
                          AND %(waits)s
                        LIMIT 1) t
                """,
                scope=scope,
                noted=self._noted_threads_sql(SQL("TRUE")),
                since=fields.Datetime.subtract(fields.Datetime.now(), days=RAISE_DAYS),
                waits=self._waits_sql,
            )
        )

    def _raise_new(self, found):
        """Raise alerts about threads. They are given one by one, so that PostgreSQL
        knows how few they are, and their documents.

        :param list found: the threads, see ``_new_threads``
        :return: how many were raised
        """
        if not found:
            return 0
        threads = SQL(
            """
            SELECT profile_id, res_model, res_id, NULL::int AS alert_id
              FROM unnest(%s::int[], %s::varchar[], %s::int[])
                   AS new(profile_id, res_model, res_id)
            """,
            *(list(column) for column in zip(*found, strict=True)),
        )
        ids = defaultdict(list)
        for _profile_id, model, res_id in found:
            ids[model].append(res_id)
        documents = self.env["retention.touchpoint"]._documents_sql(ids, ids)
        return self._raise_waiting(self._waiting_sql(threads, documents))

    def _waiting_documents_sql(self):
        """The documents that messages wait in; see ``_documents_sql``."""
        touchpoint = self.env["retention.touchpoint"]
        return touchpoint._documents_sql(touchpoint._waiting_models())

    def _waiting_sql(self, threads, documents):
        """The message that waits longest in each of some threads, if any, with whom
        it is for: the document's responsible, else the customer's contact person,
        else the leader of the sales team.

        :param SQL threads: ``(profile_id, res_model, res_id, alert_id)``
        :param SQL documents: see ``_waiting_documents_sql``
        """
        return SQL(
            """
            SELECT thread.alert_id, t.profile_id, t.company_id, t.res_model,
                   t.res_id, t.message_id, t.date, t.answer_due_date AS due_date,
                   t.team_id, t.create_date,
                   COALESCE(responsible.id, noted.id, person.id, leader.id) AS user_id,
                   %(score)s AS score, today.day
              FROM (%(threads)s) thread
             -- from the thread, whatever PostgreSQL knows: after a first run nothing
             CROSS JOIN LATERAL (
                   SELECT t.* FROM retention_touchpoint t
                    WHERE t.res_model = thread.res_model AND t.res_id = thread.res_id
                      AND t.profile_id IS NOT DISTINCT FROM thread.profile_id
                      AND %(waits)s
                    ORDER BY t.date, t.message_id LIMIT 1) t
              JOIN %(today)s today ON today.company_id = t.company_id
              LEFT JOIN LATERAL (
                   SELECT p.active, p.user_id FROM retention_profile p
                    WHERE p.id = t.profile_id OFFSET 0) p ON TRUE
              LEFT JOIN %(documents)s doc
                ON doc.model = t.res_model AND doc.res_id = t.res_id
              LEFT JOIN crm_team team ON team.id = t.team_id
              LEFT JOIN %(ours)s responsible ON responsible.id = doc.user_id
              LEFT JOIN %(ours)s noted ON noted.id = t.user_id
              LEFT JOIN %(ours)s person ON person.id = p.user_id
              LEFT JOIN %(ours)s leader ON leader.id = team.user_id
             WHERE p.active IS NOT FALSE
            """,
            score=self._waiting_score_sql(),
            today=self._today_sql(),
            documents=documents,
            ours=SQL("(SELECT id FROM res_users WHERE active AND NOT share)"),
            waits=self._waits_sql,
            threads=threads,
        )

    def _waiting_score_sql(self):
        """How urgent an answer to message ``t`` is: 100, and 100 more each time
        that the span until it is due has passed, 300 at most."""
        return SQL(
            """100 + 100 * LEAST(2, GREATEST(0, floor(
                   date_part('epoch', %s::timestamp - t.date)
                   / GREATEST(1, date_part('epoch', t.answer_due_date - t.date)))))
            """,
            fields.Datetime.now(),
        )

    # Whether alert ``a`` is not as its message ``w`` wants it.
    _differs_sql = SQL(
        """((a.message_id, a.last_contact_date, a.due_date, a.team_id, a.user_id,
             a.priority_score)
            IS DISTINCT FROM
            (w.message_id, w.date, w.due_date, w.team_id, w.user_id, w.score))"""
    )

    def _change_waiting(self, waiting):
        """Have open alerts follow the message that waits and who it is for."""
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE retention_alert a
                   SET message_id = w.message_id, last_contact_date = w.date,
                       due_date = w.due_date, team_id = w.team_id,
                       user_id = w.user_id, priority_score = w.score
                  FROM (%(waiting)s) w
                 WHERE a.id = w.alert_id AND %(differs)s
             RETURNING a.id
                """,
                waiting=waiting,
                differs=self._differs_sql,
            )
        )
        if not rows:
            return
        forget(self.env, "retention.alert")
        self.env["retention.alert"].browse(row[0] for row in rows).filtered(
            lambda a: a.activity_id.active and a.activity_id.user_id != a.user_id
        )._move_activities()

    def _raise_waiting(self, waiting):
        return self._insert(
            SQL(
                """
                INSERT INTO retention_alert (
                       profile_id, company_id, kind, user_id, date, due_date,
                       last_contact_date, message_id, team_id, res_model, res_id,
                       priority_score, state,
                       create_uid, create_date, write_uid, write_date)
                SELECT w.profile_id, w.company_id, 'unanswered', w.user_id, w.day,
                       w.due_date, w.date, w.message_id, w.team_id, w.res_model,
                       w.res_id, w.score, 'open', %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(waiting)s) w
                    ON CONFLICT DO NOTHING
                """,
                waiting=waiting,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    @api.private
    def _move_documents(self, sources, target):
        """Move alerts to the document that theirs were merged into; of two open
        ones about the same the older stays.

        :param sources: the documents
        :param target: the document
        """
        alerts = self.search(
            [
                ("res_model", "=", target._name),
                ("res_id", "in", [*sources.ids, target.id]),
            ],
            order="id",
        )
        taken, doubled = set(), self.browse()
        for alert in alerts.filtered(lambda a: a.state in OPEN_STATES):
            key = (alert.profile_id, alert.kind)
            if key in taken:
                doubled |= alert
            taken.add(key)
        doubled._close("resolved")
        alerts.write({"res_id": target.id})
        self.env.flush_all()
