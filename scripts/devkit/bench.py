"""`make bench`: the suite's benchmarks, in databases of their own.

`python -m benchmarks` is run with Odoo importable and configured (ODOO_RC), and
with `--database NAME`, which has Odoo's modules and nothing else. The databases
that it makes from it are called NAME_something.
"""

from . import base, locks
from .database import Database
from .odoo import Runtime, wait
from .paths import ROOT, require_space

PACKAGE = "benchmarks"
NAME = "retention_bench"
# What the three copies of a filled database take, in GiB.
SPACE = {"full": 8, "small": 0.5}


def add_options(parser):
    """The options of `scripts/dev bench`."""
    parser.add_argument("--size", choices=SPACE, default="full")
    parser.add_argument("--only", help="some phases, separated by blanks")
    parser.add_argument(
        "more", nargs="*", help="more for the benchmarks, after --, such as --help"
    )


def main(options):
    """Run the benchmarks; the exit status is theirs."""
    runtime = Runtime.get()
    with (
        runtime.cluster.use() as lock,
        locks.exclusive(runtime.cluster.state / "bench.lock"),
    ):
        require_space(runtime.cluster.state, SPACE[options.size], "the benchmark")
        base.copy_base(runtime, Database(runtime, NAME, lock), lock)
        arguments = ["-m", PACKAGE, "--database", NAME, "--size", options.size]
        if options.only:
            arguments += ["--only", options.only]
        return wait(runtime.python([*arguments, *options.more], lock, cwd=ROOT))
