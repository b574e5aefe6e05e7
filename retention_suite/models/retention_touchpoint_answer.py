from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .working_time import WorkingTime

# So many messages get their times in one go.
TIME_BATCH = 50000


class RetentionTouchpointAnswer(models.AbstractModel):
    """Which messages wait for an answer, and which contact answered them.

    What a customer writes waits until somebody of us writes to the customer in
    the same document, or speaks with the same person. Several messages in a row
    wait as one: the first of them carries all there is to know. It follows from
    the contacts alone, and can be derived again at any time.
    """

    _name = "retention.touchpoint.answer"
    _description = "Messages and Their Answers"

    needs_answer = fields.Boolean(
        readonly=True,
        help="A message from the customer that nobody had to be answered before: "
        "of several in a row the first.",
    )
    answer_due_date = fields.Datetime(
        string="Answer Due",
        readonly=True,
        help="The date of the message plus the hours to answer within, counted on "
        "the working hours of the sales team, else of the company.",
    )
    answered_date = fields.Datetime(
        string="Answered On",
        readonly=True,
        help="When somebody of us next wrote to the customer in the same document, "
        "or spoke with the same person.",
    )
    answer_id = fields.Many2one(
        "retention.touchpoint",
        string="Answered By",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    answer_user_id = fields.Many2one(
        "res.users", string="Who Answered", readonly=True, ondelete="set null"
    )
    response_hours = fields.Float(
        string="Response Time (Working Hours)",
        readonly=True,
        aggregator="avg",
        help="Working hours from the message to its answer.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        ondelete="set null",
        help="Of the document, else of who is responsible for it.",
    )
    is_waiting = fields.Boolean(
        string="Waits for an Answer", compute="_compute_is_waiting"
    )
    is_answer_late = fields.Boolean(compute="_compute_is_waiting")
    is_no_answer_needed = fields.Boolean(
        string="Needs No Answer", compute="_compute_is_no_answer_needed"
    )

    _waiting_idx = models.Index(
        "(res_model, res_id) WHERE needs_answer AND answered_date IS NULL"
    )
    _asked_date_idx = models.Index("(date) WHERE direction = 'in' AND kind = 'message'")
    _untimed_idx = models.Index(
        "(id) WHERE needs_answer AND (answer_due_date IS NULL"
        " OR (answered_date IS NOT NULL AND response_hours IS NULL))"
    )

    @api.depends("needs_answer", "answered_date", "answer_due_date")
    def _compute_is_waiting(self):
        now = fields.Datetime.now()
        for touchpoint in self:
            waits = touchpoint.needs_answer and not touchpoint.answered_date
            touchpoint.is_waiting = waits
            touchpoint.is_answer_late = bool(
                waits
                and touchpoint.answer_due_date
                and touchpoint.answer_due_date < now
            )

    @api.depends("message_id.retention_no_answer_date")
    def _compute_is_no_answer_needed(self):
        for touchpoint in self:
            # sudo: who sees the contact may know this of its message
            message = touchpoint.message_id.sudo()
            touchpoint.is_no_answer_needed = bool(message.retention_no_answer_date)

    # ------------------------------------------------------------------
    # Which contact answers which message
    # ------------------------------------------------------------------

    @api.private
    def _follow_answers(self, profile_ids):
        """Have the messages of some customers and what is to do for them follow
        from their contacts.

        :param profile_ids: of the customers
        """
        scope = SQL("t.profile_id = ANY(%s)", list(profile_ids))
        if self._match_answers(scope):
            while self._time_answers(scope) == TIME_BATCH:
                pass
            self.env["retention.alert"]._follow_waiting(list(profile_ids))

    @api.private
    def _match_answers(self, scope):
        """Find which messages wait or waited, and what answered them.

        Writes only what has changed.

        :param SQL scope: a condition on the contacts ``t``, for whole customers
        :return: how many messages changed
        """
        contacts = SQL(
            """
            SELECT t.id, t.profile_id, t.partner_id, t.res_model, t.res_id, t.date,
                   t.message_id, t.needs_answer, %(asks)s AS asks,
                   t.direction = 'out' AS replies,
                   t.channel IN ('phone', 'meeting') AS speaks,
                   CASE WHEN t.direction = 'out' OR t.channel IN ('phone', 'meeting')
                        THEN ARRAY[date_part('epoch', t.date),
                                   COALESCE(t.message_id, 'infinity'::float8),
                                   t.id, COALESCE(t.user_id, 0)] END AS place
              FROM retention_touchpoint t
             WHERE t.profile_id IS NOT NULL AND NOT t.automated AND (%(scope)s)
            """,
            asks=self._asks_sql,
            scope=scope,
        )
        return self._write_answers(contacts)

    # What a customer wrote that may need an answer. One of nobody we know of is
    # told by its document.
    _asks_sql = SQL(
        """(t.direction = 'in' AND t.kind = 'message' AND t.res_id IS NOT NULL
            AND t.message_id NOT IN (
                SELECT id FROM mail_message
                 WHERE retention_no_answer_date IS NOT NULL))"""
    )

    def _write_answers(self, contacts):
        """Match messages with their answers, in one statement.

        The contacts of a document are gone through from the newest to the
        oldest, with the next answer in mind. ``place`` is what is kept in mind
        of an answer: its date, message, contact and user, in the order in which
        the first of two answers is found. A message is the first in its row if
        it has another answer than all before it.

        :param SQL contacts: the contacts, with what each of them may be
        """
        self.env.cr.execute(
            SQL(
                """
                WITH contact AS MATERIALIZED (%(contacts)s
                ), replied AS (
                    SELECT c.*, MIN(CASE WHEN replies THEN place END) OVER (
                           PARTITION BY profile_id, res_model, res_id
                           ORDER BY date DESC, message_id DESC, id DESC
                           ROWS UNBOUNDED PRECEDING) AS reply
                      FROM contact c WHERE asks OR replies
                ), talk AS MATERIALIZED (
                    SELECT profile_id, partner_id, date, message_id, id, place
                      FROM contact WHERE speaks
                     UNION ALL
                    SELECT c.profile_id, o.partner_id, c.date, c.message_id, c.id,
                           c.place
                      FROM contact c
                      JOIN retention_touchpoint_other_partner_rel o
                        ON o.touchpoint_id = c.id
                     WHERE c.speaks
                ), talked AS (
                    SELECT x.id, x.talk
                      FROM (SELECT r.id, r.asks, MIN(place) OVER (
                                   PARTITION BY profile_id, partner_id
                                   ORDER BY date DESC, message_id DESC, id DESC
                                   ROWS UNBOUNDED PRECEDING) AS talk
                              FROM (SELECT id, TRUE AS asks, profile_id, partner_id,
                                           date, message_id, NULL::float8[] AS place
                                      FROM contact
                                     WHERE asks AND (profile_id, partner_id) IN (
                                           SELECT profile_id, partner_id FROM talk)
                                     UNION ALL
                                    SELECT id, FALSE, profile_id, partner_id, date,
                                           message_id, place
                                      FROM talk) r) x
                     WHERE x.asks
                ), answered AS (
                    SELECT r.id, r.profile_id, r.res_model, r.res_id, r.date,
                           r.message_id, LEAST(r.reply, talked.talk) AS answer
                      FROM replied r LEFT JOIN talked ON talked.id = r.id
                     WHERE r.asks
                ), rowed AS (
                    SELECT id, answer, (COALESCE(answer, '{infinity}') > MAX(
                           COALESCE(answer, '{infinity}')) OVER (
                           PARTITION BY profile_id, res_model, res_id
                           ORDER BY date, message_id, id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
                           IS NOT FALSE AS is_first
                      FROM answered
                ), wanted AS (
                    SELECT c.id, COALESCE(r.is_first, FALSE) AS is_first,
                           to_timestamp(a.place[1]) AT TIME ZONE 'UTC' AS date,
                           NULLIF(a.place[3], 0)::int AS answer_id,
                           NULLIF(a.place[4], 0)::int AS user_id
                      FROM contact c
                      LEFT JOIN rowed r ON r.id = c.id
                     CROSS JOIN LATERAL (
                           SELECT CASE WHEN r.is_first THEN r.answer END AS place) a
                     WHERE c.asks OR c.needs_answer
                )
                UPDATE retention_touchpoint t
                   SET needs_answer = NULLIF(w.is_first, FALSE), answered_date = w.date,
                       answer_id = w.answer_id, answer_user_id = w.user_id,
                       answer_due_date = CASE WHEN w.is_first
                                              THEN t.answer_due_date END,
                       team_id = CASE WHEN w.is_first THEN t.team_id END,
                       response_hours = CASE WHEN t.answered_date = w.date
                                             THEN t.response_hours END
                  FROM wanted w
                 WHERE t.id = w.id
                   AND (COALESCE(t.needs_answer, FALSE), t.answered_date,
                        t.answer_id, t.answer_user_id)
                       IS DISTINCT FROM (w.is_first, w.date, w.answer_id, w.user_id)
                """,
                contacts=contacts,
            )
        )
        changed = self.env.cr.rowcount
        if changed:
            self.env["retention.touchpoint"].invalidate_model(flush=False)
        return changed

    # ------------------------------------------------------------------
    # Until when, and how long it took
    # ------------------------------------------------------------------

    @api.private
    def _time_answers(self, scope=None):
        """Compute until when answers are due and how long they took, in working
        hours, for messages of which it is not known.

        Each calendar is read once for all of them.

        :param SQL scope: a condition on the contacts ``t``; None for all
        :return: how many messages were looked at
        """
        rows = self._untimed(scope or SQL("TRUE"))
        if not rows:
            return 0
        first = min(row[1] for row in rows)
        times = {}
        found = []
        for id_, date, due, answered, company_id, team_id in rows:
            if (company_id, team_id) not in times:
                times[company_id, team_id] = self._target(company_id, team_id)
            target, calendar = times[company_id, team_id]
            if calendar not in times:
                times[calendar] = WorkingTime(calendar, first)
            worked = times[calendar]
            due = due or worked.plan(date, target)
            hours = worked.hours(date, answered) if answered else None
            found.append((id_, due, hours, team_id))
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_touchpoint t
                   SET answer_due_date = v.due, response_hours = v.hours,
                       team_id = v.team_id
                  FROM unnest(%s::int[], %s::timestamp[], %s::float8[], %s::int[])
                       v(id, due, hours, team_id)
                 WHERE t.id = v.id
                """,
                *(list(column) for column in zip(*found, strict=True)),
            )
        )
        self.env["retention.touchpoint"].invalidate_model(flush=False)
        return len(rows)

    def _untimed(self, scope):
        """Return ``(id, date, due, answered, company, team)`` of messages."""
        condition = SQL(
            "t.needs_answer AND (t.answer_due_date IS NULL"
            " OR (t.answered_date IS NOT NULL AND t.response_hours IS NULL)) AND %s",
            scope,
        )
        models_ = self._models_of(
            SQL(
                "SELECT DISTINCT t.res_model FROM retention_touchpoint t WHERE %s",
                condition,
            )
        )
        return self.env.execute_query(
            SQL(
                """
                SELECT t.id, t.date, t.answer_due_date, t.answered_date, t.company_id,
                       CASE WHEN t.answer_due_date IS NULL
                            THEN COALESCE(team.team_id, our.sale_team_id)
                            ELSE t.team_id END
                  FROM retention_touchpoint t
                  LEFT JOIN res_users our ON our.id = t.user_id
                  LEFT JOIN %s team
                    ON team.model = t.res_model AND team.res_id = t.res_id
                 WHERE %s ORDER BY t.id LIMIT %s
                """,
                self._teams_sql(models_),
                condition,
                TIME_BATCH,
            )
        )

    def _teams_sql(self, models_):
        """Return a subquery ``(model, res_id, team_id)`` of documents."""
        parts = [
            SQL(
                "SELECT %s::varchar AS model, id AS res_id, team_id FROM %s",
                name,
                SQL.identifier(self.env[name]._table),
            )
            for name in models_
            if name in self.env
            and self.env[name]._auto
            and self._is_column(self.env[name], "team_id", "crm.team")
        ]
        parts.append(
            SQL(
                "SELECT NULL::varchar AS model, NULL::int AS res_id,"
                " NULL::int AS team_id WHERE FALSE"
            )
        )
        return SQL("(%s)", SQL(" UNION ALL ").join(parts))

    def _target(self, company_id, team_id):
        """Return within how many hours, on which calendar, an answer is due."""
        company = self.env["res.company"].browse(company_id)
        team = self.env["crm.team"].browse(team_id)
        return (
            team._retention_response_target(company),
            team._retention_calendar(company),
        )

    # ------------------------------------------------------------------
    # Messages that need no answer
    # ------------------------------------------------------------------

    # The messages that wait as one with message ``w``: what the customer wrote
    # in the document since.
    _row_sql = SQL(
        """
        t.res_model = w.res_model AND t.res_id = w.res_id
        AND (t.profile_id = w.profile_id
             OR (t.profile_id IS NULL AND w.profile_id IS NULL))
        AND t.direction = 'in' AND t.kind = 'message' AND t.date >= w.date
        """
    )

    @api.private
    def _need_no_answer(self):
        """Let the rows of messages that wait since these need no answer.

        It is noted on the messages, where it outlives their contacts.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE mail_message m SET retention_no_answer_date = %s
                  FROM retention_touchpoint w
                  JOIN retention_touchpoint t ON %s
                 WHERE w.id = ANY(%s) AND w.needs_answer AND w.answered_date IS NULL
                   AND m.id = t.message_id AND m.retention_no_answer_date IS NULL
                """,
                fields.Datetime.now(),
                self._row_sql,
                self.ids,
            )
        )
        self._after_need()

    @api.private
    def _need_answer_again(self):
        """Take back that messages need no answer, together with those of which
        it was said in the same moment."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE mail_message m SET retention_no_answer_date = NULL
                  FROM mail_message said
                 WHERE said.id = ANY(%s) AND m.model = said.model
                   AND m.res_id = said.res_id
                   AND m.retention_no_answer_date = said.retention_no_answer_date
                """,
                self.message_id.ids,
            )
        )
        self._after_need()

    def _after_need(self):
        self.env["mail.message"].invalidate_model(
            ["retention_no_answer_date"], flush=False
        )
        profile_ids = self.profile_id.ids
        if profile_ids:
            self._follow_answers(profile_ids)
        if any(not touchpoint.profile_id for touchpoint in self):
            self.env["retention.touchpoint"]._follow_strangers()

    def action_no_answer(self):
        """Say that the message needs no answer, and what is to do about it is
        done.

        :raise UserError: if it does not wait for one
        """
        self.check_access("read")
        for touchpoint in self:
            if not touchpoint.is_waiting:
                raise UserError(
                    self.env._(
                        "This message does not wait for an answer. Reload the "
                        "list to see which do."
                    )
                )
        # sudo: whoever sees a message may say that it needs no answer
        waiting = self.sudo()
        alerts = waiting._answer_alerts().filtered(lambda a: a.state != "dismissed")
        alerts._close("dismissed", self.env._("Needs no answer"))
        waiting._need_no_answer()

    def action_need_answer(self):
        """Take back that the message needs no answer.

        :raise UserError: if nobody said so
        """
        self.check_access("read")
        if any(not touchpoint.is_no_answer_needed for touchpoint in self):
            raise UserError(
                self.env._("Nobody said that this message needs no answer.")
            )
        # sudo: see above
        said = self.sudo()
        alerts = said._answer_alerts().filtered(
            lambda a: a.state == "dismissed" and a.message_id in said.message_id
        )
        alerts._open_again()
        said._need_answer_again()

    def _answer_alerts(self):
        """Return what is or was to do about these messages, one of each."""
        alerts = self.env["retention.alert"].search(
            [
                ("kind", "=", "unanswered"),
                ("state", "in", ("open", "snoozed", "dismissed")),
                ("res_id", "in", self.mapped("res_id")),
            ],
            order="id desc",
        )
        newest = defaultdict(alerts.browse)
        wanted = {(t.profile_id, t.res_model, t.res_id) for t in self}
        for alert in alerts:
            key = (alert.profile_id, alert.res_model, alert.res_id)
            if key in wanted and not newest[key]:
                newest[key] = alert
        return alerts.browse().union(*newest.values())
