"""Reports on many recommendations, and their chains, against bare SQL."""

from functools import partial

from ..report import ratio
from ..timing import alternate, stopwatch
from . import suite

ALLOWED = 3
REPEAT = 5
# For each customer; half of them recommend.
REFERRALS = 10
CHAIN = 10_000

# Everybody was recommended by somebody of the first half of the customers.
FILL = """
INSERT INTO retention_referral (
       referrer_id, profile_id, company_id, lead_id, partner_id, program_id, channel,
       date, state, attribution, won_date, revenue, thank_due_date, reward_state,
       doubt_state, generation, create_date, write_date)
SELECT p.partner_id, p.id, p.company_id, l.id, l.partner_id,
       (SELECT id FROM retention_referral_program ORDER BY id LIMIT 1),
       (ARRAY['link', 'qr', 'mail', 'whatsapp', 'offline'])[1 + n.n %% 5], n.date,
       n.state, CASE WHEN n.number = 1 THEN 'first' ELSE 'later' END,
       CASE n.state WHEN 'won' THEN n.date + interval '1 day' * (1 + n.n %% 90) END,
       CASE n.state WHEN 'won' THEN n.n %% 10000 ELSE 0 END, n.date::date + 7, 'none',
       'none', 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM (SELECT n, 1 + n / c.customers AS number,
               now() AT TIME ZONE 'UTC' - interval '1 hour' * (n %% 13000) AS date,
               (ARRAY['new', 'qualified', 'won', 'lost', 'lost'])[1 + n %% 7 %% 5]
               AS state, c.customers
          FROM generate_series(0, %(referrals)s - 1) n,
               (SELECT COUNT(*) AS customers FROM retention_profile) c) n
  JOIN (SELECT *, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
          FROM retention_profile) p
    ON p.place = (n.n::bigint * 7919 + n.number) %% GREATEST(n.customers / 2, 1)
  JOIN (SELECT id, partner_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
          FROM crm_lead WHERE partner_id IS NOT NULL) l ON l.place = n.n %% n.customers
    ON CONFLICT DO NOTHING
"""

BARE_REPORT = """
SELECT r.channel, COUNT(*), SUM(1),
       AVG(CASE WHEN r.state IN ('qualified', 'won')
                  OR r.state = 'lost' AND l.date_conversion IS NOT NULL
                THEN 100 ELSE 0 END),
       AVG(CASE WHEN r.state = 'won' THEN 100 ELSE 0 END),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN r.state = 'won' THEN
           EXTRACT(EPOCH FROM r.won_date - r.date) / 86400 END),
       SUM(r.revenue),
       AVG(CASE WHEN r.thanked_date <= r.thank_due_date THEN 100
                WHEN r.thank_due_date < CURRENT_DATE THEN 0 END)
  FROM retention_referral r LEFT JOIN crm_lead l ON l.id = r.lead_id
 WHERE r.company_id = %s GROUP BY r.channel
"""
REPORT = (
    "referral_count:sum",
    "qualified_share:avg",
    "won_share:avg",
    "median_win_days:avg",
    "revenue:sum",
    "thanked_share:avg",
)

BARE_ADVOCATES = """
WITH given AS (
    SELECT profile_id, COUNT(*) AS count FROM retention_referral
     WHERE state <> 'rejected' GROUP BY profile_id
), received AS (
    SELECT DISTINCT friend.commercial_partner_id AS partner_id
      FROM retention_referral r JOIN res_partner friend ON friend.id = r.partner_id
     WHERE r.attribution = 'first' AND r.state <> 'rejected'
), won AS (
    SELECT person.commercial_partner_id AS partner_id,
           SUM(l.expected_revenue) AS revenue
      FROM crm_lead l JOIN res_partner person ON person.id = l.partner_id
     WHERE l.won_status = 'won' GROUP BY 1
)
SELECT received.partner_id IS NULL, COUNT(*),
       AVG(CASE WHEN given.count > 0 THEN 100 ELSE 0 END), AVG(given.count),
       AVG(won.revenue)
  FROM retention_profile p
  LEFT JOIN given ON given.profile_id = p.id
  LEFT JOIN received ON received.partner_id = p.partner_id
  LEFT JOIN won ON won.partner_id = p.partner_id
 WHERE p.company_id = %s GROUP BY 1
"""
ADVOCATES = (
    "advocate_share:avg",
    "customer_count:sum",
    "advocate_count:sum",
    "referral_count:avg",
    "referred_share:avg",
    "average_revenue:avg",
    "retained_share:avg",
)

