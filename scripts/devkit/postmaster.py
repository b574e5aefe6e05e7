"""Finding the server of a data folder among the processes.

The pid in postmaster.pid proves nothing after a crash: the number may belong
to any other process by now. The command line tells.
"""

import os
import signal
import time
from pathlib import Path


def _command_lines():
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().rstrip(b"\0")
            except OSError:
                continue
            yield int(entry.name), command.decode(errors="replace").split("\0")


def find(data):
    """The pid of the server of this data folder, or None."""
    for pid, command in _command_lines():
        started = Path(command[0]).name == "postgres" and "-D" in command
        if started and command[command.index("-D") + 1 :][:1] == [str(data)]:
            return pid
    return None


def orphans(cluster_name):
    """What a killed server left behind; they carry the cluster's name."""
    title = f"postgres: {cluster_name}: "
    return [pid for pid, command in _command_lines() if command[0].startswith(title)]


def end_orphans(cluster_name, patience=10):
    """Wait until a killed server's helpers are gone, and end those that stay."""
    deadline = time.monotonic() + patience
    while left := orphans(cluster_name):
        if time.monotonic() > deadline:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            deadline += 1
        time.sleep(0.1)
