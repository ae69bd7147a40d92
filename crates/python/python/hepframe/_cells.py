"""Words for Arrow types and values, as they stand in tables: `var * float32`, `[41.3, 27.5, ... 5]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._progress import counted

if TYPE_CHECKING:
    import pyarrow

TEXT = 60
"""Characters of a cell; longer texts are cut."""
ITEMS = 3
"""Elements of a list that are shown."""
_HISTOGRAM = ("kind", "axes", "values", "variances", "weights")
_NUMBERS = {"halffloat": "float16", "float": "float32", "double": "float64"}


def type_words(kind: pyarrow.DataType) -> str:
    """A type as awkward writes it: `bool`, `var * float32`, `3 * int32`, `{"pt": float32}`."""
    import pyarrow.types as pt

    if is_histogram(kind):
        return "histogram"
    if pt.is_fixed_size_list(kind):
        return f"{kind.list_size} * {type_words(kind.value_type)}"
    if _is_list(kind):
        return f"var * {type_words(kind.value_type)}"
    if pt.is_struct(kind):
        fields = (f'"{kind.field(i).name}": {type_words(kind.field(i).type)}' for i in range(kind.num_fields))
        return "{" + ", ".join(fields) + "}"
    if pt.is_union(kind):
        kinds = (type_words(kind.field(i).type) for i in range(kind.num_fields))
        # A variant may have lost its value, which is a null.
        return f"union[{', '.join(words for words in kinds if words != 'null')}]"
    if pt.is_dictionary(kind):
        return f"categorical[{type_words(kind.value_type)}]"
    if _is_text(kind):
        return "string"
    if _is_binary(kind):
        return "bytes"
    return _NUMBERS.get(str(kind), str(kind))


def is_histogram(kind: pyarrow.DataType) -> bool:
    """True for what `h1(...)` gives. Only the fields are asked: files may lose the metadata."""
    import pyarrow.types as pt

    if not pt.is_struct(kind) or kind.num_fields < len(_HISTOGRAM):
        return False
    return tuple(kind.field(i).name for i in range(len(_HISTOGRAM))) == _HISTOGRAM


def is_number(kind: pyarrow.DataType) -> bool:
    """True for what is aligned at the right."""
    import pyarrow.types as pt

    return pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind)


def cell(value: pyarrow.Scalar) -> str:
    """A value as text of at most `TEXT` characters; lists show their first elements and length."""
    return shortened(_shown(value))


def shortened(text: str) -> str:
    """The first `TEXT` characters."""
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def _shown(value: Any) -> str:
    import pyarrow.types as pt

    if pt.is_union(value.type):
        value = value.value
    # A variant that lost its value has none.
    if value is None or not value.is_valid:
        return "null"
    kind = value.type
    if is_histogram(kind):
        return _histogram(value)
    if pt.is_fixed_size_list(kind) or _is_list(kind):
        items = value.values
        shown = [_shown(item) for item in items[:ITEMS]]
        if len(items) > ITEMS:
            shown.append(f"… {len(items)} in all")
        return "[" + ", ".join(shown) + "]"
    if pt.is_struct(kind):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in value.items()) + "}"
    return _plain(value.as_py(), kind)


def _plain(value: Any, kind: pyarrow.DataType) -> str:
    """A value that holds no others."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # What a float32 was made from, not the digits of its nearest float64.
        return f"{value:.10g}" if str(kind) == "double" else f"{value:.6g}"
    if isinstance(value, bytes):
        return repr(value[:TEXT])
    # A line break in a cell would look like two rows.
    return str(value)[: 2 * TEXT].replace("\n", "⏎")


def _histogram(value: Any) -> str:
    """A histogram in a table of many: its axes and how much is in it."""
    axes = value["axes"].as_py()
    spans = []
    for axis in axes:
        if axis["categories"]:
            spans.append(f"{len(axis['categories'])} names")
        elif axis["edges"]:
            edges = axis["edges"]
            spans.append(f"{len(edges) - 1} bins from {edges[0]:g} to {edges[-1]:g}")
        else:
            spans.append(f"{axis['bins']} bins from {axis['lo']:g} to {axis['hi']:g}")
    return f"{' x '.join(spans)}, {counted(value['entries'].as_py(), 'fill')}"


def _is_list(kind: pyarrow.DataType) -> bool:
    return str(kind).partition("<")[0] in ("list", "large_list", "list_view", "large_list_view")


def _is_text(kind: pyarrow.DataType) -> bool:
    return str(kind) in ("string", "large_string", "string_view")


def _is_binary(kind: pyarrow.DataType) -> bool:
    return str(kind).startswith(("binary", "large_binary", "fixed_size_binary"))
