"""Streams of frames in other packages: read whole, in part, several at a time, after all else is gone."""

import gc
from concurrent.futures import ThreadPoolExecutor

import duckdb
import hepframe as hf
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest

EVENTS = 30_000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return hf.write_demo(tmp_path_factory.mktemp("streams") / "events.root", EVENTS)


@pytest.fixture
def frame(path):
    return hf.Session(batch_rows=1000).read(path).select("event", "MET_pt", "Jet_pt")


@pytest.mark.parametrize(
    "rows",
    [
        lambda frame: pa.table(frame).num_rows,
        lambda frame: len(pl.DataFrame(frame)),
        lambda frame: len(pd.DataFrame.from_arrow(frame)) if hasattr(pd.DataFrame, "from_arrow") else EVENTS,
        lambda frame: duckdb.sql("SELECT count(*) FROM frame").fetchall()[0][0],
        lambda frame: duckdb.sql("SELECT sum(a.n) FROM (SELECT 1 AS n FROM frame) AS a").fetchall()[0][0],
        lambda frame: pa.dataset.Scanner.from_batches(frame).count_rows(),
    ],
    ids=["pyarrow", "polars", "pandas", "duckdb", "duckdb's part", "dataset"],
)
def test_all_rows_are_read_by(frame, rows):
    assert rows(frame) == EVENTS


def first_of_reader(frame):
    return pa.RecordBatchReader.from_stream(frame).read_next_batch().slice(0, 3).num_rows


def first_of_batches(frame):
    return next(frame.batches()).slice(0, 3).num_rows


@pytest.mark.parametrize(
    "rows",
    [
        lambda frame: len(duckdb.sql("SELECT * FROM frame LIMIT 3").fetchall()),
        lambda frame: len(duckdb.connect().execute("SELECT * FROM frame").fetchmany(3)),
        lambda frame: pa.dataset.Scanner.from_batches(frame).head(3).num_rows,
        first_of_reader,
        first_of_batches,
        lambda frame: 3 if frame.__arrow_c_stream__() is not None else 0,
    ],
    ids=["duckdb", "duckdb fetches", "dataset", "reader", "batches", "nothing read"],
)
def test_a_reader_may_stop_early(frame, rows):
    for _ in range(5):
        assert rows(frame) == 3

    assert frame.count().result() == EVENTS


def test_streams_of_one_session_are_read_in_turns(frame):
    one, other = (pa.RecordBatchReader.from_stream(frame) for _ in range(2))

    counts = [0, 0]
    for left, right in zip(one, other, strict=True):
        counts = [counts[0] + left.num_rows, counts[1] + right.num_rows]

    assert counts == [EVENTS, EVENTS]


def test_duckdb_joins_frames(frame):
    jets = frame.select("event", n="len(Jet_pt)")  # noqa: F841 (duckdb finds the variable)

    [(rows,)] = duckdb.sql("SELECT count(*) FROM frame JOIN jets USING (event)").fetchall()

    assert rows == EVENTS


def test_a_query_that_fails_at_its_first_rows_says_so_itself():
    frame = hf.from_arrow({"text": ["1", "x"]}).select("CAST(text AS INT)")

    with pytest.raises(hf.errors.InvalidQuery, match="'x'"):
        pa.table(frame)


def test_answers_outlive_their_session(path):
    session = hf.Session(cache=0, batch_rows=1000)
    frame = session.read(path)
    count, stream, batches = frame.count(), pa.RecordBatchReader.from_stream(frame), frame.batches()
    first, arrays = next(batches), frame.select("Jet_pt").to_awkward()

    del session, frame
    gc.collect()

    assert count.result() == EVENTS
    assert sum(batch.num_rows for batch in stream) == EVENTS
    assert first.num_rows + sum(batch.num_rows for batch in batches) == EVENTS
    assert len(arrays.Jet_pt) == EVENTS


def test_threads_may_ask_for_one_answer(path):
    histogram = hf.read(path).h1("MET_pt", bins=10, range=(0, 100))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: histogram.result().sum(flow=True), range(16)))

    assert found == [EVENTS] * 16
