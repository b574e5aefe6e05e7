"""What comes out: one line for each number, and whether all limits hold."""

import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

README = Path(__file__).with_name("README.rst")
BEGIN, END = ".. table begins\n", ".. table ends\n"
HEADINGS = ("What", "Suite", "Bare", "Ratio", "Allowed", "")


def say(text):
    """Tell what is being done; standard output stays for the results."""
    sys.stderr.write(f"==> {text}\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class Result:
    """One number beside what it is compared with.

    :param what: what was measured
    :param suite: the suite's side, as text with its unit
    :param bare: what it is compared with, as text with its unit
    :param value: what is judged: a ratio, or a number of rows, queries or MB
    :param shown: ``value`` as text
    :param allowed: the highest ``value`` allowed; None for a number that is
        shown only
    :param limit: ``allowed`` as text
    """

    what: str
    suite: str
    bare: str
    value: float
    shown: str
    allowed: float | None = None
    limit: str = ""

    @property
    def is_broken(self):
        return self.allowed is not None and self.value > self.allowed

    def cells(self):
        judged = "" if self.allowed is None else "BROKEN" if self.is_broken else "ok"
        return (self.what, self.suite, self.bare, self.shown, self.limit, judged)


def ratio(what, suite, bare, allowed=None):
    """A time against another time, both in seconds."""
    value = suite / bare
    limit = "" if allowed is None else f"{allowed:g}"
    return Result(
        what, seconds(suite), seconds(bare), value, f"{value:.2f}", allowed, limit
    )


def number(what, suite, bare, value, allowed=None, unit=""):
    """A number with a unit."""
    limit = "" if allowed is None else f"{allowed:g}{unit}"
    return Result(what, suite, bare, value, f"{value:g}{unit}", allowed, limit)


def seconds(value):
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms"


def table(results):
    """A table that is reStructuredText as well."""
    rows = [HEADINGS, *(result.cells() for result in results)]
    widths = [max(2, *map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    body = [line.rstrip() for line in lines]
    return "\n".join([rule, body[0], rule, *body[1:], rule])


def write_readme(results, size, server):
    """Keep the table in README.rst.

    :param size: numbers of ``customers`` and ``messages``
    :param str server: PostgreSQL's version
    """
    before, _begin, rest = README.read_text().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    told = (
        f"{date.today()}, {size.customers:,} customers, {size.messages:,} messages, "
        f"PostgreSQL {server}, {os.cpu_count()} processors:"
    )
    new = f"\n{told}\n\n{table(results)}\n\n"
    README.write_text(f"{before}{BEGIN}{new}{END}{after}")
