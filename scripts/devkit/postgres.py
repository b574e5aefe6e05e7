"""PostgreSQL's programs, and the account they run as."""

import pwd
import re
from pathlib import Path

from .errors import ToolError
from .packages import install
from .paths import is_root

OLDEST = 13
INSTALLED = Path("/usr/lib/postgresql")
MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/retention-suite.conf")


def versions():
    """The installed server versions, newest first."""
    found = [
        int(path.parent.parent.name) for path in INSTALLED.glob("[0-9]*/bin/postgres")
    ]
    return sorted((version for version in found if version >= OLDEST), reverse=True)


def programs(version=None):
    """The folder with initdb and postgres, of a given version or the newest."""
    available = versions()
    if not available:
        _install()
        available = versions()
    if version is None and available:
        version = available[0]
    if version not in available:
        wanted = version or f"{OLDEST} or newer"
        raise ToolError(
            f"PostgreSQL {wanted} is missing", f"Install postgresql-{version or '15'}."
        )
    return INSTALLED / str(version) / "bin"


def _install():
    """Debian's package, kept from making and starting a cluster for the system."""
    if is_root() and not MAIN_CLUSTER.exists():
        MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        MAIN_CLUSTER.write_text("create_main_cluster = false\n")
        try:
            install(["postgresql"], "PostgreSQL")
        finally:
            MAIN_CLUSTER.unlink()
    else:
        install(["postgresql"], "PostgreSQL")


def account():
    """Who runs the server: PostgreSQL refuses root. None stands for ourselves."""
    if not is_root():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ToolError("no account for PostgreSQL", "Add one: useradd --system postgres")


def as_account(command):
    """The command line that runs a program as the server's account."""
    owner = account()
    if owner is None:
        return list(command)
    return ["runuser", "-u", owner.pw_name, "--", *command]


def major_of(data):
    """The version that a data folder was made with."""
    found = re.match(r"\d+", (data / "PG_VERSION").read_text())
    return int(found.group())
