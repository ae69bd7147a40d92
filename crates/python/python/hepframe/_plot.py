"""Drawing histograms as physicists do: ticks inwards on all sides, labels at the ends of the axes.

The look is that of mplhep's plain style. mplhep itself is not needed: importing it takes longer than a query,
and `mplhep.histplot(histogram)` draws the same `hist.Hist` for those who want more of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from hepframe.errors import InvalidHistogram

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes

STYLE: dict[Any, Any] = {
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "xtick.major.size": 8,
    "ytick.major.size": 8,
    "xtick.minor.size": 4,
    "ytick.minor.size": 4,
    "font.size": 13,
    "legend.frameon": False,
    "figure.figsize": (7.5, 5.5),
    "figure.constrained_layout.use": True,
}
"""Matplotlib's settings for figures made here."""


def plot(
    histogram: hist.Hist,
    ax: Axes | None = None,
    *,
    histtype: Literal["step", "fill", "errorbar"] = "step",
    errors: bool = True,
    **style: Any,
) -> Axes:
    """Draws a histogram of one axis as steps, of two as a colour mesh, a profile as points; no flow bins.

    Args:
        histogram: what to draw.
        ax: where to; a new figure if left out.
        histtype: `"step"`, `"fill"` or points with `"errorbar"`. Profiles are always points.
        errors: whether to show one standard deviation: `sqrt(variance)`, of counts `sqrt(count)`.
        style: for matplotlib's `stairs`, `errorbar` or `pcolormesh`, such as `color`, `label`, `cmap`.

    Raises:
        InvalidHistogram: for three axes or more: project it to two.
    """
    if histogram.ndim > 2:
        raise InvalidHistogram(
            f"a histogram of {histogram.ndim} axes cannot be drawn: project it first, as in h.project(0, 1)"
        )
    if histtype not in ("step", "fill", "errorbar"):
        raise InvalidHistogram(f"histtype is 'step', 'fill' or 'errorbar', got {histtype!r}")
    if ax is not None and not hasattr(ax, "stairs"):
        raise TypeError(f"ax is what plt.subplots() gives, not {ax!r}")
    ax = new_axes() if ax is None else ax
    if histogram.ndim == 2:
        _mesh(histogram, ax, style)
    elif str(histogram.kind) == "MEAN":
        _points(histogram, ax, errors, style)
        _label(ax, "y", str(histogram.label or "Mean"))
    else:
        _steps(histogram, ax, histtype, errors, style)
        _label(ax, "y", "Events")
    return ax


def new_axes() -> Axes:
    """The axes of a new figure that pyplot knows, so that notebooks and `plt.show()` show it."""
    import matplotlib
    import matplotlib.pyplot

    # Loads the backend, whose own settings must not end with the block below.
    matplotlib.pyplot.draw_if_interactive()
    with matplotlib.rc_context(STYLE):
        return matplotlib.pyplot.subplots()[1]


def _steps(histogram: hist.Hist, ax: Axes, histtype: str, errors: bool, style: dict[str, Any]) -> None:
    if histtype == "errorbar":
        _points(histogram, ax, errors, style)
        return
    values, axis = histogram.values(), histogram.axes[0]
    steps = ax.stairs(values, axis.edges, fill=histtype == "fill", **style)
    deviations = _deviations(histogram)
    if errors and deviations is not None:
        color = steps.get_edgecolor() if histtype == "step" else "black"
        ax.errorbar(axis.centers, values, yerr=deviations, fmt="none", ecolor=color, elinewidth=1)
    if values.min(initial=0) >= 0:
        ax.set_ylim(bottom=0)
    _bins(ax, "x", axis)


def _points(histogram: hist.Hist, ax: Axes, errors: bool, style: dict[str, Any]) -> None:
    values, axis = histogram.values(), histogram.axes[0]
    if str(histogram.kind) == "MEAN":
        # A bin without fills has no mean.
        values = values.copy()
        values[histogram.counts() == 0] = float("nan")
    chosen = {"fmt": "o", "markersize": 4, **style}
    ax.errorbar(
        axis.centers,
        values,
        xerr=axis.widths / 2,
        yerr=_deviations(histogram) if errors else None,
        **chosen,
    )
    _bins(ax, "x", axis)


def _mesh(histogram: hist.Hist, ax: Axes, style: dict[str, Any]) -> None:
    values = histogram.values()
    if str(histogram.kind) == "MEAN":
        raise InvalidHistogram("a profile of two axes cannot be drawn: project it to one")
    x, y = histogram.axes
    mesh = ax.pcolormesh(x.edges, y.edges, values.T, **style)
    if ax.figure is not None:
        ax.figure.colorbar(mesh, ax=ax, label="Events")
    _bins(ax, "x", x)
    _bins(ax, "y", y)


def _deviations(histogram: hist.Hist) -> Any:
    import numpy

    variances = histogram.variances()
    return None if variances is None else numpy.sqrt(variances)


def _bins(ax: Axes, which: Literal["x", "y"], axis: Any) -> None:
    """Limits, the names of categories, the label."""
    edges = axis.edges
    getattr(ax, f"set_{which}lim")(edges[0], edges[-1])
    if axis.traits.discrete:
        getattr(ax, f"set_{which}ticks")(axis.centers, labels=[str(category) for category in axis])
        getattr(ax, f"{which}axis").set_minor_locator(_no_ticks())
    _label(ax, which, axis.label)


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _label(ax: Axes, which: Literal["x", "y"], text: str) -> None:
    if text and not getattr(ax, f"get_{which}label")():
        # As physicists expect it, whatever the figure's style was.
        getattr(ax, f"set_{which}label")(text, loc="right" if which == "x" else "top")
