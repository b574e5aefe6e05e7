"""Databases with their file stores: made, copied, installed, dropped."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

from .errors import ToolError, disk_full, say
from .paths import is_full, require_space

QUIET = ("--no-http", "--log-level=warn")
NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")


class Database:
    """One database of the checkout's cluster, which is in use (`lock`)."""

    def __init__(self, runtime, name, lock):
        if not NAME.fullmatch(name):
            raise ToolError(
                f"{name!r} is no name for a database", "Use a-z, 0-9 and _."
            )
        self.runtime = runtime
        self.cluster = runtime.cluster
        self.name = name
        self.lock = lock

    @property
    def filestore(self):
        return self.runtime.data_dir / "filestore" / self.name

    def exists(self):
        """Whether the server has it."""
        query = f"SELECT 1 FROM pg_database WHERE datname = '{self.name}'"
        return self.cluster.sql(query) == "1"

    def drop(self):
        """Remove the database, even in use, and its files."""
        self.cluster.sql(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        shutil.rmtree(self.filestore, ignore_errors=True)

    def copy_from(self, template):
        """Become a copy of another database, files included."""
        self.drop()
        if template.filestore.is_dir():
            # Files are named after their content and never written again.
            shutil.copytree(template.filestore, self.filestore, copy_function=_link)
        self.cluster.sql(f"CREATE DATABASE {self.name} TEMPLATE {template.name}")

    def rename(self, name):
        """Take another name; the database goes last, it is what counts."""
        other = Database(self.runtime, name, self.lock)
        other.drop()
        if self.filestore.is_dir():
            self.filestore.rename(other.filestore)
        self.cluster.sql(f"ALTER DATABASE {self.name} RENAME TO {name}")
        return other

    def odoo(self, *arguments, what):
        """Run Odoo on the database up to the end of its start, or raise."""
        command = ["-d", self.name, "--stop-after-init", *QUIET]
        self._run([*command, *arguments], what)

    def shell(self, script, what, **extra):
        """Run a Python file in Odoo's shell, with more in its environment, or raise."""
        env = self.runtime.env(**extra)
        with open(script, "rb") as stdin:
            self._run(["shell", "-d", self.name, *QUIET], what, stdin=stdin, env=env)

    def _run(self, command, what, **options):
        if self.runtime.run(command, self.lock, interruptible=True, **options):
            if is_full(self.cluster.state):
                raise disk_full()
            raise ToolError(f"{what} failed", "Odoo's messages above say why.")

    def install(self, modules, *arguments):
        """Install modules; the database is made when it is not there."""
        require_space(self.cluster.state, 0.5, f"installing {self.name}")
        names = ",".join(modules)
        self.odoo("-i", names, *arguments, what=f"installing {names}")
        if not self.is_installed(modules):
            # Odoo only warns when it does not know a module.
            raise ToolError(
                f"{names} could not be installed", "Odoo's messages above say why."
            )

    def modules(self, states=("installed",)):
        """The names of the modules in some states."""
        listed = ", ".join(f"'{state}'" for state in states)
        query = f"SELECT name FROM ir_module_module WHERE state IN ({listed})"
        return set(self.cluster.sql(query, self.name).split())

    def is_installed(self, modules):
        """Whether modules are installed and nothing was left half-way."""
        if not self.exists():
            return False
        # An installation killed at its very start leaves an empty database.
        table = "SELECT to_regclass('ir_module_module') IS NOT NULL"
        if self.cluster.sql(table, self.name) != "t":
            return False
        pending = self.modules(("to install", "to upgrade", "to remove"))
        return not pending and set(modules) <= self.modules()


def _link(source, target):
    """A hard link where the file system has them, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@contextmanager
def temporary(runtime, name, lock, keep=False):
    """A database that is gone afterwards, unless it is to be kept."""
    database = Database(runtime, name, lock)
    try:
        yield database
    finally:
        if keep:
            say(f"kept the database {name}: scripts/odoo shell -d {name}")
        else:
            database.drop()


def sweep(runtime, prefix, lock):
    """Drop what killed runs left: names ending in the id of a process that is gone."""
    query = f"SELECT datname FROM pg_database WHERE datname ~ '^{prefix}_[0-9]+$'"
    for name in runtime.cluster.sql(query).split():
        command = Path("/proc", name.rpartition("_")[2], "cmdline")
        if not command.exists() or b"scripts/dev" not in command.read_bytes():
            Database(runtime, name, lock).drop()
