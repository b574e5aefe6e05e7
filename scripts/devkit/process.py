"""Running other programs."""

import os
import subprocess

from .errors import DISK_FULL, ToolError, disk_full


def clean_env(**extra):
    """The environment without what would lead a child to another database or Python."""
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PG", "PYTHON", "ODOO_", "OPENERP_"))
    }
    # A bare container has no locale, and Odoo prints names of all languages.
    if not any(key in env for key in ("LC_ALL", "LC_CTYPE", "LANG")):
        env["LC_ALL"] = "C.UTF-8"
    return {**env, **{key: str(value) for key, value in extra.items()}}


def tail(path, lines=1):
    """The last lines of a log that say something."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


def run_logged(command, log, what, remedy="", env=None, cwd=None):
    """Run a program with its output in a log; raise one line when it fails."""
    with log.open("wb") as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env or clean_env(),
            cwd=cwd,
            check=False,
        )
    if done.returncode:
        text = log.read_text(errors="replace")
        if DISK_FULL in text:
            raise disk_full()
        raise ProgramError(what, f"{remedy} The log is {log}.".strip(), text)


class ProgramError(ToolError):
    """A program failed; `output` is what it had to say."""

    def __init__(self, what, remedy, output):
        super().__init__(what, remedy)
        self.output = output
