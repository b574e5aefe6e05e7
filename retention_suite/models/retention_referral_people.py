from odoo import models
from odoo.tools import SQL

from .among import among


class RetentionReferralPeople(models.AbstractModel):
    """To whom we were recommended, set-based: by which contact and lead they are
    known, whether they were customers before, and which of several
    recommendations of the same person binds."""

    _name = "retention.referral.people"
    _description = "Who Was Recommended"

    def _of_same_people(self, ids):
        """Return some recommendations with all others of the same persons, who are
        known by a lead, a contact's company, an e-mail address or a phone number.

        From each recommendation to what it is known by, and from there to all
        others, each looked at once and by an index: so it does not matter how many
        share a phone, nor how many recommendations there are.

        :param list ids: of the recommendations; None for all
        """
        if ids is None:
            return None
        return self._ids_of(
            SQL(
                """
                WITH RECURSIVE same(kind, company_id, number, word) AS (
                    SELECT 'referral', NULL::int, unnest(%(ids)s::int[]), NULL::varchar
                     UNION
                    SELECT next.* FROM same
                     CROSS JOIN LATERAL (%(known_by)s UNION ALL %(others)s) next
                )
                SELECT number FROM same WHERE kind = 'referral'
                """,
                ids=list(ids),
                known_by=self._known_by_sql(),
                others=self._others_sql(),
            )
        )

    def _known_by_sql(self):
        """What the person of the recommendation ``same`` is known by."""
        return SQL(
            """
            SELECT by.kind, r.company_id, by.number, by.word
              FROM retention_referral r
              LEFT JOIN res_partner friend ON friend.id = r.partner_id
              LEFT JOIN crm_lead l ON l.id = r.lead_id
             CROSS JOIN LATERAL (VALUES
                   ('lead', r.lead_id, NULL::varchar),
                   ('customer', friend.commercial_partner_id, NULL),
                   ('mail', NULL, l.email_normalized),
                   ('phone', NULL, l.phone_sanitized)) by(kind, number, word)
             WHERE same.kind = 'referral' AND r.id = same.number
               AND COALESCE(by.number::varchar, by.word) IS NOT NULL
            """
        )

    def _others_sql(self):
        """The recommendations of whoever is known by ``same``."""
        return SQL(
            """
            SELECT 'referral', NULL, r.id, NULL FROM retention_referral r
             WHERE same.kind = 'lead' AND r.lead_id = same.number
             UNION ALL
            SELECT 'referral', NULL, r.id, NULL FROM res_partner friend
              JOIN retention_referral r
                ON r.partner_id = friend.id AND r.company_id = same.company_id
             WHERE same.kind = 'customer' AND friend.commercial_partner_id = same.number
             UNION ALL %s
            """,
            SQL(" UNION ALL ").join(
                SQL(
                    """
                    SELECT 'referral', NULL, r.id, NULL FROM crm_lead l
                      JOIN retention_referral r
                        ON r.lead_id = l.id AND r.company_id = same.company_id
                     WHERE same.kind = %s AND l.%s = same.word
                    """,
                    kind,
                    SQL.identifier(name),
                )
                for kind, name in (
                    ("mail", "email_normalized"),
                    ("phone", "phone_sanitized"),
                )
            ),
        )

    def _people_sql(self, ids):
        """The contact that a lead got by now, and the customer that recommends.

        Whether a former contact was a customer says nothing about another one.
        """
        return SQL(
            """
            UPDATE retention_referral r
               SET partner_id = n.partner_id, profile_id = n.profile_id,
                   attribution = CASE WHEN r.attribution = 'customer'
                                       AND n.is_somebody_else THEN 'first'
                                      ELSE r.attribution END
              FROM (SELECT r.id, COALESCE(l.partner_id, r.partner_id) AS partner_id,
                           p.id AS profile_id,
                           former.commercial_partner_id <> friend.commercial_partner_id
                           AS is_somebody_else
                      FROM retention_referral r
                      LEFT JOIN crm_lead l ON l.id = r.lead_id
                      LEFT JOIN res_partner former ON former.id = r.partner_id
                      LEFT JOIN res_partner friend ON friend.id = l.partner_id
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

    # ------------------------------------------------------------------
    # Leads of contacts
    # ------------------------------------------------------------------

    def _find_leads(self, ids):
        """Have recommendations of contacts follow the contact's lead, as soon as
        there is one. What the same person recommended to the same lead before is
        not thanked for twice.

        :param list ids: of the recommendations; None for all
        :return: how many changed
        """
        found = self._found_leads_sql(ids)
        marked = self._change(
            SQL(
                """
                WITH found AS MATERIALIZED (%s), there AS (
                    SELECT r.id, r.date, r.referrer_id, found.lead_id
                      FROM found JOIN retention_referral r ON r.id = found.id
                     WHERE r.is_merged IS NOT TRUE
                     UNION ALL
                    SELECT id, date, referrer_id, lead_id FROM retention_referral
                     WHERE lead_id IN (SELECT lead_id FROM found)
                       AND is_merged IS NOT TRUE
                )
                UPDATE retention_referral r SET is_merged = TRUE
                  FROM (SELECT id, ROW_NUMBER() OVER (
                               PARTITION BY lead_id, referrer_id ORDER BY date, id
                               ) AS place
                          FROM there WHERE referrer_id IS NOT NULL) n
                 WHERE r.id = n.id AND n.place > 1
                """,
                found,
            )
        )
        # marked before they meet
        return marked + self._change(
            SQL(
                "UPDATE retention_referral r SET lead_id = found.lead_id"
                " FROM (%s) found WHERE r.id = found.id",
                found,
            )
        )

    def _found_leads_sql(self, ids):
        """``(id, lead_id)`` for each recommendation without a lead: the oldest one
        of the same customer that was open then, or was made later.

        What was more than new had a lead that was deleted, and a customer's next
        lead did not come by the recommendation. Who recommended us to two people of
        the same customer is thanked for both: only one of them has the lead.
        """
        return SQL(
            """
            SELECT id, lead_id FROM (
                SELECT r.id, r.referrer_id, r.partner_id, found.id AS lead_id,
                       FIRST_VALUE(r.partner_id) OVER (
                           PARTITION BY found.id, r.referrer_id
                           ORDER BY found.partner_id <> r.partner_id, r.date, r.id
                           ) AS first_id
                  FROM retention_referral r
                  JOIN res_partner friend ON friend.id = r.partner_id
                 CROSS JOIN LATERAL (
                       SELECT l.id, l.partner_id FROM res_partner person
                         JOIN crm_lead l ON l.partner_id = person.id
                         LEFT JOIN res_users our ON our.id = l.user_id
                        WHERE person.commercial_partner_id
                              = friend.commercial_partner_id
                          AND %(company)s = r.company_id
                          AND (l.create_date >= r.date
                               OR l.won_status = 'pending' AND l.active
                               OR COALESCE(l.date_closed, l.write_date) >= r.date)
                        ORDER BY l.create_date, l.id LIMIT 1) found
                 WHERE r.lead_id IS NULL AND r.state = 'new'
                   AND r.attribution <> 'customer' AND %(scope)s
                   AND NOT EXISTS (
                       SELECT FROM retention_referral other
                        WHERE other.lead_id = found.id
                          AND other.referrer_id = r.referrer_id
                          AND other.partner_id <> r.partner_id
                          AND other.is_merged IS NOT TRUE)) r
             WHERE referrer_id IS NULL OR partner_id = first_id
            """,
            company=self.env["crm.lead"]._retention_company_sql(),
            scope=among("r.id", ids),
        )

    def _waiting_sql(self, leads):
        """The ids of the recommendations without a lead of whose customer there is
        one.

        :param SQL leads: which leads ``l``
        """
        return SQL(
            """
            SELECT r.id FROM crm_lead l
              JOIN res_partner person ON person.id = l.partner_id
              JOIN res_partner friend
                ON friend.commercial_partner_id = person.commercial_partner_id
              JOIN retention_referral r
                ON r.partner_id = friend.id AND r.lead_id IS NULL AND r.state = 'new'
             WHERE %s
            """,
            leads,
        )

    # ------------------------------------------------------------------
    # What binds
    # ------------------------------------------------------------------

    def _customers_sql(self, ids):
        """Who had won something else before the recommendation was a customer, even
        if we learn only later who it is."""
        return SQL(
            """
            UPDATE retention_referral r SET attribution = 'customer'
              FROM res_partner friend
             WHERE r.partner_id = friend.id AND r.attribution <> 'customer'
               AND %(scope)s AND EXISTS (
                   SELECT FROM res_partner person
                     JOIN crm_lead l ON l.partner_id = person.id
                     LEFT JOIN res_users our ON our.id = l.user_id
                    WHERE person.commercial_partner_id = friend.commercial_partner_id
                      AND %(company)s = r.company_id
                      AND l.won_status = 'won' AND l.id IS DISTINCT FROM r.lead_id
                      AND COALESCE(l.date_closed, l.write_date) < r.date)
            """,
            company=self.env["crm.lead"]._retention_company_sql(),
            scope=among("r.id", ids),
        )

    def _attribution_sql(self, ids):
        """Of several recommendations of the same person the first valid one binds.

        The same are those with the same contact's company; without a contact, those
        whose leads have the same e-mail address; without one, the same phone; else
        the same lead. Of whom nothing is known any more, it stays as it was.

        :param list ids: with all others of the same persons
        """
        return SQL(
            """
            WITH known AS (
                SELECT r.id, r.company_id, r.lead_id, r.date,
                       r.is_merged IS TRUE AS is_merged,
                       r.state = 'rejected' AS is_rejected,
                       friend.commercial_partner_id AS customer_id,
                       l.email_normalized AS mail, l.phone_sanitized AS phone
                  FROM retention_referral r
                  LEFT JOIN res_partner friend ON friend.id = r.partner_id
                  LEFT JOIN crm_lead l ON l.id = r.lead_id
                 WHERE r.attribution <> 'customer' AND %(scope)s
                   AND (r.lead_id IS NOT NULL OR r.partner_id IS NOT NULL)
            ), by_mail AS (
                SELECT *, COALESCE('p' || COALESCE(
                           customer_id, CASE WHEN mail IS NOT NULL THEN MIN(customer_id)
                                OVER (PARTITION BY company_id, mail) END),
                           'm' || mail) AS person
                  FROM known
            ), by_phone AS (
                -- two who share a phone have their own addresses
                SELECT *, COALESCE(
                           person, CASE WHEN phone IS NOT NULL THEN MAX(person)
                                OVER (PARTITION BY company_id, phone) END,
                           't' || phone, 'l' || lead_id) AS who
                  FROM by_mail
            )
            UPDATE retention_referral r
               SET attribution = CASE n.place WHEN 1 THEN 'first' ELSE 'later' END
              FROM (SELECT id, ROW_NUMBER() OVER (
                           PARTITION BY company_id, who
                           ORDER BY is_merged, is_rejected, date, id) AS place
                      FROM by_phone) n
             WHERE r.id = n.id
               AND r.attribution <> CASE n.place WHEN 1 THEN 'first' ELSE 'later' END
            """,
            scope=among("r.id", ids),
        )
