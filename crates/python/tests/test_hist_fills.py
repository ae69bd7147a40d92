"""Histograms of the engine are those that `hist` and NumPy fill from the same numbers, bit for bit."""

import hepframe as hf
import hist
import numpy as np
import pyarrow as pa
import pytest
from hepframe.errors import InvalidHistogram

RANDOM = np.random.default_rng(5)
COUNT = 5000
X = RANDOM.normal(1, 2, COUNT)
Y = RANDOM.exponential(1, COUNT)
# Sums of eighths are exact in any order.
WEIGHT = RANDOM.integers(-4, 40, COUNT) / 8
NAME = RANDOM.choice(["a", "b", "other"], COUNT)
NUMBER = RANDOM.choice([3, -1, 7], COUNT)
OFFSETS = np.arange(0, COUNT + 1, 5, dtype="int32")
EDGES = [-1, 0, 0.25, 3]


def lists(values):
    return pa.ListArray.from_arrays(OFFSETS, pa.array(values))


@pytest.fixture(scope="module")
def flat():
    return hf.from_arrow({"x": X, "y": Y, "w": WEIGHT, "name": NAME, "number": NUMBER})


@pytest.fixture(scope="module")
def jagged():
    """The same numbers, five to a row."""
    return hf.from_arrow(pa.table({"x": lists(X), "y": lists(Y), "w": lists(WEIGHT), "v": WEIGHT[::5]}))


def same(found, wanted):
    assert [list(axis) for axis in found.axes] == [list(axis) for axis in wanted.axes]
    np.testing.assert_array_equal(found.values(flow=True), wanted.values(flow=True))
    np.testing.assert_array_equal(found.variances(flow=True), wanted.variances(flow=True))


REGULAR = hist.axis.Regular(40, -3, 5)


@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize(
    ("column", "asked", "axis", "numbers"),
    [
        ("x", {"bins": 40, "range": (-3, 5)}, REGULAR, X),
        ("x", {"edges": EDGES}, hist.axis.Variable(EDGES), X),
        ("name", {"categories": ["b", "a"]}, hist.axis.StrCategory(["b", "a"]), NAME),
        ("number", {"categories": [7, 3]}, hist.axis.IntCategory([7, 3]), NUMBER),
    ],
    ids=["bins", "edges", "names", "integers"],
)
def test_one_axis(flat, column, asked, axis, numbers, weight):
    storage = hist.storage.Weight() if weight else hist.storage.Double()
    wanted = hist.Hist(axis, storage=storage).fill(numbers, weight=WEIGHT if weight else None)

    same(flat.h1(column, weight=weight, **asked).result(), wanted)


def test_bins_are_those_of_numpy(flat):
    found = flat.h1("x", bins=40, range=(-3, 5)).result()

    # NumPy counts the upper edge in; no number lies on it.
    counts, edges = np.histogram(X, 40, (-3, 5))
    np.testing.assert_array_equal(found.values(), counts)
    np.testing.assert_allclose(found.axes[0].edges, edges, atol=1e-15)
    assert found.sum(flow=True) == COUNT


@pytest.mark.parametrize("weight", [None, "w", "v"])
def test_every_element_of_a_list_fills(jagged, weight):
    weights = {None: None, "w": WEIGHT, "v": np.repeat(WEIGHT[::5], 5)}[weight]
    storage = hist.storage.Weight() if weight else hist.storage.Double()

    same(
        jagged.h1("x", bins=40, range=(-3, 5), weight=weight).result(),
        hist.Hist(REGULAR, storage=storage).fill(X, weight=weights),
    )


@pytest.mark.parametrize("weight", [None, "w"])
def test_two_axes(flat, weight):
    storage = hist.storage.Weight() if weight else hist.storage.Double()
    wanted = hist.Hist(REGULAR, hist.axis.Variable(EDGES), storage=storage)

    booked = flat.h2(("x", "y"), bins=(40, None), range=((-3, 5), None), edges=(None, EDGES), weight=weight)

    same(booked.result(), wanted.fill(X, Y, weight=WEIGHT if weight else None))


def test_three_axes(flat):
    axes = [hist.axis.Regular(4, -3, 5), hist.axis.Regular(3, 0, 2), hist.axis.Variable(EDGES)]

    booked = flat.h3(
        ("x", "y", "x + y"), bins=(4, 3, None), range=((-3, 5), (0, 2), None), edges=(None, None, EDGES)
    )

    same(booked.result(), hist.Hist(*axes).fill(X, Y, X + Y))


@pytest.mark.parametrize("weight", [None, "abs(w)"])
def test_a_profile(flat, weight):
    storage = hist.storage.WeightedMean() if weight else hist.storage.Mean()
    wanted = hist.Hist(REGULAR, storage=storage)
    wanted.fill(X, sample=Y, weight=np.abs(WEIGHT) if weight else None)

    found = flat.profile("x", "y", bins=40, range=(-3, 5), weight=weight).result()

    # `hist` updates means fill by fill, which rounds.
    for field in ("values", "variances", "counts"):
        np.testing.assert_allclose(
            getattr(found, field)(flow=True), getattr(wanted, field)(flow=True), rtol=1e-9, err_msg=field
        )


def test_an_integral_number_on_an_edge_opens_its_bin():
    found = hf.from_arrow({"x": [0, 1, 2, 3, 4]}).h1("x", bins=2, range=(0, 4)).result()

    assert found.values(flow=True).tolist() == [0, 2, 2, 1]


def test_nan_and_nulls_are_told_apart():
    table = pa.table({"x": pa.array([0.5, float("nan"), None, 9.0], from_pandas=False)})

    found = hf.from_arrow(table).h1("x", bins=1, range=(0, 1)).result()

    assert found.values(flow=True).tolist() == [0, 1, 1]
    assert found.metadata == {"entries": 3, "nan": 1.0, "missing": 1}


def test_histograms_of_sql_are_the_same(flat):
    found = hf.sql("SELECT h1(x, 40, -3, 5, w) FROM flat", flat=flat).to_hist()

    same(found, flat.h1("x", bins=40, range=(-3, 5), weight="w").result())


def test_the_engine_refuses_axes_that_cannot_be(flat):
    with pytest.raises(InvalidHistogram, match="lo must be below hi"):
        flat.h1("x", bins=10, range=(1, 0))
    with pytest.raises(InvalidHistogram, match="edges must rise"):
        flat.h1("x", edges=[0, 2, 1])


def test_labels_are_the_columns_unless_told(flat):
    assert flat.h1("x + y", bins=1, range=(0, 1)).result().axes[0].label == "x + y"
    assert flat.h1("x", bins=1, range=(0, 1), label="x [cm]").plot().get_xlabel() == "x [cm]"
