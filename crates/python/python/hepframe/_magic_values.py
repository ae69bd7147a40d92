"""Gives the Python variables in a magic's SQL to the engine: bound as values, handed over as tables.

Nothing that is a value becomes a part of the text, so a quote in a string cannot end a statement.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from . import _tables as tables_of
from ._sql_text import Variable, quoted_names, tables, variables
from .errors import InvalidQuery, UnknownName


@dataclass
class Bound:
    """A text that the engine takes, and what it reads besides."""

    text: str
    parameters: dict[str, Any] = field(default_factory=dict)
    """Values of `$name` in the text."""
    tables: dict[str, Any] = field(default_factory=dict)
    """Frames and arrays by the names they have in the text."""


def bind(text: str, names: Mapping[str, Any], session: Any, kept: Mapping[str, Any]) -> Bound:
    """Replaces `:name` and `{{name}}` and finds the tables that are Python's.

    Args:
        text: SQL as it was typed.
        names: the variables of the notebook.
        session: where it will run; its own tables go first.
        kept: queries of `--save` by their names.

    Raises:
        UnknownName: a variable that is not there.
        InvalidQuery: `{{...}}` that is no name or stands in quotes, a value that is no table behind FROM.
    """
    for name in quoted_names(text):
        if name in names:
            raise InvalidQuery(f"'{{{{{name}}}}}' in quotes is only text: write {{{{{name}}}}} without them")
    bound = Bound("")
    place = 0
    for variable in variables(text):
        bound.text += text[place : variable.start] + _instead(variable, names, session, bound)
        place = variable.end
    bound.text += text[place:]
    _find_tables(text, names, session, kept, bound)
    return bound


def is_table(value: object) -> bool:
    """True for what can stand behind FROM by its name: frames and tables of other packages.

    Dicts are none: a notebook has many that hold no columns. `{{name}}` takes them.
    """
    # A class can have the attributes too.
    return tables_of.is_table(value) and not isinstance(value, (type, Mapping))


def _instead(variable: Variable, names: Mapping[str, Any], session: Any, bound: Bound) -> str:
    """What stands in the text instead of a variable."""
    from ._expr import Expr

    value = _value(variable, names)
    name = variable.name
    if isinstance(value, Expr):
        return f"({value.sql})"
    if is_table(value):
        bound.tables[name] = value
        return f'"{name}"'
    if not variable.is_table:
        bound.parameters[name] = value
        return f"${name}"
    if isinstance(value, (str, os.PathLike)):
        return "'" + os.fspath(value).replace("'", "''") + "'"
    if isinstance(value, Mapping) and not all(isinstance(item, (str, Mapping)) for item in value.values()):
        bound.tables[name] = value
        return f'"{name}"'
    if isinstance(value, (list, tuple, Mapping)):
        bound.tables[name] = session.read(value)
        return f'"{name}"'
    raise InvalidQuery(
        f"{variable.written} behind FROM is of type {type(value).__name__}: give a location as text, a list "
        "of locations, a DataFrame or a pyarrow, pandas or polars table"
    )


def _value(variable: Variable, names: Mapping[str, Any]) -> Any:
    if not variable.name.isidentifier():
        raise InvalidQuery(
            f"{variable.written} is no name of a Python variable: compute it before and give it a name"
        )
    if variable.name in names:
        return names[variable.name]
    near = get_close_matches(variable.name, [name for name in names if not name.startswith("_")], 3, 0.6)
    hint = f": did you mean {', '.join(near)}?" if near else ""
    message = f"{variable.written} stands for a Python variable `{variable.name}`, which there is not{hint}"
    raise UnknownName(message, variable.name, near)


def _find_tables(
    text: str, names: Mapping[str, Any], session: Any, kept: Mapping[str, Any], bound: Bound
) -> None:
    """Hands over the kept queries and Python variables that are read as tables by their names."""
    wanted = {table.name for table in tables(text) if not table.is_location} - set(bound.tables)
    if not wanted:
        return
    for name in wanted - set(session.tables()):
        if name in names and is_table(names[name]):
            bound.tables[name] = names[name]
        elif name in kept:
            bound.tables[name] = kept[name]
