from datetime import timedelta

from babel.dates import get_date_format

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, format_datetime, get_lang

from .crm_team import ACCEPT_HOURS
from .retention_alert_life import OPEN_STATES


class RetentionAlertHandover(models.AbstractModel):
    """What is to do for leads that were handed over: to accept them and to
    contact their customers, and to resume those returned."""

    _name = "retention.alert.handover"
    _description = "To Do for Leads Handed Over"

    handover_id = fields.Many2one(
        "retention.handover",
        string="Hand-over",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    handover_state = fields.Selection(
        string="Hand-over State", related="handover_id.state"
    )
    may_take_back = fields.Boolean(related="handover_id.may_take_back")
    may_accept = fields.Boolean(related="handover_id.may_accept")

    # ------------------------------------------------------------------
    # Why
    # ------------------------------------------------------------------

    def _reason_handover(self, last_contact):
        # sudo: whoever has to act may read what there is to act on
        handover = self.sudo().handover_id
        if not handover:
            return self.env._("A lead was handed over.")
        values = {
            "giver": handover.from_user_id.name or handover.from_team_id.name or "",
            "receiver": handover.to_user_id.name,
            "offered": handover._format_moment(handover.offered_date),
            "accept_due": handover._format_moment(handover.accept_due_date),
            "contact_due": handover._format_moment(handover.contact_due_date),
            "resume": self._format_day(handover.resume_date),
            "reason": handover.return_reason_id.name or "",
        }
        return self._handover_sentence(handover, bool(values["giver"])) % values

    def _handover_sentence(self, handover, is_given):
        _ = self.env._
        if handover.state == "returned":
            return _(
                "Returned by %(receiver)s (%(reason)s), to be resumed on %(resume)s."
            )
        if handover.state == "expired":
            return _(
                "Offered to %(receiver)s on %(offered)s, and never accepted. "
                "Who takes it on?"
            )
        now = fields.Datetime.now()
        contact_due_date = handover.contact_due_date
        if handover.state != "offered" or (contact_due_date and contact_due_date < now):
            if is_given:
                return _(
                    "Handed over by %(giver)s on %(offered)s, the customer was to "
                    "be contacted by %(contact_due)s."
                )
            return _(
                "Assigned on %(offered)s, the customer was to be contacted by "
                "%(contact_due)s."
            )
        if is_given:
            return _(
                "Handed over by %(giver)s on %(offered)s, to be accepted by "
                "%(accept_due)s."
            )
        return _("Assigned on %(offered)s, to be accepted by %(accept_due)s.")

    @api.model
    def _format_moment(self, moment, company):
        """Return a moment as people say it: with its day of the week alone if
        that is less than a week away.

        :param datetime moment: in UTC
        :param company: whose time zone is taken where nobody's is known
        """
        if not moment:
            return ""
        # sudo: the working hours' time zone is nobody's secret
        zone = self.env.context.get("tz") or company.sudo().resource_calendar_id.tz
        is_near = abs(moment - fields.Datetime.now()) < timedelta(days=6)
        if is_near:
            pattern = "EEEE H:mm"
        else:
            locale = babel_locale_parse(get_lang(self.env).code)
            pattern = f"{get_date_format('long', locale).pattern} H:mm"
        return format_datetime(self.env, moment, tz=zone or "UTC", dt_format=pattern)

    # ------------------------------------------------------------------
    # Coming
    # ------------------------------------------------------------------

    def _lead_priority_sql(self, base):
        """How urgent something to do for a lead ``l`` is: before most gaps
        between contacts, and 20 more for each digit of its revenue.

        :param int base: without any revenue
        """
        return SQL(
            "round(%s + LEAST(100, 20 * log("
            "1 + GREATEST(COALESCE(l.expected_revenue, 0), 0)::float8)))",
            base,
        )

    def _missed_sql(self):
        """Since when a hand-over ``h`` of a lead ``l`` waits for somebody to do
        something, by the company's day ``today``; NULL if for nothing."""
        return SQL(
            """
            CASE WHEN NOT l.active OR l.won_status <> 'pending' THEN NULL
                 WHEN h.state = 'offered' AND h.contact_due_date <= %(now)s
                   OR h.state = 'accepted' AND h.contact_due_date <= %(now)s
                 THEN h.contact_due_date
                 WHEN h.state = 'offered' AND h.accept_due_date <= %(now)s
                 THEN h.accept_due_date
                 WHEN (h.state = 'expired' AND h.contacted_date IS NULL
                       AND l.user_id = h.to_user_id
                    OR h.state = 'returned' AND l.user_id IS NULL
                       AND h.resume_date <= today.day)
                  AND NOT EXISTS (SELECT FROM retention_handover newer
                                   WHERE newer.lead_id = h.lead_id
                                     AND newer.id > h.id)
                 THEN COALESCE(h.resume_date, h.closed_date::date)::timestamp
                 END
            """,
            now=fields.Datetime.now(),
        )

    @api.private
    def _raise_handovers(self):
        """Remind who was to accept or to contact, and who gave away what came
        back.

        :return: how many were raised
        """
        self.env.flush_all()
        waiting = self._waiting_handovers_sql()
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT w.company_id, w.hours FROM (%s) w", waiting)
        )
        if not rows:
            return 0
        now = fields.Datetime.now()
        due_dates = SQL(", ").join(
            SQL(
                "(%s, %s::numeric, %s::timestamp)",
                company_id,
                hours,
                self._due_date(company_id, hours),
            )
            for company_id, hours in rows
        )
        return self._insert(
            SQL(
                """
                INSERT INTO retention_alert (
                       profile_id, company_id, kind, user_id, date, due_date,
                       base_date, priority_score, state, handover_id, res_model,
                       res_id, create_uid, create_date, write_uid, write_date)
                SELECT w.profile_id, w.company_id, 'handover', w.user_id, w.day,
                       due.date, w.base_date, w.score, 'open', w.id, 'crm.lead',
                       w.lead_id, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(waiting)s) w
                  JOIN (VALUES %(due_dates)s) due(company_id, hours, date)
                    ON due.company_id = w.company_id AND due.hours = w.hours
                    ON CONFLICT DO NOTHING
                """,
                waiting=waiting,
                due_dates=due_dates,
                uid=self.env.uid,
                now=now,
            )
        )

    def _due_date(self, company_id, hours):
        """When what is raised now is shown to somebody else, too."""
        company = self.env["res.company"].browse(company_id)
        return company._retention_plan_hours(fields.Datetime.now(), float(hours))

    def _waiting_handovers_sql(self):
        """Hand-overs with something to do for which there is no alert yet.

        ``hours``: after so many more, somebody else is told, too.
        """
        return SQL(
            """
            SELECT h.id, h.lead_id, h.company_id, p.id AS profile_id, today.day,
                   COALESCE(NULLIF(team.retention_accept_hours, 0),
                            NULLIF(team.retention_contact_hours, 0),
                            %(hours)s)::numeric AS hours,
                   CASE h.state WHEN 'returned'
                        THEN COALESCE(h.from_user_id, giving.user_id)
                        ELSE h.to_user_id END AS user_id,
                   h.offered_date::date AS base_date, %(score)s AS score
              FROM retention_handover h
              JOIN crm_lead l ON l.id = h.lead_id
              JOIN %(today)s today ON today.company_id = h.company_id
              LEFT JOIN crm_team team ON team.id = h.to_team_id
              LEFT JOIN crm_team giving ON giving.id = h.from_team_id
              LEFT JOIN retention_profile p ON p.partner_id = h.customer_id
               AND p.company_id = h.company_id AND p.active
             WHERE h.state IN ('offered', 'accepted', 'returned', 'expired')
               AND %(missed)s IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM retention_alert a
                    WHERE a.kind = 'handover' AND a.res_model = 'crm.lead'
                      AND a.res_id = h.lead_id
                      AND (a.state IN ('open', 'snoozed')
                           OR a.handover_id = h.id
                          AND (a.create_date >= %(missed)s
                               OR h.state = 'expired')
                          -- what a contact ended that was none comes again
                          AND (a.state = 'dismissed' OR h.contact_lost_date IS NULL
                               OR a.close_date >= h.contact_lost_date)))
            """,
            hours=ACCEPT_HOURS,
            score=self._lead_priority_sql(200),
            today=self._today_sql(),
            missed=self._missed_sql(),
        )

    # ------------------------------------------------------------------
    # Ending
    # ------------------------------------------------------------------

    @api.private
    def _follow_leads(self, lead_ids):
        """End what changes of leads have met.

        :param list lead_ids: of the leads
        """
        open_ones = self.search(
            [
                ("kind", "in", ("handover", "first_contact")),
                ("res_model", "=", "crm.lead"),
                ("res_id", "in", lead_ids),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )
        if open_ones:
            self._close_handovers(lead_ids)
            self._close_first_contacts(lead_ids)

    @api.private
    def _close_handovers(self, lead_ids=None):
        """End what is to do for hand-overs that wait for nothing any more.

        :param list lead_ids: only for these leads
        :return: how many were ended
        """
        self.env.flush_all()
        return self._end(
            SQL(
                """
                a.id IN (
                    SELECT a.id FROM retention_alert a
                      LEFT JOIN retention_handover h ON h.id = a.handover_id
                      LEFT JOIN crm_lead l ON l.id = h.lead_id
                      JOIN %(today)s today ON today.company_id = a.company_id
                     WHERE a.kind = 'handover' AND a.state IN ('open', 'snoozed')
                       AND %(scope)s AND %(missed)s IS NULL)
                """,
                today=self._today_sql(),
                scope=self._of_leads_sql(lead_ids),
                missed=self._missed_sql(),
            ),
            "resolved",
        )

    def _of_leads_sql(self, lead_ids):
        if lead_ids is None:
            return SQL("TRUE")
        return SQL("a.res_model = 'crm.lead' AND a.res_id = ANY(%s)", list(lead_ids))

    @api.private
    def _close_of_leads(self, lead_ids):
        """End what is to do for leads that are about to go.

        :param list lead_ids: of the leads
        """
        self.env.flush_all()
        self._end(
            SQL(
                "a.kind IN ('handover', 'first_contact') AND %s",
                self._of_leads_sql(lead_ids),
            ),
            "resolved",
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_handover_accept(self):
        """Accept the lead."""
        return self.handover_id.action_accept()

    def action_handover_take_back(self):
        """Take the lead back."""
        return self.handover_id.action_take_back()
