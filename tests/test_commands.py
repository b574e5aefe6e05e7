"""The commands as a user calls them, on folders of their own."""

import shutil
import socket
import subprocess
import sys
import textwrap

import pytest
from devkit import demo
from devkit.paths import ROOT
from devkit.process import clean_env

from conftest import ODOO_HOME

NOBODY_LISTENS = "http://127.0.0.1:9"


def test_version_names_the_odoo(command):
    status, output, _errors = command("scripts/odoo", "--version")
    assert (status, output) == (0, f"Odoo 19.0 ({ODOO_HOME})\n")


def test_shell_reads_stdin_and_exits_as_told(command, folder):
    script = "import sys, odoo.release\nprint(odoo.release.series)\nsys.exit(7)"
    arguments = ("scripts/odoo", "shell", "--log-level=warn")
    status, output, _errors = command(*arguments, stdin=script, RETENTION_STATE=folder)
    assert (status, output) == (7, "19.0\n")


def test_other_series(refused, tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text("version_info = (18, 0)\n")
    line = refused("scripts/odoo", "--version", ODOO_HOME=tmp_path)
    assert "ODOO_HOME holds Odoo 18.0; the suite needs 19.0" in line


def test_taken_port(refused):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refused("scripts/dev", "run", f"--port={port}")
    assert line == (
        f"error: port {port} is taken. Stop what uses it, or: make run PORT={port + 1}"
    )


def test_no_debian_mirror(refused, folder):
    cache = folder / "cache"
    line = refused(
        "scripts/odoo",
        "--version",
        ODOO_HOME="",
        RETENTION_CACHE=cache,
        RETENTION_MIRROR=f"{NOBODY_LISTENS}/debian",
    )
    assert "no Debian mirror could be reached. Check the network" in line
    # Nothing that a later start would take for an Odoo.
    assert not list(cache.glob("odoo-*[0-9]"))


def test_no_python_registry(refused, folder):
    line = refused(
        "scripts/odoo",
        "--version",
        RETENTION_CACHE=folder / "empty",
        PIP_CONFIG_FILE="/dev/null",
        PIP_INDEX_URL=NOBODY_LISTENS,
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_RETRIES=0,
    )
    assert "no Python package registry could be reached. Check the network" in line


def test_test_that_is_not_there(refused):
    line = refused("scripts/dev", "test", "retention_suite/tests/test_nothing.py")
    assert "there is no retention_suite/tests/test_nothing.py" in line


def test_unknown_lint_step(refused):
    assert "no step spelling" in refused("scripts/dev", "lint", "spelling")


@pytest.mark.parametrize("skip", ["self.skipTest('no browser')", "pass"])
def test_skipped_test_fails(tmp_path, skip):
    """Odoo skips its tours when there is no browser: that must not look well."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    test = f"""
        import unittest

        class TestTour(unittest.TestCase):
            def test_tour(self):
                {skip}
    """
    (tmp_path / "test_tour.py").write_text(textwrap.dedent(test))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:odoo", "-c", "/dev/null", tmp_path],
        capture_output=True,
        text=True,
        env=clean_env(PYTHONPATH=":".join(path for path in sys.path if path)),
        check=False,
    )
    expected = "1 passed" if skip == "pass" else "1 failed"
    assert expected in done.stdout.splitlines()[-1]
    assert done.returncode == (skip != "pass")


def test_changed_addon_is_updated(tmp_path, monkeypatch):
    """Code and views lead to an update of the demo database, tests do not."""
    addon = tmp_path / "retention_some"
    (addon / "tests").mkdir(parents=True)
    (addon / "__manifest__.py").write_text("{}")
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    monkeypatch.setattr(demo, "suite_addons", lambda: [addon])
    first = demo.checksum()
    (addon / "tests/test_some.py").write_text("pass\n")
    assert demo.checksum() == first
    (addon / "views.xml").write_text("<odoo/>\n")
    assert demo.checksum() != first
