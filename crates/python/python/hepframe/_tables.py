"""Other packages' tables as Arrow streams, and Arrow rows as other packages' arrays."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import InvalidQuery

if TYPE_CHECKING:
    import awkward
    import numpy
    import pyarrow


def is_table(value: Any) -> bool:
    """True for what has rows and columns: a scalar or a list is a value."""
    return (
        hasattr(value, "__arrow_c_stream__")
        or _is_awkward(value)
        or _is_pandas(value)
        or (isinstance(value, Mapping) and bool(value))
    )


def stream_of(value: Any) -> Any:
    """Something with `__arrow_c_stream__` for any kind of table.

    Raises:
        InvalidQuery: for what is no table, or has a column that cannot be one.
    """
    import pyarrow

    if _is_awkward(value):
        import awkward

        record = value if awkward.fields(value) else awkward.zip({"values": value}, depth_limit=1)
        return awkward.to_arrow_table(record, extensionarray=False)
    if _is_numpy(value) and value.dtype.names:
        value = {name: value[name] for name in value.dtype.names}
    if isinstance(value, Mapping) and value:
        columns = {str(name): _named_column(str(name), column) for name, column in value.items()}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise InvalidQuery(f"columns of a table have one length, these differ: {lengths}")
        return pyarrow.table(columns)
    to_frame = getattr(value, "to_frame", None)
    if callable(to_frame):
        # Series of pandas and polars.
        value = to_frame()
    if _is_pandas(value):
        try:
            return pyarrow.Table.from_pandas(value, preserve_index=False)
        except (pyarrow.ArrowException, ValueError, TypeError) as error:
            raise InvalidQuery(f"this DataFrame cannot be a table: {error}") from error
    if _is_nameless(value):
        raise InvalidQuery("a column without a name is no table: write from_arrow({'x': values})")
    if hasattr(value, "__arrow_c_stream__"):
        return value
    if hasattr(value, "__arrow_c_array__"):
        return pyarrow.Table.from_batches([pyarrow.record_batch(value)])
    raise InvalidQuery(
        f"{type(value).__name__} cannot be a table{_instead(value)}; pyarrow, pandas, polars, awkward, "
        "a dict of arrays, and all that has __arrow_c_stream__ can"
    )


def _is_nameless(value: Any) -> bool:
    """True for one column of Arrow, whose elements have no fields to be columns."""
    import pyarrow

    arrays = (pyarrow.Array, pyarrow.ChunkedArray)
    return isinstance(value, arrays) and not pyarrow.types.is_struct(value.type)


def _instead(value: Any) -> str:
    """What to write for some that are nearly tables."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return ": write pyarrow.Table.from_pylist(rows)"
    if _is_numpy(value) or (isinstance(value, (list, tuple)) and value):
        return " without a name for its column: write {'x': values}"
    if isinstance(value, Mapping):
        return " without columns"
    return " before it is collected" if hasattr(value, "collect") else ""


def _named_column(name: str, column: Any) -> Any:
    import pyarrow

    try:
        return _column(column)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        raise InvalidQuery(f"column `{name}` cannot be one: {error}") from error


def _column(column: Any) -> Any:
    """A column of a dict: a list, NumPy, awkward, Arrow."""
    import pyarrow

    if _is_awkward(column):
        import awkward

        return awkward.to_arrow(column, extensionarray=False)
    if hasattr(column, "__arrow_c_array__"):
        return pyarrow.array(column)
    if hasattr(column, "__arrow_c_stream__"):
        return pyarrow.chunked_array(column)
    if _is_numpy(column) and not column.dtype.isnative:
        # As ROOT and FITS store them.
        column = column.astype(column.dtype.newbyteorder("="))
    if getattr(column, "ndim", 1) > 1:
        import numpy

        values = pyarrow.array(numpy.ascontiguousarray(column).reshape(-1))
        for size in reversed(column.shape[1:]):
            values = pyarrow.FixedSizeListArray.from_arrays(values, size)
        return values
    if getattr(getattr(column, "dtype", None), "kind", "") == "O":
        # Rows of several axes, as `to_numpy` gives lists of arrays; pyarrow takes one axis.
        return pyarrow.array([row.tolist() if getattr(row, "ndim", 1) > 1 else row for row in column])
    return pyarrow.array(column)


