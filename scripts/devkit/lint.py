"""`make lint` and `make format`: ruff and pylint-odoo with OCA's rules."""

import subprocess
import sys

from . import readme
from .errors import ToolError, say
from .paths import ROOT, suite_addons
from .process import clean_env
from .venv import Venv

FOLDERS = ("scripts", "tests", "benchmarks")
# Run as modules: a virtual environment's commands know where it was made.
XML_CHECKS = "oca_pre_commit_hooks.cli"
PO_CHECKS = "oca_pre_commit_hooks.cli_po"
# Python without the ending: the checkers do not find them by themselves.
COMMANDS = ("scripts/dev", "scripts/odoo", "scripts/devkit/odoo-bin")


def add_options(parser):
    """The options of `scripts/dev lint`."""
    parser.add_argument(
        "steps", nargs="*", metavar="step", help=f"of {', '.join(STEPS)}"
    )


def add_format_options(_parser):
    """`scripts/dev format` has none."""


def main(options):
    """Check everything, tell all findings, fail when there is one."""
    unknown = set(options.steps) - set(STEPS)
    if unknown:
        raise ToolError(f"no step {unknown.pop()}", f"There are {', '.join(STEPS)}.")
    failed = [name for name in options.steps or STEPS if _run(name, STEPS[name]())]
    if not options.steps:
        failed += [f"{path} (run: make i18n)" for path in readme.outdated()]
    if failed:
        sys.stdout.write(f"lint: findings of {', '.join(failed)}\n")
        return 1
    sys.stdout.write("lint: no findings\n")
    return 0


def format_main(_options):
    """Put right what can be put right by a program."""
    sources = _python()
    left = _run("ruff", ["ruff", "check", "--fix", *sources])
    return _run("ruff format", ["ruff", "format", *sources]) or left


def _folders():
    """What is checked: whatever of it is there."""
    return [*_addons(), *(name for name in FOLDERS if (ROOT / name).is_dir())]


def _addons():
    return [addon.name for addon in suite_addons()]


def _translations():
    found = (addon.glob("i18n/*.po*") for addon in suite_addons())
    return [str(path.relative_to(ROOT)) for paths in found for path in sorted(paths)]


def _python():
    return [*_folders(), *(path.name for path in ROOT.glob("*.py")), *COMMANDS]


def _pylint(rcfile):
    # Colours are OCA's default, and unreadable in a log.
    look = "colorized" if sys.stdout.isatty() else "text"
    # Folders without an __init__.py are looked through only when told so.
    options = [f"--rcfile={rcfile}", f"--output-format={look}", "--recursive=y"]
    return ["pylint", *options, *_python()]


STEPS = {
    "ruff": lambda: ["ruff", "check", "--no-fix", *_python()],
    "format": lambda: ["ruff", "format", "--check", *_python()],
    "xml": lambda: [XML_CHECKS, *_addons()],
    "po": lambda: [PO_CHECKS, *_translations()],
    "pylint-mandatory": lambda: _pylint(".pylintrc-mandatory"),
    "pylint": lambda: _pylint(".pylintrc"),
}


def _run(name, command):
    say(name)
    python = str(Venv("lint").ensure().python)
    return subprocess.run(
        [python, "-m", *command], cwd=ROOT, env=clean_env(), check=False
    ).returncode
