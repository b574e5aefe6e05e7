"""A run after one customer in a hundred had a contact, and after nothing."""

from statistics import median

from ..report import number, ratio
from ..timing import stopwatch
from . import refresh, suite

ALLOWED_SHARE = 0.2

# By SQL, as an import would: no hook sees them.
NEW_CONTACTS = """
INSERT INTO mail_message (
       message_type, subtype_id, model, res_id, author_id, email_from, subject,
       body, date, create_uid, create_date, write_uid, write_date)
SELECT 'email', (SELECT res_id FROM ir_model_data
                  WHERE module = 'mail' AND name = 'mt_comment'),
       'res.partner', partner_id, partner_id, 'info@customer.example', 'News',
       '<p>Hello</p>', now() AT TIME ZONE 'UTC',
       1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
  FROM retention_profile WHERE id %% 100 = %s
"""

# What the measurements before have written anew again and again.
TABLES = ("retention_profile", "retention_touchpoint", "retention_alert")

WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables
"""


def measure(bench):
    """Return both results."""
    if bench.full_refresh is None:
        refresh.measure(bench)
    suite.run(bench.suite)
    # as tight as for the full refresh
    bench.suite.vacuum(*TABLES)
    suite.rest(bench.suite)
    return [*_one_in_a_hundred(bench), _nothing(bench)]


def _one_in_a_hundred(bench):
    database = bench.suite
    suite.run(database)
    times = []
    for turn in range(bench.repeat):
        with database.env() as env:
            env.cr.execute(NEW_CONTACTS, [turn])
            count = env.cr.rowcount
        times.append(stopwatch(suite.run, database))
    return [
        ratio(
            f"Run after {count:,} new contacts, against the full refresh",
            median(times),
            bench.full_refresh,
            # what a run costs anyhow is more than a fifth of next to nothing
            ALLOWED_SHARE if bench.size.is_large else None,
        )
    ]


def _nothing(bench):
    """Count the rows written anywhere in the database."""
    database = bench.suite
    # this one may still have had something to settle
    suite.run(database)
    before = _written(database)
    elapsed = stopwatch(suite.run, database)
    after = _written(database)
    changed = {name: after[name] - before.get(name, 0) for name in after}
    changed = {name: rows for name, rows in changed.items() if rows}
    what = "Rows written by a run after nothing changed"
    if changed:
        what += f" ({', '.join(changed)})"
    return number(what, f"{1000 * elapsed:.0f} ms", "", sum(changed.values()), 0)


def _written(database):
    # a connection hands over its statistics when it ends, at the latest
    database.disconnect()
    return dict(database.query(WRITTEN))
