"""Expressions: objects that hold SQL text and write more of it with Python's operators."""

from __future__ import annotations

import operator
from numbers import Integral
from typing import Literal

from hepframe._literal import literal, quoted, sql_type, values_in_order
from hepframe._refused import Refused

_Chain = Literal["sum", "product", "and", "or"]


class Expr(Refused):
    """An expression over columns, as SQL text: `col("Jet").pt > 40` holds `("Jet"."pt" > 40)`.

    Operators mean what they mean in SQL, for each element where a column holds lists:

    - `+ - * / %`, with C++'s rules for whole numbers: `/` gives a whole number, `%` the sign of the left
      side. `x ** y` is `power(x, y)`.
    - `< <= > >= == !=`; `== None` is `IS NULL`.
    - `&`, `|` and `~` for and, or and not, of conditions in parentheses. With a whole number on one side,
      `flags & 4`, they are about bits.
    - `x.pt` or `x["pt"]` is a field of a collection, or a component of a four-vector. Fields that are called
      as one of the methods here, or begin with `_`, need the brackets.
    - `x[0]`, `x[-1]`, `x[:2]` are elements of each event's list, `x[mask]` those where a condition holds,
      `x[[0, 2]]` those at these positions.

    Text beside an operator is a value: `col("name") == "a"`. Expressions are made by `col`, `lit`, `expr` and
    the functions of `hepframe.functions`, never change, can be pickled, and hash by their text.

    Attributes:
        sql: the text, complete in itself.

    Example:
        >>> import hepframe as hf
        >>> jet = hf.col("Jet")
        >>> jet[(jet.pt > 40) & (abs(jet.eta) < 1)].pt
        "Jet"[(("Jet"."pt" > 40) AND (abs("Jet"."eta") < 1))]."pt"
    """

    __slots__ = ("_alias", "_chain", "sql")
    sql: str
    _alias: str | None
    _chain: _Chain | None
    # Numbers of numpy leave their operators to those here.
    __array_ufunc__ = None

    def __init__(self, sql: str, *, alias: str | None = None, chain: _Chain | None = None) -> None:
        """`chain`: which operator of equal rank the text is made of, between its parentheses."""
        object.__setattr__(self, "sql", sql)
        object.__setattr__(self, "_alias", alias)
        object.__setattr__(self, "_chain", chain)

    def alias(self, name: str) -> Expr:
        """The same expression, under a name where it becomes a column. What is made of it forgets the name.

        Example:
            >>> (hf.col("MET_pt") / 1000).alias("met_tev")
            ("MET_pt" / 1000) AS "met_tev"
        """
        return Expr(self.sql, alias=name, chain=self._chain)

    def isin(self, values: object) -> Expr:
        """Whether the value is one of these: a list, a set, an array.

        Raises:
            TypeError: for text or a single value.
            ValueError: for no values at all.

        Example:
            >>> hf.col("nJet").isin([2, 4])
            ("nJet" IN (2, 4))
        """
        if isinstance(values, Expr):
            raise TypeError(f"isin takes a list of values: for a column of lists write any({values!r} == x)")
        return Expr(f"({self.sql} IN ({', '.join(values_in_order(values, operand))}))")

    def is_null(self) -> Expr:
        """Whether there is no value.

        Example:
            >>> hf.col("Jet_pt")[3].is_null()
            ("Jet_pt"[3] IS NULL)
        """
        return Expr(f"({self.sql} IS NULL)")

    def is_not_null(self) -> Expr:
        """Whether there is a value.

        Example:
            >>> hf.col("Jet_pt")[3].is_not_null()
            ("Jet_pt"[3] IS NOT NULL)
        """
        return Expr(f"({self.sql} IS NOT NULL)")

    def between(self, lo: object, hi: object) -> Expr:
        """Whether the value is within `lo` and `hi`, both included.

        Example:
            >>> hf.col("Jet_pt").between(30, 50)
            ("Jet_pt" BETWEEN 30 AND 50)
        """
        return Expr(f"({self.sql} BETWEEN {operand(lo)} AND {operand(hi)})")

    def cast(self, type: object) -> Expr:
        """The value as another type: `float`, `"float32"`, `numpy.int16`, or SQL's `"DOUBLE"`.

        Raises:
            TypeError, ValueError: for what is no type.

        Example:
            >>> hf.col("Muon_charge").cast("float64")
            CAST("Muon_charge" AS DOUBLE)
        """
        return Expr(f"CAST({self.sql} AS {sql_type(type)})")

    def __getattr__(self, name: str) -> Expr:
        # Python, copy and IPython ask for such names to see what an object can do.
        if name.startswith("_"):
            raise AttributeError(f'an expression has no attribute {name}; for a field write ["{name}"]')
        return self[name]

    def __getitem__(self, key: object) -> Expr:
        if isinstance(key, str):
            return Expr(f"{self.sql}.{quoted(key)}")
        if isinstance(key, slice):
            if key.step not in (None, 1):
                raise ValueError("slices of lists have no step: write take(list, positions)")
            return Expr(f"{self.sql}[{_bound(key.start)}:{_bound(key.stop)}]")
        if isinstance(key, bool):
            raise TypeError("a list has no element True or False: give a number or a condition")
        if isinstance(key, Integral):
            return Expr(f"{self.sql}[{operator.index(key)}]")
        if isinstance(key, float) or key is None:
            raise TypeError(f"a list has no element {key!r}: give a whole number or a condition")
        return Expr(f"{self.sql}[{operand(key)}]")

    def __add__(self, other: object) -> Expr:
        return _binary(self, "+", other, "sum")

    def __radd__(self, other: object) -> Expr:
        return _binary(other, "+", self, "sum")

    def __sub__(self, other: object) -> Expr:
        return _binary(self, "-", other, "sum")

    def __rsub__(self, other: object) -> Expr:
        return _binary(other, "-", self, "sum")

    def __mul__(self, other: object) -> Expr:
        return _binary(self, "*", other, "product")

    def __rmul__(self, other: object) -> Expr:
        return _binary(other, "*", self, "product")

    def __truediv__(self, other: object) -> Expr:
        return _binary(self, "/", other, "product")

    def __rtruediv__(self, other: object) -> Expr:
        return _binary(other, "/", self, "product")

    def __mod__(self, other: object) -> Expr:
        return _binary(self, "%", other, "product")

    def __rmod__(self, other: object) -> Expr:
        return _binary(other, "%", self, "product")

    def __pow__(self, other: object) -> Expr:
        return Expr(f"power({self.sql}, {operand(other)})")

    def __rpow__(self, other: object) -> Expr:
        return Expr(f"power({operand(other)}, {self.sql})")

    def __neg__(self) -> Expr:
        return Expr(f"(- {self.sql})")

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return Expr(f"abs({self.sql})")

    def __round__(self, digits: int = 0) -> Expr:
        return Expr(f"round({self.sql}, {literal(digits)})")

    def __lt__(self, other: object) -> Expr:
        return _binary(self, "<", other)

    def __le__(self, other: object) -> Expr:
        return _binary(self, "<=", other)

    def __gt__(self, other: object) -> Expr:
        return _binary(self, ">", other)

    def __ge__(self, other: object) -> Expr:
        return _binary(self, ">=", other)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return self.is_null() if other is None else _binary(self, "=", other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return self.is_not_null() if other is None else _binary(self, "<>", other)

    def __and__(self, other: object) -> Expr:
        return _binary(self, "&", other) if _is_whole(other) else _binary(self, "AND", other, "and")

    def __rand__(self, other: object) -> Expr:
        return _binary(other, "&", self) if _is_whole(other) else _binary(other, "AND", self, "and")

    def __or__(self, other: object) -> Expr:
        return _binary(self, "|", other) if _is_whole(other) else _binary(self, "OR", other, "or")

    def __ror__(self, other: object) -> Expr:
        return _binary(other, "|", self) if _is_whole(other) else _binary(other, "OR", self, "or")

    def __invert__(self) -> Expr:
        return Expr(f"(NOT {self.sql})")

    def __hash__(self) -> int:
        return hash(self.sql)

    def __repr__(self) -> str:
        return self.sql if self._alias is None else f"{self.sql} AS {quoted(self._alias)}"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (self.sql, self._alias, self._chain)


def operand(value: object) -> str:
    """The text of an expression; other values are literals, text too."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(operand(item) for item in value)}]"
    return value.sql if isinstance(value, Expr) else literal(value)


def _bound(value: object) -> str:
    if value is None:
        return ""
    # `a:"b"` would read as a placeholder.
    return f"({operand(value)})" if isinstance(value, Expr) else str(operator.index(value))  # type: ignore[arg-type]


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _binary(left: object, symbol: str, right: object, chain: _Chain | None = None) -> Expr:
    """Operators of equal rank go from left to right in SQL too: `a + b - c` needs one pair of parentheses, so
    that sums of many terms do not nest as deep."""
    text = operand(left)
    if chain is not None and isinstance(left, Expr) and left._chain == chain:
        text = text[1:-1]
    return Expr(f"({text} {symbol} {operand(right)})", chain=chain)


def _unpickled(sql: str, alias: str | None, chain: _Chain | None) -> Expr:
    return Expr(sql, alias=alias, chain=chain)
