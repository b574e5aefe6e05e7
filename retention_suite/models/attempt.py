import logging

from odoo.http import request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


def attempt(env, what, do):
    """Do at once what follows from somebody's work, without keeping that work
    from being committed: what goes wrong is undone and logged, and the next run
    makes up for it.

    :param str what: is left to the run then, for the log
    :param do: what is done, called without arguments
    :return: whether it was done
    """
    # what is wrong with the work itself is no concern of ours
    env.flush_all()
    try:
        with env.cr.savepoint(flush=False):
            do()
            env.flush_all()
    except Exception as error:
        # Odoo repeats a request that met somebody else's change.
        if request and isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            raise
        env.transaction.clear()
        _logger.warning(
            "%s: left to the next run, because of: %s", what, error, exc_info=True
        )
        return False
    return True
