from odoo import api, models
from odoo.tools import SQL

from .among import among


class RetentionReferralFollow(models.AbstractModel):
    """What recommendations derive from their leads, set-based: how they stand,
    what they brought, which of several binds, and what reward is due."""

    _name = "retention.referral.follow"
    _description = "How Referrals Stand"

    @api.private
    def _derive(self, ids=None):
        """Bring recommendations up to date.

        :param list ids: only these, and others of the same persons; None for all
        :return: how many changed
        """
        self.env.flush_all()
        changed = 0
        for query in (
            self._people_sql(ids),
            self._standing_sql(ids),
            self._attribution_sql(ids),
            self._rewards_sql(ids),
        ):
            self.env.cr.execute(query)
            changed += self.env.cr.rowcount
        changed += self._follow_chains(ids)
        if changed:
            self.invalidate_model(flush=False)
        return changed

    @api.private
    def _follow_leads(self, lead_ids):
        """Let recommendations follow what happened to leads.

        :param list lead_ids: of the leads
        """
        rows = self.env.execute_query(
            SQL("SELECT id FROM retention_referral WHERE lead_id = ANY(%s)", lead_ids)
        )
        if rows:
            self._derive([row[0] for row in rows])

    def _people_sql(self, ids):
        """The contact that a lead got by now, and the customer that recommends."""
        return SQL(
            """
            UPDATE retention_referral r
               SET partner_id = n.partner_id, profile_id = n.profile_id
              FROM (SELECT r.id, COALESCE(l.partner_id, r.partner_id) AS partner_id,
                           p.id AS profile_id
                      FROM retention_referral r
                      LEFT JOIN crm_lead l ON l.id = r.lead_id
                      LEFT JOIN res_partner who ON who.id = r.referrer_id
                      LEFT JOIN retention_profile p
                        ON p.partner_id = who.commercial_partner_id
                       AND p.company_id = r.company_id
                     WHERE %s) n
             WHERE r.id = n.id
               AND (r.partner_id, r.profile_id)
                   IS DISTINCT FROM (n.partner_id, n.profile_id)
            """,
            among("r.id", ids),
        )

    def _standing_sql(self, ids):
        """What becomes of the lead, and what it brings."""
        return SQL(
            """
            UPDATE retention_referral r
               SET state = n.state, won_date = n.won_date, revenue = n.revenue
              FROM (SELECT r.id, s.state,
                           CASE s.state WHEN 'won' THEN
                                COALESCE(r.won_date, l.date_closed, l.write_date)
                                END AS won_date,
                           CASE s.state WHEN 'won'
                                THEN COALESCE(l.expected_revenue, 0) ELSE 0
                                END AS revenue
                      FROM retention_referral r
                      LEFT JOIN crm_lead l ON l.id = r.lead_id
                      LEFT JOIN crm_stage stage ON stage.id = l.stage_id
                     CROSS JOIN LATERAL (SELECT CASE
                           WHEN r.state = 'rejected' OR l.id IS NULL THEN r.state
                           WHEN l.won_status = 'won' THEN 'won'
                           WHEN l.won_status = 'lost' OR NOT l.active THEN 'lost'
                           WHEN l.type = 'opportunity'
                            AND (l.date_conversion IS NOT NULL OR EXISTS (
                                SELECT FROM crm_stage first
                                 WHERE first.sequence < stage.sequence))
                           THEN 'qualified' ELSE 'new' END AS state) s
                     WHERE %s) n
             WHERE r.id = n.id
               AND (r.state, r.won_date, COALESCE(r.revenue, 0))
                   IS DISTINCT FROM (n.state, n.won_date, n.revenue)
            """,
            among("r.id", ids),
        )

    def _attribution_sql(self, ids):
        """Of several recommendations of the same person the first valid one binds.

        The same are those with the same contact's company, or the same lead.
        """
        return SQL(
            """
            WITH friends AS (
                SELECT r.id, r.company_id, r.date, r.state, r.attribution,
                       COALESCE('p' || friend.commercial_partner_id,
                                'l' || r.lead_id, 'r' || r.id) AS friend
                  FROM retention_referral r
                  LEFT JOIN res_partner friend ON friend.id = r.partner_id
            ), ranked AS (
                SELECT f.id, ROW_NUMBER() OVER (
                           PARTITION BY f.company_id, f.friend
                           ORDER BY f.state = 'rejected', f.date, f.id) AS place
                  FROM friends f
                 WHERE f.attribution <> 'customer' AND (f.company_id, f.friend) IN (
                       SELECT company_id, friend FROM friends WHERE %s)
            )
            UPDATE retention_referral r
               SET attribution = CASE n.place WHEN 1 THEN 'first' ELSE 'later' END
              FROM ranked n
             WHERE r.id = n.id
               AND r.attribution <> CASE n.place WHEN 1 THEN 'first' ELSE 'later' END
            """,
            among("id", ids),
        )

    def _rewards_sql(self, ids):
        """Which reward is due: after the days on hold, not for what is no longer
        won or was not accepted, and no more than the programme's most a year.

        What was granted stays granted.
        """
        return SQL(
            """
            WITH won AS (
                SELECT r.id, r.won_date::date + COALESCE(p.hold_days, 0) AS due_date,
                       CASE WHEN p.reward_max > 0 THEN ROW_NUMBER() OVER (
                                PARTITION BY r.referrer_id, r.program_id,
                                             date_part('year', r.won_date)
                                ORDER BY r.reward_state <> 'granted', r.won_date, r.id)
                                > p.reward_max ELSE FALSE END AS is_too_many
                  FROM retention_referral r
                  JOIN retention_referral_program p
                    ON p.id = r.program_id AND p.reward_for <> 'none'
                 WHERE r.state = 'won' AND r.attribution = 'first'
            )
            UPDATE retention_referral r
               SET reward_state = n.reward_state, reward_due_date = n.due_date
              FROM (SELECT r.id, won.due_date, CASE
                           WHEN won.is_too_many THEN 'void'
                           WHEN won.id IS NOT NULL AND won.due_date <= today.day
                            AND r.doubt_state <> 'to_check' THEN 'due'
                           WHEN won.id IS NOT NULL THEN 'on_hold'
                           WHEN r.reward_state <> 'none' THEN 'void'
                           ELSE 'none' END AS reward_state
                      FROM retention_referral r
                      LEFT JOIN won ON won.id = r.id
                      JOIN %(today)s today ON today.company_id = r.company_id
                     WHERE r.reward_state <> 'granted' AND %(scope)s) n
             WHERE r.id = n.id AND (r.reward_state, r.reward_due_date)
                   IS DISTINCT FROM (n.reward_state, n.due_date)
            """,
            today=self.env["retention.alert"]._today_sql(),
            scope=among("r.id", ids),
        )

    def _move_to(self, lead):
        """Follow leads that were merged into one.

        :param lead: the one
        """
        for referral in self:
            # of two of the same person the older one stays with the lead
            known = self.search(
                [
                    ("lead_id", "=", lead.id),
                    ("referrer_id", "=", referral.referrer_id.id),
                ]
            )
            if known:
                (known | referral).sorted(lambda r: (r.date, r.id))[1:].lead_id = False
            referral.filtered("lead_id").lead_id = lead
        self._derive(self.ids)
