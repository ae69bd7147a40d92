"""Ctrl-C, threads, forks and worker processes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import hepframe as hf
import pyarrow as pa
import pytest

LONG = "SELECT count(*) AS n FROM long AS a, long AS b, long AS c WHERE a.x + b.x > c.x"
"""Runs for hours over a table of a few thousand rows."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return hf.write_demo(tmp_path_factory.mktemp("processes") / "events.root", 2000)


def interrupted(start: threading.Event) -> tuple[threading.Thread, list[float]]:
    """Presses Ctrl-C a moment after the start; tells when."""
    pressed: list[float] = []

    def press() -> None:
        start.wait()
        # Long enough for the query to be running.
        time.sleep(0.7)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread, pressed


def test_a_join_that_cannot_be_stopped_does_not_hold_up_the_next_query():
    session = hf.Session(cache=0)
    text = "SELECT count(*) AS n FROM big AS a, big AS b WHERE a.x * b.x = -1"
    frame = session.sql(text, big={"x": list(range(60_000))})
    start = threading.Event()
    thread, _ = interrupted(start)

    start.set()
    with pytest.raises(KeyboardInterrupt):
        frame.to_arrow()
    thread.join()
    asked = time.monotonic()
    assert session.sql("SELECT 1 AS x").to_arrow()["x"].to_pylist() == [1]

    assert time.monotonic() - asked < 10


@pytest.mark.parametrize("how", ["to_arrow", "batches", "stream", "run", "cache"])
def test_an_interrupt_ends_a_query_and_the_session_goes_on(how):
    session = hf.Session(cache=0)
    frame = session.sql(LONG, long={"x": list(range(5000))})
    start = threading.Event()
    thread, pressed = interrupted(start)

    start.set()
    # A reader of a stream that is no Python tells the interrupt as an error of its own.
    with pytest.raises((KeyboardInterrupt, pa.ArrowException, OSError)):
        if how == "to_arrow":
            frame.to_arrow()
        elif how == "batches":
            list(frame.batches())
        elif how == "stream":
            pa.table(frame)
        elif how == "run":
            hf.run(frame.count(), frame.sum("n"))
        else:
            frame.cache()
    ended = time.monotonic()
    thread.join()

    # The bar is 2 s; the margin is for busy machines.
    assert ended - pressed[0] < 10
    assert session.sql("SELECT 1 AS x").to_arrow()["x"].to_pylist() == [1]


def test_an_interrupt_frees_the_executors_of_a_cluster(cluster_url, path):
    session = hf.connect(cluster_url)
    text = f"""
        SELECT count(*) AS n FROM '{path}' AS a, '{path}' AS b, '{path}' AS c
        WHERE a.MET_pt + b.MET_pt > c.MET_pt
    """
    frame = session.sql(text)
    start = threading.Event()
    thread, pressed = interrupted(start)

    start.set()
    with pytest.raises(KeyboardInterrupt):
        frame.to_arrow()
    ended = time.monotonic()
    thread.join()

    # The next query needs the executors' slots, one each.
    assert session.read(path).count().result() == 2000
    assert ended - pressed[0] < 10
    assert time.monotonic() - ended < 30


def test_an_interrupt_of_a_script_ends_it_with_a_traceback_of_python_alone(tmp_path):
    script = textwrap.dedent(
        f"""
        import hepframe as hf
        frame = hf.sql({LONG!r}, long={{"x": list(range(5000))}})
        print("ready", flush=True)
        try:
            frame.to_arrow()
        except KeyboardInterrupt:
            print("interrupted", hf.sql("SELECT 1 AS x").to_arrow()["x"].to_pylist(), flush=True)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (0, "interrupted [1]\n"), err


def test_threads_share_a_session(path):
    session = hf.Session()

    def analyse(cut: int) -> int:
        return session.read(path).filter(f"MET_pt > {cut}").count().result()

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(analyse, range(40)))

    assert together == [analyse(cut) for cut in range(40)]
    assert together[0] == 2000


def _in_child(path: str, session: hf.Session, answers: "multiprocessing.Queue[object]") -> None:
    answers.put(hf.read(path).count().result())
    try:
        session.read(path)
    except hf.errors.SessionForked as error:
        answers.put(str(error))
    answers.put(hf.Session().read(path).count().result())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_works_with_sessions_of_its_own(path):
    session = hf.Session()
    assert session.read(path).count().result() == 2000
    assert hf.read(path).count().result() == 2000
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    child = context.Process(target=_in_child, args=(path, session, answers))
    child.start()
    first, refused, last = (answers.get(timeout=60) for _ in range(3))
    child.join(60)

    assert (first, last, child.exitcode) == (2000, 2000, 0)
    assert "made before the process was forked" in refused


def test_joblib_shares_work_out(path):
    joblib = pytest.importorskip("joblib")

    counts = joblib.Parallel(n_jobs=2)(joblib.delayed(_count)(path, cut) for cut in (0, 20, 40))

    assert counts == [_count(path, cut) for cut in (0, 20, 40)]


def _count(path: str, cut: int) -> int:
    return hf.read(path).filter(hf.col("MET_pt") > cut).count().result()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "1" + " + 1" * 20000,
        "1" + " + 1" * 400,
        "x" * 100_000,
        "\0",
        "Jet_pt[" * 300,
        "CASE " * 3000,
        "h1(" * 2000,
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ],
    ids=[
        "parentheses",
        "too many sums",
        "sums",
        "a long name",
        "a null byte",
        "brackets",
        "cases",
        "calls",
        "half a character",
    ],
)
def test_no_text_ends_the_interpreter(path, text):
    frame = hf.read(path)

    for use in (frame.filter, frame.select, lambda text: hf.sql(f"SELECT {text}").to_arrow()):
        with suppress(hf.HepframeError):
            use(text)


@pytest.mark.parametrize("content", [b"", b"root", b"root" + b"\xff" * 2000, b"PAR1" * 100, os.urandom(5000)])
@pytest.mark.parametrize("name", ["bad.root", "bad.parquet", "bad.csv", "bad.arrow", "bad.json", "bad"])
def test_no_file_ends_the_interpreter(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    try:
        hf.read(tmp_path / name).to_arrow()
    except hf.HepframeError as error:
        assert str(error)
