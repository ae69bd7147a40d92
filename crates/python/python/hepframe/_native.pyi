"""The engine: sessions, frames and answers as Rust has them; `hepframe` is the API on top.

Calls that read files release the GIL, look for Ctrl-C ten times a second and then tell `watch`
how far they are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

version: str

class Progress(TypedDict):
    """How far a query is; sizes in bytes, times in milliseconds."""

    fraction: float | None
    """From 0 to 1; None while it is not known."""
    tasks: tuple[int, int] | None
    """Tasks done and all; None in one process."""
    rows: int
    wall_ms: float
    bytes_read: int
    bytes_from_cache: int
    bytes_from_disk: int
    """Bytes in memory of columns that were in the cache on disk."""
    columns_from_cache: int
    columns_read: int
    files: int

Watch: TypeAlias = Callable[[Progress], None] | None
Axis: TypeAlias = (
    tuple[Literal["regular"], int, float, float]
    | tuple[Literal["edges"], list[float]]
    | tuple[Literal["names"], list[str]]
    | tuple[Literal["integers"], list[int]]
)

class Session:
    def __new__(
        cls,
        *,
        threads: int | None = None,
        memory: int | None = None,
        cache: int | None = None,
        cache_disk: tuple[str, int] | None = None,
        batch_rows: int | None = None,
    ) -> Session: ...
    @staticmethod
    def connect(
        url: str,
        *,
        user: str | None = None,
        token: str | None = None,
        batch_rows: int | None = None,
    ) -> Session: ...
    @property
    def url(self) -> str | None:
        """The cluster; None in this process."""
    def sql(
        self,
        text: str,
        parameters: Mapping[str, Any],
        tables: Mapping[str, Frame],
        watch: Watch = None,
    ) -> tuple[Frame, list[str]]:
        """Runs all statements but a last SELECT, which becomes the frame; also warnings."""
    def read(self, locations: Sequence[str], watch: Watch = None) -> tuple[Frame, list[str]]:
        """A frame over files; also warnings."""
    def from_arrow(self, data: object) -> Frame:
        """The rows of anything with `__arrow_c_stream__`, kept in memory."""
    def register(self, name: str, frame: Frame) -> None: ...
    def deregister(self, name: str) -> bool: ...
    def register_function(
        self, name: str, function: Callable[..., Any], inputs: object, output: object
    ) -> None:
        """A function of arrays; `inputs` is an Arrow schema of arguments, `output` of one field."""
    def run(self, bookings: Sequence[Booking], watch: Watch = None) -> tuple[list[Answer], Progress]: ...
    def tables(self) -> list[str]: ...
    def table_columns(self) -> dict[str, list[str]]:
        """Columns, and the paths in them, of all tables that the session knows, located ones included."""
    def finish_writing(self) -> None:
        """Waits some seconds for columns that are on their way to the disk."""
    def keep_in_fork(self) -> None:
        """To be called in a forked child, where the session cannot end."""
    def functions(self) -> list[str]: ...
    def inspect(self, location: str, watch: Watch = None) -> str:
        """What is in a file, as JSON."""

class Frame:
    def schema(self) -> Schema: ...
    def columns(self) -> list[str]: ...
    def paths(self) -> list[str]:
        """Columns, and the paths in them: `Muon`, `Muon.pt`."""
    def define(self, name: str, expression: str) -> Frame: ...
    def redefine(self, name: str, expression: str) -> Frame: ...
    def filter(self, expression: str, name: str) -> Frame: ...
    def select(self, expressions: Sequence[tuple[str, str | None]]) -> Frame: ...
    def limit(self, rows: int) -> Frame: ...
    def sort(self, expression: str, descending: bool) -> Frame: ...
    def aggregate(self, by: Sequence[str], aggregates: Sequence[tuple[str, str]]) -> Frame: ...
    def join(self, right: Frame, on: Sequence[str], how: Literal["inner", "left"]) -> Frame: ...
    def union(self, others: Sequence[Frame]) -> Frame: ...
    def cache(self, watch: Watch = None) -> Frame: ...
    def explain(self, analyze: bool, watch: Watch = None) -> str: ...
    def write_parquet(self, path: str, watch: Watch = None) -> int: ...
    def collect(self, watch: Watch = None) -> tuple[Batches, Progress]:
        """All rows; runs once more if a cluster lost some of them."""
    def rows(self, watch: Watch = None) -> Rows:
        """Runs the frame up to its first rows."""
    def histogram(
        self,
        axes: Sequence[tuple[str, Axis]],
        sample: str | None = None,
        weight: str | None = None,
    ) -> Booking: ...
    def count(self) -> Booking: ...
    def reduce(self, how: Literal["sum", "mean", "min", "max"], expression: str) -> Booking: ...
    def take(self, expression: str) -> Booking: ...
    def report(self) -> Booking: ...

class Booking: ...

Answer: TypeAlias = (
    tuple[Literal["histogram"], str]
    | tuple[Literal["count"], int]
    | tuple[Literal["number"], float | int | None]
    | tuple[Literal["values"], Batches]
    | tuple[Literal["report"], list[tuple[str, int, int]]]
)
"""A histogram is UHI JSON, values one column `values`, a report (name, seen, passed) per filter."""

class Rows:
    """The rows of a running query."""

    def schema(self) -> Schema: ...
    def next(self) -> Batches | None:
        """The next batch; None at the end."""
    def progress(self) -> Progress: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

class Batches:
    """Rows in memory."""

    def schema(self) -> Schema: ...
    def num_rows(self) -> int: ...
    def one(self) -> Batches:
        """The same rows in one batch; no copy if they are."""
    def histograms(self) -> list[tuple[str, list[str | None]]]:
        """Per column of histograms its name, and per row UHI JSON."""
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

class Schema:
    def __arrow_c_schema__(self) -> object: ...

def write_demo(path: str, events: int, seed: int) -> None:
    """Writes made-up events, tree `Events`."""

def physics_reference() -> str:
    """The page of all functions, as Markdown."""

def keywords() -> list[str]: ...
