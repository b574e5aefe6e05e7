"""`make screenshots`: true pictures of the suite's screens, from the demo."""

import tempfile

from . import browser, demo, ports
from .database import Database
from .errors import say
from .odoo import Runtime
from .paths import ROOT, log_file
from .process import clean_env, run_logged
from .run import Server
from .venv import Venv

NAME = "retention_screenshots"
CAMERA = ROOT / "scripts/devkit/camera.py"
PREPARE = ROOT / "scripts/devkit/screenshots_prepare.py"


def add_options(parser):
    """The options of `scripts/dev screenshots`."""
    parser.add_argument("names", nargs="*", help="only these, such as overview")


def main(options):
    """Take the screenshots of the Apps entry and of the manual anew.

    A page that is empty, or that shows an error, is one.
    """
    chromium = browser.ensure()
    venv = Venv("screenshots").ensure()
    runtime = Runtime.get()
    with runtime.cluster.use() as lock:
        database = Database(runtime, NAME, lock)
        try:
            demo.make(database)
            database.shell(PREPARE, what="preparing the screenshots")
            with Server(database, ports.any_free()).running() as url:
                _shoot(venv, chromium, url, options.names)
        finally:
            database.drop()
    return 0


def _shoot(venv, chromium, url, names):
    say("taking the screenshots")
    with tempfile.TemporaryDirectory() as profile:
        run_logged(
            [venv.python, CAMERA, url, chromium, profile, ROOT, *names],
            log_file("screenshots"),
            "the screenshots failed",
            env=clean_env(),
        )
