"""The rows of frames, for pyarrow, pandas, polars, NumPy, awkward, hist and files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import _native
from ._progress import watching
from .errors import InvalidHistogram

if TYPE_CHECKING:
    import awkward
    import hist
    import numpy
    import pandas
    import polars
    import pyarrow

    from ._session import Session


class RowsOut:
    """The methods of frames that run them and give their rows."""

    _native: _native.Frame
    _session: Session

    def _collect(self) -> _native.Batches:
        with watching("running") as watch:
            batches, self._session.last_cost = self._native.collect(watch)
        return batches

    def to_arrow(self) -> pyarrow.Table:
        """All rows as a pyarrow table: the engine's own buffers, not copied.

        Example:
            >>> hf.read("events.root:Events").select("MET_pt").to_arrow().num_rows
            1000
        """
        import pyarrow

        return pyarrow.table(self._collect())

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """All rows for pandas; lists become arrays, variants objects. `options` are those of pyarrow.

        Example:
            >>> hf.read("events.root:Events").select("run", "nMuon").head(2).to_pandas().shape
            (2, 2)
        """
        from ._variants import to_pandas

        return to_pandas(self.to_arrow(), options)

    def to_polars(self) -> polars.DataFrame:
        """All rows for polars, not copied.

        Raises:
            InvalidQuery: for columns of variants, which polars has no type for.

        Example:
            >>> hf.read("events.root:Events").select("nMuon").to_polars().shape
            (1000, 1)
        """
        import polars
        import pyarrow

        from ._variants import without_variants

        without_variants("polars", pyarrow.schema(self._native.schema()))
        return polars.DataFrame(self._collect())

    def to_numpy(self) -> dict[str, numpy.ndarray]:
        """All rows, one NumPy array per column; lists become arrays of arrays as in uproot, variants objects.

        Example:
            >>> hf.read("events.root:Events").select("MET_pt").to_numpy()["MET_pt"].dtype
            dtype('float32')
        """
        from ._tables import to_numpy

        table = self.to_arrow()
        return {name: to_numpy(table[name]) for name in table.column_names}

    def to_awkward(self) -> awkward.Array:
        """All rows as an awkward record array; one batch is taken over without a copy, more are put together.

        Example:
            >>> import awkward as ak
            >>> len(hf.read("events.root:Events").select("Muon_pt").to_awkward().Muon_pt)
            1000
        """
        import pyarrow

        from ._tables import to_awkward

        return to_awkward(pyarrow.table(self._collect().one()))

    def to_hist(self) -> Any:
        """The histograms of SQL's `h1`, `h2`, ...: one `hist.Hist`, or by column a dict of (lists of) them.

        Example:
            >>> hf.sql("SELECT h1(MET_pt, 10, 0, 50) FROM 'events.root:Events'").to_hist().sum(flow=True)
            1000.0
        """
        from ._hist import hist_of

        found: dict[str, Any] = {}
        for name, rows in self._collect().histograms():
            histograms: list[hist.Hist | None] = [None if row is None else hist_of(row, name) for row in rows]
            found[name] = histograms[0] if len(histograms) == 1 else histograms
        if not found:
            raise InvalidHistogram(
                "these rows hold no histogram; select one, as in SELECT h1(MET_pt, 100, 0, 200)"
            )
        return next(iter(found.values())) if len(found) == 1 else found

    def batches(self) -> Iterator[pyarrow.RecordBatch]:
        """The rows, some at a time, for results larger than memory. Stopping early ends the query.

        Example:
            >>> sum(batch.num_rows for batch in hf.read("events.root:Events").batches())
            1000
        """
        import pyarrow

        rows = self._native.rows()
        while (batch := rows.next()) is not None:
            yield from pyarrow.table(batch).to_batches()
        self._session.last_cost = rows.progress()

    def write_parquet(self, path: str | os.PathLike[str]) -> int:
        """Writes all rows to a Parquet file and tells how many there are.

        Example:
            >>> hf.read("events.root:Events").select("run", "MET_pt").write_parquet("met.parquet")
            1000
        """
        with watching("writing") as watch:
            return self._native.write_parquet(os.fsdecode(path), watch)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows for anything that takes Arrow streams: pyarrow, polars, pandas, duckdb."""
        return self._native.rows(None).__arrow_c_stream__(requested_schema)
