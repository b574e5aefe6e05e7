from odoo import api, models
from odoo.tools import SQL

# So much stands at the top of the mail, and so much in each part below.
TOP = 3
MOST = 5


class RetentionWeeklyMailFact(models.AbstractModel):
    """What there is to tell people about their customers: two statements for all of
    them.

    Told is what is open and theirs to do, of those of their companies in which the
    mail is switched on.
    """

    _name = "retention.weekly.mail.fact"
    _description = "What the Weekly Mail Tells"

    @api.private
    def _facts(self, users):
        """Return, by the id of each person that there is something to tell, the
        ``top`` alerts by id, and by part (``due``, ``unanswered``, ``other`` with
        alerts, ``thanks`` with recommendations) how many there are, and the ids of
        the first ones that are not at the top.

        :param users: the people
        """
        self.env.flush_all()
        facts = {}
        for user_id, part, count, top, ids in self.env.execute_query(
            self._alert_facts_sql(users.ids)
        ):
            found = facts.setdefault(user_id, {"top": [], "parts": {}})
            found["top"] += top or []
            if part != "thanks":
                found["parts"][part] = (count, ids or [])
        told = [id_ for found in facts.values() for id_ in found["top"]]
        for user_id, count, ids in self.env.execute_query(
            self._thanks_facts_sql(users.ids, told)
        ):
            found = facts.setdefault(user_id, {"top": [], "parts": {}})
            found["parts"]["thanks"] = (count, ids or [])
        return facts

    def _told_sql(self, user, company):
        """Whether a person is told of a company's customers."""
        return SQL(
            """
            EXISTS (SELECT FROM res_company_users_rel r
                      JOIN res_company c ON c.id = r.cid
                     WHERE r.user_id = %s AND r.cid = %s AND c.retention_weekly_mail)
            """,
            user,
            company,
        )

    def _alert_facts_sql(self, user_ids):
        return SQL(
            """
            WITH mine AS (
                SELECT a.id, a.user_id,
                       CASE a.kind WHEN 'contact_gap' THEN 'due'
                                   WHEN 'unanswered' THEN 'unanswered'
                                   WHEN 'referral_thanks' THEN 'thanks'
                                   ELSE 'other' END AS part,
                       ROW_NUMBER() OVER (PARTITION BY a.user_id
                           ORDER BY a.priority_score DESC, a.date, a.id) AS place
                  FROM retention_alert a
                 WHERE a.state = 'open' AND a.user_id = ANY(%(users)s) AND %(told)s
            ), placed AS (
                SELECT mine.*, place <= %(top)s AS is_top, ROW_NUMBER() OVER (
                           PARTITION BY user_id, part, place <= %(top)s
                           ORDER BY place) AS part_place
                  FROM mine
            )
            SELECT user_id, part, COUNT(*),
                   array_agg(id) FILTER (WHERE is_top),
                   array_agg(id ORDER BY place)
                       FILTER (WHERE NOT is_top AND part_place <= %(most)s)
              FROM placed GROUP BY user_id, part
            """,
            users=user_ids,
            told=self._told_sql(SQL("a.user_id"), SQL("a.company_id")),
            top=TOP,
            most=MOST,
        )

    def _thanks_facts_sql(self, user_ids, top_ids):
        """The recommendations that nobody has thanked for, late or not, for whoever
        is to thank.

        :param list top_ids: of the alerts at the top, whose recommendations are not
            told twice
        """
        alert = self.env["retention.alert"]
        return SQL(
            """
            SELECT user_id, COUNT(*), (array_agg(id ORDER BY thank_due_date, id)
                       FILTER (WHERE NOT is_top))[1:%(most)s]
              FROM (SELECT r.id, r.thank_due_date, r.company_id, %(thanker)s AS user_id,
                           EXISTS (SELECT FROM retention_alert a
                                    WHERE a.id = ANY(%(top)s)
                                      AND a.res_model = 'retention.referral'
                                      AND a.res_id = r.id) AS is_top
                      FROM retention_referral r
                      %(joins)s
                     WHERE r.thanked_date IS NULL AND r.state <> 'rejected'
                       AND r.is_merged IS NOT TRUE AND r.referrer_id IS NOT NULL
                       AND p.active IS NOT FALSE
                       -- somebody wants to do it later, or not at all
                       AND NOT EXISTS (
                           SELECT FROM retention_alert a
                            WHERE a.res_model = 'retention.referral' AND a.res_id = r.id
                              AND a.kind = 'referral_thanks'
                              AND a.state IN ('snoozed', 'dismissed'))) mine
             WHERE user_id = ANY(%(users)s) AND %(told)s
             GROUP BY user_id
            """,
            most=MOST,
            thanker=alert._thanker_sql(),
            top=top_ids,
            joins=alert._thank_joins_sql,
            users=user_ids,
            told=self._told_sql(SQL("mine.user_id"), SQL("mine.company_id")),
        )
