"""How frames, rows, cutflows and plots look in a notebook: plain HTML, readable on dark pages."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from ._cells import cell, is_number, shortened, type_words
from ._progress import counted
from .errors import HepframeError, InvalidHistogram

if TYPE_CHECKING:
    import pyarrow
    from matplotlib.figure import Figure

    from ._booked import Report
    from ._frame import DataFrame

ROWS = 20
"""Rows shown of a frame."""
COLUMNS = 30
"""Columns shown of a frame: reading the first rows of a thousand branches takes long."""
_QUIET = "opacity:0.6"
_LINE = "1px solid rgba(128,128,128,0.4)"


@dataclass(frozen=True)
class Fetched:
    """Rows in memory."""

    table: pyarrow.Table
    histograms: list[tuple[str, list[str | None]]]
    """Per column of histograms its name, and per row UHI JSON."""


@dataclass(frozen=True)
class Preview:
    """The first rows of a frame."""

    rows: Fetched
    more: bool
    """Whether the frame has more rows."""
    columns: int
    """How many columns the frame has; the table may have fewer."""

    @property
    def is_plot(self) -> bool:
        """True for one row of nothing but histograms."""
        table = self.rows.table
        return len(self.rows.histograms) == table.num_columns > 0 and table.num_rows == 1


# What a magic has run of frames, so that showing them does not run them again.
_looks: WeakKeyDictionary[DataFrame, Preview | Figure] = WeakKeyDictionary()


def show_as(frame: DataFrame, looks: Preview | Figure) -> None:
    """Makes a frame look like this wherever it is shown."""
    _looks[frame] = looks


def fetch(frame: DataFrame) -> Preview:
    """Runs a frame up to its first rows.

    Raises:
        HepframeError: what the query fails with.
    """
    names = frame.columns
    shown = frame
    if len(names) > COLUMNS:
        from ._expr import col

        shown = frame.select(*map(col, names[:COLUMNS]))
    fetched = collect(shown.limit(ROWS + 1))
    more = fetched.table.num_rows > ROWS
    if more:
        histograms = [(name, rows[:ROWS]) for name, rows in fetched.histograms]
        fetched = Fetched(fetched.table.slice(0, ROWS), histograms)
    return Preview(fetched, more, len(names))


def collect(frame: DataFrame) -> Fetched:
    """All rows of a frame; Ctrl-C ends the query.

    Raises:
        HepframeError: what the query fails with.
    """
    import pyarrow as pa

    batches = frame._collect()
    return Fetched(pa.table(cast(Any, batches)), batches.histograms())


def frame_html(frame: DataFrame) -> str:
    """The schema and the first rows of a frame, or a plot if it is one row of histograms."""
    try:
        looks = _looks.get(frame) or fetch(frame)
    except HepframeError as error:
        return _schema_html(frame) + f'<p style="color:#d33">{escape(str(error))}</p>'
    if not isinstance(looks, Preview):
        return figure_html(looks)
    if looks.is_plot:
        from ._figures import histograms_figure

        # Three axes cannot be drawn; the table tells what there is.
        with suppress(InvalidHistogram):
            return figure_html(histograms_figure(looks.rows))
    if looks.columns == 0:
        return f'<span style="{_QUIET}">done</span>'
    table = looks.rows.table
    html = table_html(table, None if looks.more else table.num_rows)
    hidden = looks.columns - table.num_columns
    if hidden:
        html += f'<div style="{_QUIET}">{counted(hidden, "more column")}</div>{_schema_html(frame)}'
    return html


def frame_text(frame: DataFrame) -> str:
    """The first rows as text if a magic has run the frame; else what it is, as nobody waits for a repr."""
    looks = _looks.get(frame)
    if not isinstance(looks, Preview):
        return repr(frame)
    table = looks.rows.table
    right = [is_number(column.type) for column in table.schema]
    lines = [table.schema.names, [shortened(type_words(column.type)) for column in table.schema]]
    lines += zip(*([cell(value) for value in column] for column in table.columns), strict=True)
    foot = [f"{'first ' if looks.more else ''}{counted(table.num_rows, 'row')}"]
    if looks.columns > table.num_columns:
        foot.append(counted(looks.columns - table.num_columns, "more column"))
    return aligned(lines, right) + f"\n({', '.join(foot)})"


def aligned(lines: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Cells in columns, aligned at the right where they are numbers."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def table_html(table: pyarrow.Table, total: int | None) -> str:
    """Rows with the types of their columns.

    Args:
        table: the rows to show.
        total: how many rows there are in all, None if that is not known.
    """
    right = [is_number(column.type) for column in table.schema]
    head = "".join(
        f'<th style="text-align:{"right" if number else "left"}">{escape(column.name)}'
        f"<br>{_type_html(column.type)}</th>"
        for column, number in zip(table.schema, right, strict=True)
    )
    columns = [[cell(value) for value in column] for column in table.columns]
    rows = "".join(
        "<tr>" + "".join(_td(text, number) for text, number in zip(row, right, strict=True)) + "</tr>"
        for row in zip(*columns, strict=True)
    )
    shown = table.num_rows
    if total is None:
        foot = f"first {counted(shown, 'row')}"
    elif total > shown:
        foot = f"first {shown} of {counted(total, 'row')}"
    else:
        foot = counted(shown, "row")
    return _table(head, rows) + f'<div style="{_QUIET}">{foot}</div>'


def report_html(report: Report) -> str:
    """A cutflow: per filter how many rows came and passed, with a bar of those left of all."""
    head = "".join(
        f'<th style="text-align:{side}">{word}</th>'
        for word, side in [
            ("filter", "left"),
            ("rows in", "right"),
            ("passed", "right"),
            ("of these", "right"),
            ("of all", "right"),
            ("", "left"),
        ]
    )
    rows = "".join(
        "<tr>"
        + _td(name, False)
        + "".join(_td(text, True) for text in numbers)
        + f'<td><div style="width:8em;border-left:{_LINE}"><div style="width:{100 * left:.1f}%;height:0.8em;'
        'background:rgba(70,130,220,0.7)"></div></div></td></tr>'
        for name, numbers, left in _cutflow(report)
    )
    return _table(head, rows)


def report_text(report: Report) -> str:
    """A cutflow as aligned text, one line a filter."""
    lines = [["filter", "rows in", "passed", "of these", "of all"]]
    lines += [[name, *numbers] for name, numbers, _ in _cutflow(report)]
    return aligned(lines, [False, True, True, True, True])


def figure_html(figure: Figure) -> str:
    """A figure as a picture in the page, on white: labels stay readable on dark pages."""
    picture = io.BytesIO()
    # Twice the pixels for screens that have them; shown at the size of the figure.
    figure.savefig(picture, format="png", dpi=144, bbox_inches="tight", facecolor="white")
    png = picture.getvalue()
    width = int.from_bytes(png[16:20], "big") // 2
    text = base64.b64encode(png).decode()
    return (
        f'<img alt="plot" width="{width}" style="max-width:100%" class="hepframe-plot" '
        f'src="data:image/png;base64,{text}">'
    )


def _cutflow(report: Report) -> list[tuple[str, list[str], float]]:
    """Per filter its name, its numbers as text, and the share of all rows that is left."""
    lines = []
    first = report.cuts[0].seen if report.cuts else 0
    for cut in report.cuts:
        left = cut.passed / first if first else 0.0
        here = cut.passed / cut.seen if cut.seen else 0.0
        grouped = [f"{count:,}".replace(",", " ") for count in (cut.seen, cut.passed)]
        lines.append((cut.name, [*grouped, f"{100 * here:.2f} %", f"{100 * left:.2f} %"], left))
    return lines


def _schema_html(frame: DataFrame) -> str:
    """All columns and their types, folded away."""
    schema = frame.schema
    lines = "".join(
        f"<div><b>{escape(column.name)}</b>: {escape(type_words(column.type))}</div>" for column in schema
    )
    return f"<details><summary>{counted(len(schema), 'column')}</summary>{lines}</details>"


def _type_html(kind: pyarrow.DataType) -> str:
    """A type in a head; of a class with many members the first ones, and all where the mouse rests."""
    words = type_words(kind)
    whole = "" if shortened(words) == words else f' title="{escape(words)}"'
    return f'<span style="font-weight:normal;{_QUIET}"{whole}>{escape(shortened(words))}</span>'


def _table(head: str, rows: str) -> str:
    return (
        '<div style="overflow-x:auto"><table class="hepframe-table" style="border-collapse:collapse">'
        f'<thead><tr style="border-bottom:{_LINE}">{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _td(text: str, number: bool) -> str:
    quiet = _QUIET if text == "null" else ""
    return f'<td style="text-align:{"right" if number else "left"};{quiet}">{escape(text)}</td>'
