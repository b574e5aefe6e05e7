"""Running the provisioned Odoo against the checkout's cluster."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass

from . import source
from .cluster import Cluster
from .paths import ROOT, SERIES, state_dir, suite_addons
from .process import clean_env
from .server import PORT, ROLE
from .venv import Venv

LAUNCHER = ROOT / "scripts/devkit/odoo-bin"
HANDED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Runtime:
    """An Odoo, its Python and its database server."""

    odoo: source.Odoo
    venv: Venv
    cluster: Cluster

    @classmethod
    def get(cls):
        """Everything set up, the cluster not yet running."""
        return cls(source.get(), Venv("odoo").ensure(), Cluster())

    @property
    def data_dir(self):
        return state_dir() / "data"

    def write_config(self):
        """Odoo's configuration; written anew each time, the checkout may have moved."""
        addons = list(self.odoo.addons)
        if suite_addons():
            addons.append(ROOT)
        options = {
            "addons_path": ",".join(str(path) for path in addons),
            "data_dir": self.data_dir,
            "db_host": self.cluster.sockets,
            "db_port": PORT,
            "db_user": ROLE,
            "http_interface": "127.0.0.1",
            "pg_path": self.cluster.bin,
            "screenshots": state_dir() / "screenshots",
        }
        lines = [
            "[options]",
            *(f"{key} = {value}" for key, value in options.items() if value),
        ]
        path = state_dir() / "odoo.conf"
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text("\n".join(lines) + "\n")
        return new.replace(path)

    def env(self, **extra):
        """The environment for Odoo; our packages come before those beside it."""
        return clean_env(
            ODOO_RC=self.write_config(),
            PYTHONPATH=f"{self.venv.site_packages}:{self.odoo.tree}",
            PYTHONDONTWRITEBYTECODE=1 if not os.access(self.odoo.tree, os.W_OK) else "",
            **extra,
        )

    def python(self, arguments, lock=None, **options):
        """Start Python with Odoo importable; the lock keeps the cluster up for it."""
        command = [str(self.venv.python), *(str(part) for part in arguments)]
        handles = () if lock is None else (lock,)
        options.setdefault("env", self.env())
        return subprocess.Popen(command, pass_fds=handles, **options)

    def run(self, arguments, lock=None, interruptible=False, **options):
        """Run Odoo's command line to its end; returns the exit status."""
        return wait(self.python([LAUNCHER, *arguments], lock, **options), interruptible)


def wait(child, interruptible=False):
    """Wait for a child, handing signals on to it; the status as a shell has it.

    Odoo ends well when it is told to stop. A caller with more to do afterwards
    is `interruptible`: it is stopped as well.
    """
    received = []

    def hand_on(signum, _frame):
        received.append(signum)
        # The terminal sends a Ctrl-C to the child as well: do not send it twice.
        if signum != signal.SIGINT or not in_foreground():
            child.send_signal(signum)

    before = {signum: signal.signal(signum, hand_on) for signum in HANDED_ON}
    try:
        status = child.wait()
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if interruptible and received:
        raise SystemExit(128 + received[0])
    return status if status >= 0 else 128 - status


def in_foreground():
    """Whether a terminal's Ctrl-C reaches our whole process group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def main(argv):
    """`scripts/odoo`: Odoo's command line with this checkout on its addons path."""
    runtime = Runtime.get()
    if argv[:1] == ["--version"]:
        sys.stdout.write(f"Odoo {SERIES} ({runtime.odoo.tree})\n")
        return 0
    with runtime.cluster.use() as lock:
        return runtime.run(argv, lock)
