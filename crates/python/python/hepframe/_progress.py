"""The bar for long queries: one line on a terminal, one display in a notebook, else nothing.

Queries that take less than half a second show nothing. `HEPFRAME_PROGRESS=0` turns the bar off and
`HEPFRAME_PROGRESS=1` on, also where standard error is a file; `set_progress` does it from Python.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from ._native import Progress, Watch

PATIENCE = 0.5
"""Seconds before a query shows a bar."""
NOTEBOOK_STEP = 0.2
"""Seconds between two messages to a notebook; all its browsers draw each of them."""
_BLOCKS = " ▏▎▍▌▋▊▉█"
_SETTING = "HEPFRAME_PROGRESS"

_switch: bool | None = None
_local = threading.local()
# A forked child has a copy of the notebook's sockets: writing to them would mix up messages.
_home = os.getpid()


class Screen(Protocol):
    """Where a bar is seen."""

    step: float
    """Seconds between two pictures."""

    def show(self, title: str, progress: Progress, seconds: float) -> None:
        """Draws the bar, in place of the last one."""

    def end(self, title: str, progress: Progress | None, seconds: float, how: str) -> None:
        """Takes the bar away; `how` is "", "interrupted" or "failed"."""


def set_progress(on: bool | None) -> None:
    """Turns the bar on or off; `None` leaves it to where the program runs.

    Args:
        on: True shows it also where standard error is a file, False never shows it, None shows it
            on a terminal and in a notebook unless the environment has `HEPFRAME_PROGRESS=0`.

    Example:
        >>> import hepframe as hf
        >>> hf.set_progress(False)
        >>> hf.set_progress(None)
    """
    global _switch
    _switch = on


@contextmanager
def watching(title: str = "") -> Iterator[Watch]:
    """What to hand to a call of the engine so that its progress is seen; None where nobody looks.

    Within another `watching` of the same thread it is the outer one's, so that one bar follows a
    piece of work made of several queries.

    Args:
        title: what runs, in front of the bar.
    """
    outer: Bar | None = getattr(_local, "bar", None)
    if outer is not None:
        yield outer
        return
    screen = _screen()
    if screen is None:
        yield None
        return
    bar = Bar(screen, title)
    _local.bar = bar
    try:
        yield bar
    except KeyboardInterrupt:
        bar.end("interrupted")
        raise
    except BaseException:
        bar.end("failed")
        raise
    else:
        bar.end("")
    finally:
        _local.bar = None


class Bar:
    """Follows a piece of work: decides when to draw, and what is told of several queries."""

    def __init__(self, screen: Screen, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._title = title
        self._clock = clock
        self._start = clock()
        self._drawn: float | None = None
        self._last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        """Takes note of how far the query is, and draws if it is time to."""
        self._last = progress
        now = self._clock()
        due = self._start + PATIENCE if self._drawn is None else self._drawn + self._screen.step
        if now >= due:
            self._drawn = now
            self._screen.show(self._title, progress, now - self._start)

    def end(self, how: str) -> None:
        """Takes the bar away, if it was ever seen."""
        if self._drawn is not None:
            self._screen.end(self._title, self._last, self._clock() - self._start, how)


class Terminal:
    """One line that is drawn over itself and leaves nothing behind."""

    step = 0.0

    def __init__(self, out: TextIO, width: int | None = None) -> None:
        self._out = out
        self._width = width

    def show(self, title: str, progress: Progress, seconds: float) -> None:
        """Draws the bar."""
        columns = self._width or shutil.get_terminal_size().columns
        head = f"{title} " if title else ""
        line = f"{head}{_bar(_left(progress), seconds)}, {clock(seconds)}{told(progress)}"
        # A line as wide as the terminal would make some terminals scroll.
        self._write("\r" + line[: columns - 1] + "\x1b[K")

    def end(self, title: str, progress: Progress | None, seconds: float, how: str) -> None:
        """Takes the bar away."""
        self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "ascii"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()


class Notebook:
    """A display under the cell that is updated, and at the end is one quiet line."""

    step = NOTEBOOK_STEP

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, title: str, progress: Progress, seconds: float) -> None:
        """Draws the bar."""
        fraction = _left(progress)
        value = "" if fraction is None else f' value="{fraction:.4f}"'
        percent = "" if fraction is None else f"{100 * fraction:.0f} %, "
        head = f"{escape(title)} " if title else ""
        self._put(
            f'{head}<progress max="1"{value} style="width:16em;vertical-align:middle"></progress> '
            f"{percent}{escape(clock(seconds) + told(progress))} "
            '<span style="opacity:0.6">(■ in the toolbar stops it)</span>'
        )

    def end(self, title: str, progress: Progress | None, seconds: float, how: str) -> None:
        """Leaves a line that says what it cost."""
        took = f"{how} after {clock(seconds)}" if how else clock(seconds)
        head = f"{escape(title)}: " if title else ""
        cost = told(progress) + _share(progress) if progress else ""
        self._put(f'<span style="opacity:0.6">{head}{escape(took + cost)}</span>')

    def _put(self, inner: str) -> None:
        from IPython.core.display import HTML
        from IPython.core.display_functions import display

        page = HTML(f'<div class="hepframe-progress" style="font-size:0.9em">{inner}</div>')
        if self._handle is None:
            self._handle = display(page, display_id=True)
        else:
            self._handle.update(page)


def told(progress: Progress) -> str:
    """What is beside the bar: tasks of a cluster, rows, bytes by where they are from."""
    text = ""
    if progress["tasks"] is not None:
        done, total = progress["tasks"]
        text += f", {done} of {total} tasks"
    if progress["rows"]:
        text += f", {counted(progress['rows'], 'row')}"
    text += f", {size(progress['bytes_read'])} read"
    if progress["bytes_from_cache"]:
        text += f", {size(progress['bytes_from_cache'])} from the cache"
    if progress["bytes_from_disk"]:
        text += f", {size(progress['bytes_from_disk'])} from the cache on disk"
    return text


def size(count: float) -> str:
    """Bytes in words: `999 B`, `3.0 MB`."""
    if count < 1000:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.95:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"


def counted(count: int, noun: str) -> str:
    """`1 row`, `1 234 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", " ")


def clock(seconds: float) -> str:
    """A time in words: `2.1 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def _share(progress: Progress) -> str:
    """How much of what was read was in the cache, if anything was."""
    cached, read = progress["columns_from_cache"], progress["columns_read"]
    return f" ({100 * cached / (cached + read):.0f} % of the columns)" if cached else ""


def _left(progress: Progress) -> float | None:
    """How far the bar is; None once all is read and the end of the rest is not known."""
    fraction = progress["fraction"]
    return None if fraction is None or fraction >= 1 else fraction


def _bar(fraction: float | None, seconds: float, width: int = 30) -> str:
    """Blocks and per cent; while the end is not known, a block that wanders."""
    if fraction is None:
        place = int(seconds * 10) % width
        return " " * place + "█" + " " * (width - 1 - place)
    eighths = int(min(max(fraction, 0.0), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    blocks = "█" * full + (_BLOCKS[part] if full < width else "")
    return f"{blocks:{width}} {100 * fraction:3.0f} %"


def _screen() -> Screen | None:
    """Where this process can show a bar."""
    wanted = _switch
    if wanted is None and os.environ.get(_SETTING, "") != "":
        wanted = os.environ[_SETTING] != "0"
    if wanted is False or os.getpid() != _home:
        return None
    if in_notebook():
        return Notebook()
    if sys.stderr is not None and (wanted or sys.stderr.isatty()):
        return Terminal(sys.stderr)
    return None


def in_notebook() -> bool:
    """True in a kernel of Jupyter, which shows HTML."""
    # A kernel has imported IPython; importing it to look would take longer than most queries.
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None
