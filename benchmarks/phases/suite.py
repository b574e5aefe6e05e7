"""Running the suite as its scheduled action does."""

from unittest.mock import patch


def ensure_run(database):
    """Have at least one run behind us."""
    if not database.query("SELECT FROM retention_alert LIMIT 1"):
        run(database)


def rest(*databases):
    """Do what PostgreSQL does by itself within a minute or so, and have it not do
    it beside the next measurement. People have other connections than a run."""
    for database in databases:
        database.execute("VACUUM (ANALYZE)")
        database.disconnect()


def run(database, steps=None):
    """Do a run, or some of its steps, in batches with their commits.

    :param database: the ``Database`` with the suite
    :param list steps: names, in their order; None for all
    """
    with database.env() as env:
        model = env["retention.run"]
        names = steps or model._step_names()
        with patch.object(type(model), "_step_names", lambda self: names):
            model._run_all()
