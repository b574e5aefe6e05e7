"""All blocks of the overview against the bare SQL of their figures."""

from functools import partial

from odoo.tools import SQL

from ..report import ratio
from ..timing import alternate, stopwatch
from . import referrals, suite, value

ALLOWED = 3
REPEAT = 5
BLOCKS = ("figures", "stages", "flow", "cohorts", "losses", "today", "danger")

# Customers were placed long ago, two in three have moved since, some of them are lost
# or have come back: three moves each.
MOVES = """
INSERT INTO retention_journey_transition (
       profile_id, company_id, from_stage_id, to_stage_id, date, stage_date, cause,
       create_date, write_date)
SELECT p.id, p.company_id, was.id, now.id, m.day, m.day,
       CASE WHEN n.n = 1 THEN 'start' ELSE 'person' END, m.day, m.day
  FROM retention_profile p
 CROSS JOIN generate_series(1, 3) n(n)
 CROSS JOIN LATERAL (
       SELECT abs(hashint8(p.id * 31 + n.n - 1)) AS before,
              abs(hashint8(p.id * 31 + n.n)) AS after) h
 CROSS JOIN LATERAL (
       SELECT date_trunc('second', now() AT TIME ZONE 'UTC')
              - make_interval(days => 700 - 230 * n.n
                                      + abs(hashint8(p.id * 7 + n.n))::int %% 200)
              AS day) m
  JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
          FROM retention_journey_stage) now ON now.place = h.after %% %(stages)s
  LEFT JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
          FROM retention_journey_stage) was
    ON n.n > 1 AND was.place = h.before %% %(stages)s
"""
PLACE = """
UPDATE retention_profile p
   SET journey_stage_id = last.to_stage_id, journey_stage_date = last.date,
       risk_score = p.id % 100,
       risk_level = CASE WHEN p.id % 100 >= 60 THEN 'high' ELSE 'low' END,
       customer_value = p.id % 5000
  FROM (SELECT DISTINCT ON (profile_id) * FROM retention_journey_transition
         WHERE profile_id IS NOT NULL ORDER BY profile_id, date DESC, id DESC) last
 WHERE last.profile_id = p.id
"""
# One customer in five had a case that is decided.
CASES = """
INSERT INTO retention_winback (
       profile_id, partner_id, company_id, kind, step, result, user_id, value, chance,
       open_date, close_date, reason_id, is_proposed, offer_cost, notice_days,
       create_uid, write_uid, create_date, write_date)
SELECT p.id, p.partner_id, p.company_id, 'save', 'decided',
       CASE WHEN p.id % 3 = 0 THEN 'won' ELSE 'lost' END, p.user_id, p.id % 5000, 30,
       day, day, (SELECT id FROM crm_lost_reason ORDER BY id
                   OFFSET p.id % (SELECT COUNT(*) FROM crm_lost_reason) LIMIT 1),
       FALSE, 0, 0, 1, 1, day, day
  FROM retention_profile p
 CROSS JOIN LATERAL (SELECT date_trunc('second', now() AT TIME ZONE 'UTC')
       - make_interval(hours => abs(hashint8(p.id))::int % 17000) AS day) d
 WHERE p.id % 5 = 0
"""

