"""What several tests share: a cluster of this machine's processes, ROOT files of every type and field."""

import os
import subprocess
import warnings
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


def written(example: str, folder: Path) -> Path:
    """The folder with the files that an example of `hepframe-root-write` writes; skips if it is not built."""
    told = os.environ.get(f"HEPFRAME_{example.upper()}")
    built = [ROOT / f"target/{kind}/examples/{example}" for kind in ("debug", "release")]
    command = next((path for path in ([Path(told)] if told else built) if path.exists()), None)
    if command is None:
        why = f"build it: cargo build -p hepframe-root-write --example {example}"
        warnings.warn(f"no ROOT file of {example} is tested: {why}", stacklevel=2)
        pytest.skip(why)
    subprocess.run([command, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def every_type(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with a branch of every type, 300 entries."""
    return written("every_type", tmp_path_factory.mktemp("every_type"))


@pytest.fixture(scope="session")
def every_field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with an RNTuple of every kind of field, 300 entries."""
    return written("every_field", tmp_path_factory.mktemp("every_field"))


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
