"""What one writes by habit of RDataFrame, pandas, polars, uproot or hist, and the word it has here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from ._columns import Columns

if TYPE_CHECKING:
    from typing_extensions import Self

_TELL: dict[str, str] = {
    "define(name, expression)": "Define DefineSlot with_columns with_column withColumn assign insert",
    "redefine(name, expression)": "Redefine RedefineSlot replace fillna fill_null",
    "filter(expression, name)": "Filter FilterAvailable query where mask dropna drop_nulls drop_nans",
    "h1(column, bins=100, range=(lo, hi))": "Histo1D HistoND hist Hist Draw value_counts",
    "h1(column, bins=100, range=(lo, hi)).plot()": "plot",
    "h2((x, y), bins=(50, 50), range=((lo, hi), (lo, hi)))": "Histo2D",
    "h3((x, y, z), bins=..., range=...)": "Histo3D",
    "profile(x, y, bins=100, range=(lo, hi))": "Profile1D Profile2D",
    "count().result()": "Count num_entries nrows height num_rows",
    "count().result() for the rows and columns for the names": "shape size",
    "sum(expression)": "Sum",
    "mean(expression)": "Mean",
    "min(expression)": "Min",
    "max(expression)": "Max",
    "take(expression)": "Take to_list tolist",
    "sql with stddev(x), session.sql('SELECT stddev(x) FROM t', t=frame)": "StdDev Stats std var describe",
    "report()": "Report",
    "write_parquet(path)": "Snapshot to_parquet to_csv to_json sink_parquet write write_csv to_root",
    "to_numpy()": "AsNumpy values as_matrix",
    "to_awkward()": "arrays array AsAwkward",
    "to_arrow()": "collect compute execute fetchall arrow to_table to_pyarrow",
    "to_pandas()": "toPandas df to_df",
    "limit(rows)": "Range iloc slice fetch first nlargest",
    "head(rows)": "Display show tail",
    "columns": "GetColumnNames keys fields names GetDefinedColumnNames HasColumn",
    "schema": "GetColumnType dtypes dtype Describe info typenames printSchema interpretation",
    "alias(name, column)": "Alias",
    "cache()": "Cache persist",
    "explain()": "SaveGraph describe_optimized_plan",
    "batches()": "iterate iterrows itertuples iter_rows Foreach ForeachSlot partitions",
    "select(column, ...), select(new='old') to rename": "rename drop loc get_column pop project",
    "group_by(column).agg(n='count(*)')": "groupby groupBy agg aggregate pivot pivot_table nunique",
    "join(other, on=column)": "merge",
    "union(other)": "append concat vstack unionAll extend AddFriend",
    "sort(expression)": "sort_values orderBy order_by sort_index",
    "hepframe.udf, and define(name, function(column))": "apply map pipe map_batches",
    "a histogram for each variation, all in one hepframe.run(...)": "Vary VariationsFor",
}
_WORDS = {theirs: ours for ours, words in _TELL.items() for theirs in words.split()}

_ROWS = "; to_numpy(), to_awkward(), to_pandas() and others give its rows"


class Habits(Columns):
    """The refusals of frames: what has another word here, and what would change or run a frame unasked."""

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __len__(self) -> NoReturn:
        raise TypeError(f"a frame has no length before it runs: write frame.count().result(){_ROWS}")

    def __array__(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(f"a frame is no array{_ROWS}")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a frame is neither true nor false: write `frame is not None`, or frame.count().result() > 0"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(
            "a frame is not gone through by itself: write for name in frame.columns, or "
            f"for batch in frame.batches(){_ROWS}"
        )

    def __setitem__(self, name: object, value: object) -> NoReturn:
        raise TypeError(_unchanged(name))

    def __delitem__(self, name: object) -> NoReturn:
        raise TypeError("frames do not change: write frame = frame.select(...) with the columns to keep")

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise AttributeError(_unchanged(name))
        object.__setattr__(self, name, value)

    # Type checkers know what there is; they must not believe that any word is.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            # Python, copy and IPython ask for such names to see what an object can do.
            if name.startswith("_"):
                raise AttributeError(f"a frame has no attribute {name}")
            raise AttributeError(_no_attribute(name, self.columns, dir(type(self))))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a frame cannot be pickled, as it belongs to a session of this process: hand over what it is "
            "made of (names of files, expressions) and make it there, or its rows, frame.to_arrow()"
        )


def _unchanged(name: object) -> str:
    return f"frames do not change: write frame = frame.define({str(name)!r}, ...), or redefine(...)"


def _no_attribute(name: str, columns: list[str], ours: list[str]) -> str:
    """What to write in place of `frame.name`."""
    if name in columns or any(column.startswith(name + "_") for column in columns):
        return f"columns are no attributes: write frame[{name!r}] or hepframe.col({name!r})"
    if name in _WORDS:
        return f"a frame has no `{name}`; here it is {_WORDS[name]}"
    words = [word for word in ours if not word.startswith("_")]
    near = get_close_matches(name, words, 1) or get_close_matches(name.lower(), words, 1)
    if near:
        return f"a frame has no `{name}`; did you mean `{near[0]}`?"
    column = get_close_matches(name, columns, 1)
    if column:
        return f"a frame has no `{name}`; the column {column[0]!r} is frame[{column[0]!r}]"
    return f"a frame has no `{name}`, and no column of this name; dir(frame) tells what it has"


class AnswerHabits:
    """The refusals of what is booked: its answer can do these things, once it is there."""

    _what: str

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(f"what is booked has no attribute {name}")
            word = "plot()" if name == "Draw" else "result()"
            if name not in ("Draw", "GetValue", "GetPtr", "compute", "collect", "get", "value"):
                word = f"result().{name}"
            raise AttributeError(f"{self._what}: what is booked has no `{name}`; write .{word}")

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self._what} is neither true nor false before it runs: write .result()")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, AnswerHabits):
            return self is other
        raise TypeError(f"{self._what} is not compared before it runs: write .result() == {other!r}")

    __hash__ = object.__hash__

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("what is booked cannot be pickled, as it belongs to a session; its .result() can")
