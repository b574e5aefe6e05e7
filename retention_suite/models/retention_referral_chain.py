from odoo import api, fields, models
from odoo.tools import SQL

from .among import among


class RetentionReferralChain(models.AbstractModel):
    """Who was recommended and recommends in turn.

    A recommendation follows from the one by which the customer who makes it came
    to us, if that one is older: so no chain ever comes back to where it began.
    """

    _name = "retention.referral.chain"
    _description = "Chains of Referrals"

    parent_id = fields.Many2one(
        "retention.referral",
        string="Follows From",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The recommendation by which the customer who recommends us came.",
    )
    child_ids = fields.One2many("retention.referral", "parent_id", string="Led To")
    generation = fields.Integer(
        readonly=True,
        aggregator="max",
        help="1: by a customer who was not recommended; 2: by one who was; and so on.",
    )

    def unlink(self):
        children = self.child_ids - self
        result = super().unlink()
        if children:
            self.env.flush_all()
            self._follow_chains(children.ids)
        return result

    @api.private
    def _follow_chains(self, ids=None):
        """Let recommendations know from which others they follow, and how far
        they are from the first of their chain.

        :param list ids: of the recommendations that may follow from others; None
            for all
        :return: how many changed
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH by AS MATERIALIZED (
                    SELECT r.id, r.company_id, r.date, r.parent_id,
                           who.commercial_partner_id AS customer_id
                      FROM retention_referral r
                      LEFT JOIN res_partner who ON who.id = r.referrer_id
                     WHERE %(scope)s
                ), came AS (
                    -- by which each customer came: the first that counts
                    SELECT DISTINCT ON (b.company_id, friend.commercial_partner_id)
                           b.company_id, friend.commercial_partner_id AS customer_id,
                           b.id, b.date
                      FROM retention_referral b
                      JOIN res_partner friend ON friend.id = b.partner_id
                     WHERE b.attribution = 'first' AND b.state <> 'rejected'
                       AND %(friends)s
                     ORDER BY b.company_id, friend.commercial_partner_id, b.date, b.id
                )
                UPDATE retention_referral r SET parent_id = came.id
                  FROM by
                  LEFT JOIN came ON came.customer_id = by.customer_id
                   AND came.company_id = by.company_id
                   AND (came.date, came.id) < (by.date, by.id)
                 WHERE r.id = by.id AND by.parent_id IS DISTINCT FROM came.id
                """,
                scope=among("r.id", ids),
                friends=SQL("TRUE")
                if ids is None
                else SQL(
                    "friend.commercial_partner_id IN (SELECT customer_id FROM by)"
                ),
            )
        )
        changed = self.env.cr.rowcount + self._count_generations(ids)
        if changed:
            self.invalidate_model(["parent_id", "generation", "child_ids"], flush=False)
        return changed

    def _count_generations(self, ids):
        """Count how far some recommendations, and all that follow from them, are
        from the first of their chain.

        :param list ids: of recommendations that know from which they follow; None
            for all
        :return: how many changed
        """
        self.env.cr.execute(
            SQL(
                """
                WITH RECURSIVE wrong AS (
                    SELECT r.id, COALESCE(parent.generation, 0) + 1 AS generation
                      FROM retention_referral r
                      LEFT JOIN retention_referral parent ON parent.id = r.parent_id
                     WHERE %s AND r.generation
                           IS DISTINCT FROM COALESCE(parent.generation, 0) + 1
                ), changed AS (
                    SELECT id FROM wrong
                     UNION
                    -- laterally, by the index: however long a chain is, each step
                    -- looks at the next ones alone
                    SELECT next.id FROM changed c
                     CROSS JOIN LATERAL (
                           SELECT r.id FROM retention_referral r
                            WHERE r.parent_id = c.id OFFSET 0) next
                ), counted AS (
                    -- from those whose parent stays as it is
                    SELECT w.id, w.generation
                      FROM wrong w
                      JOIN retention_referral r ON r.id = w.id
                     WHERE NOT EXISTS (SELECT FROM changed p WHERE p.id = r.parent_id)
                     UNION ALL
                    SELECT next.id, n.generation + 1 FROM counted n
                     CROSS JOIN LATERAL (
                           SELECT r.id FROM retention_referral r
                            WHERE r.parent_id = n.id OFFSET 0) next
                )
                UPDATE retention_referral r SET generation = n.generation
                  FROM counted n
                 WHERE r.id = n.id AND r.generation IS DISTINCT FROM n.generation
                """,
                among("r.id", ids),
            )
        )
        return self.env.cr.rowcount

    def _with_next(self, ids):
        """Return some recommendations with those that may follow from them: made
        by the persons recommended, or noted as following until now.

        :param list ids: of the recommendations; None for all
        """
        if ids is None:
            return None
        return self._ids_of(
            SQL(
                """
                SELECT unnest(%(ids)s::int[])
                 UNION
                SELECT id FROM retention_referral WHERE parent_id = ANY(%(ids)s)
                 UNION
                SELECT next.id FROM retention_referral r
                  JOIN res_partner friend ON friend.id = r.partner_id
                  JOIN res_partner who
                    ON who.commercial_partner_id = friend.commercial_partner_id
                  JOIN retention_referral next
                    ON next.referrer_id = who.id AND next.company_id = r.company_id
                 WHERE r.id = ANY(%(ids)s)
                """,
                ids=list(ids),
            )
        )
