"""Expressions give the values that Python's operators promise: what they write is what the engine reads."""

import math

import hepframe as hf
import numpy as np
import pyarrow as pa
import pytest
from hepframe import col, fn, lit

TABLE = pa.table(
    {
        "i": [7, -7, 4],
        "x": [0.5, 2.0, -1.5],
        "flag": [True, False, True],
        "name": ["it's", "b", None],
        "many": pa.array([[3.0, 1.0, 2.0], [], [5.0]]),
        "evt.N": [1, 2, 3],
        'odd "name"': [1, 2, 3],
        "Jet_pt": pa.array([[40.0, 20.0], [], [30.0]]),
        "Jet_eta": pa.array([[0.5, -2.0], [], [3.0]]),
        "Jet_cast": pa.array([[1, 2], [], [3]]),
    }
)
i, x, flag, name, many, jet = (col(each) for each in ("i", "x", "flag", "name", "many", "Jet"))


def values(expression):
    return hf.from_arrow(TABLE).take(expression).result().to_pylist()


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (i + 1 - 2 * i, [-6, 8, -3]),
        (i - (i - 1), [1, 1, 1]),
        (x / 2 * 4, [1.0, 4.0, -3.0]),
        (x / (2 * 4), [0.0625, 0.25, -0.1875]),
        (i / 2, [3, -3, 2]),
        (i % 4, [3, -3, 0]),
        (1 - x, [0.5, -1.0, 2.5]),
        (-(x**2), [-0.25, -4.0, -2.25]),
        ((-x) ** 2, [0.25, 4.0, 2.25]),
        (2**i, [128.0, 0.0078125, 16.0]),
        (abs(i), [7, 7, 4]),
        (round(x / 3, 2), [0.17, 0.67, -0.5]),
        ((x > 0) & (i > 0) | flag, [True, False, True]),
        (~flag & (x > 0), [False, True, False]),
        (~(flag & (x > 0)), [False, True, True]),
        (i & 4, [4, 0, 4]),
        (i | 8, [15, -7, 12]),
        ((x > 0) == flag, [True, False, False]),
        (name == "it's", [True, False, None]),
        (name == None, [False, False, True]),  # noqa: E711
        (name.is_not_null(), [True, True, False]),
        (name.isin({"it's", "c"}), [True, False, None]),
        (i.isin(np.array([7, 4])), [True, False, True]),
        (i.isin([i, 0]), [True, True, True]),
        (x.between(0.5, 2), [True, True, False]),
        (x.cast(int), [0, 2, -1]),
        (i.cast("float32") / 2, [3.5, -3.5, 2.0]),
        (col("evt.N") * 10, [10, 20, 30]),
        (col('odd "name"') * 10, [10, 20, 30]),
        (many * 2 + i, [[13.0, 9.0, 11.0], [], [14.0]]),
        (-many, [[-3.0, -1.0, -2.0], [], [-5.0]]),
        (many[0], [3.0, None, 5.0]),
        (many[-1], [2.0, None, 5.0]),
        (many[1:], [[1.0, 2.0], [], []]),
        (many[:-1], [[3.0, 1.0], [], []]),
        (many[0 : fn.len(many) - 1], [[3.0, 1.0], [], []]),
        (many[[0, 2]], [[3.0, 2.0], [None, None], [5.0, None]]),
        (many[many > 1.5], [[3.0, 2.0], [], [5.0]]),
        (many[~(many > 1.5) | (many == 5)], [[1.0], [], [5.0]]),
        (many.isin([1, 5]), [[False, True, False], [], [True]]),
        (many.between(2, 4), [[True, False, True], [], [False]]),
        (many.cast("int32"), [[3, 1, 2], [], [5]]),
        (jet.pt, [[40.0, 20.0], [], [30.0]]),
        (col("Jet.pt"), [[40.0, 20.0], [], [30.0]]),
        (jet["cast"], [[1, 2], [], [3]]),
        (jet[0].pt + jet[0].eta, [40.5, None, 33.0]),
        (jet[(jet.pt > 25) & (abs(jet.eta) < 1)].pt, [[40.0], [], []]),
        (jet[jet.pt > 25][0].eta, [0.5, None, 3.0]),
        (np.float64(2) * x, [1.0, 4.0, -3.0]),
        (np.float32(0.1) + 0 * x, [float(np.float32(0.1))] * 3),
        (hf.if_else(x > 0, lit("up"), lit("it's")), ["up", "up", "it's"]),
        (hf.coalesce(many[1], -1.0), [1.0, -1.0, -1.0]),
        (hf.expr("x -- a comment") + 1, [1.5, 3.0, -0.5]),
        (fn.sum("many -- a comment"), [6.0, 0.0, 5.0]),
    ],
    ids=str,
)
def test_an_expression_gives_what_it_says(expression, wanted):
    assert values(expression) == wanted


@pytest.mark.parametrize(
    "value",
    [
        True,
        0,
        -(2**63),
        2**64 - 1,
        0.1,
        -0.0,
        5e-324,
        1.7976931348623157e308,
        1e22,
        math.inf,
        -math.inf,
        "it's \\n \" $x :y {z} ?",
        b"\x00\xff'",
        None,
        [1, 2],
        [[1.5], []],
        ["a", "b'c"],
    ],
    ids=repr,
)
def test_a_literal_comes_back_the_same(value):
    found = values(lit(value))[0]

    assert (found, type(found), repr(found)) == (value, type(value), repr(value))


def test_a_nan_comes_back_as_one():
    assert math.isnan(values(lit(math.nan))[0])


def test_sums_of_a_hundred_terms_and_conditions_run():
    total = x
    for term in range(100):
        total = total + term
    assert values(total) == [4950.5, 4952.0, 4948.5]


def test_an_alias_names_the_column():
    frame = hf.from_arrow(TABLE).select((x + 1).alias('y "z"'), jet.pt.alias("pt"))

    assert frame.columns == ['y "z"', "pt"]
