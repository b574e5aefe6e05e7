from odoo import api, fields, models
from odoo.tools import SQL

from .among import among

# A reward on hold becomes due by the company's calendar: a day around it.
DUE_MARGIN_DAYS = 1


class RetentionReferralFollow(models.AbstractModel):
    """What recommendations derive from their leads, set-based: how they stand,
    what they brought, which of several binds, and what reward is due."""

    _name = "retention.referral.follow"
    _description = "How Referrals Stand"

    # The same person recommended us to the same lead twice, since leads or
    # contacts were merged: it is kept, but neither binds nor is thanked for.
    is_merged = fields.Boolean(readonly=True)

    @api.private
    def _derive(self, ids=None):
        """Bring recommendations up to date.

        :param list ids: only these, and others that depend on them; None for all
        :return: how many changed
        """
        self.env.flush_all()
        people = self._of_same_people(ids)
        changed = self._change(self._people_sql(people))
        if changed:
            # whoever is another's friend now leaves those of the former one, too
            people = self._of_same_people(people)
        changed += self._change(self._customers_sql(people))
        if found := self._find_leads(people):
            people = self._of_same_people(people)
        changed += found + self._change_standing(people)
        changed += self._change(self._attribution_sql(people))
        changed += self._change_rewards(people)
        changed += self._follow_chains(self._with_next(people))
        if changed:
            self.invalidate_model(flush=False)
        return changed

    def _change(self, query):
        self.env.cr.execute(query)
        return self.env.cr.rowcount

    def _ids_of(self, query):
        return [row[0] for row in self.env.execute_query(query)]

    @api.private
    def _follow_leads(self, lead_ids):
        """Let recommendations follow what happened to leads.

        :param list lead_ids: of the leads
        """
        query = SQL(
            """
            SELECT id FROM retention_referral WHERE lead_id = ANY(%(ids)s)
             UNION
            %(waiting)s
            """,
            ids=list(lead_ids),
            waiting=self._waiting_sql(SQL("l.id = ANY(%s)", list(lead_ids))),
        )
        self._follow(self._ids_of(query))

    def _follow(self, ids):
        """Look again at recommendations of which something has changed.

        :param list ids: of the recommendations
        :return: how many changed
        """
        if not ids:
            return 0
        self.env.flush_all()
        # those of the persons that they were about until now, too
        people = self._of_same_people(ids)
        # doubts ask who they are, and rewards for the doubts
        changed = self._change(self._people_sql(people))
        if changed:
            names = ["partner_id", "profile_id", "attribution"]
            self.invalidate_model(names, flush=False)
        changed += self.browse(ids)._find_doubts()
        return changed + self._derive(people)

    @api.private
    def _changed_since(self, since):
        """Return the ids of the recommendations that something has changed for:
        the recommendation itself, its lead, a contact, its programme or its
        customer, and of those whose reward is due.

        :param datetime since: from when on
        """
        self.env.flush_all()
        return self._ids_of(
            SQL(
                """
                SELECT id FROM retention_referral WHERE write_date >= %(since)s
                 UNION
                SELECT r.id FROM crm_lead l
                  JOIN retention_referral r ON r.lead_id = l.id
                 WHERE l.write_date >= %(since)s
                 UNION
                %(waiting)s
                 UNION
                SELECT r.id FROM res_partner p
                  JOIN retention_referral r ON r.referrer_id = p.id
                 WHERE p.write_date >= %(since)s
                 UNION
                SELECT r.id FROM res_partner p
                  JOIN retention_referral r ON r.partner_id = p.id
                 WHERE p.write_date >= %(since)s
                 UNION
                SELECT r.id FROM retention_profile p
                  JOIN res_partner who ON who.commercial_partner_id = p.partner_id
                  JOIN retention_referral r
                    ON r.referrer_id = who.id AND r.company_id = p.company_id
                 WHERE p.create_date >= %(since)s
                 UNION
                SELECT r.id FROM retention_referral_program p
                  JOIN retention_referral r ON r.program_id = p.id
                 WHERE p.write_date >= %(since)s
                 UNION
                SELECT id FROM retention_referral
                 WHERE reward_state = 'on_hold' AND reward_due_date <= %(latest)s
                """,
                since=since,
                waiting=self._waiting_sql(SQL("l.write_date >= %s", since)),
                latest=fields.Date.add(fields.Date.today(), days=DUE_MARGIN_DAYS),
            )
        )

    def _for_same_rewards(self, ids):
        """Return some recommendations with all others by the same persons, as far
        as their programme has a most.

        :param list ids: of the recommendations; None for all
        """
        if ids is None:
            return None
        return self._ids_of(
            SQL(
                """
                SELECT unnest(%(ids)s::int[])
                 UNION
                SELECT other.id FROM retention_referral r
                  JOIN retention_referral_program p
                    ON p.id = r.program_id AND p.reward_max > 0
                  JOIN retention_referral other
                    ON other.referrer_id = r.referrer_id AND other.program_id = p.id
                 WHERE r.id = ANY(%(ids)s)
                """,
                ids=list(ids),
            )
        )

    def _standing_sql(self, ids):
        """What becomes of the lead, and what it brings. What is known of a lead
        that was deleted stays."""
        return SQL(
            """
            UPDATE retention_referral r
               SET state = n.state, won_date = n.won_date, revenue = n.revenue
              FROM (SELECT r.id, r.state AS old, s.state,
                           CASE s.state WHEN 'won' THEN
                                COALESCE(r.won_date, l.date_closed, l.write_date)
                                END AS won_date,
                           CASE WHEN s.state <> 'won' THEN 0
                                WHEN l.id IS NULL THEN COALESCE(r.revenue, 0)
                                ELSE COALESCE(l.expected_revenue, 0)
                                END AS revenue
                      FROM retention_referral r
                      LEFT JOIN crm_lead l ON l.id = r.lead_id
                      LEFT JOIN crm_stage stage ON stage.id = l.stage_id
                      LEFT JOIN (%s) first ON first.team_id = COALESCE(l.team_id, 0)
                     CROSS JOIN LATERAL (SELECT CASE
                           WHEN r.state = 'rejected' OR l.id IS NULL THEN r.state
                           WHEN l.won_status = 'won' THEN 'won'
                           WHEN l.won_status = 'lost' OR NOT l.active THEN 'lost'
                           WHEN %s THEN 'qualified' ELSE 'new' END AS state) s
                     WHERE %s) n
             WHERE r.id = n.id
               AND (r.state, r.won_date, COALESCE(r.revenue, 0))
                   IS DISTINCT FROM (n.state, n.won_date, n.revenue)
         RETURNING r.id, r.company_id, n.old, n.state AS new, n.revenue AS detail
            """,
            self._first_stages_sql(),
            self._qualified_sql,
            among("r.id", ids),
        )

    # a lead ``l`` in ``stage``, with the ``first`` stage of its team
    _qualified_sql = SQL(
        "(l.type = 'opportunity' AND (l.date_conversion IS NOT NULL"
        " OR stage.sequence > first.sequence))"
    )

    def _first_stages_sql(self):
        """``(team_id, sequence)`` of the first stage that leads of each team go
        through, of no team 0: other teams' stages are none of theirs."""
        # read before, as PostgreSQL cannot tell how few they are
        everything = self.env(su=True, context={"active_test": False})
        team_ids = [0, *everything["crm.team"].search([]).ids]
        firsts = {}
        for stage in everything["crm.stage"].search([], order="sequence"):
            for team_id in stage.team_ids.ids or team_ids:
                firsts.setdefault(team_id, stage.sequence)
        return SQL(
            "SELECT * FROM unnest(%s::int[], %s::int[]) f(team_id, sequence)",
            list(firsts),
            list(firsts.values()),
        )

    def _rewards_sql(self, ids):
        """Which reward is due: after the days on hold, not for what is no longer
        won or was not accepted, and no more than the programme's most a year.

        What was granted stays granted, and counts for the year even if it is no
        longer won. Days and years are those of the company's calendar.

        :param list ids: with all others by the same persons, as far as the
            programme has a most
        """
        return SQL(
            """
            WITH rewarded AS (
                SELECT r.id, r.referrer_id, r.program_id, r.reward_state, p.reward_max,
                       d.won_day, d.won_day + COALESCE(p.hold_days, 0) AS due_date,
                       COALESCE(d.won_day, r.reward_due_date - p.hold_days,
                                r.reward_date) AS counted_day
                  FROM retention_referral r
                  JOIN retention_referral_program p ON p.id = r.program_id
                  JOIN res_company c ON c.id = r.company_id
                  LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                 CROSS JOIN LATERAL (
                       SELECT CASE WHEN r.state = 'won' THEN
                              ((r.won_date AT TIME ZONE 'UTC')
                               AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date
                              END AS won_day) d
                 WHERE (r.reward_state = 'granted'
                        OR r.state = 'won' AND r.attribution = 'first'
                       AND (p.reward_for IN ('friend', 'both')
                            -- whom nobody knows any more gets nothing
                            OR p.reward_for = 'referrer' AND r.referrer_id IS NOT NULL))
                   AND %(scope)s
            ), won AS (
                SELECT w.id, w.due_date,
                       CASE WHEN w.reward_max > 0 THEN ROW_NUMBER() OVER (
                                PARTITION BY COALESCE(w.referrer_id, -w.id),
                                             w.program_id,
                                             date_part('year', w.counted_day)
                                ORDER BY w.reward_state <> 'granted', w.won_day, w.id)
                                > w.reward_max ELSE FALSE END AS is_too_many
                  FROM rewarded w
            )
            UPDATE retention_referral r
               SET reward_state = n.reward_state, reward_due_date = n.due_date
              FROM (SELECT r.id, r.reward_state AS old, won.due_date, CASE
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
         RETURNING r.id, r.company_id, n.old, n.reward_state AS new,
                   n.due_date AS detail
            """,
            today=self.env["retention.alert"]._today_sql(),
            scope=among("r.id", ids),
        )

    # ------------------------------------------------------------------
    # Merged, deleted
    # ------------------------------------------------------------------

    def _move_to(self, lead):
        """Follow leads that were merged into one.

        :param lead: the one
        """
        if not self:
            return
        there = self.search([("lead_id", "=", lead.id)])
        known = set()
        for referral in (self | there).sorted(lambda r: (r.date, r.id)):
            if not referral.is_merged:
                referral.is_merged = referral.referrer_id in known
                if referral.referrer_id:
                    # of those who were deleted nobody knows who they were
                    known.add(referral.referrer_id)
        # marked before they meet
        self.env.flush_all()
        self.lead_id = lead
        self._follow((self | there).ids)

    @api.private
    def _merge_people(self, sources, target):
        """Mark what would collide when contacts become one: before the contacts
        are exchanged, as Odoo knows nothing of it.

        :param sources: the contacts that go
        :param target: the contact that stays
        """
        people = sources | target
        referrals = self.search([("referrer_id", "in", people.ids)])
        known = set()
        for referral in referrals.sorted(lambda r: (r.date, r.id)):
            if referral.lead_id and not referral.is_merged:
                referral.is_merged = referral.lead_id in known
                known.add(referral.lead_id)
        self.env.flush_all()

    @api.private
    def _follow_people(self, partner):
        """Look again at the recommendations of and by a contact that others were
        merged into, and its people, who may have another company now.

        :param partner: the contact
        """
        found = self.search(
            [
                "|",
                ("referrer_id", "child_of", partner.id),
                ("partner_id", "child_of", partner.id),
            ]
        )
        self._follow(found.ids)

    @api.private
    def _forget(self, partners):
        """Take away what tells of contacts that are about to be deleted: the
        recommendation itself stays, with its figures.

        :param partners: the contacts
        """
        referrals = self.search(
            [
                "|",
                ("referrer_id", "in", partners.ids),
                ("partner_id", "in", partners.ids),
            ]
        )
        if not referrals:
            return
        referrals.filtered("thank_note").thank_note = False
        referrals.message_ids.unlink()
        referrals._forget_tasks()
        for lead in referrals.lead_id:
            # as it was noted when the recommendation came in
            if lead.referred in partners.mapped("name"):
                lead.referred = False
