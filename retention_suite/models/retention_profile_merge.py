from odoo import api, fields, models
from odoo.tools import SQL

from .among import among


class RetentionProfileMerge(models.AbstractModel):
    """Two relationships become one, when their partners do."""

    _name = "retention.profile.merge"
    _description = "Merging of Customers"

    @api.private
    def _adopt_moved(self, ids=None):
        """Follow customers that are no longer commercial partners themselves,
        such as a person who was given a company.

        :param list ids: of the customers; None for all
        :return: how many customers changed
        """
        self.env["res.partner"].flush_model()
        moved = self.env.execute_query(
            SQL(
                """
                SELECT p.id, target.id, partner.commercial_partner_id
                  FROM retention_profile p
                  JOIN res_partner partner ON partner.id = p.partner_id
                  LEFT JOIN retention_profile target
                    ON target.partner_id = partner.commercial_partner_id
                   AND target.company_id = p.company_id
                 WHERE partner.commercial_partner_id <> p.partner_id AND %s
                   AND NOT %s
                 ORDER BY p.id
                """,
                among("p.id", ids),
                # who comes to work for us ceases to be a customer
                self._ours_sql(SQL("partner.commercial_partner_id")),
            )
        )
        heirs = {}
        for source_id, target_id, commercial_id in moved:
            source = self.browse(source_id)
            # two persons given to the same new company share its relationship
            key = (source.company_id.id, commercial_id)
            target = self.browse(target_id) if target_id else heirs.get(key)
            if target:
                target._absorb(source)
            else:
                source._move_to(commercial_id)
                heirs[key] = source
        return len(moved)

    def _move_to(self, partner_id):
        self.env.cr.execute(
            SQL(
                "UPDATE retention_profile SET partner_id = %(partner)s,"
                " refresh_date = %(today)s, value_refresh_date = %(today)s,"
                " has_handover = TRUE,"
                " is_history_captured = FALSE WHERE id = %(profile)s",
                partner=partner_id,
                today=fields.Date.today(),
                profile=self.id,
            )
        )
        self.invalidate_recordset()

    def _absorb(self, sources):
        """Take over the history and the alerts of other customers, which end.

        What both know (the same message) is kept once, and of two open alerts
        for the same thing the one here stays.

        :param sources: customers of the same company
        """
        self.ensure_one()
        self.env.flush_all()
        values = {
            "target": self.id,
            "sources": sources.ids,
            "today": fields.Date.today(),
        }
        # One after the other: what the first source brings, the second
        # may know as well.
        for source_id in sources.ids:
            self._absorb_contacts(source_id)
            self.env["retention.play.member"]._move_customer(source_id, self.id)
        self._absorb_alerts(sources)
        self._absorb_journey(sources)
        self._absorb_winback(sources)
        self.env.cr.execute(
            SQL(
                "UPDATE retention_value_event SET profile_id = %s"
                " WHERE profile_id = ANY(%s)",
                self.id,
                sources.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p
                   SET start_date = LEAST(p.start_date, s.start_date),
                       is_manual = p.is_manual OR s.is_manual,
                       active = p.active OR s.active,
                       is_put_away = p.is_put_away AND s.is_put_away,
                       assigned_user_id = COALESCE(p.assigned_user_id, s.user_id),
                       refresh_date = %(today)s, value_refresh_date = %(today)s,
                       has_handover = TRUE
                  FROM (SELECT MIN(start_date) AS start_date,
                               bool_or(is_manual) AS is_manual,
                               bool_or(active) AS active,
                               bool_and(is_put_away) AS is_put_away,
                               MIN(assigned_user_id) AS user_id
                          FROM retention_profile WHERE id = ANY(%(sources)s)) s
                 WHERE p.id = %(target)s
                """,
                **values,
            )
        )
        self.env.cr.execute(
            SQL("DELETE FROM retention_profile WHERE id = ANY(%s)", sources.ids)
        )
        self.env.invalidate_all(flush=False)
        self._sync_people(self.ids)
        self.env["retention.alert"]._follow_contact_person(self.ids)
        self._refresh_now(self.ids)

    def _absorb_contacts(self, source_id):
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_touchpoint t SET profile_id = %(target)s
                 WHERE t.profile_id = %(source)s AND NOT EXISTS (
                       SELECT FROM retention_touchpoint o
                        WHERE o.profile_id = %(target)s
                          AND (o.message_id = t.message_id
                               OR o.activity_id = t.activity_id
                               OR o.event_id = t.event_id))
                """,
                source=source_id,
                target=self.id,
            )
        )

    def _absorb_journey(self, sources):
        """Keep what is known of the journeys of both; the customer stays in the
        stage it is in, if it is in any."""
        self.env.cr.execute(
            SQL(
                "UPDATE retention_journey_transition SET profile_id = %s"
                " WHERE profile_id = ANY(%s)",
                self.id,
                sources.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE retention_profile p
                   SET journey_stage_id = s.journey_stage_id,
                       journey_stage_date = s.journey_stage_date,
                       journey_keep_date = s.journey_keep_date
                  FROM retention_profile s
                 WHERE p.id = %s AND p.journey_stage_id IS NULL AND s.id = ANY(%s)
                   AND s.journey_stage_id IS NOT NULL
                """,
                self.id,
                sources.ids,
            )
        )

    def _absorb_alerts(self, sources):
        open_alerts = self.open_alert_ids
        taken = {alert._document_key() for alert in open_alerts}
        doubled = self.env["retention.alert"]
        for alert in sources.open_alert_ids.sorted("id"):
            if alert._document_key() in taken:
                doubled |= alert
            taken.add(alert._document_key())
        doubled._close("resolved")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE retention_alert SET profile_id = %s WHERE profile_id = ANY(%s)",
                self.id,
                sources.ids,
            )
        )
        self.env["retention.alert"]._count_again(self.ids)
