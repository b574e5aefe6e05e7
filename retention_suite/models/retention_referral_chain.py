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

    @api.private
    def _follow_chains(self, ids=None):
        """Let recommendations know from which others they follow.

        :param list ids: of the recommendations that may follow from others; None
            for all
        :return: how many changed
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH found AS (
                    SELECT r.id, (
                           SELECT b.id
                             FROM retention_referral b
                             LEFT JOIN crm_lead l ON l.id = b.lead_id
                             JOIN res_partner friend
                               ON friend.id = COALESCE(b.partner_id, l.partner_id)
                            WHERE friend.commercial_partner_id =
                                  who.commercial_partner_id
                              AND b.company_id = r.company_id
                              AND b.attribution = 'first' AND b.state <> 'rejected'
                              AND (b.date, b.id) < (r.date, r.id)
                            ORDER BY b.date, b.id LIMIT 1) AS parent_id
                      FROM retention_referral r
                      LEFT JOIN res_partner who ON who.id = r.referrer_id
                     WHERE %s)
                UPDATE retention_referral r SET parent_id = f.parent_id
                  FROM found f
                 WHERE r.id = f.id AND (r.generation IS NULL
                       OR r.parent_id IS DISTINCT FROM f.parent_id)
             RETURNING r.id
                """,
                among("r.id", ids),
            )
        )
        changed_ids = [row[0] for row in rows]
        if changed_ids:
            self._count_generations(changed_ids)
        return len(changed_ids)

    def _count_generations(self, ids):
        """Count how far some recommendations, and all that follow from them, are
        from the first of their chain.

        :param list ids: of recommendations that know from which they follow
        """
        self.env.cr.execute(
            SQL(
                """
                WITH RECURSIVE changed AS (
                    SELECT id FROM retention_referral WHERE id = ANY(%(ids)s)
                     UNION
                    SELECT r.id FROM retention_referral r
                      JOIN changed c ON r.parent_id = c.id
                ), counted AS (
                    -- from those whose parent stays as it is
                    SELECT r.id, COALESCE(parent.generation, 0) + 1 AS generation
                      FROM changed c
                      JOIN retention_referral r ON r.id = c.id
                      LEFT JOIN retention_referral parent ON parent.id = r.parent_id
                     WHERE r.parent_id IS NULL
                        OR NOT EXISTS (SELECT FROM changed p WHERE p.id = r.parent_id)
                     UNION ALL
                    SELECT r.id, n.generation + 1
                      FROM retention_referral r JOIN counted n ON r.parent_id = n.id
                )
                UPDATE retention_referral r SET generation = n.generation
                  FROM counted n
                 WHERE r.id = n.id AND r.generation IS DISTINCT FROM n.generation
                """,
                ids=ids,
            )
        )
        self.invalidate_model(["parent_id", "generation", "child_ids"], flush=False)
