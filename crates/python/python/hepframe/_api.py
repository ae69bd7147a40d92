"""The words of `hepframe` itself: reading and querying in one session that nobody has to make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _native
from ._checks import whole_of
from ._session import Session

if TYPE_CHECKING:
    from ._frame import DataFrame
    from ._sources import Files

_default: tuple[int, Session] | None = None


def default_session() -> Session:
    """The session of `hepframe.read` and `hepframe.sql`; a forked child gets its own.

    Example:
        >>> hf.default_session() is hf.default_session()
        True
    """
    global _default
    if _default is None or _default[0] != os.getpid():
        _default = (os.getpid(), Session())
    return _default[1]


def connect(url: str, *, token: str | None = None, user: str | None = None) -> Session:
    """A session on the cluster at `hepframe://host:port`; everything else stays as it is.

    Files are read by the cluster: a path must name the same file there.

    Args:
        url: as `hepframe cluster` tells it.
        token: sent with every call to the scheduler as `authorization: Bearer`, for a gateway in front of it;
            the scheduler itself does not ask for one yet.
        user: whose queries these are, where users share the cluster fairly; the login name if left out.

    Raises:
        Unreachable: if nobody answers there, with what was tried.

    Example:
        >>> try:
        ...     hf.connect("hepframe://127.0.0.1:1")
        ... except hf.errors.Unreachable as error:
        ...     print(str(error)[:27])
        cannot reach the cluster at
    """
    import getpass

    if not isinstance(url, str):
        raise TypeError(f"a cluster is named by text, such as hepframe://host:21050, not by {url!r}")
    if user is None:
        try:
            user = getpass.getuser()
        except (KeyError, OSError, ImportError):
            user = None
    return Session._of(_native.Session.connect(url, token=token, user=user))


def read(files: Files, tree: str | None = None) -> DataFrame:
    """A frame over files: nothing is read but what says which columns there are.

    Args:
        files: `"f.root:Events"`, a glob `"run*.root"`, a directory, a list of these, `{"a.root": "Events"}`,
            or a fileset `{"ttbar": {"files": {"a.root": "Events"}, "metadata": {"xsec": 831.8}}}`, whose
            names and numbers become columns (`dataset`, `xsec`). Parquet, CSV, JSON and Arrow files are read
            too.
        tree: which tree, where `files` do not say; may be left out if a file has just one.

    Raises:
        FileNotFound: with the nearest names there are.

    Example:
        >>> events = hf.read("events.root:Events")
        >>> events.count().result()
        1000
    """
    return default_session().read(files, tree)


def sql(text: str, parameters: Mapping[str, Any] | None = None, /, **given: Any) -> DataFrame:
    """The rows of SQL as a frame. Statements that give no rows (CREATE VIEW, COPY) run at once.

    Args:
        text: one statement or several; the frame is that of the last one.
        parameters: values for `$name`: numbers, texts, lists. They are bound, never pasted into the text.
        given: tables by name (frames, pyarrow, pandas, polars, awkward), or values for `$name`.

    Raises:
        InvalidQuery, UnknownColumn, UnknownTable: with the place, and with the nearest names.

    Example:
        >>> events = hf.read("events.root:Events")
        >>> hf.sql("SELECT count(*) AS n FROM events WHERE MET_pt > $cut", events=events, cut=0).to_pandas()
              n
        0  1000
    """
    return default_session().sql(text, parameters, **given)


def from_arrow(data: Any) -> DataFrame:
    """A frame over rows in memory: anything with an Arrow stream (pyarrow, polars, pandas), awkward, a dict.

    Example:
        >>> hf.from_arrow({"x": [1.0, 2.0], "y": [3, 4]}).define("z", "x * y").to_arrow()["z"].to_pylist()
        [3.0, 8.0]
    """
    return default_session().from_arrow(data)


def write_demo(path: str | os.PathLike[str], events: int = 100_000, seed: int = 1) -> str:
    """Writes made-up events, tree `Events`, to try things with; gives the path back.

    Example:
        >>> hf.read(hf.write_demo("more.root", 10)).count().result()
        10
    """
    _native.write_demo(os.fspath(path), whole_of("events", events, 0), whole_of("seed", seed, 0))
    return os.fspath(path)
