"""Debian packages: installed with apt as root, else asked for."""

import os

from .errors import ToolError, say
from .paths import is_root, log_file
from .process import ProgramError, clean_env, run_logged

APT_ENV = {"DEBIAN_FRONTEND": "noninteractive"}
# Another apt may be at work (unattended upgrades): wait for it.
WAIT = ["-o", "DPkg::Lock::Timeout=300"]


def install(packages, purpose):
    """Install Debian packages from the system's own sources."""
    names = " ".join(packages)
    if not is_root() or not os.path.exists("/usr/bin/apt-get"):
        raise ToolError(f"{purpose} is missing", f"Install it: apt-get install {names}")
    say(f"installing {names} with apt")
    env = clean_env(**APT_ENV)
    command = ["apt-get", *WAIT, "install", "-y", "--no-install-recommends", *packages]
    log = log_file("apt-install")
    failed = f"{purpose} could not be installed with apt"
    try:
        run_logged(command, log, failed, env=env)
    except ProgramError:
        # A fresh container has no package lists, an old one outdated ones.
        update = ["apt-get", *WAIT, "update"]
        run_logged(
            update, log_file("apt-update"), failed, "Check the network.", env=env
        )
        run_logged(command, log, failed, "Check the network.", env=env)
