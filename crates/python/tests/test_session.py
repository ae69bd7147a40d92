"""Sessions: files, filesets, SQL with values and tables, errors."""

import math
import warnings

import hepframe as hf
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return hf.write_demo(tmp_path_factory.mktemp("session") / "events.root", 2000)


@pytest.mark.parametrize(
    "files",
    [
        lambda path: path + ":Events",
        lambda path: [path],
        lambda path: {path: "Events"},
        lambda path: {path: None},
        lambda path: {path: {"object_path": "Events"}},
        lambda path: {
            path: {"object_path": "Events", "steps": [[0, 1500], [1500, 2000]], "num_entries": 2000}
        },
        lambda path: path.replace("events", "ev*"),
    ],
)
def test_files_are_named_in_many_ways(path, files):
    assert hf.read(files(path)).count().result() == 2000


def test_a_tree_may_be_named_beside_the_files(path):
    assert hf.read(path, tree="Events").count().result() == 2000


def test_a_part_of_a_file_is_refused(path):
    part = {path: {"object_path": "Events", "steps": [[0, 1500]], "num_entries": 2000}}

    with pytest.raises(hf.errors.InvalidQuery, match="steps"):
        hf.read(part)


def test_the_metadata_of_a_fileset_become_columns(path):
    files = {"ttbar": {"files": {path: "Events"}, "metadata": {"xsec": 831.8, "year": 2018}}, "data": [path]}

    rows = hf.read(files).group_by("dataset", "xsec", "year").agg(n="count(*)").sort("dataset").to_arrow()

    assert rows.to_pylist() == [
        {"dataset": "data", "xsec": None, "year": None, "n": 2000},
        {"dataset": "ttbar", "xsec": 831.8, "year": 2018, "n": 2000},
    ]


def test_datasets_with_other_columns_keep_what_all_have(path, tmp_path):
    hf.read(path).select("run", "event").write_parquet(tmp_path / "few.parquet")
    files = {"many": [path], "few": [str(tmp_path / "few.parquet")]}

    with pytest.warns(hf.HepframeWarning, match="MET_pt") as told:
        frame = hf.read(files)
    assert [warning.filename for warning in told] == [__file__]

    assert frame.columns == ["run", "event", "dataset"]
    assert frame.count().result() == 4000


@pytest.mark.parametrize(
    "value",
    [
        1, -1, 2**63 - 1, -(2**63), 2**64 - 1, 0.1, -1e-300, 1e300, math.inf, -math.inf, "it's; --", "",
        True, False, None, np.float32(0.5), np.int64(-3), "$x", "日本",
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_was(value):
    [found] = hf.sql("SELECT $x AS x", x=value).to_arrow()["x"].to_pylist()

    assert found == value


def test_nan_is_a_value():
    [found] = hf.sql("SELECT $x AS x", x=math.nan).to_arrow()["x"].to_pylist()

    assert math.isnan(found)


def test_a_list_is_what_in_looks_into(path):
    events = hf.read(path)

    rows = hf.sql(
        "SELECT count(*) AS n FROM events WHERE event IN ($wanted)", events=events, wanted=[1, 5, -7]
    )

    assert rows.to_arrow()["n"].to_pylist() == [2]


def test_text_is_never_run(path):
    evil = "1; DROP TABLE x"
    rows = hf.sql(
        "SELECT count(*) AS n FROM events WHERE CAST(run AS VARCHAR) = $v", events=hf.read(path), v=evil
    )

    assert rows.to_arrow()["n"].to_pylist() == [0]


def test_values_that_sql_does_not_have_are_refused():
    with pytest.raises(TypeError, match="value of `x`: set cannot be a value"):
        hf.sql("SELECT $x", {"x": {1, 2}})


def test_a_missing_value_names_the_nearest():
    with pytest.raises(hf.errors.UnknownParameter) as caught:
        hf.sql("SELECT $cutt", cut=1)

    assert caught.value.name == "cutt"
    assert caught.value.suggestions == ["cut"]


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"x": [1, 2, 3]}),
        pd.DataFrame({"x": [1, 2, 3]}),
        {"x": np.array([1, 2, 3])},
    ],
    ids=["pyarrow", "pandas", "dict"],
)
def test_a_table_of_another_package_is_known_to_one_statement(table):
    assert hf.sql("SELECT sum(x) AS x FROM other", other=table).to_arrow()["x"].to_pylist() == [6]
    with pytest.raises(hf.errors.UnknownTable):
        hf.sql("SELECT * FROM other")


def test_a_table_of_a_statement_hides_one_of_the_session():
    session = hf.Session()
    session.register("t", {"x": [1]})

    assert session.sql("SELECT x FROM t", t={"x": [2]}).to_arrow()["x"].to_pylist() == [2]
    assert session.sql("SELECT x FROM t").to_arrow()["x"].to_pylist() == [1]
    assert session.tables() == ["t"]
    assert session.deregister("t")
    assert not session.deregister("t")


def test_a_table_of_a_statement_may_be_queried_by_parts(path):
    text = (
        "WITH two AS (SELECT * FROM ev WHERE nMuon = 2) SELECT count(*) AS n FROM two JOIN ev USING (event)"
    )
    events = hf.read(path)

    [n] = hf.sql(text, ev=events).to_arrow()["n"].to_pylist()

    assert n == events.filter("nMuon = 2").count().result()


