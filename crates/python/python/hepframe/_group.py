"""Groups of rows, of which aggregates make one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ._expr import Expr, alias_of, name_of_column, text_of
from ._literal import quoted

if TYPE_CHECKING:
    from ._frame import DataFrame


class GroupBy:
    """Groups of rows; made by `DataFrame.group_by`.

    Example:
        >>> by_half = hf.read("events.root:Events").define("half", "event > 500").group_by("half")
        >>> by_half.agg(n="count(*)").sort("half").to_arrow().to_pylist()
        [{'half': False, 'n': 500}, {'half': True, 'n': 500}]
    """

    def __init__(self, frame: DataFrame, by: list[Expr | str]) -> None:
        self._frame = frame
        self._by = [frame._text(one) for one in by]
        self._names = [name_of_column(one) for one in by]

    def __repr__(self) -> str:
        return f"<groups by {', '.join(self._names)}; .agg(n='count(*)') makes one row of each>"

    # Type checkers know what there is; they must not believe that any word is.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(f"groups have no attribute {name}")
            raise AttributeError(
                f"groups have no `{name}`; aggregates are named in agg, such as "
                "agg(n='count(*)', met='avg(MET_pt)')"
            )

    def agg(self, *aggregates: Expr, **named: Expr | str) -> DataFrame:
        """One row per group: its columns, then the aggregates, named by keyword or `alias`.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.group_by("run").agg(n="count(*)", hardest="max(MET_pt)").columns
            ['run', 'n', 'hardest']
        """
        items = [(alias_of(aggregate) or text_of(aggregate), text_of(aggregate)) for aggregate in aggregates]
        items += [(name, text_of(aggregate)) for name, aggregate in named.items()]
        native = self._frame._native.aggregate(self._by, items)
        given = native.columns()
        wanted = self._names + given[len(self._names) :]
        if given != wanted:
            native = native.select([(quoted(old), new) for old, new in zip(given, wanted, strict=True)])
        return self._frame._after(native)
