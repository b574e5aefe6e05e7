"""`make test-odoo`: Odoo's own tests with the suite in the registry."""

import os

from . import browser, database
from .errors import say
from .odoo import Runtime, wait
from .paths import ROOT
from .test import odoo_options

MODULES = ["crm", "contacts", "test_mail", "retention_suite"]
TESTED = ["crm", "test_mail"]


def add_options(parser):
    """The options of `scripts/dev test-odoo`."""
    parser.add_argument("-k", dest="expression", help="only tests whose names match")
    parser.add_argument(
        "--addon", action="append", help=f"instead of {' and '.join(TESTED)}"
    )


def main(options):
    """Run them in a database of their own; the exit status is pytest's."""
    runtime = Runtime.get()
    browser.ensure()
    tests = [runtime.odoo.addon(name) / "tests" for name in options.addon or TESTED]
    arguments = [
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        ROOT / "pytest.ini",
        *tests,
    ]
    if options.expression:
        arguments += ["-k", options.expression]
    with runtime.cluster.use() as lock:
        database.sweep(runtime, "retention_odoo", lock)
        with database.temporary(runtime, f"retention_odoo_{os.getpid()}", lock) as db:
            say(f"installing {', '.join(MODULES)} in {db.name}")
            db.install(MODULES)
            command = [*arguments, *odoo_options(runtime, db)]
            return wait(runtime.python(command, lock, cwd=ROOT))
