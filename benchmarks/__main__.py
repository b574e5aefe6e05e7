"""The benchmarks: see README.rst for what they measure.

Odoo must be importable and configured (ODOO_RC); `make bench` sees to it.
"""

import argparse
import logging
import re
import sys
from dataclasses import dataclass
from functools import cached_property

import odoo.init  # noqa: F401 (completes the package that the others import)
from odoo.tools import config

from . import databases
from .phases import (
    answers,
    capture,
    incremental,
    journey,
    memory,
    opening,
    overview,
    page,
    posting,
    referrals,
    refresh,
    risk,
    value,
    winback,
    workbook,
)
from .report import say, table, write_readme


@dataclass(frozen=True)
class Size:
    """How much there is."""

    customers: int
    messages: int

    @property
    def is_large(self):
        """Whether the rows take the time, and not what a run costs anyhow."""
        return self.customers >= 50_000


# Each with the smaller one that it is compared with, for what must not depend
# on the size.
SIZES = {
    "full": (Size(100_000, 2_000_000), Size(1_000, 20_000)),
    "small": (Size(1_000, 20_000), Size(100, 2_000)),
}
# In this order: the first ones leave what the next ones need.
PHASES = {
    "capture": capture.measure,
    "memory": memory.measure,
    "refresh": refresh.measure,
    "journey": journey.measure,
    "answers": answers.measure,
    "incremental": incremental.measure,
    "posting": posting.measure,
    "opening": opening.measure,
    "referrals": referrals.measure,
    "page": page.measure,
    "value": value.measure,
    "risk": risk.measure,
    "winback": winback.measure,
    "overview": overview.measure,
    "workbook": workbook.measure,
}

# What is done in a process of its own.
TASKS = {"first_run": memory.first_run, "workbook": workbook.whole}


class Bench:
    """The databases of one benchmark, made when a phase asks for them."""

    def __init__(self, base, size, beside_size, repeat):
        self.base = base
        self.size = size
        self.beside_size = beside_size
        self.repeat = repeat
        self.full_refresh = None

    @cached_property
    def plain(self):
        return databases.without_suite(self.base, self.size)

    @cached_property
    def suite(self):
        return databases.with_suite(self.base, self.size)

    @cached_property
    def beside(self):
        return databases.with_suite(self.base, self.beside_size)


def main():
    options = _options()
    config.parse_config(
        ["--log-level=warn", "--max-cron-threads=0"], setup_logging=True
    )
    # Odoo tells every module it loads while one is installed
    logging.getLogger("odoo.modules").setLevel(logging.WARNING)
    if options.alone:
        TASKS[options.alone](databases.Database(options.database))
        return 0
    size, beside = SIZES[options.size]
    if options.customers:
        size = Size(options.customers, options.messages or 20 * options.customers)
    bench = Bench(databases.Database(options.database), size, beside, options.repeat)
    try:
        results = _measure(bench, options.only)
        if options.readme:
            [[server]] = bench.base.query("SHOW server_version_num")
            write_readme(results, size, int(server) // 10000)
    finally:
        if not options.keep:
            databases.drop_all(f"{options.database}_")
    sys.stdout.write(f"\n{table(results)}\n")
    return int(any(result.is_broken for result in results))


def _measure(bench, only):
    results = []
    for name, measure in PHASES.items():
        if not only or name in only:
            say(f"measuring: {name}")
            found = measure(bench)
            results += found
            say(f"so far:\n{table(found)}")
    return results


def _phases(text):
    names = re.findall(r"\w+", text)
    if unknown := set(names) - set(PHASES):
        raise argparse.ArgumentTypeError(f"no such phase: {', '.join(unknown)}")
    return names


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="Odoo without the suite, to be copied")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--customers", type=int, help="instead of the size's")
    parser.add_argument("--messages", type=int, help="20 for each customer, else")
    parser.add_argument("--repeat", type=int, default=3, help="of each measurement")
    parser.add_argument(
        "--only",
        type=_phases,
        help=f"some phases: {', '.join(PHASES)}",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the databases; what was filled today is used again",
    )
    parser.add_argument("--readme", action="store_true", help="keep the table there")
    parser.add_argument("--alone", choices=TASKS, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
