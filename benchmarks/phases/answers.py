"""Matching the answers of the whole history against one statement that does the
same, and the working hours they took."""

from functools import partial
from statistics import median

from odoo.tools import SQL

from ..report import ratio
from ..timing import alternate, stopwatch
from . import suite

ALLOWED = 3

# What somebody would write who knows that there are messages only, each in a
# document: no calls, no meetings, nothing that needs no answer.
BARE = """
WITH numbered AS (
    SELECT id, profile_id, res_model, res_id, date, message_id, direction, user_id,
           COUNT(*) FILTER (WHERE direction = 'out') OVER (
               PARTITION BY profile_id, res_model, res_id
               ORDER BY date, message_id, id) AS round
      FROM retention_touchpoint
     WHERE NOT automated AND (direction = 'out' OR kind = 'message')
), asked AS (
    SELECT DISTINCT ON (profile_id, res_model, res_id, round) *
      FROM numbered WHERE direction = 'in'
     ORDER BY profile_id, res_model, res_id, round, date, message_id, id
)
UPDATE retention_touchpoint t
   SET needs_answer = TRUE, answered_date = w.date, answer_id = w.answer_id,
       answer_user_id = w.user_id
  FROM (SELECT a.id, r.date, r.id AS answer_id, r.user_id
          FROM asked a
          LEFT JOIN numbered r
            ON r.profile_id = a.profile_id AND r.res_model = a.res_model
           AND r.res_id = a.res_id AND r.direction = 'out'
           AND r.round = a.round + 1) w
 WHERE t.id = w.id
"""

CONTENT = """
SELECT COUNT(*), COUNT(answered_date), SUM(hashtextextended(concat_ws('|', id,
       answered_date, answer_id, answer_user_id), 0))
  FROM retention_touchpoint WHERE needs_answer
"""


def measure(bench):
    """Return both results."""
    database = bench.suite
    suite.ensure_run(database)
    contents, times = [], []

    def timed(function, is_suite):
        forget(database)
        elapsed = stopwatch(function)
        contents.append(database.query(CONTENT)[0])
        if is_suite:
            times.append(stopwatch(suite.run, database, ["answer_times"]))
        return elapsed

    found, bare = alternate(
        partial(timed, partial(find, database), True),
        partial(timed, partial(match, database), False),
        bench.repeat,
    )
    if len(set(contents)) != 1:
        raise AssertionError(f"the answers are not the same: {set(contents)}")
    # as it was, for what is measured next
    suite.run(database, ["answer_times", "measures"])
    count = contents[0][0]
    return [
        ratio(f"Matching {count:,} messages with their answers", found, bare, ALLOWED),
        ratio("Their working hours, against the same", median(times), bare),
    ]


def find(database):
    """The suite's side: the statement that a run uses for customers it measures."""
    with database.env() as env:
        env["retention.touchpoint"]._match_answers(SQL("TRUE"))


def match(database):
    """The bare side."""
    with database.env() as env:
        env.cr.execute(BARE)


def forget(database):
    """No message is known to have waited, all customers are due."""
    with database.env() as env:
        env.cr.execute(
            "UPDATE retention_touchpoint SET needs_answer = NULL,"
            " answered_date = NULL, answer_id = NULL, answer_user_id = NULL,"
            " answer_due_date = NULL, response_hours = NULL, team_id = NULL"
            " WHERE needs_answer"
        )
        env.cr.execute("UPDATE retention_profile SET refresh_date = CURRENT_DATE")
    database.vacuum("retention_touchpoint", "retention_profile")
