"""Sessions: where tables, functions and the cache live, in this process or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from . import _native
from ._checks import bytes_of, name_of, whole_of
from ._disk import disk_of, end_well
from ._literal import literal, quoted
from ._progress import watching
from ._sources import Files, datasets
from .errors import InvalidQuery, UnknownTable, warn

if TYPE_CHECKING:
    from ._booked import Booked
    from ._frame import DataFrame


class Session:
    """A place to work: its tables, its functions, its memory.

    `hepframe.read` and `hepframe.sql` use one that is made when it is needed; others are for other settings.

    Args:
        threads: tasks that work at the same time; all cores if left out.
        memory: bytes that sorts, joins and aggregates may hold before they spill to disk, as a number or
            `"4GB"`; no limit if left out.
        cache: bytes of decoded columns that are kept between queries; a share of the machine's memory if left
            out, 0 for none.
        cache_disk: a directory on a local disk where decoded columns are kept for later processes, too;
            nowhere if left out. No two sessions can share one.
        cache_disk_bytes: the most bytes that its files take; `"32GiB"` if left out.
        batch_rows: rows in a batch, where a query is to be read in pieces.

    Example:
        >>> session = hf.Session(threads=2, cache="100MB")
        >>> session.read("events.root:Events").count().result()
        1000
    """

    _native: _native.Session
    last_cost: _native.Progress | None
    """What the last query of the session cost: time, rows, bytes read and bytes from the caches."""

    def __init__(
        self,
        *,
        threads: int | None = None,
        memory: int | str | None = None,
        cache: int | str | None = None,
        cache_disk: str | os.PathLike[str] | None = None,
        cache_disk_bytes: int | str | None = None,
        batch_rows: int | None = None,
    ) -> None:
        disk = disk_of(cache_disk, cache_disk_bytes)
        self.last_cost = None
        self._native = _native.Session(
            threads=None if threads is None else whole_of("threads", threads, 1),
            memory=bytes_of(memory),
            cache=bytes_of(cache),
            cache_disk=disk,
            batch_rows=None if batch_rows is None else whole_of("batch_rows", batch_rows, 1),
        )
        if disk is not None:
            end_well(self, self._native)

    @classmethod
    def _of(cls, native: _native.Session) -> Session:
        session = cls.__new__(cls)
        session._native = native
        session.last_cost = None
        return session

    @property
    def url(self) -> str | None:
        """The address of the cluster; None for a session in this process.

        Example:
            >>> hf.Session().url is None
            True
        """
        return self._native.url

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a session cannot be pickled: make one in each process, or connect to one cluster")

    def __repr__(self) -> str:
        return f"<hepframe session {'in this process' if self.url is None else 'on ' + self.url}>"

    def read(self, files: Files, tree: str | None = None) -> DataFrame:
        """A frame over files; see `hepframe.read`.

        Example:
            >>> hf.Session().read("events.root", tree="Events").count().result()
            1000
        """
        from ._frame import DataFrame

        found = datasets(files, tree)
        labels = dict.fromkeys(label for dataset in found for label in dataset.labels)
        frames = []
        for dataset in found:
            with watching("opening") as watch:
                native, told = self._native.read(dataset.locations, watch)
            for warning in told:
                warn(warning)
            frame = DataFrame(self, native, dataset.locations[0])
            for label in labels:
                frame = frame.define(label, literal(dataset.labels.get(label)))
            frames.append(frame)
        return frames[0] if len(frames) == 1 else _together(frames)

    def sql(self, text: str, parameters: Mapping[str, Any] | None = None, /, **given: Any) -> DataFrame:
        """The rows of SQL as a frame; see `hepframe.sql`.

        Example:
            >>> session = hf.Session()
            >>> session.register("events", "events.root:Events")
            >>> few = session.sql("SELECT * FROM events WHERE event <= $last", last=10)
            >>> few.count().result()
            10
        """
        from ._frame import DataFrame

        if not isinstance(text, str):
            raise TypeError(f"SQL is text, not {text!r}")
        if parameters is not None and not isinstance(parameters, Mapping):
            raise TypeError(f"parameters are a dict of names and values, not {parameters!r}")
        values: dict[str, Any] = dict(parameters or {})
        tables: dict[str, _native.Frame] = {}
        for name, value in given.items():
            frame = self._frame_of(value)
            if frame is None:
                values[name] = value
            else:
                tables[name] = frame._native
        with watching("running") as watch:
            try:
                native, told = self._native.sql(text, values, tables, watch)
            except UnknownTable as error:
                if not error.suggestions and error.name.isidentifier():
                    hint = (
                        f"a frame of Python is handed over by its name: sql(..., {error.name}={error.name})"
                    )
                    error.args = (f"{error}; {hint}",)
                raise
        for warning in told:
            warn(warning)
        return DataFrame(self, native, " ".join(text.split()))

    def from_arrow(self, data: Any) -> DataFrame:
        """A frame over rows in memory; see `hepframe.from_arrow`.

        Example:
            >>> hf.Session().from_arrow({"x": [1, 2, 3]}).sum("x").result()
            6.0
        """
        from ._frame import DataFrame
        from ._tables import stream_of

        stream = stream_of(data)
        return DataFrame(self, self._native.from_arrow(stream), type(data).__name__)

    def _frame_of(self, value: Any) -> DataFrame | None:
        """The value as a frame of this session, if it is a table of some kind."""
        from ._frame import DataFrame
        from ._tables import is_table

        if isinstance(value, DataFrame):
            if value._session is not self:
                raise InvalidQuery(
                    "this frame belongs to another session; read the file here, or hand over frame.to_arrow()"
                )
            return value
        return self.from_arrow(value) if is_table(value) else None

    def register(self, name: str, table: Any) -> None:
        """Makes files, a frame, or anything with rows known to SQL under a name.

        Example:
            >>> session = hf.Session()
            >>> session.register("dimuons", session.read("events.root:Events").filter("nMuon = 2"))
            >>> session.sql("SELECT min(nMuon) AS n FROM dimuons").to_arrow()["n"].to_pylist()
            [2]
        """
        name = name_of("the name of a table", name)
        frame = self._frame_of(table)
        if frame is None:
            frame = self.read(table) if isinstance(table, (str, os.PathLike)) else self.from_arrow(table)
        self._native.register(name, frame._native)

    def deregister(self, name: str) -> bool:
        """Forgets a table; False if there is none of that name.

        Example:
            >>> hf.Session().deregister("never_registered")
            False
        """
        return self._native.deregister(name)

    def run(self, *booked: Booked[Any] | Sequence[Booked[Any]]) -> list[Any]:
        """Computes what is booked, all of one table in one scan; see `hepframe.run`.

        Example:
            >>> session = hf.Session()
            >>> events = session.read("events.root:Events")
            >>> session.run(events.count(), events.max("event"))
            [1000, 1000]
        """
        from ._booked import run

        return run(*booked)

    def tables(self) -> list[str]:
        """Names of the tables that were registered or created.

        Example:
            >>> session = hf.Session()
            >>> session.register("events", "events.root:Events")
            >>> session.tables()
            ['events']
        """
        return self._native.tables()

    def functions(self) -> list[str]:
        """Names of all functions that expressions may call.

        Example:
            >>> "inv_mass" in hf.Session().functions()
            True
        """
        return self._native.functions()

    def inspect(self, file: str | os.PathLike[str]) -> dict[str, Any]:
        """What is in a ROOT file: objects, trees, columns with their C++ types, sizes and codecs.

        Example:
            >>> hf.Session().inspect("events.root")["trees"][0]["entries"]
            1000
        """
        import json

        with watching("opening") as watch:
            return json.loads(self._native.inspect(os.fspath(file), watch))

    def clear_cache(self) -> None:
        """Forgets all decoded columns.

        Example:
            >>> hf.Session().clear_cache()
        """
        self.sql("CLEAR CACHE")

    def cache_contents(self) -> DataFrame:
        """What the column cache holds, and how often it was used.

        Example:
            >>> session = hf.Session()
            >>> _ = session.read("events.root:Events").sum("MET_pt").result()
            >>> "MET_pt" in str(session.cache_contents().to_arrow().to_pylist())
            True
        """
        return self.sql("SHOW CACHE")


def _together(frames: list[DataFrame]) -> DataFrame:
    """The rows of all frames, with the columns that all have."""
    shared = [name for name in frames[0].columns if all(name in frame.columns for frame in frames[1:])]
    left_out = sorted({name for frame in frames for name in frame.columns} - set(shared))
    if left_out:
        shown = ", ".join(left_out[:10]) + (" ..." if len(left_out) > 10 else "")
        warn(f"left out are columns that not all datasets have: {shown}")
    # By name: the columns of files need not come in the same order.
    same = [frame.select(*map(quoted, shared)) for frame in frames]
    return same[0].union(*same[1:])
