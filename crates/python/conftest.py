"""What examples in docstrings run on: `hf`, and made-up events in the working directory.

pytest --doctest-modules python tests
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

EVENTS, SEED = 1000, 1


def pytest_configure(config: pytest.Config) -> None:
    """Floats in examples are compared in the digits that are shown."""
    config.addinivalue_line("doctest_optionflags", "NUMBER")
    config.addinivalue_line("doctest_optionflags", "ELLIPSIS")
    config.addinivalue_line("doctest_optionflags", "NORMALIZE_WHITESPACE")


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `events.root`: a thousand made-up events in the tree `Events`."""
    from hepframe import _native

    folder = tmp_path_factory.mktemp("demo")
    _native.write_demo(str(folder / "events.root"), EVENTS, SEED)
    return folder


@pytest.fixture(autouse=True)
def _example_events(request: pytest.FixtureRequest, doctest_namespace: dict[str, object]) -> Iterator[None]:
    """Gives examples their names; other tests are left alone."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    import hepframe as hf

    folder = request.getfixturevalue("demo_folder")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        events = hf.read("events.root:Events")
        doctest_namespace.update(hf=hf, events=events, two=events.filter("event IN (3, 4)"))
        yield
