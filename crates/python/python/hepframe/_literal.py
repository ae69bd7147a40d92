"""Python values, names and types as SQL text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet

# As numpy, Arrow and Python call types; SQL's own names go through.
_TYPES = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INT",
    "int": "BIGINT",
    "int64": "BIGINT",
    "uint8": "TINYINT UNSIGNED",
    "uint16": "SMALLINT UNSIGNED",
    "uint32": "INT UNSIGNED",
    "uint64": "BIGINT UNSIGNED",
    "float32": "FLOAT",
    "float": "DOUBLE",
    "float64": "DOUBLE",
    "double": "DOUBLE",
    "str": "VARCHAR",
    "string": "VARCHAR",
}
_SQL_TYPE = re.compile(r"[A-Za-z]\w*( \w+)*( ?\(\d+(, ?\d+)?\))?(\[\])*")


def literal(value: object) -> str:
    """The SQL literal of a value.

    Raises:
        TypeError: for values that SQL has no literal for.
        OverflowError: for whole numbers beyond 64 bits.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(literal(item) for item in value)}]"
    # Scalars and arrays of numpy, then those of pyarrow.
    for method in ("tolist", "as_py"):
        convert = getattr(value, method, None)
        if callable(convert):
            return literal(convert())
    raise TypeError(
        f"a {type(value).__name__} has no literal in SQL: give a number, text, bool, bytes, None "
        "or a list of these"
    )


def text_literal(text: str) -> str:
    """Text in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name in double quotes: it means exactly itself, whatever its case."""
    return '"' + name.replace('"', '""') + '"'


def column_path(name: str) -> str:
    """A column's name, in parts where it has dots: so `Muon.pt` finds the sub-branch of this name or
    the field `pt` of the collection `Muon`, as it does in SQL."""
    parts = name.split(".")
    if not all(parts):
        return quoted(name)
    return ".".join(quoted(part) for part in parts)


def values_in_order(values: object, text: Callable[[object], str]) -> list[str]:
    """The texts of several values; those of a set in an order that does not change.

    Raises:
        TypeError: for text and things that are not several values.
        ValueError: for no values.
    """
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(f"isin takes a list of values, not {values!r}")
    to_list = getattr(values, "tolist", None)
    texts = [text(item) for item in (to_list() if callable(to_list) else values)]  # type: ignore[attr-defined]
    if not texts:
        raise ValueError("isin needs at least one value; lit(False) is a condition that is never true")
    return sorted(texts) if isinstance(values, AbstractSet) else texts


def sql_type(wanted: object) -> str:
    """The SQL type for `float`, `"float32"`, `numpy.int16` or a name that SQL has, such as `DOUBLE`.

    Raises:
        TypeError: for what is neither a name nor a type.
        ValueError: for a name that cannot be a type's.
    """
    name = wanted if isinstance(wanted, str) else getattr(wanted, "__name__", None) or str(wanted)
    if not isinstance(wanted, (str, type)) and name not in _TYPES:
        raise TypeError(f"{wanted!r} is no type: give one such as float, 'int32' or 'DOUBLE'")
    if name in _TYPES:
        return _TYPES[name]
    if not isinstance(wanted, str) or not _SQL_TYPE.fullmatch(name):
        raise ValueError(f"{name!r} is no type: give one such as float, 'int32' or 'DOUBLE'")
    return name


def _integer(number: int) -> str:
    if not -(2**63) <= number < 2**64:
        raise OverflowError(f"{number} does not fit into 64 bits; write it as a float if that will do")
    return str(number) if number >= 0 else f"({number})"


def _float(number: float) -> str:
    if math.isfinite(number):
        # The shortest text that reads back as the same double.
        return repr(number) if math.copysign(1.0, number) > 0 else f"({number!r})"
    return f"CAST('{number!r}' AS DOUBLE)"
