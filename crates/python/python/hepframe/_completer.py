"""Tells IPython what Tab offers inside the magics; in consoles and in kernels alike."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from ._complete import Words, offer, sql_at
from ._magic_values import is_table
from ._places import Places
from ._sql_text import Table

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ._frame import DataFrame


class Matcher:
    """Offers the words of the session that the next cell runs in."""

    def __init__(self, shell: InteractiveShell, places: Places, kept: Mapping[str, DataFrame]) -> None:
        self._shell = shell
        self._places = places
        self._kept = kept
        self._names: list[str] = []
        self._seen: dict[tuple[str, float], list[str]] = {}

    def install(self, shell: InteractiveShell, names: Iterable[str]) -> None:
        """Makes IPython ask here for the magics of these names, instead of an earlier matcher."""
        self._names = list(names)

        @context_matcher()
        def hepframe_matcher(context: CompletionContext) -> Any:
            return self(context)

        completer: Any = shell.Completer
        others = [one for one in completer.custom_matchers if one.__name__ != hepframe_matcher.__name__]
        completer.custom_matchers = [*others, hepframe_matcher]

    def __call__(self, context: CompletionContext) -> dict[str, Any]:
        """What IPython is to show, as its `SimpleMatcherResult`."""
        lines = context.full_text.split("\n")
        cursor = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
        place = sql_at(context.full_text, cursor, self._names)
        if place is None:
            return {"completions": [], "suppress": False}
        found = offer(*place, self._words())
        return {
            "completions": [SimpleCompletion(text=text, type=kind) for text, kind in found.words],
            "matched_fragment": found.fragment,
            "suppress": True,
            "ordered": True,
        }

    def _words(self) -> Words:
        from . import _native

        session = self._places.session()
        names = self._shell.user_ns
        own = [name for name, value in names.items() if not name.startswith("_") and is_table(value)]
        return Words(
            tables=[*session.tables(), *self._kept, *own],
            functions=session.functions(),
            keywords=_native.keywords(),
            variables=[
                name
                for name, value in names.items()
                if not name.startswith("_")
                and not isinstance(value, (type, types.ModuleType))
                and not callable(value)
            ],
            columns=self._columns,
            all_columns=lambda: [
                *(name for names in session._native.table_columns().values() for name in names),
                *(name for frame in (*self._kept, *own) for name in self._columns(Table(frame, None, False))),
            ],
        )

    def _columns(self, table: Table) -> list[str]:
        """Columns of a table of the session, a kept query, a variable, or a file on this machine."""
        session = self._places.session()
        known = session._native.table_columns()
        if table.name in known:
            return known[table.name]
        frame = self._kept.get(table.name, self._shell.user_ns.get(table.name))
        if not table.is_location and frame is not None and is_table(frame):
            return list(_names_of(frame))
        return self._in_file(table.name) if table.is_location and session.url is None else []

    def _in_file(self, location: str) -> list[str]:
        """Columns of a file that no query has read so far; none if it cannot be read."""
        path = Path(location)
        try:
            if not path.exists():
                path = Path(location.rpartition(":")[0])
            key = (location, path.stat().st_mtime)
            if key not in self._seen:
                frame, _ = self._places.session()._native.read([location])
                self._seen[key] = frame.paths()
            return self._seen[key]
        except Exception:
            # Tab has no place for errors; the query will tell.
            return []


def _names_of(frame: Any) -> Iterable[str]:
    """Column names of our frames with what is in them, and of pyarrow, pandas, polars and awkward tables."""
    from ._frame import DataFrame

    if isinstance(frame, DataFrame):
        return frame._native.paths()
    for attribute in ("column_names", "columns", "fields"):
        names = getattr(frame, attribute, None)
        if names is not None:
            return [str(name) for name in names]
    return []
