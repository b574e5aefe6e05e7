"""Capture of the whole history against one INSERT … SELECT of the same rows."""

from functools import partial

from ..report import ratio
from ..timing import alternate, stopwatch
from . import suite

ALLOWED = 4
# All steps of a run that look for contacts.
STEPS = ["history", "messages", "notifications", "changed", "settle"]

# What somebody would write who knows what is in this database: no meetings or
# calls, no bounces, no mailings, one company.
BARE = """
INSERT INTO retention_touchpoint (
       profile_id, partner_id, company_id, date, direction, channel, purpose, kind,
       automated, user_id, message_id, res_model, res_id, summary,
       create_date, write_date)
SELECT p.id, m.author_id, p.company_id, m.date, 'in',
       CASE m.message_type WHEN 'email' THEN 'email' ELSE 'portal' END,
       CASE m.model WHEN 'crm.lead' THEN 'sales' ELSE 'relationship' END, 'message',
       FALSE, COALESCE(lead.user_id, document.user_id), m.id, m.model, m.res_id,
       m.subject, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM mail_message m
  JOIN res_partner author ON author.id = m.author_id
  JOIN retention_profile p ON p.partner_id = author.commercial_partner_id
  LEFT JOIN crm_lead lead ON m.model = 'crm.lead' AND lead.id = m.res_id
  LEFT JOIN res_partner document
    ON m.model = 'res.partner' AND document.id = m.res_id
 WHERE author.partner_share AND m.message_type IN ('email', 'comment')
 UNION ALL
(SELECT DISTINCT ON (m.id, p.id)
        p.id, person.id, p.company_id, m.date, 'out', 'email',
        CASE m.model WHEN 'crm.lead' THEN 'sales' ELSE 'relationship' END, 'message',
        FALSE, ours.id, m.id, m.model, m.res_id,
        m.subject, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
   FROM mail_notification n
   JOIN mail_message m ON m.id = n.mail_message_id
   JOIN res_partner person ON person.id = n.res_partner_id
   JOIN retention_profile p ON p.partner_id = person.commercial_partner_id
   JOIN res_users ours ON ours.partner_id = m.author_id
  WHERE person.partner_share AND m.message_type = 'comment'
  ORDER BY m.id, p.id, person.id)
"""

CONTENT = """
SELECT COUNT(*), SUM(hashtextextended(concat_ws('|', profile_id, partner_id,
       company_id, date, direction, channel, purpose, kind, automated, user_id,
       message_id, res_model, res_id, summary), 0))
  FROM retention_touchpoint
"""


def measure(bench):
    """Return the result; afterwards the database is as before the first run."""
    database = bench.suite
    suite.run(database, ["customers"])
    contents = []

    def timed(function):
        forget(database)
        elapsed = stopwatch(function)
        contents.append(database.query(CONTENT)[0])
        return elapsed

    found, bare = alternate(
        partial(timed, partial(suite.run, database, STEPS)),
        partial(timed, partial(insert, database)),
        # minutes each; the bare side comes second, with the warmer caches
        1 if bench.size.is_large else bench.repeat,
    )
    if len(set(contents)) != 1:
        raise AssertionError(f"the contacts are not the same: {set(contents)}")
    _forget_all(database)
    count = contents[0][0]
    return [ratio(f"Capture of {count:,} contacts", found, bare, ALLOWED)]


def insert(database):
    """The bare side."""
    with database.env() as env:
        env.cr.execute(BARE.replace("%", "%%"))


def _forget_all(database):
    with database.env() as env:
        env.cr.execute("TRUNCATE retention_profile, retention_run CASCADE")
        env.cr.execute("DELETE FROM retention_watermark WHERE name <> 'run'")


def forget(database):
    """As before the first run, but with the customers."""
    with database.env() as env:
        # alerts point to contacts; there are none yet
        env.cr.execute("TRUNCATE retention_touchpoint CASCADE")
        env.cr.execute(
            "UPDATE retention_profile SET is_history_captured = NULL"
            " WHERE is_history_captured"
        )
    database.vacuum("retention_profile")
