"""The risk of all customers against one statement, and a check of it as of a past day
against the risk of today."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields

from ..report import ratio
from ..timing import alternate_alike, stopwatch
from . import suite, value

ALLOWED = 3
ALLOWED_BACKTEST = 2
# The check is as of so many days ago.
AGO_DAYS = 200
CODES = ("gap", "purchase", "falling", "answer", "routine")
COLUMNS = ("risk_score", "risk_trend", *(f"risk_{code}_points" for code in CODES))

# Some customers said that they leave, a month after the day of the check.
LEAVE = """
INSERT INTO retention_journey_transition (
       profile_id, company_id, to_stage_id, date, stage_date, cause,
       create_date, write_date)
SELECT p.id, p.company_id, s.id, day, day, 'person', day, day
  FROM retention_profile p
 CROSS JOIN (SELECT MIN(id) AS id FROM retention_journey_stage
              WHERE kind = 'lost') s
 CROSS JOIN (SELECT %s::timestamp AS day) d
 WHERE p.id %% 20 = 3
"""

# One company, nobody handed over: what somebody would write for this database.
SCORES = """
CREATE TEMP TABLE score_{name} ON COMMIT DROP AS
WITH moment AS (SELECT {moment} AS m), contact AS (
    SELECT t.profile_id, MAX(t.date) FILTER (WHERE NOT t.automated) AS last_date,
           CASE WHEN COUNT(t.gap) >= 3 THEN
                percentile_cont(0.5) WITHIN GROUP (ORDER BY t.gap) END AS rhythm,
           COUNT(*) FILTER (WHERE NOT t.automated AND t.age <= 90) AS recent,
           GREATEST(
               COUNT(*) FILTER (WHERE NOT t.automated AND t.before <= 90),
               COUNT(*) FILTER (WHERE NOT t.automated AND t.before > 90
                                  AND t.before <= 180)) AS before,
           MAX(t.date) FILTER (WHERE t.is_routine) AS routine_date,
           MAX(t.date) FILTER (WHERE NOT t.is_routine AND NOT t.automated)
               AS other_date,
           COUNT(DISTINCT t.res_model || ',' || t.res_id) FILTER (
               WHERE t.waits AND t.age >= 3 AND t.before < 180) AS waiting
      FROM (SELECT t.*, m::date - t.date::date AS age,
                   (FIRST_VALUE(t.date) OVER sort)::date - t.date::date AS before,
                   t.purpose IN ('payment', 'service') AS is_routine,
                   t.needs_answer AND (t.answered_date IS NULL OR t.answered_date > m)
                       AS waits,
                   CASE WHEN NOT t.automated THEN NULLIF(
                        t.date::date - LEAD(t.date::date) OVER sort, 0) END AS gap
              FROM retention_touchpoint t, moment WHERE t.date <= m
            WINDOW sort AS (PARTITION BY t.profile_id, t.automated
                            ORDER BY t.date DESC)) t
     GROUP BY t.profile_id
), purchase AS (
    SELECT e.profile_id, MAX(e.date) AS last_date,
           CASE WHEN COUNT(e.gap) >= 2 THEN
                percentile_cont(0.5) WITHIN GROUP (ORDER BY e.gap) END AS rhythm
      FROM (SELECT v.*, NULLIF(v.date::date - LAG(v.date::date) OVER (
                   PARTITION BY v.profile_id ORDER BY v.date), 0) AS gap
              FROM retention_value_event v, moment WHERE v.date <= m) e
     GROUP BY e.profile_id
), strength AS (
    SELECT p.id, p.start_date, c.last_date,
           LEAST(1, GREATEST(0, ((m::date - COALESCE(c.last_date, p.start_date)::date)
               / GREATEST(14, CASE WHEN c.rhythm IS NOT NULL THEN LEAST(c.rhythm, 180)
                              ELSE COALESCE(NULLIF(p.agreed_days, 0), 90) END)::numeric
               - 1) / 2)) AS gap,
           LEAST(1, GREATEST(0, ((m::date - b.last_date::date)
               / CASE WHEN b.rhythm IS NOT NULL THEN GREATEST(14, b.rhythm)
                 END::numeric - 1) / 2)) AS purchase,
           CASE WHEN c.before >= 3
                THEN GREATEST(0, 1 - c.recent::numeric / c.before) END AS falling,
           LEAST(1, COALESCE(c.waiting, 0)::numeric / 2) AS answer,
           (c.routine_date > COALESCE(c.other_date, '-infinity')
            AND COALESCE(m::date - c.other_date::date >= 180, TRUE))::int AS routine
      FROM retention_profile p
     CROSS JOIN moment
      LEFT JOIN contact c ON c.profile_id = p.id
      LEFT JOIN purchase b ON b.profile_id = p.id
), exact AS (
    SELECT id, start_date, last_date,
           100.0 * COALESCE(x.gap, 0) * w.gap / w.total AS gap,
           100.0 * COALESCE(x.purchase, 0) * w.purchase / w.total AS purchase,
           100.0 * COALESCE(x.falling, 0) * w.falling / w.total AS falling,
           100.0 * COALESCE(x.answer, 0) * w.answer / w.total AS answer,
           100.0 * COALESCE(x.routine, 0) * w.routine / w.total AS routine
      FROM strength x, (
           SELECT SUM(weight) AS total,
                  SUM(weight) FILTER (WHERE code = 'gap') AS gap,
                  SUM(weight) FILTER (WHERE code = 'purchase') AS purchase,
                  SUM(weight) FILTER (WHERE code = 'falling') AS falling,
                  SUM(weight) FILTER (WHERE code = 'answer') AS answer,
                  SUM(weight) FILTER (WHERE code = 'routine') AS routine
             FROM retention_risk_factor WHERE active AND weight > 0) w
)
SELECT id, start_date, last_date, ROUND(gap) AS gap,
       ROUND(gap + purchase) - ROUND(gap) AS purchase,
       ROUND(gap + purchase + falling) - ROUND(gap + purchase) AS falling,
       ROUND(gap + purchase + falling + answer) - ROUND(gap + purchase + falling)
           AS answer,
       ROUND(gap + purchase + falling + answer + routine)
           - ROUND(gap + purchase + falling + answer) AS routine,
       ROUND(gap + purchase + falling + answer + routine) AS score
  FROM exact