# One customer after the other recommends the next one.
LINE_UP = """
UPDATE retention_referral r
   SET referrer_id = n.referrer_id, partner_id = n.partner_id, lead_id = NULL,
       date = timestamp '2020-01-01' + interval '1 minute' * n.place,
       attribution = 'first', parent_id = NULL, generation = NULL
  FROM (SELECT r.id, r.place, p.partner_id AS referrer_id,
               LEAD(p.partner_id) OVER (ORDER BY r.place) AS partner_id
          FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place
                  FROM retention_referral) r
          JOIN (SELECT partner_id, ROW_NUMBER() OVER (ORDER BY id) AS place
                  FROM retention_profile) p ON p.place = r.place
         WHERE r.place <= %s) n
 WHERE r.id = n.id
"""
BARE_CHAIN = """
WITH RECURSIVE parent AS (
    SELECT r.id, (SELECT b.id FROM retention_referral b
                   WHERE b.partner_id = r.referrer_id AND b.company_id = r.company_id
                     AND b.attribution = 'first' AND (b.date, b.id) < (r.date, r.id)
                   ORDER BY b.date, b.id LIMIT 1) AS parent_id
      FROM retention_referral r WHERE r.id = ANY(%(ids)s)
), linked AS (
    UPDATE retention_referral r SET parent_id = p.parent_id
      FROM parent p WHERE r.id = p.id
), counted AS (
    SELECT id, 1 AS generation FROM parent WHERE parent_id IS NULL
     UNION ALL
    SELECT p.id, c.generation + 1
      FROM counted c JOIN parent p ON p.parent_id = c.id
)
SELECT MAX(generation) FROM counted
"""


def measure(bench):
    """Return the results for both reports and for one long chain."""
    database = bench.suite
    suite.ensure_run(database)
    fill(database, bench.size.customers * REFERRALS)
    allowed = ALLOWED if bench.size.is_large else None
    results = []
    for what, model, group, aggregates, bare in (
        ("Referrals", "retention.referral.report", "channel", REPORT, BARE_REPORT),
        ("Advocates", "retention.advocate.report", "origin", ADVOCATES, BARE_ADVOCATES),
    ):
        times = alternate(
            partial(_report, database, model, group, aggregates),
            partial(_bare, database, bare),
            REPEAT,
        )
        results.append(ratio(f"Opening the report {what}", *times, allowed))
    results.append(_chain(database, min(CHAIN, bench.size.customers), allowed))
    return results


def fill(database, referrals):
    """Have customers recommend, unless they did before."""
    if not database.query("SELECT FROM retention_referral LIMIT 1"):
        with database.env() as env:
            env.cr.execute(FILL, {"referrals": referrals})
        database.execute("VACUUM ANALYZE retention_referral")
    _check_filled(database, referrals)


def _check_filled(database, referrals):
    """Less than was asked for would be measured as if it were all."""
    [[count, advocates]] = database.query(
        "SELECT COUNT(*), COUNT(DISTINCT profile_id) FROM retention_referral"
    )
    expected = referrals // REFERRALS // 2
    if count < referrals or advocates < expected:
        raise RuntimeError(
            f"{count:,} of {referrals:,} recommendations by {advocates:,} of "
            f"{expected:,} customers"
        )


def _manager(env):
    return env.ref("base.user_admin").id


def _report(database, model, group, aggregates):
    with database.env() as env:
        uid = _manager(env)
    with database.env(uid) as env:
        return stopwatch(
            env[model].formatted_read_grouping_sets,
            [],
            [[], [group]],
            [*aggregates, "__count"],
        )


def _bare(database, query):
    with database.env() as env:
        company_id = env.company.id
        return stopwatch(
            lambda: (env.cr.execute(query, [company_id]), env.cr.fetchall())
        )


def _chain(database, length, allowed):
    """Chains are computed for all that are in it, none of which is known."""

    def derive():
        with database.env() as env:
            ids = _line_up(env, length)
            time = stopwatch(env["retention.referral"]._follow_chains, ids)
            env.cr.execute("SELECT MAX(generation) FROM retention_referral")
            _check(env.cr.fetchone()[0], length)
            env.cr.rollback()
            return time

    def bare():
        with database.env() as env:
            ids = _line_up(env, length)
            time = stopwatch(env.cr.execute, BARE_CHAIN, {"ids": ids})
            _check(env.cr.fetchone()[0], length)
            env.cr.rollback()
            return time

    return ratio(
        f"A chain of {length:,} recommendations",
        *alternate(derive, bare, 3),
        allowed,
    )


def _line_up(env, length):
    env.cr.execute(LINE_UP, [length])
    env.cr.execute("SELECT id FROM retention_referral ORDER BY id LIMIT %s", [length])
    return [row[0] for row in env.cr.fetchall()]


def _check(found, length):
    if found != length:
        raise RuntimeError(f"a chain of {length} was counted as {found}")
