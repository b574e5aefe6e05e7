"""`make test`: pytest over the addons' tests and the tools' own."""

import os
import sys

from . import base, browser, database
from .errors import ToolError
from .odoo import Runtime, wait
from .paths import ROOT, glue_addons, main_addons, state_dir

TOOLS = ROOT / "tests"
MINIMUM_COVERAGE = 95
KEPT = "retention_kept"


def add_options(parser):
    """The options of `scripts/dev test`."""
    parser.add_argument(
        "targets", nargs="*", help="files, folders or path::Class::test"
    )
    parser.add_argument("-k", dest="expression", help="only tests whose names match")
    parser.add_argument(
        "--keep", action="store_true", help="keep the database afterwards"
    )


def main(options):
    """Run the tests; the exit status is pytest's."""
    runtime = Runtime.get()
    targets = [_existing(target) for target in options.targets] or _everything()
    arguments = ["-m", "pytest", "--rootdir", ROOT, *targets]
    if options.expression:
        arguments += ["-k", options.expression]
    elif not options.targets:
        arguments += _coverage()
    if all(_is_tool(target) for target in targets):
        return _pytest(runtime, [*arguments, "-p", "no:odoo"])
    browser.ensure()
    with runtime.cluster.use() as lock:
        database.sweep(runtime, "retention_test", lock)
        name = KEPT if options.keep else f"retention_test_{os.getpid()}"
        with database.temporary(runtime, name, lock, options.keep) as db:
            base.copy_with_suite(runtime, db, lock, _glue(targets))
            return _pytest(runtime, [*arguments, *odoo_options(runtime, db)], lock)


def odoo_options(runtime, db):
    """What pytest-odoo needs to run tests in a database."""
    return [
        f"--odoo-config={runtime.write_config()}",
        f"--odoo-database={db.name}",
        "--odoo-http",
        f"--odoo-extra=db-filter=^{db.name}$",
    ]


def _existing(target):
    """A target below the checkout, wherever we were called."""
    path, colons, test = target.partition("::")
    found = (ROOT / path).resolve()
    if not found.exists():
        raise ToolError(f"there is no {path}", "Name a file or folder with tests.")
    return f"{found}{colons}{test}"


def _glue(targets):
    """The addons that are tested with another app beside the suite."""
    return [
        addon
        for addon in glue_addons()
        if any(target.startswith(f"{addon}/") for target in targets)
    ]


def _is_tool(target):
    return target.startswith(str(TOOLS))


def _everything():
    """All that is tested without other apps; the tools' own tests see to the rest."""
    folders = [addon / "tests" for addon in main_addons()]
    return [str(folder) for folder in (*folders, TOOLS) if folder.is_dir()]


def _coverage():
    """Measured from before Odoo loads the addons: class bodies count."""
    sources = [f"--cov={addon.name}" for addon in main_addons()]
    return [
        *sources,
        "--cov-branch",
        f"--cov-config={ROOT / '.coveragerc'}",
        "--cov-report=term-missing:skip-covered",
        f"--cov-fail-under={MINIMUM_COVERAGE}",
    ]


def _pytest(runtime, arguments, lock=None):
    env = runtime.env(COVERAGE_FILE=state_dir() / f"coverage.{os.getpid()}")
    if not sys.stdout.isatty():
        env["NO_COLOR"] = "1"
    try:
        return wait(runtime.python(arguments, lock, cwd=ROOT, env=env))
    finally:
        (state_dir() / f"coverage.{os.getpid()}").unlink(missing_ok=True)
