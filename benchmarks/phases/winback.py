"""Proposing to win back ten thousand customers, all in one run, against one insert."""

from functools import partial

from ..report import number, ratio
from ..timing import alternate, stopwatch
from . import suite

ALLOWED = 3
SHARE = 10
# A few statements, however many are proposed.
ALLOWED_QUERIES = 5

ASLEEP = """
UPDATE retention_profile SET journey_stage_id = (
       SELECT id FROM retention_journey_stage WHERE kind = 'dormant' LIMIT 1)
 WHERE id %% %s = 0
"""
BARE = """
INSERT INTO retention_winback (
       profile_id, partner_id, company_id, kind, step, user_id, value, chance,
       priority_value, open_date, is_proposed, offer_cost, notice_days,
       create_uid, write_uid, create_date, write_date)
SELECT p.id, p.partner_id, p.company_id, 'dormancy', 'identified', p.user_id,
       COALESCE(p.winback_value, 0), 20, COALESCE(p.winback_value, 0) / 5,
       now() AT TIME ZONE 'UTC', TRUE, 0, 0, 1, 1, now(), now()
  FROM retention_profile p
  JOIN retention_journey_stage s ON s.id = p.journey_stage_id AND s.kind = 'dormant'
 WHERE p.active AND NOT EXISTS (
       SELECT FROM retention_winback w WHERE w.profile_id = p.id)
 ORDER BY COALESCE(p.winback_value, 0) DESC, p.id
"""


def measure(bench):
    """Return the results of proposing, and the statements that it takes."""
    database = bench.suite
    suite.ensure_run(database)
    with database.env() as env:
        env.cr.execute(ASLEEP, [SHARE])
        env["res.company"].search([]).retention_winback_limit = bench.size.customers
    counts, queries = set(), []

    def timed(function):
        with database.env() as env:
            env.cr.execute("DELETE FROM retention_winback")
        database.vacuum("retention_winback")
        elapsed = stopwatch(function)
        counts.add(
            database.query("SELECT COUNT(*) FROM retention_winback WHERE is_proposed")[
                0
            ][0]
        )
        return elapsed

    found, bare = alternate(
        partial(timed, partial(_propose, database, queries)),
        partial(timed, partial(_bare, database)),
        bench.repeat,
    )
    if len(counts) != 1:
        raise AssertionError(f"other customers are proposed: {counts}")
    [count] = counts
    return [
        ratio(f"Proposing to win back {count:,} customers", found, bare, ALLOWED),
        number(
            "Proposing to win back: queries",
            f"{queries[0]}",
            "1",
            queries[0],
            ALLOWED_QUERIES,
        ),
    ]


def _propose(database, queries):
    with database.env() as env:
        before = env.cr.sql_log_count
        env["retention.winback"]._propose()
        queries.append(env.cr.sql_log_count - before)


def _bare(database):
    with database.env() as env:
        env.cr.execute(BARE)
