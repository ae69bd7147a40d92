"""The eight ADL queries give the reference's histograms, bin by bin: in this process and on a cluster.

They are asked through the Python API, as text and as expressions, and as cells of a notebook.
"""

import json
import warnings
from pathlib import Path

import hepframe as hf
import pyarrow.parquet
import pytest
from adl_loops import loops, made_up_events
from adl_queries import ANSWERS, book
from IPython.core.interactiveshell import InteractiveShell

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared/perf/real"
"""Real events with their histograms, where they are at hand."""


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Made-up events as a file that all processes can read, and the histograms of plain loops."""
    path = tmp_path_factory.mktemp("adl") / "events.parquet"
    table = made_up_events()
    pyarrow.parquet.write_table(table, path, row_group_size=400)
    return str(path), loops(table)


@pytest.fixture(params=["embedded", "cluster"])
def session(request):
    if request.param == "embedded":
        return hf.Session()
    return hf.connect(request.getfixturevalue("cluster_url"))


@pytest.mark.parametrize("spelling", ["text", "col"])
def test_made_up_events_give_the_histograms_of_plain_loops(session, made_up, spelling):
    path, wanted = made_up

    found = session.run(book(spelling, session.read(path)))

    assert all(bins.sum() > 50 for bins in wanted.values()), "each query must select something"
    for answer, histogram in zip(ANSWERS, found, strict=True):
        assert histogram.values(flow=True).tolist() == wanted[answer].tolist(), answer


def real_events(file):
    """The location of the real events in a file, and their histograms with flow bins."""
    path = REAL / f"Run2012B_SingleMu_1000{file}"
    reference = REAL / "adl_reference.json"
    if not (path.exists() and reference.exists()):
        warnings.warn(f"real events are not tested: {REAL} is not there", stacklevel=1)
        pytest.skip(f"no real events in {REAL}")
    found = json.loads(reference.read_text())
    bins = (
        [found[answer]["underflow"], *found[answer]["counts"], found[answer]["overflow"]]
        for answer in ANSWERS
    )
    return str(path), dict(zip(ANSWERS, bins, strict=True))


@pytest.mark.parametrize("spelling", ["text", "col"])
@pytest.mark.parametrize("file", ["_ttree.root", "_ttree_vector.root", ".parquet"])
def test_real_events_give_the_histograms_of_the_reference(session, file, spelling):
    path, wanted = real_events(file)

    found = session.run(book(spelling, session.read(path)))

    for answer, histogram in zip(ANSWERS, found, strict=True):
        assert histogram.values(flow=True).tolist() == wanted[answer], answer


@pytest.fixture
def shell():
    """An IPython that knows the magics, and nothing else yet."""
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "hepframe")
    yield shell
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("file", ["made up", "_ttree.root", "_ttree_vector.root"])
def test_cells_of_a_notebook_give_the_same(shell, session, made_up, file):
    path, wanted = made_up if file == "made up" else real_events(file)
    shell.user_ns |= {"place": session, "events": session.read(path)}
    shell.run_line_magic("hep", "--cluster place")
    found = []

    for number in range(1, 9):
        text = (ROOT / f"benches/adl/q{number}.sql").read_text()
        ran = shell.run_cell(f"%%hep\n{text}")
        ran.raise_error()
        histograms = ran.result.to_hist()
        found += histograms.values() if isinstance(histograms, dict) else [histograms]

    for answer, histogram in zip(ANSWERS, found, strict=True):
        assert histogram.values(flow=True).tolist() == list(wanted[answer]), answer
