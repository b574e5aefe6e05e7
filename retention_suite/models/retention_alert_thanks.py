from odoo import api, fields, models
from odoo.tools import SQL

from .among import among
from .cached import forget
from .retention_alert_life import OPEN_STATES


class RetentionAlertThanks(models.AbstractModel):
    """What is to do for recommendations that nobody has thanked for."""

    _name = "retention.alert.thanks"
    _description = "To Do for Recommendations"

    def _reason_referral_thanks(self, last_contact):
        # sudo: whoever has to thank may read for what
        referral = self.env["retention.referral"].sudo().browse(self.res_id).exists()
        return self.env._(
            "Recommended %(friend)s on %(date)s, not thanked for %(gap)s days "
            "(agreed: %(agreed)s).",
            friend=referral.friend_name or self.env._("somebody"),
            date=self._format_day(self.base_date),
            gap=self.gap_days,
            agreed=self.agreed_days,
        )

    # ------------------------------------------------------------------
    # Coming
    # ------------------------------------------------------------------

    # Whether recommendation ``r`` is still to be thanked for, by the company's
    # day ``today``.
    _to_thank_sql = SQL(
        "(r.thanked_date IS NULL AND r.state <> 'rejected' AND r.is_merged IS NOT TRUE"
        " AND r.referrer_id IS NOT NULL AND r.thank_due_date < today.day)"
    )

    def _thanker_sql(self):
        """Who thanks for recommendation ``r``, with lead ``l`` and programme
        ``g``: the customer's contact person, else the salesperson of the lead,
        else that of the programme, else who leads the team."""
        return SQL(
            """
            (SELECT u.id
               FROM unnest(ARRAY[p.user_id, l.user_id, g.user_id, team.user_id])
                    WITH ORDINALITY asked(user_id, place)
               JOIN res_users u ON u.id = asked.user_id AND u.active AND NOT u.share
              ORDER BY asked.place LIMIT 1)
            """
        )

    _thank_joins_sql = SQL(
        """
        LEFT JOIN retention_profile p ON p.id = r.profile_id
        LEFT JOIN crm_lead l ON l.id = r.lead_id
        LEFT JOIN retention_referral_program g ON g.id = r.program_id
        LEFT JOIN crm_team team ON team.id = COALESCE(g.team_id, l.team_id)
        """
    )

    @api.private
    def _raise_thanks(self):
        """Ask for thanks that are late; not where somebody said no.

        :return: how many were raised
        """
        self.env.flush_all()
        return self._insert(
            SQL(
                """
                INSERT INTO retention_alert (
                       profile_id, company_id, kind, user_id, team_id, date,
                       deadline_date, agreed_days, base_date, priority_score, state,
                       res_model, res_id, create_uid, create_date, write_uid,
                       write_date)
                SELECT r.profile_id, r.company_id, 'referral_thanks', %(thanker)s,
                       team.id, today.day,
                       today.day + GREATEST(1, COALESCE(
                           g.thank_days, r.thank_due_date - came.day)),
                       r.thank_due_date - came.day, came.day, %(score)s, 'open',
                       'retention.referral', r.id, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM retention_referral r
                  JOIN %(today)s today ON today.company_id = r.company_id
                  JOIN res_company c ON c.id = r.company_id
                  LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                  %(joins)s
                 CROSS JOIN LATERAL (
                       SELECT ((r.date AT TIME ZONE 'UTC')
                               AT TIME ZONE COALESCE(cal.tz, 'UTC'))::date AS day
                       ) came
                 WHERE %(to_thank)s AND p.active IS NOT FALSE
                   AND NOT EXISTS (
                       SELECT FROM retention_alert a
                        WHERE a.res_model = 'retention.referral' AND a.res_id = r.id
                          AND a.kind = 'referral_thanks'
                          AND a.state IN ('open', 'snoozed', 'dismissed'))
                    ON CONFLICT DO NOTHING
                """,
                thanker=self._thanker_sql(),
                score=self._lead_priority_sql(100),
                today=self._today_sql(),
                joins=self._thank_joins_sql,
                to_thank=self._to_thank_sql,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    # ------------------------------------------------------------------
    # To whom
    # ------------------------------------------------------------------

    @api.private
    def _follow_contact_person(self, profile_ids):
        result = super()._follow_contact_person(profile_ids)
        self._follow_thankers(profile_ids)
        return result

    @api.private
    def _follow_thankers(self, profile_ids=None):
        """Move open alerts to the customer that the recommendation belongs to
        now, and to whoever is to thank.

        :param list profile_ids: of the customers; None for all
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT alert_id, profile_id, user_id
                  FROM (SELECT a.id AS alert_id, a.profile_id AS old_profile_id,
                               a.user_id AS old_user_id, r.profile_id,
                               %(thanker)s AS user_id
                          FROM retention_alert a
                          JOIN retention_referral r ON r.id = a.res_id
                          %(joins)s
                         WHERE a.kind = 'referral_thanks'
                           AND a.res_model = 'retention.referral'
                           AND a.state IN ('open', 'snoozed') AND %(scope)s) n
                 WHERE (old_profile_id, old_user_id)
                       IS DISTINCT FROM (profile_id, user_id)
                """,
                thanker=self._thanker_sql(),
                joins=self._thank_joins_sql,
                scope=among("r.profile_id", profile_ids),
            )
        )
        for alert_id, profile_id, user_id in rows:
            alert = self.browse(alert_id)
            if alert.profile_id.id != (profile_id or False):
                alert.write({"profile_id": profile_id})
            if alert.user_id.id != (user_id or False):
                alert.write({"user_id": user_id})
                alert._move_activities()

    def _activity_type(self):
        # thanks can take any form: one marked as done is no call
        if self.kind == "referral_thanks":
            return self._type_of("mail.mail_activity_data_todo")
        return super()._activity_type()

    # ------------------------------------------------------------------
    # Ending
    # ------------------------------------------------------------------

    def _open_of_referrals(self, referral_ids):
        return self.search(
            [
                ("kind", "=", "referral_thanks"),
                ("res_model", "=", "retention.referral"),
                ("res_id", "in", referral_ids),
                ("state", "in", OPEN_STATES),
            ]
        )

    @api.private
    def _close_thanks(self, referral_ids=None):
        """End what is to do for recommendations that need no thanks any more.

        :param list referral_ids: only for these recommendations
        :return: how many were ended
        """
        self.env.flush_all()
        return self._end(
            SQL(
                """
                a.id IN (
                    SELECT a.id FROM retention_alert a
                      JOIN %(today)s today ON today.company_id = a.company_id
                      LEFT JOIN retention_referral r ON r.id = a.res_id
                     WHERE a.kind = 'referral_thanks'
                       AND a.state IN ('open', 'snoozed')
                       AND a.res_model = 'retention.referral'
                       AND %(scope)s AND %(to_thank)s IS NOT TRUE)
                """,
                today=self._today_sql(),
                scope=among("a.res_id", referral_ids),
                to_thank=self._to_thank_sql,
            ),
            "resolved",
        )

    @api.private
    def _close_of_referrals(self, referral_ids):
        """End what is to do for recommendations that are about to go.

        :param list referral_ids: of the recommendations
        """
        self.env.flush_all()
        self._end(
            SQL(
                "a.kind = 'referral_thanks' AND a.res_model = 'retention.referral'"
                " AND a.res_id = ANY(%s)",
                list(referral_ids),
            ),
            "resolved",
        )
        forget(self.env, "retention.alert")

    def _activity_done(self):
        """Who says that it is done has thanked, and need not say how."""
        open_ = self.filtered(
            lambda a: a.kind == "referral_thanks" and a.state in OPEN_STATES
        )
        referrals = self.env["retention.referral"].browse(open_.mapped("res_id"))
        result = super()._activity_done()
        referrals.exists()._thank()
        return result

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_referral_thank(self):
        """Open the dialog that asks how the recommendations were thanked for.

        :raise UserError: if one is closed already
        """
        self.check_access("read")
        self._check_open()
        thanks = self.filtered(lambda alert: alert.kind == "referral_thanks")
        referrals = self.env["retention.referral"].browse(thanks.mapped("res_id"))
        return referrals.exists().action_thank()
