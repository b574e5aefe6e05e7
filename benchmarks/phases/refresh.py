"""Full refresh of all profiles against one aggregate plus one update."""

from odoo import fields

from ..report import ratio
from ..timing import alternate_alike
from . import suite

ALLOWED = 3

# One company without a time zone of its own, all policies without channels and
# counting both directions: what somebody would write for this database.
AGGREGATE = """
CREATE TEMP TABLE measure ON COMMIT DROP AS
SELECT t.profile_id,
       MIN(t.date) AS first_contact_date,
       MAX(t.date) FILTER (WHERE t.direction = 'in') AS last_inbound_date,
       MAX(t.date) FILTER (WHERE t.direction = 'out') AS last_outbound_date,
       MAX(t.date) AS last_contact_date,
       MAX(t.date) FILTER (WHERE t.direction = 'out' AND t.user_id = p.user_id)
           AS last_own_contact_date,
       MAX(t.date) FILTER (WHERE t.purpose NOT IN ('payment', 'service'))
           AS last_other_purpose_date,
       MAX(t.date) FILTER (WHERE t.purpose IN ('payment', 'service'))
           AS last_routine_date,
       COUNT(*) FILTER (WHERE t.direction = 'in' AND recent) AS inbound_count,
       COUNT(*) FILTER (WHERE t.direction = 'out' AND recent) AS outbound_count,
       COUNT(*) FILTER (WHERE t.purpose = 'relationship' AND recent)
           AS relationship_count,
       COUNT(*) FILTER (WHERE t.purpose = 'sales' AND recent) AS sales_count,
       COUNT(*) FILTER (WHERE t.purpose = 'service' AND recent) AS service_count,
       COUNT(*) FILTER (WHERE t.purpose = 'payment' AND recent) AS payment_count,
       COUNT(*) FILTER (WHERE t.purpose = 'marketing' AND recent) AS marketing_count,
       COUNT(*) FILTER (WHERE t.purpose = 'survey' AND recent) AS survey_count,
       MIN(t.date) FILTER (WHERE recent) AS oldest_recent,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median_gap,
       COUNT(gap) AS gap_count
  FROM (SELECT t.*, t.date >= CURRENT_DATE - 90 AS recent,
               NULLIF(t.date::date - LAG(t.date::date) OVER (
                      PARTITION BY t.profile_id ORDER BY t.date), 0) AS gap
          FROM retention_touchpoint t) t
  JOIN retention_profile p ON p.id = t.profile_id
 GROUP BY t.profile_id
"""

UPDATE = """
UPDATE retention_profile p
   SET first_contact_date = m.first_contact_date,
       last_inbound_date = m.last_inbound_date,
       last_outbound_date = m.last_outbound_date,
       last_contact_date = m.last_contact_date,
       last_counted_date = m.last_contact_date,
       last_own_contact_date = m.last_own_contact_date,
       last_other_purpose_date = m.last_other_purpose_date,
       last_routine_date = m.last_routine_date,
       inbound_count = COALESCE(m.inbound_count, 0),
       outbound_count = COALESCE(m.outbound_count, 0),
       relationship_count = COALESCE(m.relationship_count, 0),
       sales_count = COALESCE(m.sales_count, 0),
       service_count = COALESCE(m.service_count, 0),
       payment_count = COALESCE(m.payment_count, 0),
       marketing_count = COALESCE(m.marketing_count, 0),
       survey_count = COALESCE(m.survey_count, 0),
       rhythm_days = m.rhythm_days,
       agreed_days = m.agreed_days,
       next_contact_date
           = COALESCE(m.last_contact_date, p.start_date)::date + m.agreed_days,
       own_contact_due_date = CASE WHEN p.user_id IS NOT NULL THEN
           COALESCE(m.last_own_contact_date, p.start_date)::date + m.agreed_days END,
       silent_date = m.last_contact_date::date + CASE WHEN m.rhythm_days > 0
           THEN LEAST(120, GREATEST(14, CEIL(m.rhythm_days * 2)::int)) ELSE 90 END,
       refresh_date = m.oldest_recent::date + 91
  FROM (SELECT m.*, q.id, r.rhythm_days,
               CASE WHEN pol.use_rhythm AND r.rhythm_days IS NOT NULL
                    THEN LEAST(pol.max_gap_days, GREATEST(pol.min_gap_days,
                               CEIL(r.rhythm_days * pol.rhythm_factor)::int))
                    ELSE pol.max_gap_days END AS agreed_days
          FROM retention_profile q
          JOIN retention_contact_policy pol ON pol.id = q.contact_policy_id
          LEFT JOIN measure m ON m.profile_id = q.id
         CROSS JOIN LATERAL (SELECT CASE WHEN m.gap_count >= 3
                                    THEN m.median_gap END AS rhythm_days) r) m
 WHERE p.id = m.id
"""


def measure(bench):
    """Return the result, and note how long the suite's side took."""
    database = bench.suite
    suite.ensure_run(database)
    found, bare = alternate_alike(
        "refresh", database, (derive, aggregate), forget, _content, bench.repeat
    )
    bench.full_refresh = found
    return [ratio("Full refresh of all profiles", found, bare, ALLOWED)]


def derive(database):
    """The suite's side: all that are due, as a run does, in batches that commit.
    Matching messages with their answers is measured by itself."""
    from odoo.addons.retention_suite.models.retention_run_step import MEASURE_BATCH

    while True:
        with database.env() as env:
            env["retention.run"]._plan_for_batches()
            profiles = env["retention.profile"].with_context(active_test=False)
            due = [("refresh_date", "<=", fields.Date.today())]
            ids = profiles.search(due, order="id", limit=MEASURE_BATCH).ids
            if ids:
                profiles._refresh(ids)
            if len(ids) < MEASURE_BATCH:
                return


def aggregate(database):
    """The bare side."""
    with database.env() as env:
        env.cr.execute(AGGREGATE)
        env.cr.execute(UPDATE)


def _measures():
    from odoo.addons.retention_suite.models import retention_profile_measure

    return retention_profile_measure.MEASURES


def _content(database):
    columns = ", ".join(_measures())
    return database.query(f"SELECT id, {columns} FROM retention_profile ORDER BY id")


def forget(database):
    """No profile has a measure, all are due."""
    empty = ", ".join(f"{name} = NULL" for name in _measures())
    with database.env() as env:
        env.cr.execute(f"UPDATE retention_profile SET {empty}")
        env.cr.execute("UPDATE retention_profile SET refresh_date = CURRENT_DATE")
    database.vacuum("retention_profile")
