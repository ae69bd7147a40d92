"""Rows go out to other packages and come back the same, for every type of `docs/supported-types.md`."""

import awkward as ak
import duckdb
import hepframe as hf
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

I16, F32, F64 = pa.int16(), pa.float32(), pa.float64()
COLUMNS = {
    "boolean": pa.array([True, False, True]),
    **{
        f"int{bits}": pa.array([-(2 ** (bits - 1)), 0, 2 ** (bits - 1) - 1], f"int{bits}")
        for bits in (8, 16, 32, 64)
    },
    **{f"uint{bits}": pa.array([0, 1, 2**bits - 1], f"uint{bits}") for bits in (8, 16, 32, 64)},
    "float32": pa.array([0.1, -0.0, 3e38], F32),
    "float64": pa.array([0.1, float("inf"), 5e-324], F64),
    "text": pa.array(["", "it's", "größe µ"]),
    "bytes": pa.array([b"", b"\x00\xff", b"abc"], pa.binary()),
    "array": pa.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], pa.list_(F32, 3)),
    "array of arrays": pa.array([[[1, 2], [3, 4]]] * 3, pa.list_(pa.list_(I16, 2), 2)),
    "list": pa.array([[1.5, 2], [], [3]], pa.list_(F32)),
    "list of booleans": pa.array([[True], [], [False, True]], pa.list_(pa.bool_())),
    "list of arrays": pa.array([[[1, 2, 3]], [], [[4, 5, 6]]], pa.list_(pa.list_(F64, 3))),
    "list of lists": pa.array([[[1], []], [], [[2, 3]]], pa.list_(pa.list_(I16))),
    "list of texts": pa.array([["a", "bb"], [], ["µ"]], pa.list_(pa.string())),
    "list of lists of texts": pa.array([[["a"], []], [], [["b", "c"]]], pa.list_(pa.list_(pa.string()))),
    "struct": pa.array(
        [{"a": 1, "b": 0.5, "c": [1.0, 2.0]}] * 3,
        pa.struct({"a": pa.int32(), "b": F32, "c": pa.list_(F64, 2)}),
    ),
}
"""A column of each type that ROOT files have."""

OUT = {
    "pyarrow": lambda frame: frame.to_arrow(),
    "a stream": pa.table,
    "batches": lambda frame: pa.Table.from_batches(frame.batches(), frame.schema),
    "polars": lambda frame: frame.to_polars(),
    "pandas": lambda frame: frame.to_pandas(),
    "awkward": lambda frame: frame.to_awkward(),
    "numpy": lambda frame: frame.to_numpy(),
    "duckdb": lambda frame: duckdb.sql("SELECT * FROM frame"),
}
"""How a frame becomes a table of other packages; all of these are tables for `from_arrow`."""


@pytest.mark.parametrize("package", OUT)
@pytest.mark.parametrize("kind", COLUMNS)
def test_every_type_comes_back_the_same_from(package, kind):
    table = pa.table({"x": COLUMNS[kind], "row": [1, 2, 3]})

    out = OUT[package](hf.from_arrow(table))
    back = hf.from_arrow(out).to_arrow()

    assert back.to_pylist() == table.to_pylist()


@pytest.mark.parametrize("kind", COLUMNS)
def test_arrow_keeps_the_type(kind):
    table = pa.table({"x": COLUMNS[kind]})

    assert hf.from_arrow(table).to_arrow().schema.types == table.schema.types


@pytest.mark.parametrize("package", OUT)
def test_no_rows_go_out_too(package):
    table = pa.table({"x": pa.array([], F32), "many": pa.array([], pa.list_(F32))})

    out = OUT[package](hf.from_arrow(table))

    assert hf.from_arrow(out).to_arrow().num_rows == 0


# NumPy and pandas have no nulls of numbers.
@pytest.mark.parametrize("package", [name for name in OUT if name not in ("numpy", "pandas")])
def test_nulls_stay_nulls(package):
    table = pa.table(
        {"x": pa.array([1, None, 3]), "many": pa.array([[1.5], None, []]), "text": ["a", None, "c"]}
    )

    back = hf.from_arrow(OUT[package](hf.from_arrow(table))).to_arrow()

    assert back.to_pylist() == table.to_pylist()


