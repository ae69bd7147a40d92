"""Histograms: axes as one asks for them, answers as `hist.Hist`.

| UHI's storage | what it is | storage of `hist` |
|---|---|---|
| `int` | counts | `Double`, which can be scaled |
| `weighted` | sums of weights and of their squares | `Weight` |
| `mean`, `weighted_mean` | profiles | `Mean`, `WeightedMean` |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hepframe._plot import plot
from hepframe.errors import InvalidHistogram

__all__ = ["axis_of", "hist_of", "plot"]

if TYPE_CHECKING:
    import hist

Axis: TypeAlias = (
    tuple[Literal["regular"], int, float, float]
    | tuple[Literal["edges"], list[float]]
    | tuple[Literal["names"], list[str]]
    | tuple[Literal["integers"], list[int]]
)


def axis_of(
    bins: int | None = None,
    range: tuple[float, float] | None = None,
    edges: Iterable[float] | None = None,
    categories: Iterable[str] | Iterable[int] | None = None,
) -> Axis:
    """The axis of a histogram: `bins` equal ones within `range`, bins between `edges`, or one per category.

    Raises:
        InvalidHistogram: for none or several of these, or values that cannot be.
    """
    given = [
        name
        for name, value in (("bins", bins), ("edges", edges), ("categories", categories))
        if value is not None
    ]
    if len(given) != 1:
        raise InvalidHistogram(
            "an axis has bins=100, range=(0, 200), or edges=[0, 10, 50], or categories=['a', 'b']; "
            + (f"got {' and '.join(given)}" if given else "got none of these")
        )
    if bins is not None:
        return _regular(bins, range)
    if range is not None:
        raise InvalidHistogram(f"range is for bins=...; {given[0]} say all by themselves")
    if edges is not None:
        return ("edges", [_number("an edge", edge) for edge in _several("edges", edges)])
    return _categories(_several("categories", categories))


def hist_of(uhi_json: str, label: str | Sequence[str | None] | None = None) -> hist.Hist:
    """The `hist.Hist` for UHI JSON, flow bins included; see the table above.

    Args:
        uhi_json: of 1 to 3 axes. Fills, and what was not filled, become the histogram's `metadata`:
            `entries`, the count or weight of `nan`, and `missing` values.
        label: of the axes, in their order; of a profile one more, for the mean.
    """
    import hist
    import numpy

    content = json.loads(uhi_json)
    storage = content["storage"]
    arrays = {name: numpy.array(bins) for name, bins in storage.items() if name != "type"}
    labels = [label] if isinstance(label, str) or label is None else list(label)
    labels += [None] * (len(content["axes"]) + 1 - len(labels))
    axes = [_axis(axis, text) for axis, text in zip(content["axes"], labels, strict=False)]
    storages = {
        "int": hist.storage.Double,
        "weighted": hist.storage.Weight,
        "mean": hist.storage.Mean,
        "weighted_mean": hist.storage.WeightedMean,
    }
    histogram = hist.Hist(
        *axes,
        storage=storages[storage["type"]](),
        label=labels[len(axes)],
        metadata=content.get("metadata"),
    )
    view: Any = histogram.view(flow=True)
    if storage["type"] == "int":
        view[...] = arrays["values"]
        return histogram
    for field, bins in _fields(storage["type"], arrays).items():
        view[field] = bins
    return histogram


def _fields(storage: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """What the bins of `hist` hold, which keeps sums of squared deviations instead of variances."""
    import numpy

    values, variances = arrays["values"], arrays["variances"]
    if storage == "weighted":
        return {"value": values, "variance": variances}
    if storage == "mean":
        counts = arrays["counts"]
        return {"count": counts, "value": values, "_sum_of_deltas_squared": _squares(variances, counts - 1)}
    sums, squares = arrays["sum_of_weights"], arrays["sum_of_weights_squared"]
    freedom = sums - numpy.divide(squares, sums, out=numpy.zeros_like(sums), where=sums != 0)
    return {
        "sum_of_weights": sums,
        "sum_of_weights_squared": squares,
        "value": values,
        "_sum_of_weighted_deltas_squared": _squares(variances, freedom),
    }


def _squares(variances: Any, freedom: Any) -> Any:
    """The sum of squared deviations; 0 where a single fill, or none, has no variance."""
    import numpy

    return numpy.where(freedom > 0, variances * freedom, 0.0)


def _axis(axis: dict[str, Any], label: str | None) -> Any:
    import hist

    kind = axis["type"]
    text = label or ""
    if kind == "regular":
        return hist.axis.Regular(axis["bins"], axis["lower"], axis["upper"], label=text)
    if kind == "variable":
        return hist.axis.Variable(axis["edges"], label=text)
    if kind == "category_str":
        return hist.axis.StrCategory(axis["categories"], label=text)
    if kind == "category_int":
        return hist.axis.IntCategory(axis["categories"], label=text)
    raise InvalidHistogram(f"an axis of type {kind!r} is none of hepframe's")


def _regular(bins: object, range: object) -> Axis:
    if isinstance(bins, bool) or not hasattr(bins, "__index__"):
        raise InvalidHistogram(
            f"bins is a whole number, got {bins!r}; give edges=[...] for bins of any width"
        )
    if range is None:
        raise InvalidHistogram(f"bins={bins} needs range=(lo, hi)")
    if isinstance(range, (str, bytes)) or not isinstance(range, Iterable):
        raise InvalidHistogram(f"range is (lo, hi), two numbers for each axis, got {range!r}")
    limits = [_number("range", limit) for limit in range]
    if len(limits) != 2:
        raise InvalidHistogram(f"range is (lo, hi), got {len(limits)} numbers")
    count: int = bins.__index__()  # type: ignore[attr-defined]
    if abs(count) >= 2**63:
        raise InvalidHistogram(f"bins is a number that fits into memory, got {count}")
    return ("regular", count, limits[0], limits[1])


def _categories(values: list[object]) -> Axis:
    names = [str(value) for value in values if isinstance(value, str)]
    if values and len(names) == len(values):
        return ("names", names)
    integers = [
        int(value)  # type: ignore[call-overload]
        for value in values
        if hasattr(value, "__index__") and not isinstance(value, bool)
    ]
    if values and len(integers) == len(values):
        return ("integers", integers)
    raise InvalidHistogram(f"categories are texts, or whole numbers, at least one; got {values!r}")


def _several(what: str, values: object) -> list[object]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidHistogram(f"{what} are several values, got {values!r}")
    return list(values)


def _number(what: str, value: object) -> float:
    if isinstance(value, (str, bytes, bool)):
        raise InvalidHistogram(f"{what} is a number, got {value!r}")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InvalidHistogram(f"{what} is a number, got {value!r}") from None
