"""What the tests of the tools share."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from devkit import base, database
from devkit.cluster import Cluster
from devkit.odoo import Runtime
from devkit.paths import ROOT
from devkit.process import clean_env

import odoo

# The Odoo that runs these tests, whichever it is.
ODOO_HOME = Path(next(iter(odoo.__path__))).parent


@contextmanager
def _base_copy(name):
    runtime = Runtime.get()
    with (
        runtime.cluster.use() as lock,
        database.temporary(runtime, f"retention_{name}_{os.getpid()}", lock) as own,
    ):
        base.copy_base(runtime, own, lock)
        yield own


@pytest.fixture(scope="session")
def base_copy():
    """Make a database with what the suite needs of Odoo, gone afterwards."""
    return _base_copy


@pytest.fixture(scope="module")
def folder():
    """A temporary folder that PostgreSQL's account can enter, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="retention-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def cluster(folder):
    """A cluster of its own, not yet running."""
    own = Cluster(folder)
    yield own
    own.stop()


@pytest.fixture
def command():
    """Run one of the commands as a user does: status, output and errors."""

    def run(*arguments, stdin="", **env):
        environment = clean_env(**{"ODOO_HOME": ODOO_HOME, **env})
        done = subprocess.run(
            [ROOT / arguments[0], *arguments[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def refused(command):
    """Run a command that has to fail with one line; returns the line."""

    def run(*arguments, **env):
        status, _output, errors = command(*arguments, **env)
        told = [line for line in errors.splitlines() if not line.startswith("==>")]
        assert status == 1, errors
        assert len(told) == 1, errors
        assert told[0].startswith("error: ")
        return told[0]

    return run
