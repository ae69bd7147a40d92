"""Columns of variants (`std::variant`, Arrow's unions) for packages that have no type for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import InvalidQuery

if TYPE_CHECKING:
    import numpy
    import pandas
    import pyarrow


def has_variants(kind: pyarrow.DataType) -> bool:
    """True for variants, and for lists and classes of them."""
    import pyarrow.types as pt

    return pt.is_union(kind) or any(has_variants(kind.field(i).type) for i in range(kind.num_fields))


def without_variants(package: str, columns: Iterable[pyarrow.Field]) -> None:
    """Refuses rows that a package cannot take.

    Raises:
        InvalidQuery: with the columns, and what takes them.
    """
    names = [column.name for column in columns if has_variants(column.type)]
    if names:
        raise InvalidQuery(
            f"{package} has no type for variants, which are in {', '.join(map(repr, names))}; leave them out "
            "by select(...), or take to_awkward(), to_arrow() or to_pandas()"
        )


def objects(array: pyarrow.Array | pyarrow.ChunkedArray) -> numpy.ndarray:
    """One Python object per row."""
    import numpy

    rows = numpy.empty(len(array), dtype=object)
    rows[:] = array.to_pylist()
    return rows


def to_pandas(table: pyarrow.Table, options: Mapping[str, Any]) -> pandas.DataFrame:
    """The rows for pandas, where variants are Python objects; `options` are those of pyarrow."""
    import pyarrow

    variants = {column.name: table[column.name] for column in table.schema if has_variants(column.type)}
    for name in variants:
        # Keeps the place of the column and the number of rows.
        place = table.column_names.index(name)
        table = table.set_column(place, name, pyarrow.nulls(table.num_rows))
    frame = table.to_pandas(**options)
    for name, column in variants.items():
        frame[name] = objects(column)
    return frame
