from odoo import api, fields, models
from odoo.tools import SQL


class RetentionHandoverFact(models.AbstractModel):
    """What contacts, messages and leads tell of hand-overs, set-based.

    Most of it is known at once (see ``retention.handover.life`` and
    ``retention.touchpoint.hook``). Here a run finds what came past that, and
    what nobody does but time: that one expires.
    """

    _name = "retention.handover.fact"
    _description = "What Tells of Hand-overs"

    _uncontacted_sql = SQL(
        "h.contacted_date IS NULL AND h.state IN ('offered', 'accepted', 'expired')"
    )
    # A contact ``c`` (date, user_id) of ours with the customer ends the waiting
    # for one. A last word of who hands the lead over does not.
    _to_contact_sql = SQL(
        """
        %s AND c.date >= h.offered_date
        AND (h.from_user_id IS NULL OR c.user_id IS DISTINCT FROM h.from_user_id)
        """,
        _uncontacted_sql,
    )
    _contacted_sql = SQL(
        """
        contacted_date = c.date, accepted_date = COALESCE(h.accepted_date, c.date),
        state = CASE h.state WHEN 'expired' THEN h.state ELSE 'contacted' END
        """
    )

    @api.private
    def _follow_facts(self):
        """Bring all hand-overs up to date."""
        self.env.flush_all()
        changed = sum(
            self._execute(query)
            for query in (
                self._customers_sql(),
                self._contacts_sql(),
                self._written_sql(),
                self._acts_sql(),
                self._endings_sql(),
                self._expired_sql(),
            )
        )
        if changed:
            self.invalidate_model(flush=False)

    def _execute(self, query):
        self.env.cr.execute(query)
        return self.env.cr.rowcount

    def _follow_contacts(self, profile_ids):
        """Note the contacts of some customers, just captured.

        :param list profile_ids: of the customers
        """
        self.env["retention.touchpoint"].flush_model()
        self.flush_model()
        query = SQL(
            "%s RETURNING h.id",
            self._contacts_sql(SQL("p.id = ANY(%s)", list(profile_ids))),
        )
        self._contacted([row[0] for row in self.env.execute_query(query)])
        self.env["retention.alert"]._close_first_contacts(profile_ids=profile_ids)

    def _follow_written(self):
        """Note what was just written to leads without a customer."""
        if not self:
            return
        self.env.flush_all()
        query = SQL(
            "%s RETURNING h.id",
            self._written_sql(SQL("m.res_id = ANY(%s)", self.lead_id.ids)),
        )
        self._contacted([row[0] for row in self.env.execute_query(query)])

    def _contacted(self, ids):
        """Take off the To do list what contacts met.

        :param ids: of the hand-overs that were written past the ORM
        """
        if ids:
            self.invalidate_model(flush=False)
            self.browse(ids)._close_alerts()

    # ------------------------------------------------------------------
    # The statements
    # ------------------------------------------------------------------

    def _customers_sql(self):
        """The customer may be found, or change, after the offer."""
        return SQL(
            """
            UPDATE retention_handover h SET customer_id = person.commercial_partner_id
              FROM crm_lead l
              LEFT JOIN res_partner person ON person.id = l.partner_id
             WHERE l.id = h.lead_id
               AND (h.closed_date IS NULL OR h.state = 'expired')
               AND h.customer_id IS DISTINCT FROM person.commercial_partner_id
            """
        )

    def _contacts_sql(self, condition=None):
        """The first contact after the offer.

        :param SQL condition: on the customer ``p``
        """
        return SQL(
            """
            UPDATE retention_handover h SET %(contacted)s
              FROM (SELECT DISTINCT ON (h.id) h.id, c.date
                      FROM retention_handover h
                      JOIN retention_profile p ON p.partner_id = h.customer_id
                       AND p.company_id = h.company_id
                      JOIN retention_touchpoint c ON c.profile_id = p.id
                     WHERE c.direction = 'out' AND NOT c.automated
                       AND %(to_contact)s AND %(condition)s
                     ORDER BY h.id, c.date) c
             WHERE h.id = c.id
            """,
            contacted=self._contacted_sql,
            to_contact=self._to_contact_sql,
            condition=condition or SQL("TRUE"),
        )

    def _written_sql(self, condition=None):
        """Leads without a customer: what we wrote to their address in them.

        :param SQL condition: on the message ``m``
        """
        return SQL(
            """
            UPDATE retention_handover h SET %(contacted)s
              FROM (SELECT DISTINCT ON (h.id) h.id, c.date
                      FROM retention_handover h
                      JOIN crm_lead l ON l.id = h.lead_id
                      JOIN (%(written)s) c ON c.res_id = l.id
                     WHERE h.customer_id IS NULL AND %(to_contact)s
                     ORDER BY h.id, c.date) c
             WHERE h.id = c.id
            """,
            contacted=self._contacted_sql,
            to_contact=self._to_contact_sql,
            # only the messages of the few leads that wait
            written=self._written_to_leads_sql(
                condition
                or SQL(
                    """
                    m.res_id IN (
                        SELECT lead_id FROM retention_handover
                         WHERE customer_id IS NULL AND contacted_date IS NULL
                           AND state IN ('offered', 'accepted', 'expired'))
                    """
                )
            ),
        )

    def _written_to_leads_sql(self, condition):
        """What people of ours wrote to leads' own addresses within the leads:
        ``(res_id, date, user_id)``.

        :param SQL condition: on the message ``m``
        """
        return SQL(
            """
            SELECT m.res_id, m.date, our.id AS user_id
              FROM mail_message m
              JOIN res_users our ON our.partner_id = m.author_id AND NOT our.share
              JOIN crm_lead lead ON lead.id = m.res_id
             WHERE m.model = 'crm.lead' AND m.message_type IN ('comment', 'email')
               AND %(not_internal)s AND NOT COALESCE(m.retention_automated, FALSE)
               AND lead.email_normalized IS NOT NULL
               AND (strpos(lower(m.outgoing_email_to), lead.email_normalized) > 0
                    OR EXISTS (
                       SELECT FROM mail_notification n
                         JOIN res_partner person ON person.id = n.res_partner_id
                        WHERE n.mail_message_id = m.id
                          AND person.email_normalized = lead.email_normalized))
               AND %(condition)s
            """,
            not_internal=self.env["retention.touchpoint"]._not_internal_sql,
            condition=condition,
        )

    def _acts_sql(self):
        """Whoever writes in a lead, changes what Odoo tracks of it, meets or
        finishes an activity in it, has accepted it."""
        return SQL(
            """
            UPDATE retention_handover h
               SET state = 'accepted', accepted_date = a.date
              FROM (SELECT h.id, MIN(act.date) AS date
                      FROM retention_handover h
                      JOIN res_users u ON u.id = h.to_user_id
                     CROSS JOIN LATERAL (
                           SELECT m.date FROM mail_message m
                            WHERE m.model = 'crm.lead' AND m.res_id = h.lead_id
                              AND m.author_id = u.partner_id
                              AND m.message_type IN
                                  ('comment', 'email', 'notification')
                            UNION ALL
                           SELECT a.write_date FROM mail_activity a
                            WHERE a.res_model = 'crm.lead' AND a.res_id = h.lead_id
                              AND a.user_id = u.id AND NOT a.active
                              AND a.date_done IS NOT NULL
                            UNION ALL
                           SELECT e.create_date FROM calendar_event e
                            WHERE e.opportunity_id = h.lead_id
                              AND e.create_uid = u.id) act
                     WHERE h.state = 'offered' AND act.date > h.offered_date
                     GROUP BY h.id) a
             WHERE h.id = a.id
            """
        )

    def _endings_sql(self):
        """What became of leads that were written past the ORM."""
        return SQL(
            """
            UPDATE retention_handover h
               SET closed_date = %s,
                   state = CASE WHEN l.won_status = 'won' THEN 'succeeded'
                                WHEN l.won_status = 'lost' OR NOT l.active THEN 'lost'
                                WHEN l.user_id IS NULL THEN 'taken_back'
                                ELSE 'passed_on' END
              FROM crm_lead l
             WHERE l.id = h.lead_id AND h.closed_date IS NULL
               AND (l.won_status IN ('won', 'lost') OR NOT l.active
                    OR l.user_id IS DISTINCT FROM h.to_user_id)
            """,
            fields.Datetime.now(),
        )

    def _expired_sql(self):
        now = fields.Datetime.now()
        return SQL(
            "UPDATE retention_handover h SET state = 'expired', closed_date = %s"
            " WHERE h.state = 'offered' AND h.expire_due_date <= %s",
            now,
            now,
        )
