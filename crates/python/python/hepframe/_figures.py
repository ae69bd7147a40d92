"""Figures of histograms and of rows, for pages; nothing here opens a window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .errors import InvalidQuery

if TYPE_CHECKING:
    import pyarrow
    from hist import Hist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ._display import Fetched

PLOTS = 12
"""Histograms drawn of one answer."""
POINTS = 100_000
"""Rows drawn of one answer; more are no plot any longer."""
_SIZE = (6.4, 4.8)


class Drawn(list["Hist"]):
    """Histograms that a notebook shows as plots; a list of `hist.Hist` in every other way."""

    def __init__(self, named: Iterable[tuple[str, Hist]]) -> None:
        self._named = list(named)
        super().__init__(histogram for _, histogram in self._named)

    def _repr_html_(self) -> str:
        from ._display import figure_html

        return figure_html(hists_figure(self._named))


def histogram_figure(histogram: Hist) -> Figure:
    """Draws one histogram.

    Raises:
        InvalidHistogram: three axes or more.
    """
    return hists_figure([("", histogram)])


def histograms_figure(rows: Fetched) -> Figure:
    """Draws the histograms of rows, labelled by their column and the row's other values.

    Raises:
        InvalidHistogram: three axes or more.
    """
    from ._cells import cell, is_histogram
    from ._hist import hist_of

    keys = [column.name for column in rows.table.schema if not is_histogram(column.type)]
    labels = [
        ", ".join(f"{key} = {cell(rows.table[key][place])}" for key in keys)
        for place in range(min(rows.table.num_rows, PLOTS))
    ]
    several = len(rows.histograms) > 1
    return hists_figure(
        [
            (", ".join(filter(None, (name if several or not label else "", label))), hist_of(text, name))
            for name, texts in rows.histograms
            for label, text in zip(labels, texts[:PLOTS], strict=True)
            if text is not None
        ]
    )


def hists_figure(histograms: list[tuple[str, Hist]]) -> Figure:
    """Draws named histograms: in one plot if they have one axis and it is the same, else side by side.

    Raises:
        InvalidHistogram: three axes or more.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from ._plot import STYLE, plot

    drawn = histograms[:PLOTS]
    together = len(drawn) > 1 and all(h.ndim == 1 and _same_axis(h, drawn[0][1]) for _, h in drawn)
    across = 1 if together else min(len(drawn), 3)
    down = 1 if together else -(-len(drawn) // across)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=_SIZE if across == 1 else (4.8 * across, 3.8 * down))
        if together:
            ax = figure.add_subplot()
            for name, histogram in drawn:
                # The last plot has fixed the scale for its own values.
                ax.set_autoscaley_on(True)
                plot(histogram, ax=ax, label=name)
            ax.set_xlabel("")
            ax.legend()
            return figure
        for place, (name, histogram) in enumerate(drawn, start=1):
            ax = figure.add_subplot(down, across, place)
            plot(histogram, ax=ax)
            if len(drawn) > 1:
                ax.set_title(name)
    return figure


def _same_axis(one: Hist, other: Hist) -> bool:
    a, b = one.axes[0], other.axes[0]
    return type(a) is type(b) and list(a) == list(b) and one.kind == other.kind


def rows_figure(table: pyarrow.Table) -> Figure:
    """Draws columns of numbers over the first column: bars over text, lines over numbers.

    Raises:
        InvalidQuery: rows with nothing to draw, or too many.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from ._cells import is_number
    from ._plot import STYLE

    numbers = [column.name for column in list(table.schema)[1:] if is_number(column.type)]
    if not numbers:
        raise InvalidQuery(
            "--plot draws histograms, or columns of numbers over the first column: select h1(...), or x, y"
        )
    if table.num_rows > POINTS:
        raise InvalidQuery(
            f"--plot draws at most {POINTS} rows: select a histogram, h1(x, bins, low, high), or use --limit"
        )
    over = table.schema.field(0)
    x = table.column(0).to_pylist()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=_SIZE)
        ax = figure.add_subplot()
        for name in numbers:
            _draw(ax, x if is_number(over.type) else [str(value) for value in x], table.column(name), name)
        ax.set_xlabel(over.name)
        if len(numbers) == 1:
            ax.set_ylabel(numbers[0])
        else:
            ax.legend()
    return figure


def _draw(ax: Axes, x: list, values: pyarrow.ChunkedArray, name: str) -> None:
    y = [float("nan") if value is None else float(value) for value in values.to_pylist()]
    if x and isinstance(x[0], str):
        ax.bar(x, y, label=name, alpha=0.7)
    else:
        ax.plot(x, y, label=name, marker="." if len(x) <= 200 else "")
