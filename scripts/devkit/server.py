"""A PostgreSQL server on a data folder: started, asked, stopped.

It listens on a Unix socket in a private folder and on nothing else.
"""

import os
import shlex
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import postgres, postmaster
from .errors import DISK_FULL, ToolError, disk_full
from .paths import short_hash
from .process import clean_env, run_logged, tail

SUPERUSER = "postgres"
ROLE = "odoo"  # Odoo refuses to connect as `postgres`.
PORT = 5432  # Only the name of the socket.
LONGEST_SOCKET = 107
# A fast shutdown, an immediate one, the end; and how long each may take.
STOP_SIGNALS = ((signal.SIGINT, 60), (signal.SIGQUIT, 20), (signal.SIGKILL, 5))
MOST_BUFFERS = 4096  # MB


def _buffers():
    """A quarter of the memory, as PostgreSQL's manual recommends."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(memory // 4 // 1024**2, MOST_BUFFERS)}MB"


SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": _buffers(),
    "max_wal_size": "4GB",
    "max_connections": 200,
    # A power cut may cost the last moments of work, never consistency.
    "synchronous_commit": "off",
}


class Server:
    """The server of a state folder; the folders and the data are there already."""

    def __init__(self, state):
        self.state = state
        self.folder = self.state / "pg"
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.name = f"retention-{short_hash(self.data)}"
        self.sockets = self._socket_folder()
        self.patience = 30  # seconds for a running server to answer

    def _socket_folder(self):
        inside = self.folder / "run"
        if len(f"{inside}/.s.PGSQL.{PORT}.lock") <= LONGEST_SOCKET:
            return inside
        return Path(tempfile.gettempdir(), f"{self.name}-{os.getuid()}")

    @property
    def bin(self):
        """PostgreSQL's programs, of the version that the data is in."""
        made = (self.data / "PG_VERSION").exists()
        return postgres.programs(postgres.major_of(self.data) if made else None)

    @property
    def _connection(self):
        return ["-h", str(self.sockets), "-p", str(PORT)]

    def run_program(self, command, log, what):
        """Run one of PostgreSQL's programs as its account, out of a Ctrl-C's reach."""
        line = postgres.as_account([str(part) for part in command])
        run_logged(["setsid", "--wait", *line], self.state / log, what, cwd="/")

    def start(self):
        """Start the server, whatever a crash has left in its folder."""
        postmaster.end_orphans(self.name)
        # Nothing serves the folder: what the files say of a pid is history.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        command = [self.bin / "pg_ctl", "start", "-w", "-t", "120", "-s"]
        command += ["-D", self.data, "-l", self.log, "-o", self._options()]
        size = self.log.stat().st_size if self.log.exists() else 0
        try:
            self.run_program(command, "pg_ctl.log", "PostgreSQL did not start")
        except ToolError:
            self._explain(size)
            raise

    def _options(self):
        settings = {
            **SETTINGS,
            "unix_socket_directories": self.sockets,
            "port": PORT,
            "cluster_name": self.name,
        }
        quoted = (shlex.quote(f"{key}={value}") for key, value in settings.items())
        return " ".join(f"-c {setting}" for setting in quoted)

    def _explain(self, size):
        """Say why the server did not start, from what it has logged since."""
        if not self.log.exists():
            return
        with self.log.open(errors="replace") as log:
            log.seek(size)
            if DISK_FULL in log.read():
                raise disk_full() from None
        raise ToolError(
            f"PostgreSQL did not start: {tail(self.log)}", f"The log is {self.log}."
        ) from None

    def answers(self):
        """Whether the server takes connections; it may be starting or stopping."""
        deadline = time.monotonic() + self.patience
        ping = [str(self.bin / "pg_isready"), "-q", *self._connection]
        while subprocess.run(ping, check=False).returncode:
            if time.monotonic() >= deadline or not postmaster.find(self.data):
                return False
            time.sleep(0.2)
        return True

    def stop(self):
        """Stop the server, cleanly when it lets itself be stopped."""
        for signum, patience in STOP_SIGNALS:
            deadline = time.monotonic() + patience
            if pid := postmaster.find(self.data):
                os.kill(pid, signum)
            while postmaster.find(self.data) and time.monotonic() < deadline:
                time.sleep(0.1)
        if postmaster.find(self.data):
            raise ToolError("PostgreSQL does not stop", f"The log is {self.log}.")

    def sql(self, statement, database="postgres", user=ROLE):
        """Run one statement; the result as psql prints it, bare."""
        psql = [str(self.bin / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"]
        login = [*self._connection, "-U", user, "-d", database]
        done = subprocess.run(
            [*psql, *login, "-c", statement],
            capture_output=True,
            text=True,
            env=clean_env(),
            check=False,
        )
        if done.returncode:
            if DISK_FULL in done.stderr:
                raise disk_full()
            told = done.stderr.strip().replace("\n", " ")
            raise ToolError(f"the database refused: {told}", f"See {self.log}.")
        return done.stdout.strip()
