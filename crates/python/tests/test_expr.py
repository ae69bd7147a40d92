"""Expressions: the SQL that Python's operators write, and what they refuse."""

import copy
import enum
import math
import pickle

import numpy as np
import pytest
from hepframe._expr import alias_of, argument, col, expr, lit, text_of

x, y = col("x"), col("y")


class Color(enum.IntEnum):
    RED = 2


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        (x + 1, '("x" + 1)'),
        (1 - x, '(1 - "x")'),
        (x - (y - 1), '("x" - ("y" - 1))'),
        (x - y + 1 - 2, '("x" - "y" + 1 - 2)'),
        (x * 2 / y % 3, '("x" * 2 / "y" % 3)'),
        ((x + 1) * 2, '(("x" + 1) * 2)'),
        (x * 2 + 1, '(("x" * 2) + 1)'),
        (-(x**2), '(- power("x", 2))'),
        ((-x) ** 2, 'power((- "x"), 2)'),
        (2**x, 'power(2, "x")'),
        (+x, '"x"'),
        (abs(x), 'abs("x")'),
        (round(x, 2), 'round("x", 2)'),
        (x > 1, '("x" > 1)'),
        (1 > x, '("x" < 1)'),  # noqa: SIM300
        (x <= y, '("x" <= "y")'),
        (x == "it's", "(\"x\" = 'it''s')"),
        (x != 1, '("x" <> 1)'),
        (x == None, '("x" IS NULL)'),  # noqa: E711
        (x != None, '("x" IS NOT NULL)'),  # noqa: E711
        ((x > 1) & (y > 2) & ~(x == 3), '(("x" > 1) AND ("y" > 2) AND (NOT ("x" = 3)))'),
        ((x > 1) | (y > 2) & (x < 3), '(("x" > 1) OR (("y" > 2) AND ("x" < 3)))'),
        (True & (x > 1), '(TRUE AND ("x" > 1))'),
        (x & 4, '("x" & 4)'),
        (8 | x, '(8 | "x")'),
        (x & np.uint8(4), '("x" & 4)'),
        (x.pt, '"x"."pt"'),
        (x["cast"], '"x"."cast"'),
        (x["_private"], '"x"."_private"'),
        (x[0].pt, '"x"[0]."pt"'),
        (x[-1], '"x"[-1]'),
        (x[1:3], '"x"[1:3]'),
        (x[:-1], '"x"[:-1]'),
        (x[1:y], '"x"[1:("y")]'),
        (x[np.int32(2)], '"x"[2]'),
        (x[x > 1], '"x"[("x" > 1)]'),
        (x[[0, 2]], '"x"[[0, 2]]'),
        ((x + y).mass, '("x" + "y")."mass"'),
        (x.alias("new"), '"x"'),
        (x.isin([1, 2.5]), '("x" IN (1, 2.5))'),
        (x.isin([y, 1]), '("x" IN ("y", 1))'),
        (x == [y, 1], '("x" = ["y", 1])'),
        (x.isin({"b", "a"}), "(\"x\" IN ('a', 'b'))"),
        (x.isin(np.array([3, 1])), '("x" IN (3, 1))'),
        (x.is_null(), '("x" IS NULL)'),
        (x.is_not_null(), '("x" IS NOT NULL)'),
        (x.between(1, y), '("x" BETWEEN 1 AND "y")'),
        (x.cast(float), 'CAST("x" AS DOUBLE)'),
        (x.cast("uint16"), 'CAST("x" AS SMALLINT UNSIGNED)'),
        (x.cast(np.int8), 'CAST("x" AS TINYINT)'),
        (x.cast(np.dtype("float32")), 'CAST("x" AS FLOAT)'),
        (x.cast("DECIMAL(10, 2)"), 'CAST("x" AS DECIMAL(10, 2))'),
        (expr("a OR b") & x, '((a OR b) AND "x")'),
        (expr("a -- why"), "(a -- why\n)"),
        (np.float64(2) * x, '(2.0 * "x")'),
        (np.float32(0.1) * x, '(0.10000000149011612 * "x")'),
        (np.int64(2) < x, '("x" > 2)'),
    ],
    ids=str,
)
def test_operators_write_sql(written, sql):
    assert written.sql == sql


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("MET_pt", '"MET_pt"'),
        ('a"b', '"a""b"'),
        ("evt.P.fX", '"evt"."P"."fX"'),
        ("event.", '"event."'),
        ("größe µ", '"größe µ"'),
        ("x; DROP TABLE y", '"x; DROP TABLE y"'),
    ],
)
def test_names_are_quoted_part_by_part(name, sql):
    assert col(name).sql == sql


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (np.False_, "FALSE"),
        (7, "7"),
        (-7, "(-7)"),
        (2**64 - 1, "18446744073709551615"),
        (Color.RED, "2"),
        (0.1, "0.1"),
        (-0.0, "(-0.0)"),
        (1e300, "1e+300"),
        (math.nan, "CAST('nan' AS DOUBLE)"),
        (-math.inf, "CAST('-inf' AS DOUBLE)"),
        ("it's \\n", "'it''s \\n'"),
        (np.str_("a"), "'a'"),
        (b"\x00\xff", "X'00ff'"),
        ([1, [2.0]], "[1, [2.0]]"),
        (np.array([1, 2]), "[1, 2]"),
    ],
    ids=str,
)
def test_values_become_literals(value, sql):
    assert lit(value).sql == sql


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: x > 1 and y > 1, TypeError, "write & for and"),
        (lambda: not x, TypeError, "~ for not"),
        (lambda: 1 < x < 2, TypeError, "between"),
        (lambda: 1 if x else 2, TypeError, "if_else"),
        (lambda: list(x), TypeError, "no elements"),
        (lambda: len(x), TypeError, r"functions\.len"),
        (lambda: 3 in x, TypeError, "isin"),
        (lambda: math.sqrt(x), TypeError, "hepframe's sqrt"),
        (lambda: x ^ 2, TypeError, r"\*\* for powers"),
        (lambda: x // 2, TypeError, "floor"),
        (lambda: setattr(x, "pt", 1), TypeError, "redefine"),
        (lambda: delattr(x, "pt"), TypeError, "redefine"),
        (lambda: x.__setitem__("pt", 1), TypeError, "with_field"),
        (lambda: x[::2], ValueError, "no step"),
        (lambda: x[1.5], TypeError, "no element 1.5"),
        (lambda: x[True], TypeError, "no element True"),
        (lambda: x._private, AttributeError, r'\["_private"\]'),
        (lambda: x + {}, TypeError, "dict has no literal"),
        (lambda: lit(2**64), OverflowError, "64 bits"),
        (lambda: x.isin([]), ValueError, "at least one value"),
        (lambda: x.isin("ab"), TypeError, "list of values"),
        (lambda: x.isin(y), TypeError, "list of values"),
        (lambda: x.cast("no type!"), ValueError, "is no type"),
        (lambda: x.cast(3), TypeError, "is no type"),
        (lambda: col(3), TypeError, r"lit\(3\)"),
        (lambda: col(""), ValueError, "not empty"),
        (lambda: expr(3), TypeError, r"lit\(3\)"),
        (lambda: text_of(3), TypeError, "SQL text or an expression"),
    ],
)
def test_what_cannot_be_says_what_to_write(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


def test_expressions_survive_pickle_and_copies():
    written = (x + 1).alias("z")

    for again in (pickle.loads(pickle.dumps(written)), copy.deepcopy(written)):
        assert (again.sql, alias_of(again), (again + 1).sql) == ('("x" + 1)', "z", '("x" + 1 + 1)')


def test_equal_texts_hash_equally():
    assert hash(x + 1) == hash(col("x") + 1) != hash(x + 2)


def test_text_shows_the_alias():
    assert repr((x + 1).alias("z")) == '("x" + 1) AS "z"'


def test_text_is_a_value_beside_an_operator_and_sql_in_a_function():
    assert (x == "y").sql == "(\"x\" = 'y')"
    assert argument("y + 1") == "y + 1"
    assert argument("y -- why") == "y -- why\n"


def test_long_sums_and_conditions_do_not_nest():
    total = x
    for number in range(500):
        total = total + number
    assert total.sql.startswith('("x" + 0 + 1') and total.sql.count("(") == 1
