#!/usr/bin/env python3
"""Measure the Python package: what it adds to a query, how rows reach other packages, a script from cold.

usage: python.py --data DIR [--hepframe COMMAND] [--repeats N] [--out FILE.md]

Run it with an interpreter that has the package installed. DIR holds the events that `run.py` makes; COMMAND is the
command of the same build. Every figure is the least of its repeats, queries run on one thread with their columns in
memory. Nothing else should run on the machine.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EVENTS = "events_ttree_zstd.root"
# The fifth of the ADL queries, as a script that saves a plot.
SCRIPT = """
import matplotlib
matplotlib.use("agg")
import hepframe as hf
pairs = hf.read({path!r}).filter("nMuon >= 2").define("pair", "pairs(Muon)")
mass = "(pair.a + pair.b).mass"
z = pairs.filter(f"any(pair.a.charge <> pair.b.charge AND {{mass}} > 60 AND {{mass}} < 120)")
z.h1("MET_pt", bins=100, range=(0, 200)).plot().figure.savefig({out!r})
"""
# Columns of about 100 MB in all: numbers, and lists of numbers.
WIDE = {
    "numbers": ["MET_pt", "MET_phi", "MET_sumet", "PV_x", "PV_y", "PV_z"],
    "lists": ["Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass"],
}


def least(repeats, once):
    """Milliseconds of the fastest of several runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        once()
        best = min(best, time.perf_counter() - start)
    return 1000 * best


def sql_of(number):
    with open(os.path.join(HERE, "adl", f"q{number}.sql")) as file:
        return " ".join(line.strip() for line in file if not line.startswith("--"))


def walls(command, path, text, repeats):
    """Milliseconds of the command's own clock for a warm query, from the start of planning to the last row."""
    several = ";\n".join([text] * (repeats + 1))
    asked = [command, "sql", "--threads", "1", "--stats", "--format", "ndjson", "-t", f"events={path}", several]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in found.stderr.splitlines() if line.startswith("{")]
    return min(line["wall_ms"] for line in lines[1:])


def queries(hf, path, options):
    """Each query by SQL through Python, beside the same in the command."""
    session = hf.Session(threads=1)
    session.register("events", session.read(path))
    yield "| query, one thread, warm | Python, ms | command, ms | added, ms |"
    yield "|---|---|---|---|"
    for number in range(1, 9):
        text = sql_of(number)
        session.sql(text).to_hist()
        python, command = float("inf"), float("inf")
        # In turns: a busy moment of the machine hits both.
        for _ in range(options.repeats):
            python = min(python, least(2, lambda text=text: session.sql(text).to_hist()))
            command = min(command, walls(options.hepframe, path, text, 3))
        yield f"| Q{number} | {python:.1f} | {command:.1f} | {python - command:+.1f} |"


def rows(hf, path, options):
    """Rows as they reach other packages: time beyond the query, and whether buffers are the engine's."""
    session = hf.Session()
    known = set(session.read(path).columns)
    yield "| rows | MB | batches | query, ms | to_arrow, ms more | to_awkward, ms more | to_polars, ms more |"
    yield "|---|---|---|---|---|---|---|"
    for name, columns in WIDE.items():
        frame = session.read(path).select(*[column for column in columns if column in known])
        table = frame.to_arrow()
        query = least(options.repeats, frame._native.collect)
        more = [
            least(options.repeats, run) - query for run in (frame.to_arrow, frame.to_awkward, frame.to_polars)
        ]
        size, batches = table.nbytes / 1e6, len(table.to_batches())
        told = " | ".join(f"{extra:.1f}" for extra in more)
        yield f"| {name} | {size:.0f} | {batches} | {query:.1f} | {told} |"


def cold(path, options):
    """A whole process: import, query, plot, file."""
    with tempfile.TemporaryDirectory() as folder:
        script = SCRIPT.format(path=path, out=os.path.join(folder, "met.png"))
        run = lambda text: subprocess.run([sys.executable, "-c", text], check=True, env=os.environ)  # noqa: E731
        whole = least(options.repeats, lambda: run(script))
        bare = least(options.repeats, lambda: run("pass"))
        imported = least(options.repeats, lambda: run("import hepframe"))
        drawn = least(options.repeats, lambda: run("import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot"))
    yield "| a process from cold | ms |"
    yield "|---|---|"
    yield f"| Python by itself | {bare:.0f} |"
    yield f"| import hepframe, beyond that | {imported - bare:.0f} |"
    yield f"| import matplotlib.pyplot, beyond that | {drawn - bare:.0f} |"
    yield f"| import, Q5 from the file, plot, saved as PNG | {whole:.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hepframe", default="target/release/hepframe")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out")
    options = parser.parse_args()
    path = os.path.abspath(os.path.join(options.data, EVENTS)) + ":Events"

    import hepframe as hf

    lines = [*cold(path, options), "", *queries(hf, path, options), "", *rows(hf, path, options), ""]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(f"hepframe {hf.__version__}, Python {sys.version.split()[0]}; most memory of the process {most:.0f} MB.")
    text = "\n".join(lines)
    print(text)
    if options.out:
        with open(options.out, "w") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
