from odoo import api, fields, models
from odoo.tools import SQL

from .retention_winback_life import OPEN_STEPS

# So many are asked at a time what became of the cause.
ASK_BATCH = 200
# So long somebody has to deal with it.
CAUSE_DAYS = 14
CAUSE_ACTIVITY = "retention_suite.mail_activity_type_cause"


class RetentionWinbackWatch(models.AbstractModel):
    """The second loyalty: who came back is watched, for a third chance hardly ever
    exists."""

    _name = "retention.winback.watch"
    _description = "Second Loyalty"

    loyalty_until = fields.Date(
        string="Watched Until",
        readonly=True,
        copy=False,
        help="Until then the customer is contacted more often, by a contact policy of "
        "its own. The next day the run moves the customer on to active, if it still "
        "is in the stage of those who came back.",
    )
    is_watch_over = fields.Boolean(string="Watch Over", readonly=True, copy=False)
    is_cause_dealt = fields.Boolean(
        string="Cause Dealt With",
        copy=False,
        tracking=True,
        help="What made the customer leave has been put right. Somebody is asked to do "
        "so until this is checked.",
    )
    is_lost_again = fields.Boolean(
        string="Lost Again",
        readonly=True,
        copy=False,
        help="The customer came back and left again. No case is proposed any more.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_cause_dealt"):
            # sudo: the cause is dealt with, whoever was asked to do it
            self.sudo().activity_feedback([CAUSE_ACTIVITY])
        return result

    def _begin_watch(self):
        """Watch those who have come back from the day on that they did."""
        for case in self:
            company = case.company_id
            case.loyalty_until = fields.Date.add(
                company._retention_day(case.close_date),
                months=company.retention_loyalty_months,
            )

    def _ask_for_cause(self):
        """Ask whoever is responsible to deal with the cause."""
        kind = self.env.ref(CAUSE_ACTIVITY, raise_if_not_found=False)
        if not kind:
            return
        model_id = self.env["ir.model"]._get_id(self._name)
        values = [
            {
                "res_model_id": model_id,
                "res_id": case.id,
                "activity_type_id": kind.id,
                "summary": kind.with_context(lang=user.lang).summary,
                "user_id": user.id,
                "date_deadline": fields.Date.add(
                    case.company_id._retention_day(fields.Datetime.now()),
                    days=CAUSE_DAYS,
                ),
                "automated": True,
            }
            for case in self.filtered(lambda case: not case.is_cause_dealt)
            if (user := case.user_id or case.profile_id._winback_responsible())
        ]
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            values
        )

    # ------------------------------------------------------------------
    # Done by the run
    # ------------------------------------------------------------------

    @api.private
    def _end_notices(self):
        """Lose the customers whose last day is over. Their cases stay open: who has
        left can still be won back. Who was given up before is lost now, unless
        somebody has won them in another case since.

        :return: how many customers moved
        """
        moved = 0
        for company in self.env["res.company"].search([]):
            self.env.flush_all()
            rows = self.env.execute_query(
                SQL(
                    """
                    UPDATE retention_winback w SET has_left = TRUE
                     WHERE company_id = %s AND end_date < %s
                       AND (step IN %s OR result = 'lost' AND NOT EXISTS (
                            SELECT FROM retention_winback later
                             WHERE later.profile_id = w.profile_id
                               AND later.result = 'won'
                               AND later.close_date >= w.close_date))
                       AND cancel_date IS NOT NULL AND has_left IS NOT TRUE
                 RETURNING profile_id
                    """,
                    company.id,
                    company._retention_day(fields.Datetime.now()),
                    OPEN_STEPS,
                )
            )
            moved += self.env["retention.profile"]._move_many_to_kind(
                [row[0] for row in rows], "lost", "notice"
            )
        self.env["retention.winback"].invalidate_model(["has_left"])
        return moved

    @api.private
    def _mark_lost_again(self):
        """Mark whoever came back and left again: dormant or lost since then, or
        given up in a later case.

        Since then: after being moved to those who came back. The purchase that shows
        that a customer is back may be older than the move by which it was lost.

        :return: how many cases were marked
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH won AS MATERIALIZED (
                    SELECT id, profile_id, close_date FROM retention_winback
                     WHERE result = 'won' AND is_lost_again IS NOT TRUE
                ), move AS MATERIALIZED (
                    SELECT t.id, t.profile_id, t.date, s.kind
                      FROM (%(happened)s) t
                      JOIN retention_journey_stage s ON s.id = t.to_stage_id
                     WHERE s.kind IN ('lost', 'dormant', 'recovered')
                ), back AS (
                    SELECT DISTINCT ON (won.id) won.id, move.date, move.id AS move_id
                      FROM won
                      JOIN move ON move.profile_id = won.profile_id
                       AND move.kind = 'recovered' AND move.date >= won.close_date
                     ORDER BY won.id, move.date, move.id
                )
                UPDATE retention_winback w SET is_lost_again = TRUE
                  FROM won LEFT JOIN back ON back.id = won.id
                 WHERE w.id = won.id AND (
                       EXISTS (
                       SELECT FROM move
                        WHERE move.profile_id = won.profile_id
                          AND move.kind IN ('lost', 'dormant')
                          AND (move.date, move.id) >
                              (COALESCE(back.date, won.close_date),
                               COALESCE(back.move_id, 0))
                          AND move.date > won.close_date)
                       OR EXISTS (
                       SELECT FROM retention_winback later
                        WHERE later.profile_id = won.profile_id
                          AND later.result = 'lost'
                          AND later.close_date > won.close_date))
                """,
                happened=self.env["retention.journey.transition"]._happened_sql(
                    SQL("t.profile_id IN (SELECT profile_id FROM won)")
                ),
            )
        )
        marked = self.env.cr.rowcount
        if marked:
            self.env["retention.winback"].invalidate_model(["is_lost_again"])
        return marked

    @api.private
    def _end_watches(self):
        """End the watches that are over, and move their customers on to active if no
        rule has moved them.

        The case keeps its last step, and leaves the list of what is in work.

        :return: how many customers moved
        """
        self.env.flush_all()
        moved = 0
        for company in self.env["res.company"].search([]):
            rows = self.env.execute_query(
                SQL(
                    """
                    WITH ended AS (
                        UPDATE retention_winback SET is_watch_over = TRUE
                         WHERE company_id = %s AND step = 'loyalty'
                           AND is_watch_over IS NOT TRUE AND loyalty_until < %s
                     RETURNING profile_id)
                    SELECT p.id FROM ended
                      JOIN retention_profile p ON p.id = ended.profile_id
                      JOIN retention_journey_stage s ON s.id = p.journey_stage_id
                     WHERE s.kind = 'recovered'
                    """,
                    company.id,
                    company._retention_day(fields.Datetime.now()),
                )
            )
            moved += self.env["retention.profile"]._move_many_to_kind(
                [row[0] for row in rows], "active", "watch"
            )
        self.env["retention.winback"].invalidate_model(["is_watch_over"])
        return moved

    @api.private
    def _ask_again(self):
        """Ask again where nobody is asked any more, though the cause of a loss is not
        dealt with.

        :return: how many were asked
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT w.id FROM retention_winback w
                 WHERE w.step = 'loyalty' AND w.is_watch_over IS NOT TRUE
                   AND w.is_cause_dealt IS NOT TRUE AND w.is_lost_again IS NOT TRUE
                   AND NOT EXISTS (
                       SELECT FROM mail_activity a
                        WHERE a.res_model = 'retention.winback' AND a.res_id = w.id
                          AND a.active)
                 ORDER BY w.id LIMIT %s
                """,
                ASK_BATCH,
            )
        )
        cases = self.env["retention.winback"].browse([row[0] for row in rows])
        cases._ask_for_cause()
        return len(cases)
