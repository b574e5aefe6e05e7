"""The checkout's own PostgreSQL cluster: made, started, shared, stopped.

Every command that uses it holds a shared lock; the last one to leave stops it.
"""

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager

from . import locks, postgres, postmaster
from .errors import ToolError, say
from .paths import require_space, state_dir
from .server import ROLE, SUPERUSER, Server


class Cluster(Server):
    """The cluster in a state folder, the checkout's unless told otherwise."""

    def __init__(self, state=None):
        super().__init__(state or state_dir())

    @contextmanager
    def use(self):
        """Have the server running; yields the lock to hand to long-lived children."""
        users = locks.open_lock(self.state / "users.lock")
        try:
            with locks.exclusive(self.state / "cluster.lock"):
                self.ensure_running()
                fcntl.flock(users, fcntl.LOCK_SH)
            yield users
        finally:
            self._leave(users)

    def _leave(self, users):
        with locks.exclusive(self.state / "cluster.lock"):
            # Our own shared lock must go first, also from children that have it.
            fcntl.flock(users, fcntl.LOCK_UN)
            if locks.try_exclusive(users):
                self.stop()
            os.close(users)

    def ensure_running(self):
        """Make the cluster when there is none, start it when it does not run."""
        # Installing PostgreSQL brings the account that the folders are for.
        postgres.programs()
        self._prepare_folders()
        if not self.data.exists():
            self._make()
        if not (postmaster.find(self.data) and self.answers()):
            # One without its socket, or hanging, is of no use to anybody.
            self.stop()
            self.start()
        self._make_role()

    def _prepare_folders(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self._give(self.folder, 0o755)
        self.sockets.mkdir(exist_ok=True)
        if self.sockets.is_symlink():
            raise ToolError(f"{self.sockets} is a link", "Remove it and try again.")
        self._give(self.sockets, 0o700)
        if not self._reachable():
            raise ToolError(
                f"PostgreSQL's account cannot reach {self.folder}",
                "Set RETENTION_STATE to a folder that every account may enter.",
            )

    def _reachable(self):
        test = postgres.as_account(["test", "-w", str(self.folder)])
        return subprocess.run(test, cwd="/", check=False).returncode == 0

    @staticmethod
    def _give(folder, mode):
        owner = postgres.account()
        if owner:
            shutil.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(mode)

    def _make(self):
        require_space(self.state, 0.5, "the database cluster")
        say("making a private PostgreSQL cluster")
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        options = ["-D", new, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
        self.run_program(
            [self.bin / "initdb", *options, "--locale=C.UTF-8"],
            "initdb.log",
            "the database cluster could not be made",
        )
        new.rename(self.data)

    def _make_role(self):
        known = f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"
        if self.sql(known, user=SUPERUSER) != "1":
            self.sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB", user=SUPERUSER)
