"""The notebooks in examples/ run from top to bottom, and are kept without what they showed."""

import json
import os
from pathlib import Path

import pytest

from conftest import hepframe_command

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))
PACKAGE = Path(__file__).resolve().parents[1] / "python"


def test_there_is_a_notebook_for_each_way_in():
    ways = "adl_queries dimuon_peak first_look from_coffea_uproot from_rdataframe on_a_cluster"
    assert [f"{way}.ipynb" for way in ways.split()] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_outputs(name):
    for cell in json.loads((EXAMPLES / name).read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_shows_no_error(name, tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: pip install hepframe[test]")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: pip install hepframe[test]")
    if (command := hepframe_command()) is not None:
        monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(PACKAGE)]).strip(os.pathsep)
    )
    notebook = nbformat.read(EXAMPLES / name, as_version=4)

    # A cell that fails is an exception here. Nothing is written to where the notebooks are.
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()

    kinds = [
        kind for cell in notebook.cells for out in cell.get("outputs", []) for kind in out.get("data", {})
    ]
    assert "text/html" in kinds
