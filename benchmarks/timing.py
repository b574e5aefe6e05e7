"""Measuring two ways of doing the same side by side."""

import gc
import time
from functools import partial
from statistics import median


def stopwatch(function, *args):
    """Return how many seconds a call takes."""
    gc.collect()
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


def alternate(suite, bare, repeat):
    """Measure two functions in turn, each first as often as the other.

    What slows the machine down for a while meets both.

    :param suite: callable returning the seconds it took
    :param bare: likewise
    :param repeat: how often
    :return: the medians ``(suite, bare)``
    """
    times = {suite: [], bare: []}
    for turn in range(repeat):
        for side in (suite, bare) if turn % 2 == 0 else (bare, suite):
            times[side].append(side())
    return median(times[suite]), median(times[bare])


def alternate_alike(what, database, sides, forget, content, repeat):
    """Measure two functions in turn that have to leave the same rows.

    :param str what: they do
    :param database: that they get
    :param tuple sides: the suite's function and the bare one
    :param forget: called with the database before each
    :param content: called with it after each; returns what has to be the same
    :param repeat: how often
    :return: the medians ``(suite, bare)``
    :raise AssertionError: if they differ
    """
    contents = []

    def timed(function):
        forget(database)
        elapsed = stopwatch(function, database)
        contents.append(content(database))
        return elapsed

    times = alternate(*(partial(timed, side) for side in sides), repeat)
    for number, found in enumerate(contents[1:], 1):
        if difference := set(contents[0]) ^ set(found):
            raise AssertionError(
                f"{what} {number}: {len(difference)} rows differ, for instance "
                f"{sorted(difference, key=repr)[:2]}"
            )
    return times
