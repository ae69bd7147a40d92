"""SQL in notebooks: `%load_ext hepframe`, then `%%hep` and `%hep`; `%%sql` too if it is free.

```text
%%hep
SELECT h1(MET_pt, 100, 0, 200) FROM 'events.root:Events' WHERE nMuon = :muons
```

`%hep --help` lists the options. `_magic_line` reads them, `_magic_values` hands over Python
variables, `_complete` knows what Tab offers; here they meet a session and a notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from ._completer import Matcher
from ._display import collect, fetch, frame_text, show_as
from ._figures import POINTS, Drawn, histograms_figure, rows_figure
from ._magic_line import Request, UnknownOption, help_text, read_request
from ._magic_values import bind
from ._places import Places
from ._progress import watching
from ._sql_text import meaningful, statements
from .errors import InvalidQuery, UnknownTable

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ._frame import DataFrame

# What a user can cause: shown as one sentence. The traceback of anything else is worth seeing.
_SAID = (OSError, TypeError, ValueError, KeyboardInterrupt)
_PLANNED_ONLY = {"SELECT", "WITH", "FROM", "VALUES"}


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Gives a notebook the magics; `%load_ext hepframe` calls it.

    `%sql` and `%%sql` are taken only if no other extension has them.
    """
    magics = HepMagics(shell)
    shell.register_magics(magics)
    names = ["hep"]
    known = shell.magics_manager.magics
    ours = getattr(known["cell"].get("sql"), "__self__", None)
    if isinstance(ours, HepMagics) or not ("sql" in known["line"] or "sql" in known["cell"]):
        shell.magics_manager.register_function(magics.hep, "line_cell", "sql")
        names.append("sql")
    magics.matcher.install(shell, names)
    _show_rows_as_text(shell)


def _show_rows_as_text(shell: InteractiveShell) -> None:
    """Shows rows that a magic has run where there is no HTML: consoles, saved notebooks."""
    from ._frame import DataFrame

    display: Any = shell.display_formatter
    display.formatters["text/plain"].for_type(
        DataFrame, lambda frame, printer, _: printer.text(frame_text(frame))
    )


@magics_class
class HepMagics(Magics):
    """The magics of one notebook, with what its cells have kept."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._notebook = shell
        self._kept: dict[str, DataFrame] = {}
        self._places = Places()
        self.matcher = Matcher(shell, self._places, self._kept)

    @no_var_expand
    @line_cell_magic
    def hep(self, line: str, cell: str | None = None) -> Any:
        """Run SQL; `%hep --help` lists the options.

        Args:
            line: what stands behind the magic.
            cell: the lines below; None for `%hep`.

        Returns:
            The answer, which the notebook shows: a DataFrame, or the histograms of `--hist`. None
            if it went to a variable.
        """
        try:
            # One bar for planning and running.
            with watching():
                return self._run(read_request(line, cell))
        except BaseException as error:
            raise _said(error) from error.__cause__

    def _run(self, request: Request) -> Any:
        if "help" in request.flags:
            print(help_text())
            return None
        if request.cluster is not None:
            self._places.go(request.cluster, request.alias, self._notebook.user_ns)
        if "connections" in request.flags:
            print(self._places.told())
            return None
        if not meaningful(request.sql):
            if request.cluster is None:
                raise UnknownOption("there is no SQL in this cell; %hep --help shows what can be there")
            print(f"queries run on {self._places.current_name}")
            return None
        frame = self._plan(request)
        if request.save is not None:
            self._kept[request.save] = frame
        if "no-execute" in request.flags:
            return None
        if "explain" in request.flags:
            print(frame.explain())
            return None
        answer: Any = _fill(frame, request) if request.hists else frame
        if request.name is not None:
            self._notebook.user_ns[request.name] = answer
            if not request.also_show:
                return None
        if "no-display" in request.flags:
            return None
        return _shown(answer, request)

    def _plan(self, request: Request) -> DataFrame:
        """The frame of a text; runs all its statements but a last SELECT."""
        session = self._places.session()
        if "no-execute" in request.flags:
            parts = statements(request.sql)
            first = next(token.word for token in meaningful(parts[0]))
            if len(parts) > 1 or first not in _PLANNED_ONLY:
                raise InvalidQuery(
                    "--no-execute takes one SELECT: other statements act when they are planned"
                )
        bound = bind(request.sql, self._notebook.user_ns, session, self._kept)
        for name in request.with_:
            if name not in self._kept:
                kept = ", ".join(self._kept) or "nothing so far"
                raise UnknownTable(
                    f"no query was kept as `{name}`; --save kept: {kept}", name, list(self._kept)
                )
            bound.tables[name] = self._kept[name]
        frame = session.sql(bound.text, bound.parameters, **bound.tables)
        return frame if request.limit is None else frame.limit(request.limit)


def _fill(frame: DataFrame, request: Request) -> Drawn:
    """Fills all histograms of `--hist` in one scan."""
    from ._booked import run

    booked = [
        frame.h1(spec.expression, bins=spec.bins, range=(spec.low, spec.high), label=spec.expression)
        for spec in request.hists
    ]
    return Drawn(zip((spec.expression for spec in request.hists), run(booked), strict=True))


def _shown(answer: Any, request: Request) -> Any:
    """The answer, run so far as it is shown: what fails is to fail in this cell."""
    if isinstance(answer, Drawn):
        return answer
    if "plot" in request.flags:
        rows = collect(answer.limit(POINTS + 1))
        show_as(answer, histograms_figure(rows) if rows.histograms else rows_figure(rows.table))
        return answer
    preview = fetch(answer)
    # Statements that are no query have nothing to show.
    if not preview.columns:
        return None
    show_as(answer, preview)
    return answer


def _said(error: BaseException) -> BaseException:
    """The error, to be shown as one sentence if it is one that users can cause."""
    from .errors import HepframeError

    if isinstance(error, (HepframeError, *_SAID)):
        text = f"{type(error).__name__}: {error}"
        if isinstance(error, KeyboardInterrupt):
            text = "KeyboardInterrupt: the query was stopped; the session goes on"
        # IPython asks the error itself how it is to be shown.
        setattr(error, "_render_traceback_", lambda: [text])  # noqa: B010
    return error
