"""`make i18n`: the texts of the addons, and the READMEs, brought up to date."""

import os
import shutil
import tempfile
from pathlib import Path

from . import base, database, readme
from .errors import say
from .odoo import Runtime
from .paths import main_addons

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
            for addon in main_addons():
                say(f"writing the texts of {addon.name}")
                for language in LANGUAGES:
                    if status := _export(runtime, db, lock, addon, language):
                        return status
            return 0


def _export(runtime, db, lock, addon, language):
    """Write one file beside the old one, then put it in its place.

    Odoo looks up the translations of texts in Python and JavaScript in the old
    file while it exports, and would find it emptied.
    """
    name = f"{addon.name}.pot" if language == "pot" else f"{language}.po"
    target = addon / "i18n" / name
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / name
        options = ["-d", db.name, "-l", language, "-o", str(written)]
        status = runtime.run(["i18n", "export", *options, "--", addon.name], lock)
        if not status:
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(written, target)
    return status
