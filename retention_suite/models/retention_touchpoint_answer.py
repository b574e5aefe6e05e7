from odoo import api, fields, models
from odoo.tools import SQL

from .retention_touchpoint_response import TIME_BATCH


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

    # With all that tells whether what is to do about it is still right.
    _waiting_idx = models.Index(
        "(res_model, res_id)"
        " INCLUDE (message_id, profile_id, date, answer_due_date, team_id)"
        " WHERE needs_answer AND answered_date IS NULL"
    )
    _asked_date_idx = models.Index(
        "(date) INCLUDE (profile_id, res_model, res_id)"
        " WHERE direction = 'in' AND kind = 'message'"
    )
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

    # not on the message's field: each message that is posted would look for contacts
    @api.depends("message_id")
    def _compute_is_no_answer_needed(self):
        for touchpoint in self:
            # sudo: who sees the contact may know this of its message
            message = touchpoint.message_id.sudo()
            touchpoint.is_no_answer_needed = bool(message.retention_no_answer_date)

    def _waiting_models(self):
        """Return the models of the documents that messages wait in."""
        return self._models_of(
            self._models_in_sql(
                "retention_touchpoint",
                "res_model",
                SQL("t.needs_answer AND t.answered_date IS NULL"),
            )
        )

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
                   t.message_id, t.needs_answer, t.answered_date, t.answer_id,
                   t.answer_user_id, %(asks)s AS asks,
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
                           NULLIF(a.place[4], 0)::int AS user_id,
                           c.needs_answer, c.answered_date, c.answer_user_id,
                           c.answer_id AS known_id
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
                   AND (COALESCE(w.needs_answer, FALSE), w.answered_date,
                        w.known_id, w.answer_user_id)
                       IS DISTINCT FROM (w.is_first, w.date, w.answer_id, w.user_id)
                """,
                contacts=contacts,
            )
        )
        changed = self.env.cr.rowcount
        if changed:
            self.env["retention.touchpoint"].invalidate_model(flush=False)
        return changed
