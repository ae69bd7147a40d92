"""The columns of frames, and text that names one of them."""

from __future__ import annotations

from . import _native
from ._expr import Expr, text_of
from ._literal import quoted


class Columns:
    """What frames know of their columns."""

    _native: _native.Frame
    _known: set[str] | None = None

    @property
    def columns(self) -> list[str]:
        """Names of the columns.

        Example:
            >>> hf.read("events.root:Events").columns[:3]
            ['run', 'event', 'nMuon']
        """
        return self._native.columns()

    def _names(self) -> set[str]:
        if self._known is None:
            self._known = set(self._native.columns())
        return self._known

    def _text(self, value: Expr | str) -> str:
        """The SQL text of an expression; a column's name means it, even with blanks and dashes."""
        text = text_of(value)
        is_name = isinstance(value, str) and not value.isidentifier() and value in self._names()
        return quoted(text) if is_name else text
