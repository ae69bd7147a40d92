"""What several tests share: a cluster of this machine's processes."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def hepframe_command() -> Path | None:
    """The built `hepframe`: that of `HEPFRAME_COMMAND`, or the newer one of the two in `target`."""
    told = os.environ.get("HEPFRAME_COMMAND")
    candidates = [Path(told)] if told else [ROOT / f"target/{kind}/hepframe" for kind in ("debug", "release")]
    built = [path for path in candidates if path.exists()]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a scheduler and two executors, which end with the tests."""
    command = hepframe_command()
    if command is None:
        pytest.skip("no cluster: build the command (cargo build -p hepframe-cli) or set HEPFRAME_COMMAND")
    folder = tmp_path_factory.mktemp("cluster")
    # It ends when its standard input does, so it does not outlive tests that were killed.
    options = ["--executors", "2", "--slots", "1", "--port", "0", "--log", "warn", "--with-parent"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [command, "cluster", *options, "--cache-bytes", "64MiB", "--work-dir", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as cluster,
    ):
        assert cluster.stdout is not None
        # The command gives up by itself when it cannot start, which ends its output.
        ready = cluster.stdout.readline().strip()
        if not ready.startswith("ready "):
            cluster.terminate()
            pytest.fail(f"the cluster did not start: {(folder / 'log').read_text()}")
        yield ready.removeprefix("ready ")
        cluster.terminate()
