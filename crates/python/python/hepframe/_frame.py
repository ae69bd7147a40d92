"""Frames: analyses step by step, which run when an answer is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

from . import _native
from ._book import Bookings
from ._expr import Expr, col
from ._group import GroupBy
from ._habits import Habits
from ._literal import quoted
from ._progress import watching
from ._rows import RowsOut
from ._steps import Steps
from .errors import InvalidQuery

if TYPE_CHECKING:
    import pyarrow

    from ._session import Session


class DataFrame(Steps, Bookings, RowsOut, Habits):
    """A chain of steps over a table. A step gives a new frame and leaves this one as it is.

    Nothing runs until something is asked for: `to_...`, `.result()` of what is booked, or showing it in a
    notebook. Expressions are text in the SQL dialect, `"Jet_pt * 1.02"`, or objects,
    `hf.col("Jet").pt * 1.02`.

    Example:
        >>> events = hf.read("events.root:Events")
        >>> dimuons = events.filter("nMuon = 2", "two muons").define("mass", "(Muon[0] + Muon[1]).mass")
        >>> mass = dimuons.h1("mass", bins=60, range=(60, 120))
        >>> cutflow = dimuons.report()
        >>> _ = hf.run(mass, cutflow)
        >>> cutflow.result().cuts[0].seen
        1000
    """

    def __init__(self, session: Session, native: _native.Frame, source: str) -> None:
        """Frames come from `read`, `sql` and `from_arrow`."""
        self._session = session
        self._native = native
        self._source = source

    def _after(self, native: _native.Frame) -> DataFrame:
        return DataFrame(self._session, native, self._source)

    @property
    def schema(self) -> pyarrow.Schema:
        """Names and types of the columns.

        Example:
            >>> str(hf.read("events.root:Events").schema.field("nMuon").type)
            'int32'
        """
        import pyarrow

        return pyarrow.schema(self._native.schema())

    @property
    def session(self) -> Session:
        """The session that the frame belongs to.

        Example:
            >>> hf.read("events.root:Events").session is hf.default_session()
            True
        """
        return self._session

    @overload
    def __getitem__(self, name: str) -> Expr: ...

    @overload
    def __getitem__(self, name: list[str]) -> DataFrame: ...

    def __getitem__(self, name: str | list[str]) -> Expr | DataFrame:
        """`frame["MET_pt"]` is the column as an expression, `frame[["run", "event"]]` a frame of these."""
        if isinstance(name, str):
            # A column may have dots in its name, which are parts of a path otherwise.
            return Expr(quoted(name)) if name in self._names() else col(name)
        if isinstance(name, list):
            return self.select(*name)
        if isinstance(name, Expr):
            raise TypeError(f"rows are taken by filter: write frame.filter({name!r})")
        if isinstance(name, (slice, int)):
            raise TypeError("rows have no numbers: limit(10) takes the first ten, filter(...) those wanted")
        raise TypeError(f"frame[...] takes a name or a list of names, not {name!r}")

    def __repr__(self) -> str:
        names = self.columns
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        source = self._source if len(self._source) <= 60 else self._source[:57] + "..."
        return f"<DataFrame of {source}: {len(names)} columns ({shown}); nothing has run>"

    def _repr_html_(self) -> str:
        from ._display import frame_html

        return frame_html(self)

    def group_by(self, *by: Expr | str | list[str]) -> GroupBy:
        """Groups of rows that have the same values of columns or expressions; `agg` makes one row of each.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> by_muons = events.group_by("nMuon").agg(n="count(*)", met="avg(MET_pt)")
            >>> by_muons.sort("nMuon").columns
            ['nMuon', 'n', 'met']
        """
        return GroupBy(self, [one for each in by for one in (each if isinstance(each, list) else [each])])

    def join(
        self, other: DataFrame, on: str | Sequence[str], how: Literal["inner", "left"] = "inner"
    ) -> DataFrame:
        """Rows of both frames whose columns `on` are equal; with `"left"`, also those without a partner.

        Columns of the other frame whose names are taken get `_right` behind theirs.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> good = hf.from_arrow({"run": [1], "luminosity": [0.5]})
            >>> "luminosity" in events.join(good, on="run").columns
            True
        """
        self._same_session(other)
        names = [on] if isinstance(on, str) else list(on or [])
        if not names or not all(isinstance(name, str) for name in names):
            raise InvalidQuery(f"on names the columns that both frames have, such as 'run', not {on!r}")
        return self._after(self._native.join(other._native, names, how))

    def union(self, *others: DataFrame) -> DataFrame:
        """The rows of this frame and of others with the same columns.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.union(events).count().result()
            2000
        """
        names = self.columns
        for other in others:
            self._same_session(other)
            if set(other.columns) != set(names):
                names_of_one = sorted(set(other.columns) ^ set(names))
                differ = ", ".join(names_of_one[:10]) + (" ..." if len(names_of_one) > 10 else "")
                raise InvalidQuery(
                    f"frames of a union have the same columns, these only one of them has: {differ}; "
                    "select(...) those that both have"
                )
        # By name: columns need not come in the same order.
        same = [other if other.columns == names else other[names] for other in others]
        return self._after(self._native.union([other._native for other in same]))

    def _same_session(self, other: DataFrame) -> None:
        if not isinstance(other, DataFrame):
            raise TypeError(f"this takes a frame, not {type(other).__name__}; from_arrow makes one of rows")
        if other._session is not self._session:
            raise InvalidQuery(
                "the other frame belongs to another session; hand over its rows: from_arrow(other)"
            )

    def cache(self) -> DataFrame:
        """Runs the frame; what comes after goes on from its rows, which stay in memory.

        Columns of files stay in memory by themselves. This is for what is costly to compute.

        Example:
            >>> small = hf.read("events.root:Events").limit(10).cache()
            >>> small.count().result()
            10
        """
        with watching("caching") as watch:
            return self._after(self._native.cache(watch))

    def explain(self, analyze: bool = False) -> Plan:
        """How the frame would run; if `analyze`, it runs and tells what that cost.

        Example:
            >>> "MET_pt" in hf.read("events.root:Events").select("MET_pt").explain()
            True
        """
        with watching("running") as watch:
            return Plan(self._native.explain(analyze, watch))


class Plan(str):
    """A plan as text, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
