"""What one writes by habit or by mistake: each error says what to write instead."""

import copy
import pickle

import awkward as ak
import hepframe as hf
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    return hf.read(hf.write_demo(tmp_path_factory.mktemp("habits") / "events.root", 200))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Histo1D", r"here it is h1\("),
        ("Define", r"here it is define\("),
        ("Snapshot", r"here it is write_parquet\("),
        ("AsNumpy", r"here it is to_numpy\(\)"),
        ("groupby", r"here it is group_by\("),
        ("with_columns", r"here it is define\("),
        ("shape", r"here it is count\(\)"),
        ("arrays", r"here it is to_awkward\(\)"),
        ("filters", "did you mean `filter`"),
        ("MET_pt", r"write frame\['MET_pt'\] or hepframe.col\('MET_pt'\)"),
        ("Muon", r"write frame\['Muon'\]"),
        ("MET_pd", r"the column 'MET_pt' is frame\['MET_pt'\]"),
        ("xyzzy", "no column of this name"),
    ],
)
def test_a_word_of_other_packages_is_told_the_one_here(events, written, words):
    with pytest.raises(AttributeError, match=words):
        getattr(events, written)


def test_every_word_that_is_told_is_there(events):
    from hepframe._habits import _WORDS

    for theirs, told in _WORDS.items():
        ours = told.partition("(")[0]
        assert not hasattr(type(events), theirs), theirs
        if ours.isidentifier():
            assert hasattr(type(events), ours), ours


def assign(frame):
    frame["x"] = 1


def set_attribute(frame):
    frame.cut = 1


def delete(frame):
    del frame["MET_pt"]


@pytest.mark.parametrize(
    ("habit", "error", "words"),
    [
        (lambda frame: frame[frame["MET_pt"] > 3], TypeError, r'write frame.filter\(\("MET_pt" > 3\)\)'),
        (lambda frame: frame[:10], TypeError, r"limit\(10\)"),
        (lambda frame: frame[0], TypeError, r"limit\(10\)"),
        (len, TypeError, r"frame.count\(\).result\(\)"),
        (np.asarray, TypeError, r"no array; to_numpy\(\)"),
        (ak.Array, TypeError, r"to_awkward\(\)"),
        (pd.DataFrame, TypeError, r"to_pandas\(\)"),
        (bool, TypeError, "frame is not None"),
        (list, TypeError, r"frame.columns.*frame.batches\(\)"),
        (assign, TypeError, r"frame = frame.define\('x', ...\)"),
        (set_attribute, AttributeError, r"frame = frame.define\('cut', ...\)"),
        (delete, TypeError, r"frame = frame.select"),
        (pickle.dumps, TypeError, r"frame.to_arrow\(\)"),
        (lambda frame: pickle.dumps(frame.session), TypeError, "make one in each process"),
        (lambda frame: pickle.dumps(frame.count()), TypeError, r"its .result\(\) can"),
        (lambda frame: frame.count() == 200, TypeError, r"\.result\(\) == 200"),
        (lambda frame: bool(frame.count()), TypeError, r"\.result\(\)"),
        (lambda frame: frame.count().GetValue(), AttributeError, r"write \.result\(\)"),
        (lambda frame: frame.h1("run", bins=1, range=(0, 1)).Draw(), AttributeError, r"write \.plot\(\)"),
        (lambda frame: frame.h1("run", bins=1, range=(0, 1)).values(), AttributeError, r"result\(\).values"),
        (lambda frame: frame.group_by("run").count(), AttributeError, r"agg\(n='count\(\*\)'"),
        (hf.run, hf.HepframeError, "takes what frames book"),
    ],
)
def test_a_habit_of_other_packages_is_refused_with_what_to_write(events, habit, error, words):
    with pytest.raises(error, match=words):
        habit(events)


