from odoo import api, fields, models
from odoo.tools import SQL

from .retention_purpose_rule import ROUTINE_PURPOSES

# The window of the counts by direction and purpose.
WINDOW_DAYS = 90
# So many days with contact are needed to speak of a rhythm.
RHYTHM_MIN_DAYS = 4
# A customer is silent after so many times its own rhythm, within these days, or
# after the days without a rhythm.
SILENT_FACTOR = 2
SILENT_MIN_DAYS = 14
SILENT_MAX_DAYS = 120
SILENT_DAYS = 90
# What the measures write, in the order of the select below.
MEASURES = (
    "first_contact_date",
    "last_inbound_date",
    "last_outbound_date",
    "last_contact_date",
    "last_counted_date",
    "last_own_contact_date",
    "last_other_purpose_date",
    "last_routine_date",
    "inbound_count",
    "outbound_count",
    "relationship_count",
    "sales_count",
    "service_count",
    "payment_count",
    "marketing_count",
    "survey_count",
    "rhythm_days",
    "agreed_days",
    "next_contact_date",
    "own_contact_due_date",
    "silent_date",
    "refresh_date",
)


class RetentionProfileMeasure(models.AbstractModel):
    """The measures: derived from the contacts alone, in one statement."""

    _name = "retention.profile.measure"
    _description = "Measures of a Customer"

    first_contact_date = fields.Datetime(string="First Contact", readonly=True)
    last_inbound_date = fields.Datetime(string="Last from Customer", readonly=True)
    last_outbound_date = fields.Datetime(string="Last from Us", readonly=True)
    last_contact_date = fields.Datetime(
        string="Last Contact",
        readonly=True,
        help="The last personal contact in either direction. Newsletters and "
        "automatic messages do not count.",
    )
    last_counted_date = fields.Datetime(
        string="Last Counting Contact",
        readonly=True,
        help="The last personal contact that counts under the contact policy.",
    )
    last_own_contact_date = fields.Datetime(
        string="Last with Contact Person",
        readonly=True,
        help="When the customer's own contact person last wrote, called or met.",
    )
    last_other_purpose_date = fields.Datetime(
        string="Last beyond Payment and Service",
        readonly=True,
        help="The last personal contact about anything but payment or service.",
    )
    last_routine_date = fields.Datetime(
        string="Last about Payment or Service",
        readonly=True,
        help="The last contact about payment or service, automatic ones included.",
    )
    inbound_count = fields.Integer(
        string="From Customer (90 Days)",
        readonly=True,
        help="Personal contacts from the customer in the last 90 days.",
    )
    outbound_count = fields.Integer(
        string="From Us (90 Days)",
        readonly=True,
        help="Personal contacts from us in the last 90 days.",
    )
    relationship_count = fields.Integer(
        string="Relationship (90 Days)",
        readonly=True,
        help="Personal contacts for the relationship in the last 90 days.",
    )
    sales_count = fields.Integer(
        string="Sales (90 Days)",
        readonly=True,
        help="Personal contacts about sales in the last 90 days.",
    )
    service_count = fields.Integer(
        string="Service (90 Days)",
        readonly=True,
        help="Personal contacts about service in the last 90 days.",
    )
    payment_count = fields.Integer(
        string="Payment (90 Days)",
        readonly=True,
        help="Personal contacts about payment in the last 90 days.",
    )
    marketing_count = fields.Integer(
        string="Marketing (90 Days)",
        readonly=True,
        help="Personal contacts about marketing in the last 90 days.",
    )
    survey_count = fields.Integer(
        string="Surveys (90 Days)",
        readonly=True,
        help="Personal contacts about surveys in the last 90 days.",
    )
    rhythm_days = fields.Float(
        string="Own Rhythm (Days)",
        readonly=True,
        digits=(16, 1),
        help="Median of the days between the customer's days with personal "
        "contact. Known from four such days on.",
    )
    agreed_days = fields.Integer(
        string="Agreed Gap (Days)",
        readonly=True,
        help="How many days without contact the policy allows for this customer.",
    )
    next_contact_date = fields.Date(
        string="Next Contact Due",
        readonly=True,
        index=True,
        help="Last counting contact plus the agreed days. Without any contact, "
        "counted from the day the customer is known.",
    )
    own_contact_due_date = fields.Date(
        string="Contact Person Due",
        readonly=True,
        help="When the customer's own contact person should be in touch again: "
        "their last contact plus the agreed days.",
    )

    silent_date = fields.Date(
        string="Silent From",
        readonly=True,
        help="The last personal contact in either direction plus twice the own "
        "rhythm, 14 days at least and 120 at most; 90 days without a rhythm.",
    )

    @api.private
    def _refresh(self, ids, nowait=False):
        """Derive the measures of customers from their contacts, and close what
        is thereby met.

        Writes only what has changed.

        :param list ids: of the customers
        :param bool nowait: fail rather than wait for a run that holds them
        :return: how many customers were written, how many alerts closed
        """
        self.env.cr.execute(
            self._refresh_sql(ids, fields.Datetime.now(), fields.Date.today(), nowait),
            log_exceptions=not nowait,
        )
        written_ids, asked_ids, risk_ids = self.env.cr.fetchone()
        if not written_ids:
            return 0, 0
        self.invalidate_model()
        closed = self.env["retention.alert"]._follow_measures(asked_ids)
        if risk_ids:
            closed += self.env["retention.alert"]._close_risks(risk_ids)
        return len(written_ids), closed

    def _refresh_now(self, ids, nowait=False):
        """Derive the measures of a few customers, if there are any; see
        ``_refresh``."""
        if ids:
            self._refresh(list(set(ids)), nowait)
            self.env["retention.handover"]._follow_contacts(list(set(ids)))
            # sudo: who waits for an answer follows from the facts
            self.env["retention.touchpoint"].sudo()._follow_answers(set(ids))

    def _refresh_sql(self, ids, now, today, nowait=False):
        """The statement that derives measures; it gives the customers that it
        wrote, and those of all that have something to do: because of a gap, and
        because of a risk."""
        columns = [SQL.identifier(name) for name in MEASURES]
        return SQL(
            """
            WITH policy AS (%(policy)s
            ), ruled AS (
                SELECT p.id, p.user_id, p.start_date, cal.tz, policy.id AS policy_id,
                       policy.counted, policy.channels, policy.max_gap_days,
                       policy.use_rhythm, policy.rhythm_factor, policy.min_gap_days
                  FROM retention_profile p
                  JOIN res_company c ON c.id = p.company_id
                  LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                  LEFT JOIN policy ON policy.id = p.contact_policy_id
                 WHERE p.id = ANY(%(ids)s)
                   %(lock)s
            ), sums AS (%(sums)s
            ), measured AS (%(measured)s
            ), written AS (
                UPDATE retention_profile p
                   SET (%(columns)s) = (%(values)s), risk_refresh_date = %(today)s
                  FROM measured m
                 WHERE p.id = m.id AND (%(old)s) IS DISTINCT FROM (%(values)s)
             RETURNING p.id
            )
            SELECT (SELECT array_agg(id) FROM written),
                   -- by their ids alone: without statistics, as after many
                   -- were raised, PostgreSQL joins them badly
                   (SELECT array_agg(a.profile_id) FROM retention_alert a
                     WHERE a.profile_id = ANY(%(ids)s) AND a.kind = 'contact_gap'
                       AND a.state IN ('open', 'snoozed')),
                   (SELECT array_agg(a.profile_id) FROM retention_alert a
                     WHERE a.profile_id = ANY(%(ids)s) AND a.kind = 'risk'
                       AND a.state IN ('open', 'snoozed'))
            """,
            ids=ids,
            # the run needs no lock: its update fails and is tried again
            lock=SQL("FOR NO KEY UPDATE OF p NOWAIT") if nowait else SQL(),
            today=today,
            policy=self._policy_sql(),
            sums=self._sums_sql(ids, today),
            measured=self._measured_sql(now),
            columns=SQL(", ").join(columns),
            values=SQL(", ").join(SQL("m.%s", column) for column in columns),
            old=SQL(", ").join(SQL("p.%s", column) for column in columns),
        )

    @api.model
    def _policy_sql(self):
        """The contact policies with the ``channels`` that count, NULL for all."""
        return SQL(
            """
            SELECT pol.*, (SELECT array_agg(c.code)
                             FROM retention_contact_policy_channel_rel r
                             JOIN retention_channel c ON c.id = r.channel_id
                            WHERE r.policy_id = pol.id) AS channels
              FROM retention_contact_policy pol
            """
        )

    def _sums_sql(self, ids, today):
        """One row of dates and counts for each customer with contacts."""
        start = SQL("(%s::date - %s)", today, WINDOW_DAYS)

        def last(condition):
            return SQL("MAX(t.date) FILTER (WHERE NOT t.automated AND %s)", condition)

        def recent(condition):
            return SQL(
                "COUNT(*) FILTER (WHERE NOT t.automated AND t.date >= %s AND %s)",
                start,
                condition,
            )

        counting = SQL(
            "(r.counted = 'both' OR t.direction = 'out')"
            " AND (r.channels IS NULL OR t.channel = ANY(r.channels))"
        )
        own = SQL(
            "t.user_id = r.user_id AND"
            " (t.direction = 'out' OR t.channel IN ('phone', 'meeting', 'chat'))"
        )
        return SQL(
            """
            SELECT t.profile_id,
                   MIN(t.date) FILTER (WHERE NOT t.automated) AS first_contact_date,
                   %(inbound)s AS last_inbound_date,
                   %(outbound)s AS last_outbound_date,
                   %(any)s AS last_contact_date,
                   %(counting)s AS last_counted_date,
                   %(own)s AS last_own_contact_date,
                   %(other)s AS last_other_purpose_date,
                   MAX(t.date) FILTER (WHERE t.purpose IN %(routine)s)
                       AS last_routine_date,
                   %(inbound_count)s AS inbound_count,
                   %(outbound_count)s AS outbound_count,
                   %(purpose_counts)s,
                   MIN(t.date) FILTER (WHERE NOT t.automated
                                         AND t.date >= %(start)s) AS oldest_recent,
                   -- the median of the days between days with contact
                   CASE WHEN COUNT(t.gap) >= %(gaps)s
                        THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY t.gap)
                   END AS rhythm_days
              FROM (%(dated)s) t
              JOIN ruled r ON r.id = t.profile_id
             GROUP BY t.profile_id
            """,
            inbound=last(SQL("t.direction = 'in'")),
            outbound=last(SQL("t.direction = 'out'")),
            any=last(SQL("TRUE")),
            counting=last(counting),
            own=last(own),
            other=last(SQL("t.purpose NOT IN %s", ROUTINE_PURPOSES)),
            routine=ROUTINE_PURPOSES,
            inbound_count=recent(SQL("t.direction = 'in'")),
            outbound_count=recent(SQL("t.direction = 'out'")),
            purpose_counts=SQL(", ").join(
                SQL(
                    "%s AS %s",
                    recent(SQL("t.purpose = %s", purpose)),
                    SQL.identifier(f"{purpose}_count"),
                )
                for purpose, _label in self.env["retention.touchpoint"]
                ._fields["purpose"]
                .selection
            ),
            start=start,
            gaps=RHYTHM_MIN_DAYS - 1,
            dated=self._dated_sql(ids),
        )

    def _dated_sql(self, ids):
        """The contacts with ``gap``, the days since the day with contact before
        theirs: once for each such day but the first."""
        return SQL(
            """
            SELECT t.*, CASE WHEN NOT t.automated THEN NULLIF(
                        t.date::date - LAG(t.date::date) OVER (
                        PARTITION BY t.profile_id, t.automated ORDER BY t.date), 0)
                   END AS gap
              FROM (SELECT t.profile_id, t.date, t.direction, t.channel, t.purpose,
                           t.automated, t.user_id
                      FROM retention_touchpoint t
                     WHERE t.profile_id = ANY(%s)) t
            """,
            ids,
        )

    def _measured_sql(self, now):
        """The measures as they should be stored.

        Days are the company's calendar days. The agreed gap is the policy's
        maximum or, with own rhythm, rhythm times factor between floor and
        maximum.
        """
        return SQL(
            """
            SELECT x.*,
                   x.base_day + x.agreed_days AS next_contact_date,
                   CASE WHEN x.user_id IS NOT NULL
                        THEN x.own_base_day + x.agreed_days
                   END AS own_contact_due_date,
                   x.last_day + %(silent_days)s AS silent_date
              FROM (
                SELECT r.id, r.user_id, s.first_contact_date, s.last_inbound_date,
                       s.last_outbound_date, s.last_contact_date, s.last_counted_date,
                       s.last_own_contact_date, s.last_other_purpose_date,
                       s.last_routine_date,
                       %(counts)s,
                       s.rhythm_days,
                       CASE WHEN r.policy_id IS NULL THEN NULL
                            WHEN r.use_rhythm AND s.rhythm_days IS NOT NULL
                            THEN LEAST(r.max_gap_days, GREATEST(
                                 r.min_gap_days,
                                 CEIL(s.rhythm_days * r.rhythm_factor)::int))
                            ELSE r.max_gap_days END AS agreed_days,
                       %(base)s AS base_day, %(own_base)s AS own_base_day,
                       %(last_day)s AS last_day,
                       s.oldest_recent::date + %(after)s AS refresh_date
                  FROM ruled r
                  LEFT JOIN sums s ON s.profile_id = r.id
                 ) x
            """,
            counts=SQL(", ").join(
                SQL("COALESCE(s.%(name)s, 0) AS %(name)s", name=SQL.identifier(name))
                for name in MEASURES
                if name.endswith("_count")
            ),
            base=self._day_sql(SQL("COALESCE(s.last_counted_date, r.start_date)")),
            own_base=self._day_sql(
                SQL("COALESCE(s.last_own_contact_date, r.start_date)")
            ),
            last_day=self._day_sql(SQL("s.last_contact_date")),
            silent_days=self._silent_days_sql(SQL("x.rhythm_days")),
            after=WINDOW_DAYS + 1,
        )

    @api.model
    def _silent_days_sql(self, rhythm_days):
        """After how many days without contact a customer counts as silent.

        :param SQL rhythm_days: its own rhythm, or NULL
        """
        return SQL(
            "CASE WHEN %(rhythm)s > 0 THEN LEAST(%(most)s, GREATEST(%(least)s,"
            " CEIL(%(rhythm)s * %(factor)s)::int)) ELSE %(without)s END",
            rhythm=rhythm_days,
            factor=SILENT_FACTOR,
            least=SILENT_MIN_DAYS,
            most=SILENT_MAX_DAYS,
            without=SILENT_DAYS,
        )

    def _day_sql(self, moment):
        """The company's calendar day of a moment (``r.tz`` is its time zone)."""
        return SQL(
            "((%s AT TIME ZONE 'UTC') AT TIME ZONE COALESCE(r.tz, 'UTC'))::date",
            moment,
        )
