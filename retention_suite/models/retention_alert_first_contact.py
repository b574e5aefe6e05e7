from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .working_time import has_hours

# Who came longer ago has been dealt with one way or the other.
FIRST_CONTACT_DAYS = 30


class RetentionAlertFirstContact(models.AbstractModel):
    """What is to do for those whom nobody looks after yet: leads without a
    salesperson, and people who registered in the portal."""

    _name = "retention.alert.first.contact"
    _description = "To Do for Newcomers"

    def _reason_first_contact(self, last_contact):
        day = self._format_day(self.base_date)
        agreed = self._first_contact_agreed()
        if self.res_model == "crm.lead":
            return self.env._(
                "Came in on %(day)s, has no salesperson and no personal contact yet "
                "(agreed: within %(agreed)s).",
                day=day,
                agreed=agreed,
            )
        return self.env._(
            "Registered in the portal on %(day)s, no personal contact yet "
            "(agreed: within %(agreed)s).",
            day=day,
            agreed=agreed,
        )

    def _first_contact_agreed(self):
        """The hours within which newcomers are to be contacted, in words."""
        hours = self._format_hours(self.company_id.retention_first_contact_hours)
        # sudo: when a company works is nobody's secret
        if has_hours(self.company_id.sudo().resource_calendar_id):
            return self.env._("%(hours)s working hours", hours=hours)
        return self.env._(
            "%(hours)s hours by the clock, as there are no working hours", hours=hours
        )

    # ------------------------------------------------------------------
    # Coming
    # ------------------------------------------------------------------

    @api.private
    def _raise_first_contacts(self):
        """Ask for the first contact with leads of nobody and with people who
        registered in the portal.

        :return: how many were raised
        """
        self.env.flush_all()
        raised = 0
        now = fields.Datetime.now()
        for company in self.env["res.company"].search([]):
            hours = company.retention_first_contact_hours
            if not hours:
                continue
            values = {
                "company_id": company.id,
                # whoever came before this moment has waited for so long
                "latest": company._retention_plan_hours(now, -hours),
                "earliest": now - timedelta(days=FIRST_CONTACT_DAYS),
            }
            for query in (self._new_leads_sql, self._new_portal_users_sql):
                raised += self._raise_first(company, query(**values))
        return raised

    def _raise_first(self, company, newcomers):
        hours = company.retention_first_contact_hours
        zone = company.resource_calendar_id.tz or "UTC"
        return self._insert(
            SQL(
                """
                INSERT INTO retention_alert (
                       profile_id, company_id, kind, user_id, date, due_date,
                       base_date, priority_score, state, res_model, res_id,
                       create_uid, create_date, write_uid, write_date)
                SELECT n.profile_id, %(company)s, 'first_contact', n.user_id,
                       %(today)s, %(due)s,
                       ((n.date AT TIME ZONE 'UTC') AT TIME ZONE %(zone)s)::date,
                       n.score, 'open', n.res_model, n.res_id,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(newcomers)s) n
                 WHERE NOT EXISTS (
                       SELECT FROM retention_alert a
                        WHERE a.kind = 'first_contact'
                          AND a.res_model = n.res_model AND a.res_id = n.res_id)
                    ON CONFLICT DO NOTHING
                """,
                company=company.id,
                today=company._retention_day(fields.Datetime.now()),
                due=self._due_date(company.id, hours),
                zone=zone,
                newcomers=newcomers,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    def _new_leads_sql(self, company_id, earliest, latest):
        """Leads that nobody was ever responsible for, without a contact."""
        return SQL(
            """
            SELECT 'crm.lead' AS res_model, l.id AS res_id, l.create_date AS date,
                   p.id AS profile_id, team.user_id, %(score)s AS score
              FROM crm_lead l
              LEFT JOIN crm_team team ON team.id = l.team_id
              LEFT JOIN res_users our ON our.id = l.user_id
              LEFT JOIN res_partner person ON person.id = l.partner_id
              LEFT JOIN retention_profile p ON p.active
               AND p.partner_id = person.commercial_partner_id
               AND p.company_id = %(company)s
             WHERE l.create_date BETWEEN %(earliest)s AND %(latest)s
               AND l.user_id IS NULL AND l.active AND l.won_status = 'pending'
               AND %(of_company)s
               AND NOT EXISTS (SELECT FROM retention_handover h
                                WHERE h.lead_id = l.id)
               AND NOT %(met)s
            """,
            score=self._lead_priority_sql(150),
            company=company_id,
            earliest=earliest,
            latest=latest,
            of_company=self.env["crm.lead"]._retention_of_companies_sql([company_id]),
            met=self._met_lead_sql(),
        )

    def _met_lead_sql(self):
        """Whether one of us was in contact with the person of a lead ``l``
        (customer ``p``) since it came in."""
        written = self.env["retention.handover"]._written_to_leads_sql(
            SQL("m.res_id = l.id")
        )
        return SQL(
            """
            (EXISTS (SELECT FROM retention_touchpoint t
                      WHERE t.profile_id = p.id AND t.date >= l.create_date
                        AND t.direction = 'out' AND NOT t.automated)
             OR EXISTS (%s))
            """,
            written,
        )

    def _new_portal_users_sql(self, company_id, earliest, latest):
        """Outsiders who got a login, and whom none of us was ever in contact
        with. A lead with a salesperson is watched as such."""
        return SQL(
            """
            SELECT 'res.partner' AS res_model, u.partner_id AS res_id,
                   u.create_date AS date, p.id AS profile_id,
                   COALESCE(p.user_id, person.user_id) AS user_id, 150 AS score
              FROM res_users u
              JOIN res_groups_users_rel g ON g.uid = u.id AND g.gid = %(portal)s
              JOIN res_partner person ON person.id = u.partner_id
              LEFT JOIN retention_profile p ON p.active
               AND p.partner_id = person.commercial_partner_id
               AND p.company_id = u.company_id
             WHERE u.create_date BETWEEN %(earliest)s AND %(latest)s
               AND u.share AND u.active AND u.company_id = %(company)s
               AND NOT %(met)s
            """,
            portal=self.env["ir.model.data"]._xmlid_to_res_id("base.group_portal"),
            company=company_id,
            earliest=earliest,
            latest=latest,
            met=self._met_person_sql(),
        )

    def _met_person_sql(self):
        """Whether one of us was ever in contact with a ``person`` (customer
        ``p``), or somebody looks after a lead of theirs."""
        return SQL(
            """
            (EXISTS (SELECT FROM retention_touchpoint t
                      WHERE t.profile_id = p.id
                        AND t.direction = 'out' AND NOT t.automated)
             OR EXISTS (SELECT FROM mail_notification n
                          JOIN mail_message m ON m.id = n.mail_message_id
                          JOIN res_users our ON our.partner_id = m.author_id
                         WHERE n.res_partner_id = person.id AND NOT our.share
                           AND m.message_type = 'comment'
                           AND NOT COALESCE(m.retention_automated, FALSE))
             OR EXISTS (SELECT FROM crm_lead l
                         WHERE l.partner_id = person.id AND l.active
                           AND l.user_id IS NOT NULL AND l.won_status = 'pending'))
            """
        )

    # ------------------------------------------------------------------
    # Ending
    # ------------------------------------------------------------------

    @api.private
    def _close_first_contacts(self, lead_ids=None, profile_ids=None):
        """End what is to do for newcomers whom somebody has met, or looks after.

        :param list lead_ids: only for these leads
        :param list profile_ids: only for these customers
        :return: how many were ended
        """
        self.env.flush_all()
        scope = self._of_leads_sql(lead_ids)
        if profile_ids is not None:
            scope = SQL("a.profile_id = ANY(%s)", list(profile_ids))
        return self._end(
            SQL(
                """
                a.id IN (
                    SELECT a.id FROM retention_alert a
                      LEFT JOIN crm_lead l
                        ON a.res_model = 'crm.lead' AND l.id = a.res_id
                      LEFT JOIN res_partner person ON person.id = CASE
                           WHEN a.res_model = 'res.partner' THEN a.res_id
                           ELSE l.partner_id END
                      LEFT JOIN retention_profile p ON p.company_id = a.company_id
                       AND p.partner_id = person.commercial_partner_id
                     WHERE a.kind = 'first_contact' AND a.state IN ('open', 'snoozed')
                       AND %(scope)s
                       AND CASE a.res_model
                           WHEN 'crm.lead' THEN l.id IS NULL OR NOT l.active
                                OR l.user_id IS NOT NULL
                                OR l.won_status <> 'pending' OR %(met_lead)s
                           ELSE person.id IS NULL OR %(met_person)s END)
                """,
                scope=scope,
                met_lead=self._met_lead_sql(),
                met_person=self._met_person_sql(),
            ),
            "resolved",
        )
