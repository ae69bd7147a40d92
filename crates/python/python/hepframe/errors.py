"""Why something gave no answer. All are `HepframeError`; what they know beyond the text is a field."""

from __future__ import annotations

import sys
import warnings


class HepframeError(Exception):
    """What hepframe could not do, and what to do about it.

    Example:
        >>> import hepframe as hf
        >>> try:
        ...     hf.sql("SELECT MET_pd FROM 'events.root:Events'")
        ... except hf.HepframeError as error:
        ...     print(type(error).__name__)
        UnknownColumn
    """


class UnknownName(HepframeError):
    """A name that nothing has.

    Attributes:
        name: as written.
        suggestions: the nearest names there are.
    """

    def __init__(self, message: str, name: str = "", suggestions: list[str] | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.suggestions = suggestions or []


class UnknownColumn(UnknownName):
    """No column of this name."""


class UnknownTable(UnknownName):
    """No table of this name."""


class UnknownFunction(UnknownName):
    """No function of this name."""


class UnknownParameter(UnknownName):
    """`$name` in SQL without a value."""


class FileNotFound(UnknownName, FileNotFoundError):
    """No file or directory of this name."""


class InvalidQuery(HepframeError):
    """SQL or an expression that cannot be: syntax, types, arguments."""


class UnsupportedColumn(HepframeError):
    """A column whose C++ type cannot be read."""


class InvalidHistogram(HepframeError, ValueError):
    """An axis or a weight that cannot be."""


class Unreachable(HepframeError, ConnectionError):
    """A cluster that does not answer."""


class ClusterError(HepframeError):
    """The cluster gave the query up."""


class NotOnCluster(HepframeError):
    """What only works in one process, such as Python functions."""


class EngineFailure(HepframeError):
    """A failure that nobody foresaw, of hepframe or a library: please report it."""


class SessionForked(HepframeError):
    """A session that was made before this process was forked."""


class HepframeWarning(UserWarning):
    """What one should know besides an answer, such as columns left out of `SELECT *`."""


def warn(text: str) -> None:
    """Warns at the line that called hepframe, through however many functions of its own."""
    from pathlib import Path

    package, frame, level = str(Path(__file__).parent), sys._getframe(), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, HepframeWarning, stacklevel=level)
