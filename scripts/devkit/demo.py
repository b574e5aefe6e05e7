"""The demo database of `make run`: made, checked, brought up to date."""

import hashlib
import json

from .errors import say
from .paths import ROOT, state_dir, suite_addons

SUITE = "retention_suite"
FIRST_RUN = ROOT / "scripts/devkit/first_run.py"
# The first language is the users' own.
LANGUAGES = "--load-language=en_US,de_DE"
# Neither changes what is in a database.
IGNORED = {"__pycache__", "tests"}


def prepare(database, fresh=False):
    """Have the suite with demo data in the database, as the files say now."""
    marker = state_dir() / f"demo-{database.name}.json"
    wanted = {"odoo": database.runtime.odoo.key, "files": checksum()}
    found = json.loads(marker.read_text()) if marker.exists() else {}
    if (
        fresh
        or found.get("odoo") != wanted["odoo"]
        or not database.is_installed([SUITE])
    ):
        marker.unlink(missing_ok=True)
        make(database)
    elif found["files"] != wanted["files"]:
        # An update that fails must be tried again.
        marker.write_text(json.dumps({**found, "files": "being updated"}))
        _update(database)
    marker.write_text(json.dumps(wanted))


def make(database):
    """Have a new demo database, as after a first run."""
    say(f"installing the suite with demo data in {database.name} (about a minute)")
    database.drop()
    database.install([SUITE], "--with-demo", LANGUAGES)
    say("doing a first retention run")
    database.shell(FIRST_RUN, what="the first retention run")


def _update(database):
    own = {addon.name for addon in suite_addons()}
    names = ",".join(sorted(own & database.modules()))
    say(f"the files have changed: updating {names}")
    database.odoo("-u", names, what=f"updating {names}")


def checksum():
    """Changes when an update of the database is due."""
    digest = hashlib.sha256()
    for addon in suite_addons():
        for path in sorted(addon.rglob("*")):
            if path.is_file() and not IGNORED.intersection(
                path.relative_to(addon).parts
            ):
                digest.update(
                    f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes()
                )
    return digest.hexdigest()
