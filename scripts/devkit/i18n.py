"""`make i18n`: the texts of the addons, the READMEs and the reference of the manual."""

import os
import shutil
import tempfile
from pathlib import Path

from . import base, database, readme
from .errors import ToolError, say
from .odoo import Runtime
from .paths import ROOT, main_addons

LANGUAGES = ["pot", "de"]
MANUAL = ROOT / "docs"
REFERENCE = ROOT / "scripts/devkit/reference.py"


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
            say("writing the reference of the manual")
            write_reference(db, MANUAL)
            return 0


def write_reference(db, folder):
    """Write the reference in both languages, as the suite in a database says it.

    :param db: ``Database`` with the suite; it gets the German texts of the files
    :param folder: ``Path`` of the manual
    """
    load = ["i18n", "loadlang", "-d", db.name, "-l", "de_DE"]
    if db.runtime.run(load, db.lock):
        raise ToolError("the German texts did not load", "Odoo's messages say why.")
    db.shell(REFERENCE, what="writing the reference", RETENTION_REFERENCE=folder)


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
