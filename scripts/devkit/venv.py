"""Virtual environments, shared by all checkouts with the same requirements."""

import shutil
import sys

from .errors import ToolError, say
from .locks import exclusive
from .packages import install
from .paths import ROOT, cache_dir, require_space, short_hash
from .process import ProgramError, clean_env, run_logged

PYTHONS = ((3, 11), (3, 12))
UNREACHED = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Connection refused",
    "Max retries exceeded",
    "Network is unreachable",
    "ReadTimeoutError",
    "ConnectTimeoutError",
    "ProxyError",
    "from versions: none",
)


class Venv:
    """A virtual environment with the packages of one requirements file."""

    def __init__(self, name):
        self.name = name
        self.requirements = ROOT / "scripts/requirements" / f"{name}.txt"
        content = f"{sys.executable} {sys.version} {self.requirements.read_text()}"
        self.path = cache_dir() / f"venv-{name}-{short_hash(content)}"
        # Written last: a folder without it is what a kill left behind.
        self.ready = self.path / ".complete"

    @property
    def python(self):
        return self.path / "bin/python"

    @property
    def site_packages(self):
        major, minor = sys.version_info[:2]
        return self.path / f"lib/python{major}.{minor}/site-packages"

    def ensure(self):
        """Make the environment when it is not there yet."""
        if not self.ready.exists():
            with exclusive(cache_dir() / f"venv-{self.name}.lock"):
                if not self.ready.exists():
                    self._make()
        return self

    def _make(self):
        if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
            version = ".".join(str(part) for part in sys.version_info[:2])
            raise ToolError(
                f"Python {version} is not supported",
                "Use Python 3.11 or 3.12.",
            )
        require_space(cache_dir(), 1.0, "installing the Python packages")
        say(f"installing the Python packages of {self.requirements.name}, once")
        shutil.rmtree(self.path, ignore_errors=True)
        self._create()
        log = cache_dir() / f"venv-{self.name}.log"
        pip = [
            self.python,
            "-m",
            "pip",
            "install",
            "--no-input",
            "-r",
            self.requirements,
        ]
        try:
            run_logged(
                pip, log, "installing the Python packages failed", env=clean_env()
            )
        except ProgramError as error:
            if any(sign in error.output for sign in UNREACHED):
                raise ToolError(
                    "no Python package registry could be reached",
                    f"Check the network and pip's settings. The log is {log}.",
                ) from None
            raise
        self.ready.touch()

    def _create(self):
        command = [sys.executable, "-m", "venv", str(self.path)]
        try:
            # Debian's python3 has `venv` without `ensurepip`; it fails only half-way.
            __import__("ensurepip")
            __import__("venv")
        except ImportError:
            install(["python3-venv"], "Python's venv module")
        run_logged(
            command,
            cache_dir() / f"venv-{self.name}.log",
            "the virtual environment failed",
            "Install python3-venv.",
        )
