"""What may go wrong, told in one line."""

import errno
import os
import signal
import sys


class ToolError(Exception):
    """Something the user can put right: what happened, and what to do."""

    def __init__(self, what, remedy):
        super().__init__(f"{what.rstrip('.')}. {remedy}")


DISK_FULL = "No space left on device"
FREE_SPACE = "Free some space, or set RETENTION_CACHE and RETENTION_STATE elsewhere."


def disk_full():
    """The error for a disk that filled up while we were writing."""
    return ToolError("the disk is full", FREE_SPACE)


def say(text):
    """Tell the user what is being done; standard output stays for results."""
    sys.stderr.write(f"==> {text}\n")
    sys.stderr.flush()


def _terminated(signum, _frame):
    # SystemExit unwinds the context managers, so that locks, databases and
    # servers are given back as after a Ctrl-C.
    raise SystemExit(128 + signum)


def guarded(function, argv):
    """Run `function(argv)` and return the exit status, errors told in one line."""
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _terminated)
    try:
        return function(argv) or 0
    except ToolError as error:
        message = str(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader left (`scripts/odoo … | head`): nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        message = str(disk_full())
    sys.stderr.write(f"error: {message}\n")
    return 1
