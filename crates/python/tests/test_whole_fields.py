"""RNTuples: classes and collections of classes as columns, variants, and both in other packages."""

import re

import awkward as ak
import hepframe as hf
import pyarrow as pa
import pytest
from hepframe._completer import _names_of
from hepframe._display import frame_html


@pytest.fixture(scope="module")
def events(every_field):
    """The first entries of an RNTuple; entry `i` has `i % 4` hits, numbered from `10 * i`."""
    return hf.read(f"{every_field}/field_cut_split.root:dir/Events").limit(6)


def hits(entry):
    return [{"x": float(k), "n": k, "s": f"t{k}"} for k in range(10 * entry, 10 * entry + entry % 4)]


def values(frame, name):
    return frame.select(name).to_arrow()[name].to_pylist()


def test_a_class_is_one_column_and_so_is_a_collection_of_it(events):
    assert {"hit", "hits", "pair", "untyped"} < set(events.columns)
    assert not [name for name in events.columns if "." in name]
    assert values(events, "hits") == [hits(entry) for entry in range(6)]
    assert values(events, "hit")[5] == {"x": 5.0, "n": 5, "s": "t5"}


def test_awkward_gets_records_without_options(events):
    array = events.select("hit", "hits", "hits.x", "vv", "optional").to_awkward()

    hit = "{x: float32, n: int32, s: string}"
    assert str(array.type) == (
        f'6 * {{hit: {hit}, hits: var * {hit}, "hits.x": var * float32, vv: var * var * int16, '
        "optional: ?int32}"
    )
    assert array.hits.to_list() == [hits(entry) for entry in range(6)]


@pytest.mark.parametrize("hard", ["hits.x > 20", hf.col("hits").x > 20])
def test_expressions_take_members_and_whole_items(events, hard):
    frame = events.define("hard", hard).define("best", "hits[hits.x > 20][0]")

    assert values(frame, "hard") == [[hit["x"] > 20 for hit in hits(entry)] for entry in range(6)]
    assert [best and best["n"] for best in values(frame, "best")] == [None, None, 21, 30, None, 50]
    assert frame.filter("hit.n >= 3").h1("hits.x", bins=2, range=(0, 100)).result().sum() == 4


def test_paths_name_their_columns(events):
    assert events.select(hf.col("hits").x, "hit.n", events["hit"].s).columns == ["hits.x", "hit.n", "hit.s"]
    assert events.group_by(hf.col("hit").n, "hit.x").agg(n="count(*)").columns == ["hit.n", "hit.x", "n"]


def test_a_member_of_a_class_that_is_missing_is_missing():
    rows = pa.array([{"y": 1.5}, None, {"y": None}], pa.struct({"y": pa.float64()}))
    items = pa.ListArray.from_arrays([0, 2, 2, 3], rows)
    frame = hf.from_arrow(pa.table({"op": rows, "many": items}))

    assert values(frame, "op.y") == [1.5, None, None]
    assert values(frame, "many.y") == [[1.5, None], [], [None]]
    assert frame.filter("op.y IS NULL").count().result() == 2


def test_values_below_a_null_are_not_seen():
    numbers = pa.array([1.5, 7.0, 8.0])
    structs = pa.StructArray.from_arrays([numbers], ["y"], mask=pa.array([False, True, True]))

    frame = hf.from_arrow(pa.table({"op": structs}))

    assert values(frame, "op.y") == [1.5, None, None]
    assert frame.h1("op.y", bins=1, range=(0, 10)).result().sum(flow=True) == 1


VARIANT = [0, "t1", [20.0, 21.0], 3, "t4", [50.0]]
LOST = [None, 1, 2, None, 4, 5]


def test_variants_are_the_values_they_hold(events):
    frame = events.select("variant", "lost")
    array = frame.to_awkward()

    assert str(array.variant.type) == "6 * union[int32, string, var * float32]"
    assert array.variant.to_list() == values(frame, "variant") == VARIANT
    assert array.lost.to_list() == values(frame, "lost") == LOST


def test_variants_are_objects_where_a_package_has_no_type_for_them(events):
    frame = events.define("again", "variant").select("hit", "variant", "again")
    pandas, arrays = frame.to_pandas(), frame.to_numpy()

    assert list(pandas.columns) == ["hit", "variant", "again"]
    assert pandas["variant"].to_list() == pandas["again"].to_list() == VARIANT
    assert arrays["variant"].dtype == object and arrays["variant"].tolist() == VARIANT


def test_variants_alone_are_rows_of_pandas(events):
    assert events.select("variant").to_pandas()["variant"].to_list() == VARIANT


def test_packages_that_cannot_have_variants_say_so(events, tmp_path):
    frame = events.select("i32", "variant")

    with pytest.raises(
        hf.errors.InvalidQuery, match="polars has no type for variants, which are in 'variant'"
    ):
        frame.to_polars()
    with pytest.raises(hf.HepframeError, match="Parquet has no type for the variants of column `variant`"):
        frame.write_parquet(tmp_path / "v.parquet")


def test_whole_fields_are_written_to_parquet_and_read_again(events, tmp_path):
    frame = events.select("hit", "hits", "optional")

    assert frame.write_parquet(tmp_path / "h.parquet") == 6
    back = hf.read(str(tmp_path / "h.parquet"))
    assert back.to_arrow().to_pylist() == frame.to_arrow().to_pylist()
    assert frame.to_polars()["hits"].to_list() == values(frame, "hits")


def test_a_table_shows_classes_and_variants_as_people_write_them(events):
    page = re.sub(r"<[^>]+>", "|", frame_html(events.select("hit", "variant", "lost")))

    assert "{&quot;x&quot;: float32, &quot;n&quot;: int32, &quot;s&quot;: string}" in page
    assert "union[int32, string, var * float32]" in page and "union[int32, string]|" in page
    assert "{x: 5, n: 5, s: t5}" in page and "|[20, 21]|" in page and "|null|" in page


def test_tab_offers_members(events):
    assert {"hits", "hits.x", "hit.s", "vv"} < set(_names_of(events))


def test_uproot_reads_the_same(events, every_field):
    uproot = pytest.importorskip("uproot")
    with uproot.open(f"{every_field}/field_cut_split.root:dir/Events") as ntuple:
        names = ["f32", "string", "vs", "hits", "hit", "a3", "optional", "u64"]
        wanted = ntuple.arrays(names, entry_stop=6)

    found = events.select(*names).to_awkward()

    for name in names:
        assert found[name].to_list() == wanted[name].to_list(), name


def test_columns_of_one_prefix_are_a_collection(events):
    muons = events.select("Muon").to_awkward().Muon

    assert muons.fields == ["pt", "charge"]
    assert ak.num(muons).to_list() == [0, 1, 2, 3, 0, 1]