def test_statements_run_one_after_the_other(path, tmp_path):
    session = hf.Session()
    out = tmp_path / "out.parquet"

    rows = session.sql(
        f"""
        CREATE VIEW v AS SELECT MET_pt FROM '{path}' LIMIT 7;
        COPY (SELECT * FROM v) TO '{out}';
        SELECT * FROM '{out}'
        """
    )

    assert rows.to_arrow().num_rows == 7


def test_what_is_left_out_of_a_star_is_a_warning(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hf.sql(f"SELECT * FROM '{path}'")


def test_a_missing_file_is_an_error_of_two_families(path):
    with pytest.raises(FileNotFoundError) as caught:
        hf.read(path.replace("events", "evnts"))

    assert isinstance(caught.value, hf.HepframeError)
    assert caught.value.suggestions == [path]


@pytest.mark.parametrize("size", ["4 cats", "x", "1.2.3GB"])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(hf.errors.InvalidQuery, match="is no size"):
        hf.Session(cache=size)


def test_sizes_have_units():
    from hepframe._checks import bytes_of

    sizes = {"4GB": 4 * 10**9, "1 MiB": 2**20, "10": 10, 7: 7, None: None, "1.5k": 1500}

    assert {size: bytes_of(size) for size in sizes} == sizes


def test_frames_of_other_sessions_are_refused(path):
    events = hf.read(path)

    with pytest.raises(hf.errors.InvalidQuery, match="another session"):
        hf.Session().sql("SELECT * FROM events", events=events)


def test_what_a_query_cost_is_told(path):
    session = hf.Session(cache="100MB")
    events = session.read(path)
    events.select("MET_pt").to_arrow()
    first = session.last_cost
    events.select("MET_pt").to_arrow()
    second = session.last_cost

    assert first["bytes_read"] > 0 and first["rows"] == 2000
    assert second["bytes_read"] == 0 and second["bytes_from_cache"] > 0


def test_a_function_of_arrays_is_part_of_expressions(path):
    session = hf.Session()

    @hf.udf(inputs=["float64", "int32"], output="float64", session=session)
    def scaled(x, n):
        return np.asarray(x) * np.asarray(n)

    frame = session.read(path).define("s", scaled(hf.col("MET_pt"), "nMuon")).select("MET_pt", "nMuon", "s")
    rows = frame.to_numpy()

    assert np.array_equal(rows["s"], rows["MET_pt"].astype(float) * rows["nMuon"])
    assert session.sql("SELECT scaled(2.0, 3) AS x").to_arrow()["x"].to_pylist() == [6.0]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("plain(1.0, 2.0)", "takes 1 arguments, got 2"),
        ("plain(Jet_pt)", "takes Float64 as argument 1, and this is List"),
    ],
)
def test_a_function_says_what_it_takes(path, call, why):
    session = hf.Session()
    hf.udf(lambda x: x, inputs=["float64"], output="float64", name="plain", session=session)

    with pytest.raises(hf.errors.InvalidQuery, match=why):
        session.read(path).select(call)


def test_a_function_that_fails_says_which_and_why(path):
    session = hf.Session()

    @hf.udf(inputs=["float64"], output="float64", session=session)
    def broken(x):
        raise ValueError("no such calibration")

    with pytest.raises(hf.HepframeError, match="function `broken`: ValueError: no such calibration"):
        session.read(path).select("broken(MET_pt)").to_arrow()


def test_a_function_must_give_a_value_for_each_row(path):
    session = hf.Session()
    hf.udf(lambda x: [1.0], inputs=["float64"], output="float64", name="short", session=session)

    with pytest.raises(hf.HepframeError, match="gave 1 values for 2000 rows"):
        session.read(path).select("short(MET_pt)").to_arrow()


def test_a_function_that_runs_a_query_is_refused(path):
    session = hf.Session()
    hf.udf(
        lambda x: session.read(path).count().result(),
        inputs=["float64"],
        output="float64",
        name="deep",
        session=session,
    )

    with pytest.raises(hf.HepframeError, match="cannot run a query itself"):
        session.read(path).select("deep(MET_pt)").to_arrow()


def test_functions_are_refused_on_a_cluster(cluster_url):
    session = hf.connect(cluster_url)

    with pytest.raises(hf.errors.NotOnCluster, match="lives in this process"):
        hf.udf(lambda x: x, inputs=["float64"], output="float64", name="same", session=session)


def test_a_cluster_gives_the_same(cluster_url, path):
    text = "SELECT nMuon, count(*) AS n, h1(MET_pt, 10, 0, 100) AS h FROM ev GROUP BY nMuon ORDER BY nMuon"
    there = hf.connect(cluster_url, token="secret")

    here = hf.sql(text, ev=hf.read(path)).to_arrow()

    assert there.url == cluster_url
    assert there.sql(text, ev=there.read(path)).to_arrow().equals(here)
    assert there.read(path).filter("nMuon = $x".replace("$x", "2")).count().result() == (
        hf.read(path).filter("nMuon = 2").count().result()
    )
