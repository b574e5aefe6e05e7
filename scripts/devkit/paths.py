"""Where things are kept: the checkout, the shared cache, the checkout's state."""

import ast
import hashlib
import os
import shutil
from pathlib import Path

from .errors import FREE_SPACE, ToolError

ROOT = Path(__file__).resolve().parents[2]
SERIES = "19.0"
GIB = 1024**3


def is_root():
    """Root has to hand PostgreSQL to another account, and may install packages."""
    return os.geteuid() == 0


def short_hash(text):
    """Eight characters that tell two texts apart."""
    return hashlib.sha256(str(text).encode()).hexdigest()[:8]


def _folder(override, xdg, fallback):
    """The folder named by the environment, else below the user's home."""
    if os.environ.get(override):
        return Path(os.environ[override]).expanduser().resolve()
    base = os.environ.get(xdg) or Path.home() / fallback
    return Path(base) / "retention-suite"


def cache_dir():
    """What every checkout on this machine shares and what can be fetched again."""
    return _made(_folder("RETENTION_CACHE", "XDG_CACHE_HOME", ".cache"))


def state_dir():
    """This checkout's cluster, file store and logs.

    Root's home is closed to the account that PostgreSQL runs as, hence /var/lib.
    """
    if is_root() and not os.environ.get("RETENTION_STATE"):
        base = _made(Path("/var/lib/retention-suite"))
        # Whatever the umask is.
        base.chmod(0o755)
    else:
        base = _folder("RETENTION_STATE", "XDG_STATE_HOME", ".local/state")
    state = _made(base / f"{ROOT.name}-{short_hash(ROOT)}")
    if is_root():
        state.chmod(0o755)
    return state


def log_file(name):
    """A log of this checkout."""
    return _made(state_dir() / "log") / f"{name}.log"


def _made(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError:
        raise ToolError(
            f"{folder} cannot be made",
            "Set RETENTION_CACHE and RETENTION_STATE to folders of yours.",
        ) from None
    return folder


def require_space(folder, gib, purpose):
    """Refuse a big step early instead of filling the disk half-way."""
    free = shutil.disk_usage(folder).free / GIB
    if free < gib:
        raise ToolError(
            f"{purpose} needs {gib:.1f} GB, {folder} has {free:.1f} GB free", FREE_SPACE
        )


def is_full(folder):
    """Whether a program that failed may well have failed for want of space."""
    return shutil.disk_usage(folder).free < 0.05 * GIB


def suite_addons():
    """The addons of this checkout: every top-level folder with a manifest."""
    return sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))


def manifest(addon):
    """What an addon folder says of itself."""
    return ast.literal_eval((addon / "__manifest__.py").read_text())


def main_addons():
    """The addons that somebody installs."""
    return [addon for addon in suite_addons() if not _is_glue(addon)]


def glue_addons():
    """The addons that install themselves beside another app of Odoo's."""
    return [addon for addon in suite_addons() if _is_glue(addon)]


def _is_glue(addon):
    return bool(manifest(addon).get("auto_install"))