# What somebody would write for this database: one company, one currency, Coordinated
# Universal Time, nothing taken back and nobody put away.
STAY = """
stay AS (
    SELECT t.profile_id, t.to_stage_id, s.kind, t.date,
           LEAD(t.to_stage_id) OVER moves AS next_id, LEAD(t.date) OVER moves AS stop
      FROM retention_journey_transition t
      JOIN retention_journey_stage s ON s.id = t.to_stage_id
     WHERE t.profile_id IS NOT NULL
    WINDOW moves AS (PARTITION BY t.profile_id ORDER BY t.date, t.id))
"""
ACTIVE = "('onboarding', 'active', 'ambassador', 'at_risk', 'recovered')"
BARE = {
    "figures": (
        f"""
        SELECT COUNT(*), COUNT(*) FILTER (WHERE EXISTS (
                   SELECT FROM retention_referral r
                    WHERE r.profile_id = p.id AND r.state <> 'rejected'))
          FROM retention_profile p JOIN retention_journey_stage s
            ON s.id = p.journey_stage_id
         WHERE p.active AND s.kind IN {ACTIVE}
        """,
        f"""
        WITH {STAY}, given AS (
            SELECT profile_id, MIN(date) AS date FROM retention_referral
             WHERE state <> 'rejected' GROUP BY profile_id)
        SELECT COUNT(*), COUNT(*) FILTER (WHERE given.date < %(before_stop)s)
          FROM stay LEFT JOIN given ON given.profile_id = stay.profile_id
         WHERE kind IN {ACTIVE} AND stay.date < %(before_stop)s
           AND (stop IS NULL OR stop >= %(before_stop)s)
        """,
        f"""
        WITH {STAY}
        SELECT m.start, COUNT(DISTINCT stay.profile_id),
               COUNT(DISTINCT lost.profile_id)
          FROM stay
          JOIN (VALUES (%(start)s::timestamp, %(stop)s::timestamp),
                       (%(before_start)s, %(before_stop)s)) m(start, stop)
            ON stay.date <= m.start AND (stay.stop IS NULL OR stay.stop >= m.start)
          LEFT JOIN stay lost ON lost.profile_id = stay.profile_id
           AND lost.kind = 'lost' AND lost.date >= m.start AND lost.date < m.stop
         WHERE stay.kind IN {ACTIVE} GROUP BY 1
        """,
        """
        SELECT COUNT(*), COUNT(*) FILTER (WHERE next_contact_date >= CURRENT_DATE)
          FROM retention_profile WHERE active AND next_contact_date IS NOT NULL
        """,
        """
        SELECT COUNT(*), COUNT(*) FILTER (
               WHERE COALESCE(t.date, p.start_date)::date + p.agreed_days
                     >= %(before_stop)s::date - 1)
          FROM retention_profile p
          LEFT JOIN (SELECT profile_id, MAX(date) AS date FROM retention_touchpoint
                      WHERE NOT automated AND date < %(before_stop)s
                      GROUP BY profile_id) t ON t.profile_id = p.id
         WHERE p.active AND p.next_contact_date IS NOT NULL
           AND p.start_date < %(before_stop)s
        """,
        """
        SELECT date >= %(start)s, COUNT(*), COUNT(answered_date),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY response_hours)
          FROM retention_touchpoint
         WHERE needs_answer AND (date >= %(start)s AND date < %(stop)s
               OR date >= %(before_start)s AND date < %(before_stop)s)
         GROUP BY 1
        """,
        """
        SELECT offered_date >= %(start)s, COUNT(*), COUNT(contacted_date)
          FROM retention_handover
         WHERE offered_date >= %(start)s AND offered_date < %(stop)s
            OR offered_date >= %(before_start)s AND offered_date < %(before_stop)s
         GROUP BY 1
        """,
        """
        SELECT close_date >= %(start)s, COUNT(*), COUNT(*) FILTER (WHERE result = 'won')
          FROM retention_winback
         WHERE result IS NOT NULL AND is_by_itself IS NOT TRUE
           AND (close_date >= %(start)s AND close_date < %(stop)s
                OR close_date >= %(before_start)s AND close_date < %(before_stop)s)
         GROUP BY 1
        """,
        """
        SELECT COUNT(*), SUM(p.customer_value)
          FROM retention_profile p LEFT JOIN retention_journey_stage s
            ON s.id = p.journey_stage_id
         WHERE p.active AND (s.kind = 'at_risk' OR p.risk_level = 'high')
        """,
    ),
    "stages": (
        """
        SELECT journey_stage_id, COUNT(*), SUM(open_alert_count)
          FROM retention_profile WHERE active GROUP BY 1
        """,
        """
        SELECT stage_id, GREATEST(month, date_trunc('month', %(start)s::timestamp)
                                         - interval '11 months'), SUM(change)
          FROM (SELECT to_stage_id AS stage_id, date_trunc('month', date) AS month,
                       1 AS change
                  FROM retention_journey_transition WHERE profile_id IS NOT NULL
                 UNION ALL
                SELECT from_stage_id, date_trunc('month', date), -1
                  FROM retention_journey_transition
                 WHERE profile_id IS NOT NULL AND from_stage_id IS NOT NULL) step
         GROUP BY 1, 2
        """,
    ),
    "flow": (
        f"""
        WITH {STAY}
        SELECT to_stage_id, next_id, COUNT(*) FROM stay
         WHERE stop >= %(start)s AND stop < %(stop)s GROUP BY 1, 2
        """,
    ),
    "cohorts": (
        """
        WITH bought AS (
            SELECT DISTINCT profile_id, date_trunc('month', date) AS month
              FROM retention_value_event
        ), cohort AS (
            SELECT profile_id, MIN(month) AS month FROM bought GROUP BY 1
        ), size AS (
            SELECT month, COUNT(*) AS count FROM cohort GROUP BY 1)
        SELECT c.month, b.month, COUNT(*)::float / MIN(size.count)
          FROM cohort c
          JOIN bought b ON b.profile_id = c.profile_id
          JOIN size ON size.month = c.month
         WHERE c.month >= date_trunc('month', %(start)s::timestamp)
                          - interval '12 months'
           AND b.month < date_trunc('month', %(start)s::timestamp)
         GROUP BY 1, 2
        """,
    ),
    "losses": (
        """
        SELECT reason_id, COUNT(*), SUM(value) FROM retention_winback
         WHERE result = 'lost' AND close_date >= %(start)s AND close_date < %(stop)s
         GROUP BY 1 ORDER BY 3 DESC
        """,
    ),
    "today": (
        """
        SELECT a.*, p.* FROM retention_alert a
          LEFT JOIN retention_profile p ON p.id = a.profile_id
         WHERE a.state = 'open' AND a.user_id = %(user)s
         ORDER BY a.priority_score DESC, a.date, a.id LIMIT 10
        """,
        """
        SELECT COUNT(*) FROM retention_alert
         WHERE state = 'open' AND user_id = %(user)s
        """,
    ),
    "danger": (
        """
        SELECT p.*, c.* FROM retention_profile p
          LEFT JOIN retention_journey_stage s ON s.id = p.journey_stage_id
          JOIN res_partner c ON c.id = p.partner_id
         WHERE p.active AND (s.kind = 'at_risk' OR p.risk_level = 'high')
         ORDER BY p.risk_score DESC, p.customer_value DESC, p.id LIMIT 10
        """,
        """
        SELECT COUNT(*) FROM retention_profile p
          LEFT JOIN retention_journey_stage s ON s.id = p.journey_stage_id
         WHERE p.active AND (s.kind = 'at_risk' OR p.risk_level = 'high')
        """,
    ),
}


