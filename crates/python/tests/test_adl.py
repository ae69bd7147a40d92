"""The eight ADL queries give the reference's histograms, bin by bin: in this process and on a cluster."""

import json
import warnings
from pathlib import Path

import hepframe as hf
import pyarrow.parquet
import pytest
from adl_loops import loops, made_up_events
from adl_queries import ANSWERS, book

REAL = Path(__file__).resolve().parents[4] / "shared/perf/real"
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


@pytest.mark.parametrize("spelling", ["text", "col"])
@pytest.mark.parametrize("file", ["_ttree.root", "_ttree_vector.root", ".parquet"])
def test_real_events_give_the_histograms_of_the_reference(session, file, spelling):
    path = REAL / f"Run2012B_SingleMu_1000{file}"
    reference = REAL / "adl_reference.json"
    if not (path.exists() and reference.exists()):
        warnings.warn(f"real events are not tested: {REAL} is not there", stacklevel=1)
        pytest.skip(f"no real events in {REAL}")
    wanted = json.loads(reference.read_text())

    found = session.run(book(spelling, session.read(str(path))))

    for answer, histogram in zip(ANSWERS, found, strict=True):
        bins = [wanted[answer]["underflow"], *wanted[answer]["counts"], wanted[answer]["overflow"]]
        assert histogram.values(flow=True).tolist() == bins, answer
