"""The rules of the journey over all customers against one update of the same."""

from functools import partial

from ..report import ratio
from ..timing import alternate, stopwatch
from . import suite

ALLOWED = 3

# Everybody somewhere, as if nothing had moved for half a year.
SCATTER = """
UPDATE retention_profile p
   SET journey_stage_id = s.id, journey_keep_date = NULL,
       journey_stage_date = now() AT TIME ZONE 'UTC' - interval '180 days'
  FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY sequence, id) - 1 AS number
          FROM retention_journey_stage) s
 WHERE s.number = p.id %% 8
"""

# The rules that come with the suite, by hand.
BARE = """
WITH stage AS (
    SELECT kind, id FROM retention_journey_stage
), move AS (
    SELECT p.id, p.journey_stage_id AS from_id, p.last_contact_date, p.rhythm_days,
           CASE WHEN s.kind = 'dormant'
                     AND (p.last_inbound_date > p.journey_stage_date
                          OR p.won_date >= p.journey_stage_date) THEN 'recovered'
                WHEN s.kind = 'lost' AND p.won_date >= p.journey_stage_date
                THEN 'recovered'
                WHEN s.kind = 'prospect' AND p.lost_date >= p.journey_stage_date
                THEN 'lost'
                WHEN s.kind = 'prospect' AND p.won_date >= p.journey_stage_date
                THEN 'onboarding'
                WHEN s.kind = 'at_risk' AND p.silent_date >= CURRENT_DATE
                     AND p.last_inbound_date > p.journey_stage_date THEN 'active'
                WHEN s.kind = 'at_risk' AND p.long_silent_date < CURRENT_DATE
                THEN 'dormant'
                WHEN s.kind IN ('onboarding', 'active', 'ambassador', 'recovered')
                     AND p.last_contact_date IS NULL
                     AND p.long_silent_date < CURRENT_DATE
                     AND p.journey_stage_date < CURRENT_DATE - 89 THEN 'dormant'
                WHEN s.kind IN ('onboarding', 'active', 'ambassador', 'recovered')
                     AND p.silent_date < CURRENT_DATE THEN 'at_risk'
                WHEN s.kind IN ('onboarding', 'recovered') AND p.inbound_count >= 2
                     AND p.outbound_count >= 2
                     AND p.journey_stage_date < CURRENT_DATE - 14 THEN 'active'
           END AS to_kind
      FROM (SELECT q.*,
                   COALESCE(GREATEST(q.last_contact_date, q.last_purchase_date),
                            q.won_date, q.start_date)::date
                   + CASE WHEN COALESCE(NULLIF(q.rhythm_days, 0),
                                        q.purchase_rhythm_days) > 0
                          THEN LEAST(365, GREATEST(90, CEIL(6 * COALESCE(
                               NULLIF(q.rhythm_days, 0),
                               q.purchase_rhythm_days))::int))
                          ELSE 365 END AS long_silent_date
              FROM retention_profile q) p
      JOIN stage s ON s.id = p.journey_stage_id
     WHERE p.active
), moved AS (
    UPDATE retention_profile p
       SET journey_stage_id = stage.id,
           journey_stage_date = now() AT TIME ZONE 'UTC'
      FROM move JOIN stage ON stage.kind = move.to_kind
     WHERE p.id = move.id
 RETURNING p.id, p.journey_stage_id, p.company_id, move.from_id,
           move.last_contact_date, move.rhythm_days
)
INSERT INTO retention_journey_transition (
       profile_id, company_id, from_stage_id, to_stage_id, date, stage_date, cause,
       last_contact_date, rhythm_days, create_date, write_date)
SELECT id, company_id, from_id, journey_stage_id, now() AT TIME ZONE 'UTC',
       now() AT TIME ZONE 'UTC', 'rule', last_contact_date, rhythm_days,
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM moved
"""


def measure(bench):
    """Return the result. Both sides must move the same customers."""
    database = bench.suite
    suite.ensure_run(database)
    contents = []

    def timed(function):
        _scatter(database)
        elapsed = stopwatch(function)
        contents.append(
            database.query(
                "SELECT id, journey_stage_id FROM retention_profile ORDER BY id"
            )
        )
        return elapsed

    found, bare = alternate(
        partial(timed, partial(suite.run, database, ["journey"])),
        partial(timed, partial(_by_hand, database)),
        bench.repeat,
    )
    if any(content != contents[0] for content in contents):
        raise AssertionError("both sides moved different customers")
    [[moves]] = database.query("SELECT COUNT(*) FROM retention_journey_transition")
    return [ratio(f"Rules of the journey, {moves:,} moves", found, bare, ALLOWED)]


def _scatter(database):
    with database.env() as env:
        env.cr.execute("TRUNCATE retention_journey_transition")
        env.cr.execute(SCATTER, [])
    database.vacuum("retention_profile")


def _by_hand(database):
    with database.env() as env:
        env.cr.execute(BARE)