def measure(bench):
    """Return the results of all blocks together, which are judged, and of each."""
    database = bench.suite
    suite.ensure_run(database)
    fill(database, bench.size.customers)
    suite.rest(database)
    # what Odoo does for each request does not grow with the customers
    allowed = ALLOWED if bench.size.is_large else None
    totals, parts = [0, 0], []
    for name in BLOCKS:
        sides = (partial(_block, database, name), partial(_bare, database, name))
        for side in sides:
            side()  # once to fill the caches
        times = alternate(*sides, REPEAT)
        totals = [total + time for total, time in zip(totals, times, strict=True)]
        parts.append(ratio(f"Overview: {name}", *times))
    return [ratio("Overview, all blocks", *totals, allowed), *parts]


def fill(database, customers):
    """Have customers move, buy, recommend and leave, unless they did before."""
    value.fill(database)
    suite.run(database, ["values"])
    referrals.fill(database, customers * referrals.REFERRALS)
    if database.query("SELECT FROM retention_winback WHERE kind = 'save' LIMIT 1"):
        return
    with database.env() as env:
        env.cr.execute("DELETE FROM retention_journey_transition")
        count = env["retention.journey.stage"].search_count([])
        env.cr.execute(MOVES, {"stages": count})
        env.cr.execute(PLACE)
        env.cr.execute(CASES)


def _manager(env):
    return env.ref("base.user_admin")


def _block(database, name):
    with database.env() as env:
        overview = env["retention.overview"].with_user(_manager(env))
        return stopwatch(overview.get_block, name, {})


def _bare(database, name):
    with database.env() as env:
        manager = _manager(env)
        scope = env["retention.overview"].with_user(manager)._scope({})
        values = {
            "start": scope.now.start,
            "stop": scope.now.stop,
            "before_start": scope.before.start,
            "before_stop": scope.before.stop,
            "user": manager.id,
        }
        statements = [SQL(text, **values) for text in BARE[name]]
        return stopwatch(lambda: [env.execute_query(each) for each in statements])
