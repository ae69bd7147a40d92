"""Groups of rows, of which aggregates make one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._expr import Expr, alias_of, text_of

if TYPE_CHECKING:
    from ._frame import DataFrame


class GroupBy:
    """Groups of rows; made by `DataFrame.group_by`.

    Example:
        >>> by_half = hf.read("events.root:Events").define("half", "event > 500").group_by("half")
        >>> by_half.agg(n="count(*)").sort("half").to_arrow().to_pylist()
        [{'half': False, 'n': 500}, {'half': True, 'n': 500}]
    """

    def __init__(self, frame: DataFrame, by: tuple[str, ...]) -> None:
        self._frame = frame
        self._by = by

    def agg(self, *aggregates: Expr, **named: Expr | str) -> DataFrame:
        """One row per group: its columns, then the aggregates, named by keyword or `alias`.

        Example:
            >>> events = hf.read("events.root:Events")
            >>> events.group_by("run").agg(n="count(*)", hardest="max(MET_pt)").columns
            ['run', 'n', 'hardest']
        """
        items = [(alias_of(aggregate) or text_of(aggregate), text_of(aggregate)) for aggregate in aggregates]
        items += [(name, text_of(aggregate)) for name, aggregate in named.items()]
        return self._frame._after(self._frame._native.aggregate(list(self._by), items))
