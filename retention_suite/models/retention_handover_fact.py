from odoo import api, fields, models
from odoo.tools import SQL

from .retention_touchpoint_source import FAILED_STATUSES

# So many leads that were assigned past Odoo are handed over in one go.
OFFER_BATCH = 2000


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
    # A contact ``c`` (date, user_id) of ours with the customer counts. A last
    # word of who hands the lead over does not.
    _counts_sql = SQL(
        """
        c.date >= h.offered_date
        AND (h.from_user_id IS NULL OR c.user_id IS DISTINCT FROM h.from_user_id)
        """
    )
    # It ends the waiting for one.
    _to_contact_sql = SQL("%s AND %s", _uncontacted_sql, _counts_sql)
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
        changed = self._execute(self._customers_sql())
        changed += self._take_back_contacts(self._unfounded(SQL("TRUE")))
        changed += sum(
            self._execute(query)
            for query in (
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
        """Note the contacts of some customers, just captured or gone.

        :param list profile_ids: of the customers
        """
        self.env["retention.touchpoint"].flush_model()
        self.flush_model()
        customers = SQL("p.id = ANY(%s)", list(profile_ids))
        rows = self.env.execute_query(
            SQL(
                """
                WITH contacted AS (%s RETURNING h.id)
                SELECT id, FALSE FROM contacted
                 UNION ALL SELECT h.id, TRUE FROM (%s) h
                """,
                self._contacts_sql(customers),
                self._unfounded_sql(customers),
            )
        )
        self._lose_contacts([id_ for id_, is_unfounded in rows if is_unfounded])
        self._contacted([id_ for id_, is_unfounded in rows if not is_unfounded])
        self.env["retention.alert"]._close_first_contacts(profile_ids=profile_ids)

    def _lose_contacts(self, ids):
        """Take back the contacts of hand-overs that may have lost them.

        :param list ids: of the hand-overs
        """
        if ids:
            self._take_back_contacts(ids)
            self.env["retention.profile"]._await_contact(self.browse(ids))
            # what they wrote may not have arrived, and still they took it on
            self._execute(self._acts_sql(SQL("h.id = ANY(%s)", ids)))
            self._contacted(ids)

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
    # Leads assigned past Odoo
    # ------------------------------------------------------------------

    @api.private
    def _offer_unknown(self):
        """Begin the hand-overs of leads that got their salesperson past Odoo, or
        whose change could not be followed at once.

        :return: how many leads were looked at
        """
        self.env.flush_all()
        previous_ids = dict(self.env.execute_query(self._now_known_sql()))
        if not previous_ids:
            return 0
        Lead = self.env["crm.lead"]
        Lead.invalidate_model(flush=False)
        leads = Lead.browse(previous_ids)
        last = {
            handover.lead_id: handover
            for handover in self.search([("lead_id", "in", leads.ids)], order="id")
        }
        now, no_team = fields.Datetime.now(), self.env["crm.team"].browse()
        self._offer(
            [
                (lead, giver, no_team, now)
                for lead in leads
                if lead.user_id and lead._retention_is_pending()
                for giver in last.get(lead, self.browse())._unknown_givers(
                    lead, previous_ids[lead.id]
                )
            ]
        )
        return len(previous_ids)

    def _now_known_sql(self):
        return SQL(
            """
            UPDATE crm_lead l SET retention_known_user_id = l.user_id
              FROM (SELECT id, retention_known_user_id AS previous_id FROM crm_lead
                     WHERE user_id IS DISTINCT FROM retention_known_user_id
                     ORDER BY id LIMIT %s) known
             WHERE l.id = known.id
         RETURNING l.id, known.previous_id
            """,
            OFFER_BATCH,
        )

    def _unknown_givers(self, lead, previous_id):
        """Return who handed a lead over after this, its last hand-over, in a
        list; empty if nobody did: one that is back with its giver was taken back.

        :param int previous_id: the salesperson until then, if there was one
        """
        if self.is_open or (
            self.state == "taken_back"
            and self.to_user_id.id == previous_id
            and self.from_user_id == lead.user_id
        ):
            return []
        giver = self.env["res.users"].browse(previous_id)
        is_one_of_us = giver and giver._is_internal() and not giver._is_superuser()
        return [giver if is_one_of_us else giver.browse()]

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

    def _take_back_contacts(self, ids):
        """What became the first contact came back or was deleted: the next one
        counts or, without any, the waiting goes on.

        :param list ids: of the hand-overs, see ``_unfounded_sql``
        :return: how many changed
        """
        if not ids:
            return 0
        return self._execute(self._lost_contacts_sql(SQL("h.id = ANY(%s)", ids)))

    def _unfounded(self, condition):
        """Return the ids of what ``_unfounded_sql`` finds: seldom any, and looking
        for what counts instead takes longer to plan than this to find."""
        query = SQL("SELECT h.id FROM (%s) h", self._unfounded_sql(condition))
        return [row[0] for row in self.env.execute_query(query)]

    def _lost_contacts_sql(self, condition):
        """See ``_take_back_contacts``.

        :param SQL condition: on the hand-over ``h``
        """
        written = self._written_to_leads_sql(SQL("m.res_id = h.lead_id"))
        return SQL(
            """
            UPDATE retention_handover h
               SET contacted_date = c.date,
                   accepted_date = CASE WHEN h.accepted_date = h.contacted_date
                                        THEN c.date ELSE h.accepted_date END,
                   state = CASE WHEN h.state = 'expired' OR c.date IS NOT NULL
                                THEN h.state
                                WHEN h.accepted_date = h.contacted_date
                                THEN 'offered' ELSE 'accepted' END,
                   contact_lost_date = CASE WHEN c.date IS NULL THEN %(now)s
                                            ELSE h.contact_lost_date END
              FROM (SELECT h.id, (
                           SELECT MIN(c.date) FROM (
                                  SELECT c.date, c.user_id
                                    FROM retention_touchpoint c
                                   WHERE c.profile_id = h.profile_id
                                     AND c.direction = 'out' AND NOT c.automated
                                   UNION ALL
                                  SELECT c.date, c.user_id FROM (%(written)s) c) c
                            WHERE %(counts)s) AS date
                      FROM (%(unfounded)s OFFSET 0) h
                     WHERE NOT %(said)s) c
             WHERE h.id = c.id
            """,
            now=fields.Datetime.now(),
            written=written,
            counts=self._counts_sql,
            said=self._said_in_lead_sql(written),
            unfounded=self._unfounded_sql(condition),
        )

    def _unfounded_sql(self, condition):
        """Hand-overs whose customer had no contact when they say so.

        Not of customers who are none of ours any more: their contacts went with
        them.

        :param SQL condition: on the hand-over ``h`` and its customer ``p``
        """
        return SQL(
            """
            SELECT h.*, p.id AS profile_id
              FROM retention_handover h
              LEFT JOIN retention_profile p
                ON p.partner_id = h.customer_id AND p.company_id = h.company_id
             WHERE h.contacted_date IS NOT NULL
               AND (h.closed_date IS NULL OR h.state = 'expired')
               AND (p.id IS NOT NULL OR h.customer_id IS NULL)
               AND NOT EXISTS (
                   SELECT FROM retention_touchpoint c
                    WHERE c.profile_id = p.id AND c.date = h.contacted_date
                      AND c.direction = 'out' AND NOT c.automated)
               AND %s
            """,
            condition,
        )

    def _said_in_lead_sql(self, written):
        """Whether hand-over ``h`` rests on what was said in its lead to somebody
        who was no customer then, or another one.

        :param SQL written: what was written to the lead's address
        """
        return SQL(
            """
            (EXISTS (SELECT FROM (%s) c WHERE c.date = h.contacted_date)
             OR EXISTS (SELECT FROM mail_message m
                          JOIN retention_touchpoint c ON c.message_id = m.id
                         WHERE m.model = 'crm.lead' AND m.res_id = h.lead_id
                           AND m.date = h.contacted_date
                           AND c.direction = 'out' AND NOT c.automated))
            """,
            written,
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
                    AND NOT EXISTS (
                        SELECT FROM mail_notification n
                         WHERE n.mail_message_id = m.id
                           AND n.mail_email_address = lead.email_normalized
                           AND n.notification_status IN %(failed)s)
                    OR EXISTS (
                       SELECT FROM mail_notification n
                         JOIN res_partner person ON person.id = n.res_partner_id
                        WHERE n.mail_message_id = m.id
                          AND n.notification_status NOT IN %(failed)s
                          AND person.email_normalized = lead.email_normalized))
               AND %(condition)s
            """,
            failed=FAILED_STATUSES,
            not_internal=self.env["retention.touchpoint"]._not_internal_sql,
            condition=condition,
        )

    def _acts_sql(self, condition=None):
        """Whoever writes in a lead, changes what Odoo tracks of it, meets or
        finishes an activity in it, has accepted it.

        :param SQL condition: on the hand-over ``h``
        """
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
                       AND %s
                     GROUP BY h.id) a
             WHERE h.id = a.id
            """,
            condition or SQL("TRUE"),
        )

    def _endings_sql(self):
        """What became of leads that were written past the ORM."""
        return SQL(
            """
            UPDATE retention_handover h
               SET closed_date = %s,
                   state = CASE WHEN l.won_status = 'won' THEN 'succeeded'
                                WHEN l.won_status = 'lost' OR NOT l.active THEN 'lost'
                                WHEN l.user_id IS NULL
                                  OR l.user_id = h.from_user_id THEN 'taken_back'
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
