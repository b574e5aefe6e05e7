"""Purchases and what customers are worth against the bare SQL for the same."""

from ..report import ratio
from ..timing import alternate_alike
from . import suite

ALLOWED = 3
PURCHASES = 5

# Won opportunities of four years, a few for each customer.
FILL = """
INSERT INTO crm_lead (
       name, type, active, won_status, probability, automated_probability, priority,
       color, expected_revenue, partner_id, user_id, team_id, company_id, stage_id,
       date_open, date_closed, date_last_stage_update,
       create_uid, create_date, write_uid, write_date)
SELECT 'Purchase', 'opportunity', TRUE, 'won', 100, 100, '0', 0,
       100 + abs(hashint8(p.id * 31 + n)) %% 10000, p.partner_id, p.user_id, NULL,
       p.company_id, NULL, day, day, day, 1, day, 1, day
  FROM retention_profile p
 CROSS JOIN generate_series(1, %s) n
 CROSS JOIN LATERAL (SELECT date_trunc('second', now() AT TIME ZONE 'UTC')
       - make_interval(hours => abs(hashint8(p.id * 37 + n)) %% 35000) AS day) d
"""

# One company, one currency, nothing recurring: what somebody would write for this
# database.
EVENTS = """
INSERT INTO retention_value_event (
       profile_id, company_id, date, amount, kind, period, res_model, res_id,
       create_date, write_date)
SELECT p.id, p.company_id, COALESCE(l.date_closed, l.write_date),
       l.expected_revenue, 'once', 0, 'crm.lead', l.id, now(), now()
  FROM crm_lead l
  JOIN res_partner person ON person.id = l.partner_id
  LEFT JOIN res_users our ON our.id = l.user_id
  JOIN retention_profile p ON p.partner_id = person.commercial_partner_id
   AND p.company_id = COALESCE(l.company_id, our.company_id, person.company_id,
                               (SELECT MIN(id) FROM res_company))
 WHERE l.active AND l.won_status = 'won' AND l.expected_revenue > 0
"""
FIGURES = """
UPDATE retention_profile p
   SET first_purchase_date = m.first_date, last_purchase_date = m.last_date,
       purchase_count = COALESCE(m.count, 0),
       purchase_revenue = COALESCE(m.revenue, 0),
       year_revenue = COALESCE(m.year_revenue, 0),
       average_purchase = COALESCE(m.average, 0),
       purchase_rhythm_days = CASE WHEN m.gaps >= 2 THEN m.rhythm END,
       customer_value = round(COALESCE(m.year_revenue, 0) * m.factor, 2),
       winback_revenue = COALESCE(m.winback_revenue, 0),
       winback_value = round(COALESCE(m.winback_revenue, 0) * m.factor, 2),
       value_refresh_date = (m.oldest + interval '1 year')::date + 1
  FROM (SELECT q.id, m.*, c.retention_margin::numeric
               * CASE WHEN c.retention_own_rate_count >= 30
                      THEN c.retention_own_rate ELSE c.retention_rate END::numeric
               / (1 + c.retention_discount_rate::numeric
                  - CASE WHEN c.retention_own_rate_count >= 30
                         THEN c.retention_own_rate
                         ELSE c.retention_rate END::numeric) AS factor
          FROM retention_profile q
          JOIN res_company c ON c.id = q.company_id
          LEFT JOIN (
               SELECT e.profile_id, MIN(e.date) AS first_date,
                      MAX(e.date) AS last_date, COUNT(*) AS count,
                      SUM(e.amount) AS revenue,
                      SUM(e.amount) FILTER (WHERE recent) AS year_revenue,
                      SUM(e.amount) FILTER (WHERE e.date > e.newest - interval '1 year')
                          AS winback_revenue,
                      AVG(e.amount) AS average, COUNT(e.gap) AS gaps,
                      percentile_cont(0.5) WITHIN GROUP (ORDER BY e.gap) AS rhythm,
                      MIN(e.date) FILTER (WHERE recent) AS oldest
                 FROM (SELECT v.*,
                              v.date > now() AT TIME ZONE 'UTC' - interval '1 year'
                                  AS recent,
                              NULLIF(v.date::date - LAG(v.date::date) OVER (
                                  PARTITION BY v.profile_id ORDER BY v.date), 0) AS gap,
                              MAX(v.date) OVER (PARTITION BY v.profile_id) AS newest
                         FROM retention_value_event v) e
                GROUP BY e.profile_id) m ON m.profile_id = q.id) m
 WHERE p.id = m.id
"""


def measure(bench):
    """Return the result of reading all purchases and deriving all figures."""
    database = bench.suite
    suite.ensure_run(database)
    fill(database)
    found, bare = alternate_alike(
        "values", database, (_values, _bare), forget, _content, bench.repeat
    )
    [[count]] = database.query("SELECT COUNT(*) FROM retention_value_event")
    return [ratio(f"Value of customers, {count:,} purchases", found, bare, ALLOWED)]


def fill(database):
    """Have customers buy, unless they did before."""
    if database.query("SELECT FROM crm_lead WHERE name = 'Purchase' LIMIT 1"):
        return
    database.execute(FILL, PURCHASES)
    database.execute("VACUUM (ANALYZE) crm_lead")


def _values(database):
    suite.run(database, ["values"])


def _bare(database):
    with database.env() as env:
        env.cr.execute(EVENTS)
        env.cr.execute("ANALYZE retention_value_event")
        env.cr.execute(FIGURES)


def forget(database):
    """No purchase is known, all customers are due."""
    with database.env() as env:
        env.cr.execute("TRUNCATE retention_value_event")
        env.cr.execute(
            "UPDATE retention_profile SET value_refresh_date = CURRENT_DATE,"
            " first_purchase_date = NULL, last_purchase_date = NULL,"
            " purchase_count = NULL, purchase_revenue = NULL, year_revenue = NULL,"
            " average_purchase = NULL, purchase_rhythm_days = NULL,"
            " customer_value = NULL, winback_revenue = NULL, winback_value = NULL"
        )
    database.vacuum("retention_profile")


def _content(database):
    return database.query(
        "SELECT id, first_purchase_date, last_purchase_date, purchase_count,"
        " purchase_revenue, year_revenue, average_purchase, purchase_rhythm_days,"
        " customer_value, winback_revenue, winback_value"
        " FROM retention_profile ORDER BY id"
    )
