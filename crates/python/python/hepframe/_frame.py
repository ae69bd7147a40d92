"""Frames: analyses step by step, which run when an answer is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import _native
from ._book import Bookings
from ._expr import Expr, alias_of, col, text_of
from ._group import GroupBy
from ._literal import quoted
from ._progress import watching
from ._rows import RowsOut
from .errors import InvalidQuery

if TYPE_CHECKING:
    import pyarrow

    from ._session import Session


class DataFrame(Bookings, RowsOut):
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
    def columns(self) -> list[str]:
        """Names of the columns.

        Example:
            >>> hf.read("events.root:Events").columns[:3]
            ['run', 'event', 'nMuon']
        """
        return self._native.columns()

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

    def __getitem__(self, name: str | list[str]) -> Any:
        """`frame["MET_pt"]` is the column as an expression, `frame[["run", "event"]]` a frame of these."""
        if isinstance(name, str):
            return col(name)
        if isinstance(name, list):
            return self.select(*name)
        raise TypeError(
            f"frame[...] takes a name or a list of names, not {name!r}; rows are taken by filter()"
        )

    def __repr__(self) -> str:
        names = self.columns
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        source = self._source if len(self._source) <= 60 else self._source[:57] + "..."
        return f"<DataFrame of {source}: {len(names)} columns ({shown}); nothing has run>"

    def _repr_html_(self) -> str:
        from ._display import frame_html

        return frame_html(self)

    def define(
        self, name: str | None = None, expression: Expr | str | None = None, /, **columns: Expr | str
    ) -> DataFrame:
        """Adds a column, or several by keyword, each of which may use those before it.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.define("ht", "sum(Jet_pt)").define(high="ht > 100").columns[-2:]
            ['ht', 'high']
        """
        frame = self._native
        for each, what in _named(name, expression, columns).items():
            frame = frame.define(each, text_of(what))
        return self._after(frame)

    def redefine(self, name: str, expression: Expr | str) -> DataFrame:
        """Replaces a column; the expression may use the old one.

        Example:
            >>> events = hf.read("events.root:Events").redefine("nMuon", "nMuon + 100")
            >>> float(events.min("nMuon"))
            100.0
        """
        return self._after(self._native.redefine(name, text_of(expression)))

    def alias(self, name: str, column: str) -> DataFrame:
        """Another name for a column.

        Example:
            >>> hf.read("events.root:Events").alias("met", "MET_pt").columns[-1]
            'met'
        """
        return self._after(self._native.define(name, quoted(column)))

    def filter(self, expression: Expr | str, name: str = "") -> DataFrame:
        """Keeps the events where the expression is true; one with a name is told by `report`.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.filter(hf.col("nMuon") >= 2, "two muons").filter("nMuon < 2").count().result()
            0
        """
        return self._after(self._native.filter(text_of(expression), name))

    def select(self, *columns: Expr | str, **named: Expr | str) -> DataFrame:
        """These columns only, in this order; expressions get their text or `alias` as name, or a keyword.

        Example:
            >>> hf.read("events.root:Events").select("run", "MET_pt / 1000", ht="sum(Jet_pt)").columns
            ['run', 'MET_pt / 1000', 'ht']
        """
        known = set(self.columns)
        items: list[tuple[str, str | None]] = []
        for column in columns:
            if isinstance(column, str) and column in known:
                items.append((quoted(column), None))
            else:
                items.append((text_of(column), alias_of(column)))
        items += [(text_of(column), name) for name, column in named.items()]
        return self._after(self._native.select(items))

    def limit(self, rows: int) -> DataFrame:
        """The first rows.

        Example:
            >>> hf.read("events.root:Events").limit(3).to_arrow().num_rows
            3
        """
        if rows < 0:
            raise InvalidQuery(f"limit takes 0 rows or more, not {rows}")
        return self._after(self._native.limit(rows))

    def head(self, rows: int = 5) -> DataFrame:
        """The first rows; as `limit`.

        Example:
            >>> hf.read("events.root:Events").head().to_arrow().num_rows
            5
        """
        return self.limit(rows)

    def sample(self, fraction: float, *, by: str | Sequence[str] | None = None, seed: int = 0) -> DataFrame:
        """Some of the events, each kept with the same probability.

        Args:
            fraction: from 0 to 1.
            by: columns that tell events apart, such as `["run", "event"]`: the same events are kept each time
                and everywhere. Without it, others each time.
            seed: with `by`, another one gives another sample.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> some = events.sample(0.1, by=["run", "event"])
            >>> some.count().result() == some.count().result()
            True
        """
        if not 0 <= fraction <= 1:
            raise InvalidQuery(f"a fraction is from 0 to 1, not {fraction}")
        if fraction == 1:
            return self
        if by is None:
            return self.filter(f"random() < {float(fraction)!r}")
        names = [by] if isinstance(by, str) else list(by)
        text = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in names)
        # The first 52 bits of a hash, in hexadecimal digits, which are ordered as text.
        limit = f"{int(fraction * 16**13):013x}"
        return self.filter(f"substr(md5(concat_ws(',', {text}, '{int(seed)}')), 1, 13) < '{limit}'")

    def sort(self, by: Expr | str, *, descending: bool = False) -> DataFrame:
        """In the order of a column.

        Example:
            >>> events = hf.read("events.root:Events").sort("event", descending=True)
            >>> events.head(1).to_arrow()["event"].to_pylist()
            [1000]
        """
        return self._after(self._native.sort(text_of(by), descending))

    def group_by(self, *by: str) -> GroupBy:
        """Groups of rows that have the same values; `agg` makes one row of each.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> by_muons = events.group_by("nMuon").agg(n="count(*)", met="avg(MET_pt)")
            >>> by_muons.sort("nMuon").columns
            ['nMuon', 'n', 'met']
        """
        return GroupBy(self, by)

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
        names = [on] if isinstance(on, str) else list(on)
        return self._after(self._native.join(other._native, names, how))

    def union(self, *others: DataFrame) -> DataFrame:
        """The rows of this frame and of others with the same columns.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.union(events).count().result()
            2000
        """
        for other in others:
            self._same_session(other)
        return self._after(self._native.union([other._native for other in others]))

    def _same_session(self, other: DataFrame) -> None:
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


def _named(
    name: str | None, expression: Expr | str | None, columns: dict[str, Expr | str]
) -> dict[str, Expr | str]:
    """The columns of `define`: a pair, or by keyword."""
    if name is None:
        if columns:
            return columns
        raise InvalidQuery("define takes a name and an expression: define('ht', 'sum(Jet_pt)')")
    if expression is None:
        raise InvalidQuery(f"define('{name}', ...) takes an expression too")
    return {name: expression, **columns}
