"""The memory that the very first run takes, in a process of its own."""

import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from ..report import number
from . import suite

ALLOWED = 300
MIB = 1024


def measure(bench):
    """Return the results for both databases."""
    results = []
    for database, size in (
        (bench.beside, bench.beside_size),
        (bench.suite, bench.size),
    ):
        found = alone("first_run", database)
        what = f"Memory of the first run with {size.customers:,} customers"
        results.append(result(what, found, ALLOWED))
    return results


def result(what, found, allowed):
    """Return the result of something that was done alone.

    :param dict found: what ``alone`` returned
    :param allowed: how many MB more than before
    """
    return number(
        f"{what} ({found['seconds']:.0f} s)",
        f"{found['peak']:.0f} MB",
        f"{found['idle']:.0f} MB",
        round(found["peak"] - found["idle"]),
        allowed,
        " MB",
    )


def alone(task, database):
    """Do something in a process of its own.

    :param str task: one of ``TASKS`` of the package
    :return: dict: ``idle`` and ``peak`` in MB, ``seconds``
    """
    database.disconnect()
    command = [sys.executable, "-m", __package__.partition(".")[0]]
    command += ["--alone", task, "--database", database.name]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(output.stdout)


def first_run(database):
    """Do the first run in this process and print what it took."""
    with database.env() as env:
        env["retention.run"].search([])
    tell_memory(suite.run, database)


def tell_memory(function, *args):
    """Call a function and print what it took."""
    gc.collect()
    idle = _resident("VmRSS")
    # forget the peak so far
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    function(*args)
    found = {
        "idle": idle,
        "peak": _resident("VmHWM"),
        "seconds": time.perf_counter() - start,
    }
    os.write(1, json.dumps(found).encode())


def _resident(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / MIB
    raise LookupError(name)
