"""`make i18n`: the texts of the addons, and the READMEs, brought up to date."""

import os

from . import base, database, readme
from .errors import say
from .odoo import Runtime
from .paths import suite_addons

LANGUAGES = ["pot", "de"]


def add_options(_parser):
    """`scripts/dev i18n` has none."""


def main(_options):
    """Write each addon's template and German catalogue, and its README.

    What is translated stays; what is new is empty in the catalogue.
    """
    readme.write()
    runtime = Runtime.get()
    with runtime.cluster.use() as lock:
        name = f"retention_test_{os.getpid()}"
        with database.temporary(runtime, name, lock) as db:
            base.copy_with_suite(runtime, db, lock)
            addons = [addon.name for addon in suite_addons()]
            say(f"writing the texts of {', '.join(addons)}")
            export = ["i18n", "export", "-d", db.name, "-l", *LANGUAGES, "--"]
            return runtime.run([*export, *addons], lock)