def _is_awkward(value: Any) -> bool:
    module = sys.modules.get("awkward")
    return module is not None and isinstance(value, module.Array)


def _is_numpy(value: Any) -> bool:
    module = sys.modules.get("numpy")
    return module is not None and isinstance(value, module.ndarray)


def _is_pandas(value: Any) -> bool:
    module = sys.modules.get("pandas")
    return module is not None and isinstance(value, module.DataFrame)


def to_awkward(table: pyarrow.Table) -> awkward.Array:
    """The rows as one record array. One chunk is taken over without a copy; more are put together."""
    import awkward

    names = table.column_names
    if not names:
        return awkward.Array([{}] * table.num_rows)
    columns = {}
    for name in names:
        column = table[name].combine_chunks() if table[name].num_chunks != 1 else table[name].chunk(0)
        try:
            layout = awkward.from_arrow(_plain_text(column), highlevel=False)
        except ValueError as error:
            raise InvalidQuery(
                f"column {name!r} ({column.type}) cannot be awkward: {error}; leave it out by select(...), "
                f"or redefine({name!r}, 'CAST({name} AS DOUBLE)') if that will do"
            ) from error
        columns[name] = _without_empty_masks(layout)
    return awkward.Array(awkward.contents.RecordArray(list(columns.values()), names, length=table.num_rows))


def _plain_text(column: Any) -> Any:
    """Views of text, which awkward does not know, as plain text."""
    import pyarrow

    kinds = {"string_view": pyarrow.string(), "binary_view": pyarrow.binary()}
    kind = kinds.get(str(column.type))
    return column if kind is None else column.cast(kind)


def _without_empty_masks(layout: Any) -> Any:
    """Arrow calls every column nullable; what has no nulls is no option for awkward's users."""
    import awkward

    contents = awkward.contents
    if isinstance(layout, contents.UnmaskedArray):
        return _without_empty_masks(layout.content)
    if isinstance(layout, (contents.ListOffsetArray, contents.RegularArray, contents.ListArray)):
        if layout.parameter("__array__") in ("string", "bytestring"):
            return layout
        return layout.copy(content=_without_empty_masks(layout.content))
    if isinstance(layout, contents.RecordArray):
        plain: Any = [_without_empty_masks(content) for content in layout.contents]
        return layout.copy(contents=plain)
    if isinstance(layout, contents.UnionArray):
        plain = [_without_empty_masks(_present(content)) for content in layout.contents]
        # Awkward has options in all alternatives or in none.
        return layout if any(content.is_option for content in plain) else layout.copy(contents=plain)
    return layout


def _present(layout: Any) -> Any:
    """An alternative of a variant, without the mask that awkward gives it for those that lost their value."""
    import awkward
    import numpy

    has_mask = isinstance(layout, awkward.contents.IndexedOptionArray) and not layout.parameters
    return layout.project() if has_mask and numpy.all(numpy.asarray(layout.index.data) >= 0) else layout


def to_numpy(column: pyarrow.ChunkedArray) -> numpy.ndarray:
    """One number or text per row; fixed shapes as further axes; lists as an array of arrays."""
    import numpy
    import pyarrow

    from ._variants import has_variants, objects

    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    is_list = pyarrow.types.is_list(array.type) or pyarrow.types.is_large_list(array.type)
    if has_variants(array.type) and not is_list:
        return objects(array)
    if pyarrow.types.is_fixed_size_list(array.type) and array.null_count == 0:
        inner = to_numpy(pyarrow.chunked_array([array.flatten()]))
        return inner.reshape((len(array), array.type.list_size, *inner.shape[1:]))
    if is_list:
        values = to_numpy(pyarrow.chunked_array([array.values]))
        offsets = array.offsets.to_numpy()
        rows = numpy.empty(len(array), dtype=object)
        for row in range(len(array)):
            rows[row] = values[offsets[row] : offsets[row + 1]]
        if array.null_count:
            rows[numpy.asarray(array.is_null())] = None
        return rows
    return array.to_numpy(zero_copy_only=False)
