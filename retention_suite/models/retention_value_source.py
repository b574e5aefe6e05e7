from odoo import fields, models
from odoo.tools import SQL


class RetentionValueSource(models.AbstractModel):
    """Where purchases come from: one SQL select for each source.

    Other addons add sources of their own by extending ``_sources``.
    """

    _name = "retention.value.source"
    _description = "Where Purchases Come From"

    def _sources(self, whose):
        """Return the selects of purchases.

        Each gives one row for each purchase: ``res_model, res_id, kind, period,
        person_id, company_id, currency_id, date, amount``. Without a company it is
        the main one, without a currency the company's. What comes next may be told,
        too: it counts when its date has come.

        :param whose: function giving the SQL condition for the expression of the
            person, which says whose purchases are looked at
        """
        return [self._source_won(whose), self._source_recurring(whose)]

    def _source_won(self, whose):
        """Opportunities that were won."""
        return SQL(
            """
            SELECT 'crm.lead'::varchar, l.id, 'once'::varchar, 0, l.partner_id,
                   %(company)s, NULL::int, %(won)s, l.expected_revenue::numeric
            %(from)s AND l.expected_revenue > 0
            """,
            **self._won_parts(whose),
        )

    def _source_recurring(self, whose):
        """The recurring part of opportunities that were won: once for each period
        of its plan from the win on, with the one that comes next."""
        return SQL(
            """
            SELECT 'crm.lead'::varchar, l.id, 'recurring'::varchar, n.period,
                   l.partner_id, %(company)s, NULL::int,
                   %(won)s + make_interval(months => n.period * plan.number_of_months),
                   l.recurring_revenue::numeric
            %(from)s AND l.recurring_revenue > 0
            """,
            **self._won_parts(
                whose,
                SQL(
                    """
                    JOIN crm_recurring_plan plan ON plan.id = l.recurring_plan
                    CROSS JOIN LATERAL generate_series(0,
                        CASE WHEN plan.number_of_months > 0 THEN (
                             EXTRACT(YEAR FROM age(%(moment)s, %(won)s)) * 12
                             + EXTRACT(MONTH FROM age(%(moment)s, %(won)s))
                             )::int / plan.number_of_months + 1 ELSE 0 END) n(period)
                    """,
                    moment=fields.Datetime.now(),
                    won=self._won_date_sql,
                ),
            ),
        )

    _won_date_sql = SQL("COALESCE(l.date_closed, l.write_date)")

    def _won_parts(self, whose, joins=SQL()):  # noqa: B008 (an SQL is a constant)
        return {
            "company": self.env["crm.lead"]._retention_company_sql(),
            "won": self._won_date_sql,
            "from": SQL(
                """
                  FROM crm_lead l
                  JOIN res_partner person ON person.id = l.partner_id
                  LEFT JOIN res_users our ON our.id = l.user_id %s
                 WHERE l.active AND l.won_status = 'won' AND %s
                """,
                joins,
                whose(SQL("l.partner_id")),
            ),
        }

    def _facts_sql(self, ids):
        """The parts ``scope`` and ``fact`` of a statement: some customers, and their
        purchases in their company's currency, with those that come next.

        Who is lost buys nothing by itself: periods that fall into a stay in a stage
        of this kind are left out, also once the customer is back. What was won in
        that time counts: by it the customer comes back.

        :param list ids: of the customers
        """

        def whose(person):
            return SQL(
                """
                %s IN (SELECT r.id FROM res_partner r
                         JOIN scope ON scope.partner_id = r.commercial_partner_id)
                """,
                person,
            )

        return SQL(
            """
            scope AS (
                SELECT p.id, p.partner_id, p.company_id, c.currency_id,
                       cur.decimal_places, cal.tz,
                       split_part(c.parent_path, '/', 1)::int AS root_id,
                       %(factor)s AS value_factor
                  FROM retention_profile p
                  JOIN res_company c ON c.id = p.company_id
                  JOIN res_currency cur ON cur.id = c.currency_id
                  LEFT JOIN resource_calendar cal ON cal.id = c.resource_calendar_id
                 WHERE p.id = ANY(%(ids)s)
            ), lost AS MATERIALIZED (%(lost)s
            ), told AS MATERIALIZED (
                SELECT f.res_model, f.res_id, f.kind, f.period, f.date,
                       scope.id AS profile_id, scope.company_id,
                       CASE WHEN COALESCE(f.currency_id, scope.currency_id)
                                 = scope.currency_id
                            THEN f.amount
                            ELSE ROUND(f.amount * %(to_rate)s / %(from_rate)s,
                                       scope.decimal_places)
                            END AS amount
                  FROM (%(sources)s) f(res_model, res_id, kind, period, person_id,
                                       company_id, currency_id, date, amount)
                  JOIN res_partner person ON person.id = f.person_id
                  JOIN scope ON scope.partner_id = person.commercial_partner_id
                   AND scope.company_id = COALESCE(f.company_id, %(main)s)
            ), paused AS (
                SELECT begun.res_model, begun.res_id, lost.since, lost.until
                  FROM lost
                  JOIN told begun ON begun.profile_id = lost.profile_id
                   AND begun.kind = 'recurring' AND begun.period = 0
                   AND begun.date <= lost.since
            ), fact AS (
                SELECT told.* FROM told
                 WHERE NOT EXISTS (
                       SELECT FROM paused
                        WHERE paused.res_model = told.res_model
                          AND paused.res_id = told.res_id AND told.kind = 'recurring'
                          AND told.date > paused.since AND told.date < paused.until)
            )
            """,
            ids=ids,
            factor=self.env["res.company"]._retention_value_factor_sql(SQL("c")),
            to_rate=self._rate_sql(SQL("scope.currency_id")),
            from_rate=self._rate_sql(SQL("f.currency_id")),
            sources=SQL(" UNION ALL ").join(self._sources(whose)),
            main=self.env["retention.touchpoint"]._main_company_id(),
            lost=self._lost_sql(ids),
        )

    def _lost_sql(self, ids):
        """From when until when some customers were lost, or still are.

        :param list ids: of the customers
        """
        return SQL(
            """
            SELECT stay.profile_id, stay.since, stay.until
              FROM (SELECT h.profile_id, h.to_stage_id, h.stage_date AS since,
                           LEAD(h.stage_date) OVER journey AS until,
                           LEAD(h.from_stage_id) OVER journey AS left_stage_id
                      FROM (%(happened)s) h
                    WINDOW journey AS (PARTITION BY h.profile_id
                                       ORDER BY h.date, h.id)) stay
              JOIN retention_journey_stage s ON s.id = stay.to_stage_id
             WHERE s.kind = 'lost' AND stay.profile_id = ANY(ARRAY(
                   -- who never was needs no looking at its journey
                   SELECT t.profile_id FROM retention_journey_transition t
                     JOIN retention_journey_stage s ON s.id = t.to_stage_id
                    WHERE s.kind = 'lost' AND t.profile_id = ANY(%(ids)s)))
               -- the journeys of merged customers are told one between the other
               AND stay.left_stage_id = stay.to_stage_id
             UNION ALL
            SELECT p.id, p.journey_stage_date, 'infinity'
              FROM retention_profile p
              JOIN retention_journey_stage s ON s.id = p.journey_stage_id
             WHERE p.id = ANY(%(ids)s) AND s.kind = 'lost'
            """,
            happened=self.env["retention.journey.transition"]._happened_sql(),
            ids=ids,
        )

    def _rate_sql(self, currency):
        """The rate of a currency on the day of a purchase, as Odoo finds it."""
        return SQL(
            """
            COALESCE((SELECT r.rate FROM res_currency_rate r
                       WHERE r.currency_id = %(currency)s
                         AND r.name <= ((f.date AT TIME ZONE 'UTC')
                                        AT TIME ZONE COALESCE(scope.tz, 'UTC'))::date
                         AND COALESCE(r.company_id, scope.root_id) = scope.root_id
                       ORDER BY r.company_id, r.name DESC LIMIT 1),
                     (SELECT r.rate FROM res_currency_rate r
                       WHERE r.currency_id = %(currency)s
                         AND COALESCE(r.company_id, scope.root_id) = scope.root_id
                       ORDER BY r.company_id, r.name LIMIT 1), 1)
            """,
            currency=currency,
        )