"""
UPDATE = """
UPDATE retention_profile p
   SET risk_score = CASE WHEN r.rated THEN n.score ELSE 0 END,
       risk_trend = CASE WHEN r.rated AND (n.start_date <= {then}
                                           OR o.last_date IS NOT NULL)
                         THEN n.score - o.score ELSE 0 END,
       {points}
  FROM score_now n
  JOIN score_then o ON o.id = n.id
  JOIN retention_profile q ON q.id = n.id
  LEFT JOIN retention_journey_stage s ON s.id = q.journey_stage_id
 CROSS JOIN LATERAL (SELECT q.active AND COALESCE(
       s.kind NOT IN ('prospect', 'dormant', 'lost'), TRUE) AS rated) r
 WHERE p.id = n.id
""".format(
    then="{then}",
    points=", ".join(
        f"risk_{code}_points = CASE WHEN r.rated THEN n.{code} ELSE 0 END"
        for code in CODES
    ),
)


def measure(bench):
    """Return the results of the risk of all customers, and of its check.

    All of it at one moment: who is silent depends on it.
    """
    database = bench.suite
    suite.ensure_run(database)
    value.fill(database)
    value.forget(database)
    suite.run(database, ["values"])
    database.execute(LEAVE, date.today() - timedelta(days=AGO_DAYS - 30))
    suite.rest(database)
    moment = fields.Datetime.now()
    with patch.object(fields.Datetime, "now", lambda: moment):
        found, bare = alternate_alike(
            "risk", database, (_risks, _bare), _forget, _content, bench.repeat
        )
    check = stopwatch(_check, database)
    return [
        ratio("Risk of all customers, with its trend", found, bare, ALLOWED),
        ratio("Risk check as of a past day", check, found, ALLOWED_BACKTEST),
    ]


def _risks(database):
    suite.run(database, ["risk"])


def _bare(database):
    now = f"'{fields.Datetime.now()}'::timestamp"
    then = f"{now} - interval '30 days'"
    with database.env() as env:
        env.cr.execute(SCORES.format(name="now", moment=now))
        env.cr.execute(SCORES.format(name="then", moment=then))
        env.cr.execute(UPDATE.format(then=then))


def _check(database):
    with database.env() as env:
        check = env["retention.risk.backtest"].create(
            {"as_of_date": date.today() - timedelta(days=AGO_DAYS)}
        )
        check.action_compute()
        if check.state != "done" or not check.customer_count:
            raise AssertionError(
                f"no figures: {check.left_count} of {check.customer_count} left"
            )


def _forget(database):
    """No risk is known, and no alert of one."""
    empty = ", ".join(f"{name} = NULL" for name in COLUMNS)
    with database.env() as env:
        env.cr.execute(
            f"UPDATE retention_profile SET {empty}, risk_level = NULL,"
            " risk_high_date = NULL"
        )
        env["retention.alert"].search([("kind", "=", "risk")]).unlink()
        env["retention.profile"]._risk_again()
    database.vacuum("retention_profile")


def _content(database):
    columns = ", ".join(COLUMNS)
    return database.query(f"SELECT id, {columns} FROM retention_profile ORDER BY id")
