from odoo import api, fields, models
from odoo.tools import SQL

from .retention_winback_life import OPEN_STEPS

# What the chance is made of. Whoever reads a chance is told these numbers: in the help
# of the field, and beside it in the kanban view.
# Nobody knows a customer without a rhythm: it counts as one of a quarter.
DEFAULT_RHYTHM_DAYS = 90
# Who has left silently is no more likely than this to come back.
MAX_CHANCE = 50


class RetentionWinbackDormancy(models.AbstractModel):
    """Customers who left silently are proposed, as many as somebody can work."""

    _name = "retention.winback.dormancy"
    _description = "Proposals of Win-back"

    is_by_itself = fields.Boolean(
        string="Came Back by Itself",
        readonly=True,
        copy=False,
        help="Before anybody worked the case: it does not count as a success of ours.",
    )

    # Members ``m`` of a play that leaves them out, as long as it is measured.
    _left_out_sql = SQL("m.group = 'left_out' AND m.state IN ('waiting', 'running')")

    @api.private
    def _take_back_left_out(self):
        """Delete the proposals that nobody has touched, of customers whom a play
        leaves out: nobody is to work them."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM retention_winback w
                 USING retention_play_member m
                 WHERE m.profile_id = w.profile_id AND %s
                   AND w.is_proposed AND w.step = 'identified'
                """,
                self._left_out_sql,
            )
        )
        if self.env.cr.rowcount:
            self.env["retention.winback"].invalidate_model()

    @api.private
    def _propose(self):
        """Propose cases of customers who left silently, in one statement.

        Each responsible person has as many open ones as the company allows, the
        best value times chance first; customers of nobody count as one person's.
        A measure that has had its time takes no place: somebody is asked to decide.
        Left out are customers with an open case, those who were lost again after
        a win-back, those who were given up since their last purchase, and whom a
        play that runs leaves out to be compared with.

        The chance falls with the silence, measured by the customer's own rhythm:
        ``LEAST(50, 100 * rhythm / gap)`` percent, at least 1; the rhythm is that of
        the contacts, else of the purchases, else 90 days, the gap the days since
        the last contact or purchase. A rule of thumb to sort by, not a measured
        probability.

        :return: how many were proposed
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO retention_winback (
                       profile_id, partner_id, company_id, kind, step, user_id, value,
                       chance, priority_value, open_date, is_proposed, offer_cost,
                       notice_days, create_uid, write_uid, create_date, write_date)
                SELECT id, partner_id, company_id, 'dormancy', 'identified', user_id,
                       value, chance, value * chance / 100, %(now)s, TRUE, 0, 0,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM (SELECT c.*, ROW_NUMBER() OVER (
                               PARTITION BY c.company_id, c.user_id
                               ORDER BY c.value * c.chance DESC, c.id)
                               + COALESCE(busy.count, 0) AS place
                          FROM (%(candidates)s) c
                          LEFT JOIN (
                               SELECT o.company_id, o.user_id, COUNT(*)
                                 FROM retention_winback o
                                 LEFT JOIN retention_play play ON play.id = o.play_id
                                WHERE o.kind = 'dormancy' AND o.step IN %(open)s
                                  AND (o.step = 'running' AND %(end)s <= %(now)s)
                                      IS NOT TRUE
                                GROUP BY o.company_id, o.user_id) busy
                            ON busy.company_id = c.company_id
                           AND busy.user_id IS NOT DISTINCT FROM c.user_id
                         WHERE COALESCE(busy.count, 0) < c.place_limit) ranked
                 WHERE place <= place_limit
                    ON CONFLICT DO NOTHING
                """,
                candidates=self._candidates_sql(now),
                end=self.env["retention.play.member"]._success_end_sql("o", "play"),
                open=OPEN_STEPS,
                now=now,
                uid=self.env.uid,
            )
        )
        proposed = self.env.cr.rowcount
        if proposed:
            self.env.invalidate_all(flush=False)
        return proposed

    def _candidates_sql(self, now):
        """The customers that may be proposed, with value, chance and whose they
        are."""
        return SQL(
            """
            SELECT p.id, p.partner_id, p.company_id,
                   COALESCE(p.user_id, pol.fallback_user_id) AS user_id,
                   COALESCE(p.winback_value, 0) AS value,
                   GREATEST(1, LEAST(%(max)s, ROUND(
                       100 * COALESCE(NULLIF(p.rhythm_days, 0),
                                      NULLIF(p.purchase_rhythm_days, 0), %(rhythm)s)
                       / GREATEST(1, EXTRACT(EPOCH FROM %(now)s - COALESCE(
                             GREATEST(p.last_contact_date, p.last_purchase_date),
                             p.start_date)) / 86400))))::int AS chance,
                   company.retention_winback_limit AS place_limit
              FROM retention_profile p
              JOIN retention_journey_stage s
                ON s.id = p.journey_stage_id AND s.kind = 'dormant'
              JOIN res_company company ON company.id = p.company_id
              LEFT JOIN retention_contact_policy pol ON pol.id = p.contact_policy_id
             WHERE p.active AND NOT EXISTS (
                   SELECT FROM retention_winback w
                    WHERE w.profile_id = p.id AND (
                          w.step IN %(open)s
                          OR w.is_lost_again
                          OR w.result = 'lost' AND w.close_date >=
                             COALESCE(p.last_purchase_date, w.open_date)))
               AND NOT EXISTS (SELECT FROM retention_play_member m
                                WHERE m.profile_id = p.id AND %(left_out)s)
            """,
            open=OPEN_STEPS,
            left_out=self._left_out_sql,
            max=MAX_CHANCE,
            rhythm=DEFAULT_RHYTHM_DAYS,
            now=SQL("%s::timestamp", now),
        )

    @api.private
    def _take_back_proposals(self):
        """End the proposals whose customers came back before anybody did anything.

        Who bought since then has been won back; of the others the proposal is
        deleted, as if it had never been made. Customers who get another contact
        person take their proposals along.

        :return: ``(how many were won, how many were deleted)``
        """
        self.env.flush_all()
        won = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT w.id FROM (%s) w
                     WHERE EXISTS (SELECT FROM retention_value_event e
                                    WHERE e.profile_id = w.profile_id
                                      AND e.date > w.open_date)
                    """,
                    self._awake_sql(),
                )
            )
        ]
        cases = self.env["retention.winback"].browse(won)
        # sudo: how a case ended is written by what ends it only
        cases.sudo().is_by_itself = True
        cases._close("won", self._say_by_itself())
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM retention_winback WHERE id IN (SELECT w.id FROM (%s) w)",
                self._awake_sql(),
            )
        )
        deleted = self.env.cr.rowcount
        self._follow_contact_people()
        self.env["retention.winback"].invalidate_model()
        return len(won), deleted

    def _say_by_itself(self):
        return self.env._("Bought again by itself")

    def _awake_sql(self):
        """Proposals that nobody has touched, of customers who are dormant no more."""
        return SQL(
            """
            SELECT w.id, w.profile_id, w.open_date
              FROM retention_winback w
              JOIN retention_profile p ON p.id = w.profile_id
              LEFT JOIN retention_journey_stage s ON s.id = p.journey_stage_id
             WHERE w.is_proposed AND w.step = 'identified'
               AND (s.kind IS DISTINCT FROM 'dormant' OR NOT p.active)
               -- somebody of ours has called or written since then
               AND (p.last_outbound_date IS NULL OR p.last_outbound_date < w.open_date)
               AND NOT EXISTS (SELECT FROM mail_message m
                                WHERE m.model = 'retention.winback' AND m.res_id = w.id)
               AND NOT EXISTS (SELECT FROM mail_activity a
                                WHERE a.res_model = 'retention.winback'
                                  AND a.res_id = w.id)
            """
        )

    def _follow_contact_people(self):
        self.env.cr.execute(
            """
            UPDATE retention_winback w
               SET user_id = COALESCE(p.user_id, pol.fallback_user_id)
              FROM retention_profile p
              LEFT JOIN retention_contact_policy pol ON pol.id = p.contact_policy_id
             WHERE w.is_proposed AND w.profile_id = p.id
               AND w.step = 'identified'
               AND w.user_id IS DISTINCT FROM
                   COALESCE(p.user_id, pol.fallback_user_id)
            """
        )
