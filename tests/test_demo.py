"""The demo data loads: where it does not, Odoo goes on without it and only warns."""

import pytest
from devkit import demo
from devkit.paths import manifest, suite_addons

FAILURES = (
    "SELECT module.name || ': ' || failure.error FROM ir_demo_failure failure"
    " JOIN ir_module_module module ON module.id = failure.module_id"
)
IS_LOADED = f"SELECT demo FROM ir_module_module WHERE name = '{demo.SUITE}'"
OPEN_ALERTS = "SELECT COUNT(*) FROM retention_alert WHERE state = 'open'"


@pytest.fixture
def db(base_copy):
    """A database with Odoo's demo data, which the suite's tells more about."""
    with base_copy("demo") as own:
        # Afterwards, as by a button in Odoo's settings: half the time that
        # installing all of Odoo with it takes.
        assert not own.runtime.run(["module", "force-demo", "-d", own.name], own.lock)
        yield own


def test_demo_data_loads_and_gives_something_to_do(db):
    db.install([demo.SUITE], "--with-demo")
    assert db.cluster.sql(FAILURES, db.name) == ""
    # Not even tried where the demo data of an addon that it needs is missing.
    assert db.cluster.sql(IS_LOADED, db.name) == "t"
    db.shell(demo.FIRST_RUN, what="the first retention run")
    assert int(db.cluster.sql(OPEN_ALERTS, db.name))


@pytest.mark.parametrize("addon", suite_addons(), ids=lambda addon: addon.name)
def test_demo_files_are_those_of_the_manifest(addon):
    files = {f"demo/{path.name}" for path in (addon / "demo").glob("*.xml")}
    assert set(manifest(addon).get("demo", ())) == files
