"""Locks between processes; the kernel gives them back when a process dies."""

import fcntl
import os
from contextlib import contextmanager


def open_lock(path):
    """A file descriptor to lock; not inherited by children unless handed over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def exclusive(path):
    """One process at a time."""
    handle = open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def try_exclusive(handle):
    """Whether nobody else holds the lock; when so, we hold it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
