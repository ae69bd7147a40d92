"""What frames can book: histograms, counts, sums, values, cutflows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import _native
from ._booked import Booked, BookedHistogram, Report
from ._columns import Columns
from ._expr import Expr, alias_of, text_of
from .errors import InvalidHistogram

if TYPE_CHECKING:
    import pyarrow

    from ._session import Session


class Bookings(Columns):
    """The methods of frames that book an answer."""

    _session: Session

    def h1(
        self,
        x: Expr | str,
        *,
        bins: int | None = None,
        range: tuple[float, float] | None = None,
        edges: Iterable[float] | None = None,
        categories: Iterable[str] | Iterable[int] | None = None,
        weight: Expr | str | None = None,
        label: str | None = None,
    ) -> BookedHistogram:
        """Books a histogram of a column; every element of a list fills.

        Args:
            x: what fills; underflow and overflow are kept, NaN is counted apart.
            bins: how many equal bins there are in `range`.
            range: where the first bin begins and the last one ends.
            edges: of bins that differ, in place of `bins`.
            categories: one bin for each of these texts or integers, in place of `bins`.
            weight: per event, or per element if x holds lists.
            label: of the axis; the text of `x` if left out.

        Example:
            >>> met = hf.read("events.root:Events").h1("MET_pt", bins=4, range=(0, 40))
            >>> met.result().sum(flow=True)
            1000.0
        """
        from ._hist import axis_of

        return self._histogram([(x, axis_of(bins, range, edges, categories))], [label], None, weight)

    def h2(
        self,
        xy: tuple[Expr | str, Expr | str],
        *,
        bins: Sequence[int | None] = (None, None),
        range: Sequence[tuple[float, float] | None] = (None, None),
        edges: Sequence[Iterable[float] | None] = (None, None),
        weight: Expr | str | None = None,
        labels: Sequence[str | None] = (None, None),
    ) -> BookedHistogram:
        """Books a histogram of two columns; bins, range and edges are those of `h1`, for each of them.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> both = events.h2(("Muon_eta", "Muon_pt"), bins=(2, 3), range=((-2, 2), (0, 60)))
            >>> both.result().values().shape
            (2, 3)
        """
        return self._grid(2, xy, bins, range, edges, weight, labels)

    def h3(
        self,
        xyz: tuple[Expr | str, Expr | str, Expr | str],
        *,
        bins: Sequence[int | None] = (None, None, None),
        range: Sequence[tuple[float, float] | None] = (None, None, None),
        edges: Sequence[Iterable[float] | None] = (None, None, None),
        weight: Expr | str | None = None,
        labels: Sequence[str | None] = (None, None, None),
    ) -> BookedHistogram:
        """Books a histogram of three columns.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> xyz, ranges = ("Muon_eta", "Muon_phi", "Muon_pt"), ((-2, 2), (-4, 4), (0, 60))
            >>> events.h3(xyz, bins=(2, 2, 3), range=ranges).result().ndim
            3
        """
        return self._grid(3, xyz, bins, range, edges, weight, labels)

    def profile(
        self,
        x: Expr | str,
        y: Expr | str,
        *,
        bins: int | None = None,
        range: tuple[float, float] | None = None,
        edges: Iterable[float] | None = None,
        weight: Expr | str | None = None,
        labels: Sequence[str | None] = (None, None),
    ) -> BookedHistogram:
        """Books the mean of `y` in bins of `x`.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.profile("nMuon", "MET_pt", bins=3, range=(0, 3)).result().values().shape
            (3,)
        """
        from ._hist import axis_of

        return self._histogram([(x, axis_of(bins, range, edges))], labels, y, weight)

    def _grid(
        self,
        wanted: int,
        columns: Sequence[Expr | str],
        bins: Sequence[int | None],
        range: Sequence[tuple[float, float] | None],
        edges: Sequence[Iterable[float] | None],
        weight: Expr | str | None,
        labels: Sequence[str | None],
    ) -> BookedHistogram:
        from ._hist import axis_of

        for name, given in (("columns", columns), ("bins", bins), ("range", range), ("edges", edges)):
            if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != wanted:
                raise InvalidHistogram(
                    f"{name} of a histogram of {wanted} axes are {wanted}, one for each; got {given!r}"
                )
        axes = [
            (column, axis_of(bins[place], range[place], edges[place])) for place, column in enumerate(columns)
        ]
        return self._histogram(axes, labels, None, weight)

    def _histogram(
        self,
        along: list[tuple[Expr | str, _native.Axis]],
        labels: Sequence[str | None],
        sample: Expr | str | None,
        weight: Expr | str | None,
    ) -> BookedHistogram:
        axes = [(self._text(column), axis) for column, axis in along]
        of = None if sample is None else self._text(sample)
        booking = self._native.histogram(axes, of, None if weight is None else self._text(weight))
        columns = [column for column, _ in along] + ([] if sample is None else [sample])
        texts = [alias_of(column) or text_of(column) for column in columns]
        if isinstance(labels, str) or not all(label is None or isinstance(label, str) for label in labels):
            raise InvalidHistogram(f"labels of axes are texts, one for each, got {labels!r}")
        given = [*labels, *[None] * len(texts)]
        shown = [label or text for label, text in zip(given, texts, strict=False)]
        return BookedHistogram(self._session, booking, f"histogram of {', '.join(texts)}", shown)

    def count(self) -> Booked[int]:
        """Books the number of events.

        Example:
            >>> int(hf.read("events.root:Events").count())
            1000
        """
        return Booked(self._session, self._native.count(), "count")

    def sum(self, expression: Expr | str) -> Booked[float | None]:
        """Books the sum of a column, of all elements if it holds lists; None of no events.

        Example:
            >>> float(hf.read("events.root:Events").sum("event"))
            500500.0
        """
        return self._reduced("sum", expression)

    def mean(self, expression: Expr | str) -> Booked[float | None]:
        """Books the mean of a column of one number per event; None of no events.

        Example:
            >>> float(hf.read("events.root:Events").mean("event"))
            500.5
        """
        return self._reduced("mean", expression)

    def min(self, expression: Expr | str) -> Booked[float | int | None]:
        """Books the smallest value of a column, of all elements if it holds lists; None of no events.

        Whole numbers give an int.

        Example:
            >>> float(hf.read("events.root:Events").min("event"))
            1.0
        """
        return self._reduced("min", expression)

    def max(self, expression: Expr | str) -> Booked[float | int | None]:
        """Books the largest value of a column, of all elements if it holds lists; None of no events.

        Whole numbers give an int.

        Example:
            >>> float(hf.read("events.root:Events").max("event"))
            1000.0
        """
        return self._reduced("max", expression)

    def _reduced(self, how: Literal["sum", "mean", "min", "max"], expression: Expr | str) -> Booked[Any]:
        text = self._text(expression)
        return Booked(self._session, self._native.reduce(how, text), f"{how} of {text}")

    def take(self, expression: Expr | str) -> Booked[pyarrow.Array]:
        """Books the values of a column, one per event, in any order, as a pyarrow array.

        Example:
            >>> len(hf.read("events.root:Events").take("MET_pt").result())
            1000
        """
        text = self._text(expression)
        return Booked(self._session, self._native.take(text), f"values of {text}")

    def report(self) -> Booked[Report]:
        """Books the cutflow of the filters with names: how many events came to each and passed.

        Example:
            >>> report = hf.read("events.root:Events").filter("nMuon >= 0", "any").report().result()
            >>> report.cuts[0].name, report.cuts[0].passed
            ('any', 1000)
        """
        return Booked(self._session, self._native.report(), "cutflow")
