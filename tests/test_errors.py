"""What goes wrong is told in one line, with what to do."""

import errno
import shutil
import sys
from collections import namedtuple

import pytest
from devkit import errors, paths, process
from devkit.errors import ToolError, guarded

Usage = namedtuple("Usage", "total used free")


def raising(error):
    """A command that fails."""

    def function(_argv):
        raise error

    return function


def test_one_line_and_status(capsys):
    assert guarded(raising(ToolError("it broke.", "Mend it.")), []) == 1
    assert capsys.readouterr().err == "error: it broke. Mend it.\n"


def test_full_disk_while_writing(capsys):
    assert guarded(raising(OSError(errno.ENOSPC, "full")), []) == 1
    assert capsys.readouterr().err.startswith("error: the disk is full. Free some")


def test_other_system_errors_are_not_hidden():
    with pytest.raises(OSError, match="odd"):
        guarded(raising(OSError(errno.EIO, "odd")), [])


def test_interrupt_is_quiet(capsys):
    assert guarded(raising(KeyboardInterrupt()), []) == 130
    assert capsys.readouterr().err == ""


def test_full_disk_is_seen_before_big_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(9, 8, paths.GIB))
    paths.require_space(tmp_path, 0.9, "a small step")
    with pytest.raises(ToolError, match="a big step needs 2.0 GB, .* has 1.0 GB free"):
        paths.require_space(tmp_path, 2, "a big step")


def test_full_disk_in_another_program(tmp_path):
    script = f"import sys; print({errors.DISK_FULL!r}); sys.exit(1)"
    with pytest.raises(ToolError, match="the disk is full"):
        process.run_logged(
            [sys.executable, "-c", script], tmp_path / "log", "it failed"
        )


def test_failed_program_names_its_log(tmp_path):
    log = tmp_path / "log"
    command = [sys.executable, "-c", "import sys; sys.exit('because')"]
    with pytest.raises(ToolError, match=f"it failed. The log is {log}"):
        process.run_logged(command, log, "it failed")
    assert process.tail(log) == "because"


def test_environment_leads_nowhere_else(monkeypatch):
    for name in ("PGHOST", "PGDATABASE", "PYTHONPATH", "ODOO_RC"):
        monkeypatch.setenv(name, "/elsewhere")
    assert "/elsewhere" not in process.clean_env().values()