def test_a_frame_is_as_good_as_its_copy(events):
    assert copy.copy(events) is copy.deepcopy(events) is events
    assert "MET_pt" in events and "MET_pd" not in events
    assert not hasattr(events, "_repr_latex_")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda frame: frame.filter(None), "give SQL text or an expression"),
        (lambda frame: frame.filter(""), "an expression is empty"),
        (lambda frame: frame.filter("run > 0", None), "name of a filter is text, not None"),
        (lambda frame: frame.filter(lambda row: row), "hepframe.udf"),
        (lambda frame: frame.filter("run > 1 && event > 1"), "the word AND"),
        (lambda frame: frame.filter("!(run > 1)"), "the word NOT"),
        (lambda frame: hf.udf(len, inputs="float64", output="int64"), r"\['float64'\]"),
        (lambda frame: hf.udf(3, inputs=[], output="int64"), "a function of arrays, not 3"),
        (lambda frame: hf.write_demo("x.root", -1), "events is 0 or more"),
        (lambda frame: frame.count().result() and frame.h1("run", bins=1, range=(0, 1)).plot(3), "subplots"),
        (lambda frame: frame.define("x", 3), r"lit\(3\) is the value"),
        (lambda frame: frame.define(3, "run"), "is text, not 3"),
        (lambda frame: frame.define("", "run"), "is not empty"),
        (lambda frame: frame.alias("a", 3), "is text, not 3"),
        (lambda frame: frame.select(["run", "event"]), "one by one"),
        (lambda frame: frame.limit("3"), "is a whole number, not '3'"),
        (lambda frame: frame.limit(2.5), "is a whole number, not 2.5"),
        (lambda frame: frame.limit(True), "is a whole number, not True"),
        (lambda frame: frame.limit(10**30), "64 bits, not 1000"),
        (lambda frame: frame.sample("x"), "from 0 to 1, not 'x'"),
        (lambda frame: frame.sample(0.5, by=[]), "by names columns"),
        (lambda frame: frame.join(3, on="run"), "takes a frame, not int"),
        (lambda frame: frame.join(frame, on=None), "that both frames have"),
        (lambda frame: frame.union(3), "takes a frame, not int"),
        (lambda frame: frame.union(frame.select("run")), "only one of them has: .*MET_pt"),
        (lambda frame: frame.h1("run", bins=10**30, range=(0, 1)), "fits into memory"),
        (lambda frame: frame.h1("run", bins=3, range=(0, 1), label=5), r"labels of axes are texts.*\[5\]"),
        (lambda frame: frame.h1("run", bins=3, range=(0, 1), weight=2.0), r"lit\(2.0\)"),
        (lambda frame: frame.h2(("run", "event"), bins=3, range=((0, 1), (0, 1))), "one for each; got 3"),
        (lambda frame: float(frame.limit(0).mean("MET_pt")), "no events"),
        (lambda frame: hf.read(""), "the text is empty"),
        (lambda frame: hf.read(b"x"), "not by bytes"),
        (lambda frame: hf.read("x.root", tree=3), "named by text, not by 3"),
        (lambda frame: hf.sql(None), "SQL is text, not None"),
        (lambda frame: hf.sql("SELECT 1", 3), "names and values, not 3"),
        (lambda frame: hf.sql("SELECT * FROM frame"), r"sql\(..., frame=frame\)"),
        (lambda frame: hf.connect(None), "hepframe://host:21050"),
        (lambda frame: frame.session.register("", frame), "is not empty"),
        (lambda frame: hf.Session(threads=0), "is 1 or more, not 0"),
        (lambda frame: hf.Session(memory=1.5), "whole number, not 1.5"),
        (lambda frame: hf.Session(cache=-1), "is 0 or more, not -1"),
        (lambda frame: hf.from_arrow([1, 2]), r"write \{'x': values\}"),
        (lambda frame: hf.from_arrow([{"x": 1}]), "from_pylist"),
        (lambda frame: hf.from_arrow({}), "without columns"),
        (lambda frame: hf.from_arrow({"x": 3}), "column `x` cannot be one"),
        (lambda frame: hf.from_arrow({"x": [1], "y": [1, 2]}), r"\{'x': 1, 'y': 2\}"),
        (lambda frame: hf.from_arrow({"x": np.array([1j])}), "column `x` cannot be one"),
        (lambda frame: hf.from_arrow(pa.array([1])), r"from_arrow\(\{'x': values\}\)"),
        (lambda frame: hf.from_arrow(pd.DataFrame([[1, 2]], columns=["a", "a"])), "Duplicate column names"),
        (lambda frame: hf.from_arrow(pl.LazyFrame({"x": [1]})), "before it is collected"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_with_what_can(events, call, words):
    with pytest.raises((TypeError, hf.HepframeError), match=words):
        call(events)


def test_marks_in_texts_and_names_are_no_operators():
    frame = hf.from_arrow({"a!": ["x && y", "!"], "b": [1, 2]})

    assert frame.filter("\"a!\" = 'x && y' AND b != 2").count().result() == 1


@pytest.mark.parametrize(
    "name", ["select", "group", "a.b", "c-d", "e f", "größe µ", "日本", 'q"uote', "Upper"]
)
def test_a_column_may_be_called_anything(name):
    frame = hf.from_arrow({name: [1, 2, 2], "x": [1.0, 2.0, 3.0]})

    for column in (name, frame[name]):
        grouped = frame.group_by(column).agg(n="count(*)").sort(column)
        assert frame.h1(column, bins=2, range=(1, 3)).result().values().tolist() == [1, 2]
        assert grouped.to_arrow().to_pydict() == {name: [1, 2], "n": [1, 2]}
        assert frame.sum(column).result() == 5
        assert frame.define("twice", column).filter("twice = 2").count().result() == 2
    assert frame.select(name).columns == [name]
    assert frame.join(grouped, on=name).count().result() == 3


def test_groups_are_named_by_their_columns_or_aliases():
    frame = hf.from_arrow({"x": [1, 2, 3], "y": [1, 1, 1]})

    groups = frame.group_by((hf.col("x") > 1).alias("big"), ["y"]).agg(n="count(*)").sort("n")

    assert groups.to_arrow().to_pydict() == {"big": [False, True], "y": [1, 1], "n": [1, 2]}


def test_a_selected_expression_may_be_named_as_in_sql(events):
    names = events.select("run + 1 AS next", 'MET_pt as "a b"', "CAST(run AS BIGINT)").columns

    assert names == ["next", "a b", "CAST(run AS BIGINT)"]


def test_a_union_goes_by_the_names_of_columns():
    left, right = hf.from_arrow({"a": [1], "b": [2]}), hf.from_arrow({"b": [3], "a": [4]})

    assert left.union(right).to_arrow().to_pydict() == {"a": [1, 4], "b": [2, 3]}


@pytest.mark.parametrize(
    "rows",
    [
        pd.Series([1, 2], name="x"),
        pl.Series("x", [1, 2]),
        np.array([(1,), (2,)], dtype=[("x", "i4")]),
        {"x": np.array([1, 2], dtype=">i4")},
        {"x": pl.Series([1, 2])},
        {"x": pa.chunked_array([[1], [2]])},
        {"x": range(1, 3)},
    ],
    ids=["pandas", "polars", "records", "big-endian", "dict of series", "chunks", "range"],
)
def test_these_are_tables_too(rows):
    assert hf.from_arrow(rows).to_arrow().to_pydict() == {"x": [1, 2]}


def test_a_decimal_says_why_it_cannot_be_awkward():
    import decimal

    frame = hf.from_arrow({"price": [decimal.Decimal("1.25")]})

    with pytest.raises(hf.errors.InvalidQuery, match=r"column 'price' .*CAST"):
        frame.to_awkward()
