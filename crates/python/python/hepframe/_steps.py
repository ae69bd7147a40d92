"""The steps of frames over their own columns and rows: what is added, kept, renamed, put in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import _native
from ._checks import name_of, whole_of
from ._columns import Columns
from ._expr import Expr, alias_of, text_of
from ._literal import quoted
from .errors import InvalidQuery

if TYPE_CHECKING:
    from ._frame import DataFrame

# `text AS name` at the end of an expression; that of a CAST stands before a parenthesis.
_AS = re.compile(r'(.+?)\s+AS\s+(\w+|"(?:[^"]|"")+")\s*', re.IGNORECASE | re.DOTALL)


class Steps(Columns):
    """The methods of frames that give another frame of the same table."""

    if TYPE_CHECKING:

        def _after(self, native: _native.Frame) -> DataFrame:
            """A frame of the same session."""
            ...

    def define(
        self, name: str | None = None, expression: Expr | str | None = None, /, **columns: Expr | str
    ) -> DataFrame:
        """Adds a column, or several by keyword, each of which may use those before it.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.define("ht", "sum(Jet_pt)").define(high="ht > 100").columns[-2:]
            ['ht', 'high']
        """
        frame = self._after(self._native)
        for each, what in _named(name, expression, columns).items():
            native = frame._native.define(name_of("the name of a column", each), frame._text(what))
            frame = self._after(native)
        return frame

    def redefine(self, name: str, expression: Expr | str) -> DataFrame:
        """Replaces a column; the expression may use the old one.

        Example:
            >>> events = hf.read("events.root:Events").redefine("nMuon", "nMuon + 100")
            >>> float(events.min("nMuon"))
            100.0
        """
        return self._after(self._native.redefine(name_of("a column's name", name), self._text(expression)))

    def alias(self, name: str, column: str) -> DataFrame:
        """Another name for a column.

        Example:
            >>> hf.read("events.root:Events").alias("met", "MET_pt").columns[-1]
            'met'
        """
        column = quoted(name_of("a column's name", column))
        return self._after(self._native.define(name_of("a column's name", name), column))

    def filter(self, expression: Expr | str, name: str = "") -> DataFrame:
        """Keeps the events where the expression is true; one with a name is told by `report`.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.filter(hf.col("nMuon") >= 2, "two muons").filter("nMuon < 2").count().result()
            0
        """
        if not isinstance(name, str):
            raise TypeError(f"the name of a filter is text, not {name!r}; conditions are joined by AND")
        return self._after(self._native.filter(self._text(expression), name))

    def select(self, *columns: Expr | str, **named: Expr | str) -> DataFrame:
        """These columns only, in this order; expressions get their text or `alias` as name, or a keyword.

        Example:
            >>> hf.read("events.root:Events").select("run", "MET_pt / 1000", ht="sum(Jet_pt)").columns
            ['run', 'MET_pt / 1000', 'ht']
        """
        items: list[tuple[str, str | None]] = []
        for column in columns:
            ends_with_name = _AS.fullmatch(column) if isinstance(column, str) else None
            if isinstance(column, str) and column in self._names():
                items.append((quoted(column), None))
            elif ends_with_name:
                items.append((ends_with_name[1], ends_with_name[2].strip('"').replace('""', '"')))
            else:
                items.append((text_of(column), alias_of(column)))
        items += [(self._text(column), name) for name, column in named.items()]
        return self._after(self._native.select(items))

    def limit(self, rows: int) -> DataFrame:
        """The first rows.

        Example:
            >>> hf.read("events.root:Events").limit(3).to_arrow().num_rows
            3
        """
        return self._after(self._native.limit(whole_of("the number of rows", rows, 0)))

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
        if not isinstance(fraction, (int, float)) or not 0 <= fraction <= 1:
            raise InvalidQuery(f"a fraction is a number from 0 to 1, not {fraction!r}")
        if fraction == 1:
            return self._after(self._native)
        if by is None:
            return self.filter(f"random() < {float(fraction)!r}")
        names = [by] if isinstance(by, str) else list(by)
        if not names:
            raise InvalidQuery("by names columns, such as ['run', 'event'], not none")
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
        return self._after(self._native.sort(self._text(by), bool(descending)))


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
