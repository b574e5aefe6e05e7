"""The checkout's own PostgreSQL: shared, stopped, taken up after a crash."""

import os
import shutil
import signal
import stat
import subprocess
import time

import pytest
from devkit import postgres, postmaster
from devkit.cluster import Cluster
from devkit.errors import ToolError
from devkit.server import PORT


def test_last_user_stops_it(cluster):
    with cluster.use():
        with cluster.use():
            assert cluster.sql("SELECT 1") == "1"
        assert cluster.sql("SELECT 2") == "2"
    assert postmaster.find(cluster.data) is None


def test_is_private(cluster):
    with cluster.use():
        assert cluster.sql("SHOW listen_addresses") == ""
        role = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = 'odoo'"
        assert cluster.sql(role) == "f|t"
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700


def test_crashed_server_is_taken_up(cluster):
    cluster.ensure_running()
    cluster.sql("CREATE DATABASE survivor")
    os.kill(postmaster.find(cluster.data), signal.SIGKILL)
    with cluster.use():
        assert cluster.sql("SELECT 1", "survivor") == "1"


def test_orphan_is_adopted_and_then_stopped(cluster):
    cluster.ensure_running()
    orphan = postmaster.find(cluster.data)
    with cluster.use():
        assert postmaster.find(cluster.data) == orphan
    assert postmaster.find(cluster.data) is None


def test_orphan_without_its_socket_is_replaced(cluster):
    cluster.ensure_running()
    orphan = postmaster.find(cluster.data)
    (cluster.sockets / f".s.PGSQL.{PORT}").unlink()
    cluster.patience = 0
    with cluster.use():
        assert postmaster.find(cluster.data) != orphan
        assert cluster.sql("SELECT 1") == "1"


@pytest.fixture
def stranger():
    """A process of PostgreSQL's account that has nothing to do with the cluster."""
    process = subprocess.Popen(postgres.as_account(["sleep", "60"]))
    # runuser waits as root; the account's process is its child.
    time.sleep(0.2)
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    with open(children) as listed:
        pids = listed.read().split() or [process.pid]
    yield int(pids[0])
    process.terminate()
    process.wait()


def test_recycled_pid_is_seen_through(cluster, stranger):
    """The pid in postmaster.pid belongs to somebody else by now."""
    cluster.ensure_running()
    pid_file = cluster.data / "postmaster.pid"
    left = pid_file.read_text().splitlines()
    os.kill(postmaster.find(cluster.data), signal.SIGKILL)
    postmaster.end_orphans(cluster.name)
    pid_file.write_text("\n".join([str(stranger), *left[1:]]) + "\n")
    lock = cluster.sockets / f".s.PGSQL.{PORT}.lock"
    lock.write_text(lock.read_text().replace(left[0], str(stranger)))
    with cluster.use():
        assert cluster.sql("SELECT 1") == "1"
    os.kill(stranger, 0)


def test_killed_while_it_was_made(cluster):
    """A half-made cluster never counts as one."""
    half = cluster.folder / "data.new"
    shutil.rmtree(cluster.data)
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n")
    with cluster.use():
        assert cluster.sql("SELECT 1") == "1"


def test_long_path_gets_a_short_socket(folder):
    deep = folder / ("long" * 30)
    assert len(str(Cluster(deep).sockets)) < 90


def test_why_it_does_not_start(cluster):
    cluster.ensure_running()
    cluster.stop()
    settings = cluster.data / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("shared_buffers = 'many'\n")
    try:
        with pytest.raises(ToolError, match="PostgreSQL did not start: .*log"):
            cluster.ensure_running()
    finally:
        settings.write_text(before)


def test_refused_statement(cluster):
    with cluster.use(), pytest.raises(ToolError, match="the database refused"):
        cluster.sql("SELECT nothing")
