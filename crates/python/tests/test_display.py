"""How rows, cutflows and plots look: as HTML and as text."""

import re
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pytest
from hepframe._cells import TEXT, cell, type_words
from hepframe._display import figure_html, report_html, report_text, table_html
from hepframe._figures import Drawn, hists_figure, rows_figure
from hepframe.errors import InvalidQuery


@dataclass
class Cut:
    name: str
    seen: int
    passed: int

    @property
    def efficiency(self):
        return self.passed / self.seen if self.seen else 0.0


@dataclass
class Report:
    cuts: list


def text_of(html):
    return re.sub(r"<[^>]+>", " ", html)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (pa.float32(), "float32"),
        (pa.float64(), "float64"),
        (pa.int8(), "int8"),
        (pa.bool_(), "bool"),
        (pa.string(), "string"),
        (pa.large_string(), "string"),
        (pa.binary(), "bytes"),
        (pa.list_(pa.float32()), "var * float32"),
        (pa.list_(pa.list_(pa.int32())), "var * var * int32"),
        (pa.list_(pa.float64(), 3), "3 * float64"),
        (pa.struct([("pt", pa.float32()), ("id", pa.int32())]), '{"pt": float32, "id": int32}'),
        (pa.dictionary(pa.int8(), pa.string()), "categorical[string]"),
        (pa.timestamp("us"), "timestamp[us]"),
    ],
)
def test_types_are_told_as_awkward_writes_them(kind, words):
    assert type_words(kind) == words


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, pa.int32(), "null"),
        (1.1, pa.float32(), "1.1"),
        (1 / 3, pa.float64(), "0.3333333333"),
        (True, pa.bool_(), "true"),
        ([], pa.list_(pa.int32()), "[]"),
        ([1, None], pa.list_(pa.int32()), "[1, null]"),
        ([1.5] * 7, pa.list_(pa.float32()), "[1.5, 1.5, 1.5, … 7 in all]"),
        ([[1], [2, 3]], pa.list_(pa.list_(pa.int8())), "[[1], [2, 3]]"),
        ({"a": 1, "b": None}, pa.struct([("a", pa.int8()), ("b", pa.int8())]), "{a: 1, b: null}"),
        ("two\nlines", pa.string(), "two⏎lines"),
        (b"\x00a", pa.binary(), "b'\\x00a'"),
        (datetime(2026, 1, 2), pa.timestamp("s"), "2026-01-02 00:00:00"),
    ],
)
def test_values_are_short_and_say_how_long_lists_are(value, kind, text):
    assert cell(pa.scalar(value, kind)) == text


def test_the_type_of_a_large_class_is_cut_and_told_where_the_mouse_rests():
    members = pa.struct([(f"member{k}", pa.int8()) for k in range(20)])

    page = table_html(pa.table({"x": pa.array([], members)}), 0)

    assert "member19" in page and "member19" not in text_of(page)


def test_a_long_text_is_cut():
    assert len(cell(pa.scalar("x" * 1000))) == TEXT


def test_a_table_shows_names_types_rows_and_how_many_there_are():
    table = pa.table({"n": [1, 2], "Jet_pt": [[1.0, 2.0], []]})
    text = text_of(table_html(table, 2000))
    for part in ("n", "int64", "Jet_pt", "var * float64", "[1, 2]", "[]", "first 2 of 2 000 rows"):
        assert part in text
    assert "first 2 rows" in text_of(table_html(table, None))


def test_names_and_values_cannot_be_html():
    table = pa.table({"<b>": ["<script>alert(1)</script>"]})
    html = table_html(table, 1)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html
    assert "<i>" not in report_html(Report([Cut("x<i>", 1, 1)]))


def test_pages_fit_dark_and_light_themes():
    html = table_html(pa.table({"n": [1]}), 1) + report_html(Report([Cut("a", 10, 5)]))
    # Colours that only one of them can read: opaque ones.
    assert not re.search(r"(?<!-)color:|background:(?!rgba)", html)


def test_a_cutflow_tells_shares_of_each_cut_and_of_all():
    report = Report([Cut("two muons", 1000, 500), Cut("met", 500, 50)])
    assert report_text(report).splitlines() == [
        "filter     rows in  passed  of these   of all",
        "two muons    1 000     500   50.00 %  50.00 %",
        "met            500      50   10.00 %   5.00 %",
    ]
    html = report_html(report)
    assert "width:50.0%" in html
    assert "width:5.0%" in html


def test_a_cutflow_of_no_rows_has_no_shares():
    assert "0.00 %" in report_text(Report([Cut("a", 0, 0)]))
    assert report_text(Report([])).startswith("filter")


def test_a_figure_is_a_picture_on_white():
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot([1, 2])
    assert figure_html(figure).startswith('<img alt="plot"')


def filled(*values, bins=10):
    import hist

    histogram = hist.Hist(hist.axis.Regular(bins, 0, 10))
    histogram.fill(values)
    return histogram


def test_histograms_of_one_axis_share_a_plot_and_others_stand_side_by_side():
    assert len(hists_figure([("a", filled(1)), ("b", filled(2))]).axes) == 1
    assert len(hists_figure([("a", filled(1)), ("b", filled(2, bins=5))]).axes) == 2


def test_a_plot_shared_by_histograms_is_high_enough_for_all():
    figure = hists_figure([("high", filled(*[1] * 100)), ("low", filled(1))])
    assert figure.axes[0].get_ylim()[1] >= 100


def test_drawn_histograms_are_a_list_that_shows_plots():
    drawn = Drawn([("a", filled(1)), ("b", filled(2))])
    assert [histogram.sum() for histogram in drawn] == [1, 1]
    assert drawn._repr_html_().startswith("<img")


def test_rows_are_drawn_over_their_first_column():
    lines = rows_figure(pa.table({"x": [1, 2], "y": [3, None], "text": ["a", "b"], "z": [1, 2]}))
    assert [line.get_label() for line in lines.axes[0].lines] == ["y", "z"]
    bars = rows_figure(pa.table({"name": ["a", None], "y": [3, 4]}))
    assert len(bars.axes[0].patches) == 2


@pytest.mark.parametrize("table", [{"x": [1]}, {"x": [1], "y": ["a"]}, {}])
def test_rows_with_nothing_to_draw_are_refused_with_what_can_be_drawn(table):
    with pytest.raises(InvalidQuery, match="select h1"):
        rows_figure(pa.table(table))
