"""Measuring two ways of doing the same side by side."""

import gc
import time
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
