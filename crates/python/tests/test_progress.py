"""The bar: when it is seen, what it says, what it leaves behind."""

import io
import os

import pytest
from hepframe import _progress
from hepframe._progress import Bar, Notebook, Terminal, clock, counted, set_progress, size, told, watching


def progress(**known):
    nothing = {
        "fraction": None,
        "tasks": None,
        "rows": 0,
        "wall_ms": 0.0,
        "bytes_read": 0,
        "bytes_from_cache": 0,
        "bytes_from_disk": 0,
        "columns_from_cache": 0,
        "columns_read": 0,
        "files": 0,
    }
    return nothing | known


class Clock:
    """A time that goes on when it is told to."""

    now = 100.0

    def __call__(self):
        return self.now


class Screen:
    """Notes what it is to show."""

    step = 0.25

    def __init__(self):
        self.seen = []

    def show(self, title, progress, seconds):
        self.seen.append(seconds)

    def end(self, title, progress, seconds, how):
        self.seen.append((how, progress["rows"]))


class Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    monkeypatch.delenv("HEPFRAME_PROGRESS", raising=False)
    yield
    set_progress(None)


def test_the_bar_says_tasks_rows_bytes_and_what_was_in_the_cache():
    assert told(progress(bytes_read=3_000_000)) == ", 3.0 MB read"
    at = progress(bytes_read=3_000_000, rows=1234, tasks=(1, 4), bytes_from_cache=2000)
    assert told(at) == ", 1 of 4 tasks, 1 234 rows, 3.0 MB read, 2.0 kB from the cache"
    assert told(progress(bytes_from_disk=5000)) == ", 0 B read, 5.0 kB from the cache on disk"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (2e15, "2000.0 TB")],
)
def test_bytes_are_told_in_thousands(count, text):
    assert size(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.25, "0.2 s"), (65, "1 min 05 s"), (3720, "1 h 02 min")])
def test_times_are_told_as_people_say_them(seconds, text):
    assert clock(seconds) == text


def test_one_row_is_no_rows():
    assert [counted(count, "row") for count in (0, 1, 1000)] == ["0 rows", "1 row", "1 000 rows"]


def test_a_quick_query_shows_nothing():
    screen, now = Screen(), Clock()
    bar = Bar(screen, "", now)
    now.now += 0.4
    bar(progress(rows=1))
    bar.end("")
    assert screen.seen == []


def test_a_long_query_is_drawn_as_often_as_the_screen_takes_it():
    screen, now = Screen(), Clock()
    bar = Bar(screen, "", now)
    for step in range(10):
        now.now = 100.5 + step / 8
        bar(progress(rows=step))
    bar.end("")
    assert screen.seen[:-1] == [0.5, 0.75, 1.0, 1.25, 1.5]
    assert screen.seen[-1] == ("", 9)


def test_a_terminal_has_one_line_no_wider_than_itself_and_nothing_at_the_end():
    out = Tty()
    terminal = Terminal(out, width=60)
    terminal.show("scan", progress(fraction=0.5, rows=10, bytes_read=10**9), 1.0)
    line = out.getvalue()
    assert line.startswith(f"\rscan {'█' * 15}{' ' * 15}  50 %, 1.0 s")
    assert len(line.removeprefix("\r").removesuffix("\x1b[K")) == 59
    terminal.end("scan", None, 2.0, "")
    assert out.getvalue().endswith("\r\x1b[K")
    assert "\n" not in out.getvalue()


def test_a_terminal_without_blocks_gets_question_marks_and_no_error():
    out = Tty()
    out.encoding = "ascii"
    Terminal(out, width=60).show("", progress(fraction=0.5), 1.0)
    assert "???" in out.getvalue()


def test_an_unknown_end_is_a_block_that_wanders():
    assert _progress._bar(None, 0.0) != _progress._bar(None, 0.5)


def shown_pages(monkeypatch):
    """What a notebook is sent, as HTML."""
    from IPython.core import display_functions

    pages = []

    class Handle:
        def update(self, page):
            pages.append(page.data)

    def display(page, display_id):
        assert display_id
        pages.append(page.data)
        return Handle()

    monkeypatch.setattr(display_functions, "display", display)
    return pages


def test_a_notebook_has_one_display_that_ends_as_a_line_of_what_it_cost(monkeypatch):
    pages = shown_pages(monkeypatch)
    notebook = Notebook()
    at = progress(fraction=0.25, tasks=(1, 4), bytes_read=3000, bytes_from_cache=10**6)
    notebook.show("a<b", at, 1.0)
    cost = at | {"columns_from_cache": 3, "columns_read": 1, "rows": 7}
    notebook.end("", cost, 2.0, "")
    assert 'value="0.2500"' in pages[0]
    assert "a&lt;b" in pages[0]
    assert "stops it" in pages[0]
    said = "2.0 s, 1 of 4 tasks, 7 rows, 3.0 kB read, 1.0 MB from the cache (75 % of the columns)"
    assert said in pages[1]
    assert "<progress" not in pages[1]


def test_a_notebook_says_that_a_query_was_interrupted(monkeypatch):
    pages = shown_pages(monkeypatch)
    notebook = Notebook()
    notebook.show("", progress(), 1.0)
    notebook.end("", progress(rows=5), 61.0, "interrupted")
    assert "interrupted after 1 min 01 s, 5 rows" in pages[-1]


def test_nothing_is_shown_where_standard_error_is_a_file(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with watching() as watch:
        assert watch is None


def test_the_environment_and_set_progress_turn_the_bar_on_and_off(monkeypatch):
    monkeypatch.setattr("sys.stderr", Tty())
    seen = []
    for setting, switch in [("", None), ("0", None), ("1", None), ("1", False), ("0", True)]:
        monkeypatch.setenv("HEPFRAME_PROGRESS", setting)
        set_progress(switch)
        with watching() as watch:
            seen.append(watch is not None)
    assert seen == [True, False, True, False, True]


def test_a_forked_child_shows_nothing(monkeypatch):
    monkeypatch.setattr("sys.stderr", Tty())
    monkeypatch.setattr(_progress, "_home", os.getpid() + 1)
    with watching() as watch:
        assert watch is None


def test_work_within_work_shares_the_bar(monkeypatch):
    monkeypatch.setattr("sys.stderr", Tty())
    with watching() as outer, watching() as inner:
        assert inner is outer
    with watching() as later:
        assert later is not outer


@pytest.mark.parametrize(("error", "how"), [(KeyboardInterrupt, "interrupted"), (ValueError, "failed")])
def test_the_bar_is_taken_away_when_work_fails(monkeypatch, error, how):
    ends = []
    monkeypatch.setattr("sys.stderr", Tty())
    monkeypatch.setattr(Bar, "end", lambda self, how: ends.append(how))
    with pytest.raises(error), watching():
        raise error
    assert ends == [how]
