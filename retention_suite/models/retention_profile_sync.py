from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from .among import among
from .gathered import gathered

MARKED = "retention_suite.partners"


class RetentionProfileSync(models.AbstractModel):
    """Who is a customer, who looks after them, and which policy applies."""

    _name = "retention.profile.sync"
    _description = "Who Is a Customer and Who Looks After It"

    # ------------------------------------------------------------------
    # Who is a customer
    # ------------------------------------------------------------------

    @api.private
    def _sync_customers(self, company, partner_ids=None):
        """Add the customers that a company's setting names, and put away those
        that are no longer named, or archived as contacts.

        :param company: one of our companies
        :param list partner_ids: the commercial partners to look at; None for all
        :return: how many customers were added or changed
        """
        if partner_ids is not None and not partner_ids:
            return 0
        query = company._retention_query()
        if query is None:
            return 0
        if partner_ids is not None:
            column = f"{query.table}.commercial_partner_id"
            query.add_where(among(column, partner_ids))
        named = self._named_partners_sql(company, query, partner_ids)
        values = {
            "company": company.id,
            "named": named,
            "scope": among("p.partner_id", partner_ids),
            "ours": self._ours_sql(SQL("partner.commercial_partner_id")),
            "today": fields.Date.today(),
            "uid": self.env.uid,
            "now": self.env.cr.now(),
            "handed": self._handed_sql(SQL("named.id"), SQL("%s", company.id)),
        }
        self.env.cr.execute(
            SQL(
                """
                WITH named AS MATERIALIZED (%(named)s),
                -- apart, not to be read again for each row that is added
                known AS MATERIALIZED (
                    SELECT partner_id FROM retention_profile
                     WHERE company_id = %(company)s
                ), changed AS (
                    UPDATE retention_profile p
                       SET active = s.active, write_date = %(now)s,
                           refresh_date = %(today)s
                      FROM (SELECT p.id, partner.active
                                   AND NOT COALESCE(p.is_put_away, FALSE)
                                   AND (named.id IS NOT NULL
                                        OR (COALESCE(p.is_manual, FALSE)
                                            AND NOT %(ours)s)) AS active
                              FROM retention_profile p
                              JOIN res_partner partner ON partner.id = p.partner_id
                              LEFT JOIN named ON named.id = p.partner_id
                             WHERE p.company_id = %(company)s AND %(scope)s) s
                     WHERE p.id = s.id AND p.active IS DISTINCT FROM s.active
                 RETURNING p.id
                ), added AS (
                    INSERT INTO retention_profile (
                           partner_id, company_id, active, is_manual, start_date,
                           refresh_date, has_handover, create_uid,
                           create_date, write_uid, write_date)
                    SELECT named.id, %(company)s, TRUE, FALSE,
                           COALESCE(named.start_date, %(now)s), %(today)s,
                           %(handed)s,
                           %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM named
                     WHERE NOT EXISTS (SELECT FROM known
                                        WHERE known.partner_id = named.id)
                        ON CONFLICT DO NOTHING
                 RETURNING id
                )
                SELECT (SELECT COUNT(*) FROM changed), (SELECT COUNT(*) FROM added)
                """,
                **values,
            )
        )
        changed, added = self.env.cr.fetchone()
        if changed or added:
            self.invalidate_model()
        return changed + added

    def _named_partners_sql(self, company, query, partner_ids):
        """The commercial partners that a company's setting names, with the day
        they became known. Never our own companies and people."""
        return SQL(
            """
            SELECT c.id, lead.start_date
              FROM res_partner c
              LEFT JOIN (SELECT person.commercial_partner_id,
                                MIN(l.create_date) AS start_date
                           FROM crm_lead l
                           JOIN res_partner person ON person.id = l.partner_id
                           LEFT JOIN res_users our ON our.id = l.user_id
                          WHERE %(lead_of_company)s AND %(scope)s
                          GROUP BY 1) lead ON lead.commercial_partner_id = c.id
             WHERE c.id IN (%(query)s)
               AND c.active AND (c.company_id IS NULL OR c.company_id = %(company)s)
               AND NOT EXISTS (SELECT FROM res_company o WHERE o.partner_id = c.id)
               AND NOT EXISTS (SELECT FROM res_users u
                                WHERE u.partner_id = c.id AND NOT u.share)
            """,
            query=query.select(SQL.identifier(query.table, "commercial_partner_id")),
            lead_of_company=self.env["crm.lead"]._retention_of_companies_sql(
                company.ids
            ),
            company=company.id,
            scope=SQL("TRUE")
            if partner_ids is None
            else SQL("person.commercial_partner_id = ANY(%s)", partner_ids),
        )

    def _ours_sql(self, partner):
        """Whether a partner is one of our companies or colleagues."""
        return SQL(
            """(EXISTS (SELECT FROM res_company o WHERE o.partner_id = %s)
                OR EXISTS (SELECT FROM res_users u
                            WHERE u.partner_id = %s AND u.active AND NOT u.share))""",
            partner,
            partner,
        )

    def _mark_partners(self, partner_ids):
        """Have the next run look again at the customers that some partners are.
        They are marked together, just before the transaction is committed.

        :param list partner_ids: commercial partners
        """
        # sudo: figures follow from what was done, whoever did it
        marked = gathered(
            self.env, MARKED, set, lambda: self.sudo().browse()._mark_pending()
        )
        marked.update(partner_ids)

    def _mark_pending(self):
        partner_ids = list(self.env.cr.precommit.data.pop(MARKED))
        self.env.cr.execute(
            SQL(
                "UPDATE retention_profile"
                "   SET refresh_date = %(today)s, value_refresh_date = %(today)s"
                " WHERE partner_id = ANY(%(partners)s)",
                today=fields.Date.today(),
                partners=partner_ids,
            )
        )
        self.env["retention.profile"].invalidate_model(
            ["refresh_date", "value_refresh_date"]
        )

    def _changed_partners(self, since):
        """Return the commercial partners that may have become or ceased to be
        customers, or have another contact person, since a moment.

        :param datetime since: the moment
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT unnest(ARRAY[id, commercial_partner_id]) FROM res_partner
                 WHERE write_date >= %(since)s
                 UNION
                SELECT partner_id FROM res_users WHERE write_date >= %(since)s
                 UNION
                SELECT person.commercial_partner_id
                  FROM crm_lead l JOIN res_partner person ON person.id = l.partner_id
                 WHERE l.write_date >= %(since)s
                 UNION
                SELECT partner_id FROM retention_profile
                 WHERE refresh_date <= %(today)s
                 UNION
                -- whose contact person has left us or the company
                SELECT p.partner_id FROM retention_profile p
                 WHERE p.user_id = ANY(ARRAY(
                       SELECT u.id FROM res_users u WHERE NOT u.active OR u.share))
                 UNION
                SELECT p.partner_id
                  FROM res_users u CROSS JOIN res_company c
                  JOIN retention_profile p
                    ON p.user_id = u.id AND p.company_id = c.id
                 WHERE NOT EXISTS (SELECT FROM res_company_users_rel cu
                                    WHERE cu.user_id = u.id AND cu.cid = c.id)
                """,
                since=since,
                today=fields.Date.today(),
            )
        )
        return [row[0] for row in rows if row[0]]

    # ------------------------------------------------------------------
    # Contact person
    # ------------------------------------------------------------------

    @api.private
    def _sync_people(self, ids=None):
        """Find each customer's contact person and open opportunities.

        The person set by hand, else the contact's salesperson, else that of
        the newest open opportunity; only those who work for the company. Open
        alerts and their activities go along with the customer.

        :param list ids: of the customers; None for all
        :return: how many customers changed
        """
        scope = among("p.id", ids)
        self.env["res.partner"].flush_model()
        self.env["crm.lead"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH opportunity AS (
                    SELECT person.commercial_partner_id AS partner_id,
                           %(lead_company)s AS company_id,
                           SUM(l.expected_revenue) FILTER (WHERE %(open)s) AS revenue,
                           (array_agg(l.user_id ORDER BY l.create_date DESC, l.id DESC)
                            FILTER (WHERE %(open)s AND l.user_id IS NOT NULL))[1]
                           AS user_id,
                           MAX(COALESCE(l.date_closed, l.write_date))
                               FILTER (WHERE l.won_status = 'won') AS won_date,
                           CASE WHEN bool_and(l.won_status = 'lost')
                                THEN MAX(COALESCE(l.date_closed, l.write_date)) END
                           AS lost_date
                      FROM crm_lead l
                      JOIN res_partner person ON person.id = l.partner_id
                      LEFT JOIN res_users our ON our.id = l.user_id
                     WHERE (l.active OR l.won_status = 'lost') AND %(lead_scope)s
                     GROUP BY 1, 2
                ), colleague AS (
                    SELECT u.id, cu.cid AS company_id
                      FROM res_users u
                      JOIN res_company_users_rel cu ON cu.user_id = u.id
                     WHERE u.active AND NOT u.share
                ), wanted AS (
                    SELECT p.id, COALESCE(assigned.id, salesperson.id, seller.id)
                                 AS user_id,
                           COALESCE(o.revenue, 0) AS open_revenue,
                           o.won_date, o.lost_date
                      FROM retention_profile p
                      JOIN res_partner partner ON partner.id = p.partner_id
                      LEFT JOIN opportunity o ON o.partner_id = p.partner_id
                       AND o.company_id = p.company_id
                      LEFT JOIN colleague assigned ON assigned.id = p.assigned_user_id
                       AND assigned.company_id = p.company_id
                      LEFT JOIN colleague salesperson
                        ON salesperson.id = partner.user_id
                       AND salesperson.company_id = p.company_id
                      LEFT JOIN colleague seller ON seller.id = o.user_id
                       AND seller.company_id = p.company_id
                     WHERE p.active AND %(scope)s
                )
                UPDATE retention_profile p
                   SET user_id = wanted.user_id, open_revenue = wanted.open_revenue,
                       won_date = wanted.won_date, lost_date = wanted.lost_date,
                       refresh_date = CASE
                           WHEN p.user_id IS DISTINCT FROM wanted.user_id
                           THEN %(today)s ELSE p.refresh_date END
                  FROM wanted
                 WHERE p.id = wanted.id
                   AND (p.user_id, COALESCE(p.open_revenue, 0), p.won_date, p.lost_date)
                       IS DISTINCT FROM (wanted.user_id, wanted.open_revenue,
                                         wanted.won_date, wanted.lost_date)
             RETURNING p.id
                """,
                scope=scope,
                open=SQL(
                    "l.active AND l.type = 'opportunity' AND l.won_status = 'pending'"
                ),
                lead_company=self.env["crm.lead"]._retention_company_sql(),
                lead_scope=SQL(
                    "person.commercial_partner_id IN (SELECT p.partner_id"
                    " FROM retention_profile p WHERE %s)",
                    scope,
                )
                if ids is not None
                else SQL("TRUE"),
                today=fields.Date.today(),
            )
        )
        changed_ids = [row[0] for row in self.env.cr.fetchall()]
        if changed_ids:
            self.invalidate_model()
            Alert = self.env["retention.alert"]
            Alert._follow_contact_person(changed_ids)
            Alert._update_priorities(changed_ids)
        return len(changed_ids)

    # ------------------------------------------------------------------
    # Contact policy
    # ------------------------------------------------------------------

    @api.private
    def _match_policies(self, ids=None):
        """Give each customer the first policy in order that names it.

        A policy whose domain no longer works is left out and says so.

        :param list ids: of the customers; None for all
        :return: how many customers changed
        """
        self.flush_model()
        by_company = defaultdict(list)
        policies = self.env["retention.contact.policy"].sudo().search([])
        for policy in policies:
            query = policy._matching_query()
            if query is None:
                continue
            for company in policy.company_id or self.env["res.company"].search([]):
                by_company[company.id].append((policy, query))
        changed = 0
        for company in self.env["res.company"].search([]):
            changed += self._match_company_policies(
                company, by_company[company.id], ids
            )
        if changed:
            self.invalidate_model()
        return changed

    def _match_company_policies(self, company, ranked, ids):
        matched, joins = self.env["retention.customer.filter"]._first_match_sql(
            [(query, policy.id, None) for policy, query in ranked],
            is_for_all=ids is None,
        )
        # Fetched first: how many there are decides how they are best looked up, and
        # PostgreSQL cannot know of a part of a statement whether it finds a few or all.
        changed = self.env.execute_query(
            SQL(
                """
                SELECT retention_profile.id, %(matched)s
                  FROM retention_profile %(joins)s
                 WHERE retention_profile.active
                   AND retention_profile.company_id = %(company)s AND %(scope)s
                   AND retention_profile.contact_policy_id
                       IS DISTINCT FROM %(matched)s
                """,
                matched=matched,
                joins=joins,
                company=company.id,
                scope=among("retention_profile.id", ids),
            )
        )
        if not changed:
            return 0
        changed_ids, policy_ids = zip(*changed, strict=True)
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p
                   SET contact_policy_id = changed.policy_id, refresh_date = %(today)s
                  FROM unnest(%(ids)s::int[], %(policy_ids)s::int[])
                       AS changed(id, policy_id)
                 WHERE p.id = changed.id
                """,
                ids=list(changed_ids),
                policy_ids=list(policy_ids),
                today=fields.Date.today(),
            )
        )
        return self.env.cr.rowcount
