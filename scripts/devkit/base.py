"""The database that every test run starts from: Odoo's side of it, made once."""

from . import locks
from .database import Database
from .demo import LANGUAGES
from .errors import say
from .paths import SERIES, main_addons, manifest, short_hash

PREFIX = "retention_base"


def odoo_modules():
    """What the suite's addons need of Odoo, without other apps beside it."""
    own = {addon.name for addon in main_addons()}
    needed = {"crm"}
    for addon in main_addons():
        needed.update(manifest(addon).get("depends", ()))
    return sorted(needed - own)


def copy_base(runtime, database, lock):
    """Fill a database with Odoo's modules and German, without demo data."""
    modules = odoo_modules()
    key = short_hash(
        f"{SERIES} {runtime.odoo.key} {runtime.venv.path} {modules} {LANGUAGES}"
    )
    base = Database(runtime, f"{PREFIX}_{key}", lock)
    # PostgreSQL copies only a database that nobody is connected to.
    with locks.exclusive(runtime.cluster.state / "base.lock"):
        if not base.exists():
            _make(runtime, base, modules)
        database.copy_from(base)


def _make(runtime, base, modules):
    say(f"installing {', '.join(modules)} once, for all test runs")
    query = f"SELECT datname FROM pg_database WHERE datname ~ '^{PREFIX}_'"
    for outdated in runtime.cluster.sql(query).split():
        Database(runtime, outdated, base.lock).drop()
    # Only a complete one gets the name that is looked for.
    draft = Database(runtime, f"{PREFIX}_draft", base.lock)
    draft.drop()
    # Without the checkout: an addon of ours must not install itself here.
    paths = (
        ",".join(str(path) for path in runtime.odoo.addons)
        or runtime.odoo.tree / "odoo/addons"
    )
    draft.install(modules, LANGUAGES, f"--addons-path={paths}")
    draft.rename(base.name)


def copy_with_suite(runtime, database, lock, glue=()):
    """Fill a database with Odoo's modules and the addons of this checkout.

    Of those that join it with other apps only some, with these apps.
    """
    copy_base(runtime, database, lock)
    addons = [addon.name for addon in (*main_addons(), *glue)]
    say(f"installing {', '.join(addons)} in {database.name}")
    database.install(addons)
