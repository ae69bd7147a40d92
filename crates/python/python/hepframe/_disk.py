"""The cache on disk of sessions: where it is, and that it is written to its end."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from . import _native
from ._checks import bytes_of
from .errors import InvalidQuery

if TYPE_CHECKING:
    from ._session import Session

DEFAULT_BYTES = "32GiB"
"""As of the command."""

_open: weakref.WeakSet[Session] = weakref.WeakSet()
"""Sessions with such a cache."""


def disk_of(folder: str | os.PathLike[str] | None, size: int | str | None) -> tuple[str, int] | None:
    """The directory and the most bytes there, None for no cache on disk.

    Raises:
        TypeError, InvalidQuery: for what is no path or no size, or a size without a path.
    """
    if folder is None:
        if size is not None:
            raise InvalidQuery("cache_disk_bytes is the size of a cache on disk; say where: cache_disk='DIR'")
        return None
    path = os.fsdecode(folder)
    if not path:
        raise InvalidQuery("cache_disk is a directory, not an empty text")
    found = bytes_of(DEFAULT_BYTES if size is None else size)
    assert found is not None
    return path, found


def end_well(session: Session, native: _native.Session) -> None:
    """Has columns that wait for the disk written when the session or the process ends."""
    _open.add(session)
    weakref.finalize(session, native.finish_writing)


def _keep_in_fork() -> None:
    for session in _open:
        session._native.keep_in_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_in_fork)
