"""`make bench`: the suite's benchmarks, in a database of their own.

`benchmarks/bench.py` is run with Odoo importable and configured (ODOO_RC), and
with `--database NAME --size SIZE` and whatever else was given. The database has
the suite installed and no demo data; it is kept until the next benchmark.
"""

from . import base, locks
from .database import Database
from .errors import ToolError
from .odoo import Runtime, wait
from .paths import ROOT

SCRIPT = ROOT / "benchmarks/bench.py"
NAME = "retention_bench"


def add_options(parser):
    """The options of `scripts/dev bench`."""
    parser.add_argument(
        "--size", default="small", help="handed on to benchmarks/bench.py"
    )
    parser.add_argument(
        "more", nargs="*", help="more for benchmarks/bench.py, after --"
    )


def main(options):
    """Run the benchmarks; the exit status is theirs."""
    if not SCRIPT.exists():
        raise ToolError("there is no benchmarks/bench.py", "Update your checkout.")
    runtime = Runtime.get()
    with (
        runtime.cluster.use() as lock,
        locks.exclusive(runtime.cluster.state / "bench.lock"),
    ):
        base.copy_with_suite(runtime, Database(runtime, NAME, lock), lock)
        arguments = [SCRIPT, "--database", NAME, "--size", options.size, *options.more]
        return wait(runtime.python(arguments, lock, cwd=ROOT))
