"""What is booked on frames, and its answers: many of them from one scan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from . import _native
from ._columns import Columns
from ._habits import AnswerHabits
from ._progress import watching
from .errors import InvalidQuery

if TYPE_CHECKING:
    import hist
    from matplotlib.axes import Axes

    from ._session import Session

T = TypeVar("T")
_NOT_YET = object()


class Booked(AnswerHabits, Generic[T]):
    """An answer that is booked, and computed when it is asked for; `run` computes many in one scan.

    Example:
        >>> count = hf.read("events.root:Events").count()
        >>> count
        <count, not run yet: .result() runs it, hepframe.run(...) many at once>
        >>> count.result()
        1000
    """

    def __init__(self, session: Session, native: _native.Booking, what: str) -> None:
        """Made by the methods of frames."""
        self._session = session
        self._native = native
        self._what = what
        self._answer: Any = _NOT_YET

    @property
    def done(self) -> bool:
        """Whether the answer is there already.

        Example:
            >>> count = hf.read("events.root:Events").count()
            >>> count.done, count.result(), count.done
            (False, 1000, True)
        """
        return self._answer is not _NOT_YET

    def result(self) -> T:
        """The answer; runs the query if it has not run yet.

        Example:
            >>> hf.read("events.root:Events").mean("event").result()
            500.5
        """
        if not self.done:
            run(self)
        return cast("T", self._answer)

    def _take(self, answer: _native.Answer) -> None:
        self._answer = self._of(answer)

    def _of(self, answer: _native.Answer) -> Any:
        if answer[0] == "report":
            return Report([Cut(*cut) for cut in answer[1]])
        if answer[0] == "values":
            import pyarrow

            return pyarrow.table(answer[1])["values"].combine_chunks()
        return answer[1]

    def __repr__(self) -> str:
        if self.done:
            return repr(self._answer)
        return f"<{self._what}, not run yet: .result() runs it, hepframe.run(...) many at once>"

    def __int__(self) -> int:
        return int(self._number())

    def __float__(self) -> float:
        return float(self._number())

    def _number(self) -> Any:
        answer = self.result()
        if answer is None:
            raise InvalidQuery(f"{self._what}: no events, no number; .result() is None then")
        return answer

    def _repr_html_(self) -> str:
        from html import escape

        answer = self.result()
        html = getattr(answer, "_repr_html_", None)
        return html() if html else escape(repr(answer))


if TYPE_CHECKING:
    _OfHistogram = Booked[hist.Hist]
else:
    _OfHistogram = Booked


class BookedHistogram(_OfHistogram):
    """A histogram that is booked; its result is a `hist.Hist` with flow bins and, if weighted, variances.

    Example:
        >>> met = hf.read("events.root:Events").h1("MET_pt", bins=10, range=(0, 100))
        >>> met.result().sum(flow=True)
        1000.0
    """

    def __init__(self, session: Session, native: _native.Booking, what: str, labels: list[str]) -> None:
        """Made by the methods of frames."""
        super().__init__(session, native, what)
        self._labels = labels

    def _of(self, answer: _native.Answer) -> Any:
        from ._hist import hist_of

        return hist_of(cast("str", answer[1]), self._labels)

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draws the histogram, running it if need be, and gives matplotlib's axes.

        Args:
            ax: where to; a new figure if left out.
            style: `histtype` ("step", "fill", "errorbar"), `errors`, and what matplotlib takes.

        Example:
            >>> met = hf.read("events.root:Events").h1("MET_pt", bins=10, range=(0, 100))
            >>> met.plot().get_xlabel()
            'MET_pt'
        """
        from ._plot import plot

        return plot(self.result(), ax, **style)

    def _repr_html_(self) -> str:
        from ._display import figure_html
        from ._figures import histogram_figure

        return figure_html(histogram_figure(self.result()))


@dataclass(frozen=True)
class Cut:
    """One line of a cutflow.

    Example:
        >>> cut = hf.read("events.root:Events").filter("nMuon < 0", "no such event").report().result().cuts[0]
        >>> cut.name, cut.seen, cut.passed
        ('no such event', 1000, 0)
    """

    name: str
    seen: int
    """Events that came to it."""
    passed: int
    """Events that passed."""

    @property
    def efficiency(self) -> float:
        """Share of the events that passed; 0 if none came.

        Example:
            >>> hf.Cut("two muons", seen=200, passed=50).efficiency
            0.25
        """
        return self.passed / self.seen if self.seen else 0.0


@dataclass(frozen=True)
class Report:
    """A cutflow: for each filter with a name, first to last, how many events came and passed.

    Example:
        >>> late = hf.read("events.root:Events").filter("event > 500", "late")
        >>> print(late.filter("event > 750", "later").report().result())
        filter  rows in  passed  of these   of all
        late      1 000     500   50.00 %  50.00 %
        later       500     250   50.00 %  25.00 %
    """

    cuts: list[Cut]

    def __iter__(self) -> Iterator[Cut]:
        return iter(self.cuts)

    def __str__(self) -> str:
        from ._display import report_text

        return report_text(self)

    def _repr_html_(self) -> str:
        from ._display import report_html

        return report_html(self)


def run(*booked: Booked[Any] | Iterable[Booked[Any]]) -> list[Any]:
    """Computes what is booked and gives the answers; all over one table take one scan together.

    What was computed before is not computed again.

    Args:
        booked: one after the other, or in lists.

    Example:
        >>> events = hf.read("events.root:Events")
        >>> two = events.filter("nMuon = 2")
        >>> answers = hf.run(events.count(), [two.count(), two.max("nMuon")])
        >>> answers[0], answers[2]
        (1000, 2)
    """
    asked: list[Booked[Any]] = []
    for one in booked:
        several = isinstance(one, Iterable) and not isinstance(one, (str, Columns))
        asked += cast("Any", one if several else [one])
    for one in asked:
        if not isinstance(one, Booked):
            raise InvalidQuery(f"run takes what frames book (h1, count, report, ...), not {one!r}")
    waiting: dict[int, list[Booked[Any]]] = {}
    for one in dict.fromkeys(asked):
        if not one.done:
            waiting.setdefault(id(one._session), []).append(one)
    for together in waiting.values():
        session = together[0]._session
        with watching("running") as watch:
            answers, session.last_cost = session._native.run([one._native for one in together], watch)
        for one, answer in zip(together, answers, strict=True):
            one._take(answer)
    return [one.result() for one in asked]
