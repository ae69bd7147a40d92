"""Python functions of arrays as functions of expressions, in sessions of this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ._expr import Expr, argument
from .errors import InvalidQuery

if TYPE_CHECKING:
    import pyarrow

    from ._session import Session

Type: TypeAlias = "str | pyarrow.DataType"
"""A type of pyarrow, or its name: `"float32"`, `"int64"`, `"list[float32]"`."""


class Function:
    """A function for expressions; calling it with columns gives an expression."""

    def __init__(self, name: str, python: Callable[..., Any]) -> None:
        """Made by `udf`."""
        self.name = name
        self.python = python
        self.__doc__ = python.__doc__

    def __call__(self, *arguments: Any) -> Expr:
        return Expr(f"{self.name}({', '.join(map(argument, arguments))})")

    def __repr__(self) -> str:
        return f"<function {self.name} of expressions>"


def udf(
    function: Callable[..., Any] | None = None,
    *,
    inputs: Sequence[Type],
    output: Type,
    name: str | None = None,
    session: Session | None = None,
) -> Any:
    """Makes a Python function of arrays callable in expressions and SQL.

    The function is called with pyarrow arrays, many rows at once, from several threads; it gives one value
    per row, as a pyarrow, NumPy or awkward array. The same rows must give the same values.

    Args:
        function: what to call; left out for use as a decorator.
        inputs: types of the arguments, which are cast to them.
        output: type of the values.
        name: in SQL; that of the function if left out.
        session: where it is known; the default session if left out.

    Raises:
        InvalidQuery: the name of a function of hepframe. One's own is replaced.
        NotOnCluster: executors do not have the function.

    Example:
        >>> import numpy as np
        >>> @hf.udf(inputs=["float64"], output="float64")
        ... def gauss(x):
        ...     return np.exp(-np.asarray(x) ** 2 / 2)
        >>> events = hf.read("events.root:Events").define("g", gauss(hf.col("MET_pt") / 100))
        >>> events.filter("gauss(0 * nMuon) = 1").count().result()
        1000
    """
    if function is None:
        return lambda function: udf(function, inputs=inputs, output=output, name=name, session=session)
    import pyarrow

    from ._api import default_session

    if not callable(function):
        raise TypeError(f"udf takes a function of arrays, not {function!r}")
    if isinstance(inputs, (str, pyarrow.DataType)):
        raise TypeError(f"inputs are a list, a type for each argument: [{str(inputs)!r}]")

    called = name or getattr(function, "__name__", "")
    if not called.isidentifier() or called != called.lower():
        raise InvalidQuery(f"a function's name is a word in lower case, not {called!r}; give it one by name=")
    arguments = pyarrow.schema([(f"x{place}", _type(kind)) for place, kind in enumerate(inputs)])
    gives = pyarrow.schema([("y", _type(output))])
    (session or default_session())._native.register_function(called, function, arguments, gives)
    return Function(called, function)


def _type(kind: Type) -> pyarrow.DataType:
    import pyarrow

    if isinstance(kind, pyarrow.DataType):
        return kind
    text = str(kind).strip()
    if text.startswith("list[") and text.endswith("]"):
        return pyarrow.list_(_type(text[5:-1]))
    try:
        return pyarrow.type_for_alias(text)
    except ValueError:
        raise InvalidQuery(f"there is no type {kind!r}; write 'float32', 'int64', 'list[float32]'") from None


def as_arrow(given: Any) -> list[pyarrow.Array]:
    """The pieces of what a function gave, as pyarrow arrays."""
    import pyarrow

    if isinstance(given, pyarrow.ChunkedArray):
        return given.chunks or [pyarrow.array([], given.type)]
    if isinstance(given, pyarrow.Array):
        return [given]
    if type(given).__module__.startswith("awkward"):
        import awkward

        return [awkward.to_arrow(given, extensionarray=False)]
    return [pyarrow.array(given)]
