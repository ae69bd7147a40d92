"""Making expressions of names, values and text, and getting their text."""

from __future__ import annotations

import re
from numbers import Number

from hepframe._literal import column_path
from hepframe._operators import Expr, operand
from hepframe.errors import InvalidQuery

__all__ = ["Expr", "alias_of", "argument", "col", "expr", "lit", "name_of_column", "text_of"]

# What RDataFrame's users write; `||` is SQL too, and joins texts.
_OF_CXX = re.compile(r"&&|!(?!=|~)")
_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"|--.*")
_PART = re.compile(r'"((?:[^"]|"")+)"')
_PATH = re.compile(rf"{_PART.pattern}(\.{_PART.pattern})*")


def col(name: str) -> Expr:
    """The column of this name, or the collection: `col("Muon")` stands for all lists `Muon_*`.

    Case counts. A name with dots is found as in SQL: the sub-branch `evt.N`, or the field `pt` of `Muon.pt`.

    Raises:
        TypeError, ValueError: for what is no name.

    Example:
        >>> hf.col("Muon").pt * 1000
        ("Muon"."pt" * 1000)
    """
    if not isinstance(name, str):
        raise TypeError(f"a column's name is text, not {name!r}; lit({name!r}) is the value")
    if not name:
        raise ValueError("a column's name is not empty")
    return Expr(column_path(name))


def lit(value: object) -> Expr:
    """A value: number, text, bool, bytes, None, or a list of these; numpy's scalars and arrays too.

    Raises:
        TypeError: for other things.
        OverflowError: for whole numbers beyond 64 bits.

    Example:
        >>> hf.lit("it's"), hf.lit(-1.5), hf.lit([1, 2])
        ('it''s', (-1.5), [1, 2])
    """
    return value if isinstance(value, Expr) else Expr(operand(value))


def expr(text: str) -> Expr:
    """SQL text as an expression, to go on with in Python.

    Example:
        >>> hf.expr("MET_pt * cos(MET_phi)") > 20
        ((MET_pt * cos(MET_phi)) > 20)
    """
    if not isinstance(text, str):
        raise TypeError(f"expr takes SQL text, not {text!r}; lit({text!r}) is the value")
    # A comment reaches to the end of its line.
    return Expr(f"({text}\n)" if "--" in text else f"({text})")


def text_of(value: Expr | str) -> str:
    """The SQL text of an expression; text goes through as it is.

    Raises:
        TypeError, InvalidQuery: for what is none.
    """
    if isinstance(value, Expr):
        return value.sql
    if isinstance(value, str):
        if not value.strip():
            raise InvalidQuery("an expression is empty; give SQL text such as 'MET_pt > 20'")
        foreign = _OF_CXX.search(_QUOTES.sub("", value))
        if foreign:
            word = "AND" if foreign[0] == "&&" else "NOT"
            raise InvalidQuery(f"`{value}`: {foreign[0]} is C++; SQL has the word {word} (and AND, OR, NOT)")
        return value
    hint = ""
    if isinstance(value, (list, tuple)):
        hint = "; give expressions one by one"
    elif callable(value):
        hint = "; hepframe.udf makes a function of arrays one of expressions"
    elif value is not None:
        hint = f"; lit({value!r}) is the value" if isinstance(value, Number) else "; lit(...) is a value"
    raise TypeError(f"give SQL text or an expression such as col('x'), not {value!r}{hint}")


def alias_of(value: Expr | str) -> str | None:
    """The name that `alias` gave to an expression."""
    return value._alias if isinstance(value, Expr) else None


def argument(value: object) -> str:
    """An argument of a function: text is SQL there, other values are literals."""
    if not isinstance(value, str):
        return operand(value)
    return f"{value}\n" if "--" in value else value


def name_of_column(value: Expr | str) -> str:
    """What a column of this expression is called: by its alias, as the column it is, or as its text."""
    name = alias_of(value) or text_of(value)
    is_column = isinstance(value, Expr) and _PATH.fullmatch(name)
    return ".".join(part.replace('""', '"') for part in _PART.findall(name)) if is_column else name
