"""`make run`: the suite with demo data on a server, until it is stopped."""

import ctypes
import signal
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

from . import demo, locks, ports
from .database import Database
from .errors import ToolError, say
from .odoo import LAUNCHER, Runtime

PATIENCE = 120  # seconds for the first answer
GRACE = 30  # seconds to finish the requests under way
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)


def add_options(parser):
    """The options of `scripts/dev run`."""
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--db", default="retention_demo")
    parser.add_argument("--fresh", action="store_true", help="make the database anew")


def main(options):
    """Serve the demo database; Ctrl-C stops everything."""
    ports.require_free(options.port)
    runtime = Runtime.get()
    with runtime.cluster.use() as lock:
        database = Database(runtime, options.db, lock)
        handle = locks.open_lock(runtime.cluster.state / f"demo-{options.db}.lock")
        if not locks.try_exclusive(handle):
            raise ToolError(
                f"another `make run` serves {options.db}",
                "Stop it, or: make run PORT=8070 DB=another_name",
            )
        demo.prepare(database, options.fresh)
        return Server(database, options.port).serve()


class Server:
    """Odoo's server process."""

    def __init__(self, database, port):
        self.database = database
        self.port = port
        self.url = f"http://{ports.HOST}:{port}"
        self.process = None
        self.stopping = False

    def serve(self):
        """Start, say where, wait for the end."""
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._stop)
        self._start()
        if self.stopping:
            self.process.send_signal(signal.SIGINT)
        if self._is_up():
            self._greet()
        status = self._wait()
        if not self.stopping:
            raise ToolError(
                f"the server ended by itself ({status})", "Its messages say why."
            )
        return 0

    @contextmanager
    def running(self):
        """Have it run while something is done; gives the address."""
        self._start()
        try:
            if not self._is_up():
                raise ToolError("the server did not start", "Its messages say why.")
            yield self.url
        finally:
            self._stop(None, None)
            self._wait()

    def _start(self):
        arguments = [
            LAUNCHER,
            "-d",
            self.database.name,
            f"--db-filter=^{self.database.name}$",
        ]
        arguments += ["--no-database-list", "--http-interface", ports.HOST]
        arguments += ["--http-port", self.port, "--workers=0", "--max-cron-threads=1"]
        say("starting the server")
        # A session of its own: a Ctrl-C reaches it through us, once.
        self.process = self.database.runtime.python(
            arguments,
            self.database.lock,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def _stop(self, _signum, _frame):
        self.stopping = True
        if self.process:
            self.process.send_signal(signal.SIGINT)

    def _wait(self):
        """Wait for the end; once asked to stop, not for ever."""
        deadline = None
        while (status := self.process.poll()) is None:
            if self.stopping:
                deadline = deadline or time.monotonic() + GRACE
                if time.monotonic() > deadline:
                    self.process.kill()
            time.sleep(0.2)
        return status

    def _is_up(self):
        deadline = time.monotonic() + PATIENCE
        while (
            not self.stopping
            and self.process.poll() is None
            and time.monotonic() < deadline
        ):
            try:
                with urllib.request.urlopen(f"{self.url}/web/health", timeout=5):
                    return True
            except OSError:
                time.sleep(0.2)
        return False

    def _greet(self):
        sys.stdout.write(
            f"\nThe Retention Suite is at {self.url}\n"
            "Login: admin, password: admin\n"
            "Stop it with Ctrl-C.\n\n"
        )
        sys.stdout.flush()


def _die_with_parent():
    """Have the kernel stop the server when we are killed: its port would stay taken."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