@pytest.fixture(scope="module")
def branches(every_type):
    """A branch of every type, 300 entries."""
    return hf.read(f"{every_type}/every_zstd.root:dir/Events")


def test_a_root_file_of_every_type_says_the_same_to_all_packages(branches):
    wanted = branches.to_arrow().to_pylist()

    assert len(wanted) == 300
    assert len(wanted[0]) >= 35
    for package, out in OUT.items():
        back = hf.from_arrow(out(branches)).to_arrow()
        assert back.to_pylist() == wanted, package


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("bool", lambda i: i % 3 == 0),
        ("i8", lambda i: np.int64(i).astype("int8")),
        ("u16", lambda i: 60_000 + i),
        ("i64", lambda i: -i * 2**40),
        ("u64", lambda i: 2**64 - 1 - i),
        ("string", lambda i: "x" * (300 if i % 50 == 7 else i % 5)),
        ("x", lambda i: [10.0 * i + k for k in range(i % 4)]),
        ("vs", lambda i: [f"t{10 * i + k}" for k in range(i % 4)]),
        ("vv", lambda i: [[np.int64(10 * i + k).astype("int16"), -1] for k in range(i % 4)]),
    ],
)
def test_a_root_file_says_what_was_written(branches, column, value):
    found = branches.take(column).result().to_pylist()

    assert found == [value(entry) for entry in range(300)]


def numbers(count=1000):
    """Rows in one chunk: numbers, lists, arrays, texts."""
    values = np.arange(2 * count, dtype="float32")
    offsets = np.arange(0, 2 * count + 1, 2, dtype="int32")
    return pa.table(
        {
            "x": pa.array(values[:count]),
            "many": pa.ListArray.from_arrays(offsets, pa.array(values)),
            "array": pa.FixedSizeListArray.from_arrays(pa.array(values), 2),
            "text": pa.array([f"row {row}" for row in range(count)]),
        }
    )


def addresses(array):
    return [buffer.address for buffer in array.buffers() if buffer is not None]


def address(array):
    return array.__array_interface__["data"][0]


def test_arrow_rows_are_not_copied_on_the_way_in_and_out():
    table = numbers()
    frame = hf.from_arrow(table)

    for back in (frame.to_arrow(), pa.table(frame)):
        for name in table.column_names:
            assert addresses(back[name].chunk(0)) == addresses(table[name].chunk(0)), name


def test_awkward_looks_at_the_same_numbers():
    table = numbers()

    array = hf.from_arrow(table).to_awkward()

    assert address(ak.to_layout(array.x).data) == table["x"].chunk(0).buffers()[1].address
    many = ak.to_layout(array.many)
    assert address(many.offsets.data) == table["many"].chunk(0).buffers()[1].address
    assert address(many.content.data) == table["many"].chunk(0).values.buffers()[1].address
    assert (
        address(ak.to_layout(array.array).content.data) == table["array"].chunk(0).values.buffers()[1].address
    )


def test_numpy_looks_at_the_same_numbers():
    table = numbers()

    arrays = hf.from_arrow(table).to_numpy()

    assert address(arrays["x"]) == table["x"].chunk(0).buffers()[1].address
    assert arrays["array"].shape == (1000, 2)
    assert address(arrays["array"]) == table["array"].chunk(0).values.buffers()[1].address
    assert address(arrays["many"][0]) == table["many"].chunk(0).values.buffers()[1].address


def test_polars_looks_at_the_same_numbers():
    table = numbers()

    series = hf.from_arrow(table).to_polars()["x"]

    assert address(series.to_numpy(allow_copy=False)) == table["x"].chunk(0).buffers()[1].address


def test_tables_of_all_packages_join_in_sql():
    rows = {"run": [1, 2], "lumi": [0.5, 1.5]}
    tables = [pa.table(rows), pl.DataFrame(rows), pd.DataFrame(rows), ak.Array(rows), rows]
    tables.append(duckdb.sql("SELECT 1 AS run, 0.5::DOUBLE AS lumi UNION ALL SELECT 2, 1.5"))
    for table in tables:
        found = hf.sql("SELECT sum(lumi) AS lumi FROM good WHERE run = $run", good=table, run=2)
        assert found.to_arrow().to_pylist() == [{"lumi": 1.5}], type(table)
