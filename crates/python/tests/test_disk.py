"""The cache on disk: what a session leaves to the next one, and what it refuses."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import hepframe as hf
import pytest


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return hf.write_demo(tmp_path_factory.mktemp("disk") / "events.root", 2000)


def test_columns_on_disk_outlive_their_session(path, tmp_path):
    costs = []
    for _ in range(2):
        session = hf.Session(cache="100MB", cache_disk=tmp_path / "disk", cache_disk_bytes="10MB")
        session.read(path).select("MET_pt", "Muon_pt").to_arrow()
        costs.append(session.last_cost)
        # The directory is free when the session ends.
        del session

    first, second = costs
    assert first["bytes_read"] > 0 and first["bytes_from_disk"] == 0
    assert second["bytes_read"] == 0 and second["bytes_from_disk"] > 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"cache_disk": "disk", "cache": 0}, hf.HepframeError, "needs a cache in memory"),
        ({"cache_disk": "events.root"}, hf.HepframeError, "cannot use the directory `events.root`"),
        ({"cache_disk_bytes": "1GB"}, hf.errors.InvalidQuery, "say where: cache_disk="),
        ({"cache_disk": ""}, hf.errors.InvalidQuery, "is a directory, not an empty text"),
        ({"cache_disk": "disk", "cache_disk_bytes": "much"}, hf.errors.InvalidQuery, "'much' is no size"),
        ({"cache_disk": 1}, TypeError, "PathLike"),
    ],
)
def test_a_cache_on_disk_that_cannot_be_is_refused(path, monkeypatch, options, error, message):
    monkeypatch.chdir(Path(path).parent)

    with pytest.raises(error, match=message):
        hf.Session(**options)


def test_two_sessions_do_not_share_a_cache_on_disk(tmp_path):
    first = hf.Session(cache_disk=tmp_path)

    with pytest.raises(hf.HepframeError, match=f"process {os.getpid()} uses it"):
        hf.Session(cache_disk=tmp_path)
    assert first.sql("SELECT 1 AS x").to_arrow()["x"].to_pylist() == [1]


def ran(folder, code):
    """What a process prints that ends by itself, without complaints."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    ended = subprocess.run(command, cwd=folder, check=True, timeout=120, capture_output=True, text=True)
    assert not ended.stderr
    return ended.stdout.split()


def test_columns_that_wait_for_the_disk_are_written_when_the_process_ends(path, tmp_path):
    code = f"""
        import hepframe as hf
        session = hf.Session(cache_disk="disk")
        session.read({path!r}).to_arrow()
        print(session.last_cost["bytes_read"])
    """

    assert int(ran(tmp_path, code)[0]) > 0
    assert ran(tmp_path, code) == ["0"]


def test_a_forked_child_ends_without_the_thread_that_writes(path, tmp_path):
    code = f"""
        import os, sys
        import hepframe as hf
        session = hf.Session(cache_disk="disk")
        session.read({path!r}).to_arrow()
        child = os.fork()
        if child == 0:
            del session
            sys.exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """

    assert ran(tmp_path, code) == ["7"]
