#!/usr/bin/env python3
"""Measure hepframe and its peers in one go; print a Markdown table.

usage: run.py --data DIR [--perf DIR] [--repeats N] [--only columns,live,answers,frames,shapes] [--peers uproot,...] [--out FILE.md]

Makes the events it needs in DIR (3.4 GB, once) with PERF/make_events.py, builds the raw floor and the compiled
RDataFrame with PERF/build.sh, then takes turns: each repeat runs every program once, so that a busy moment of the
machine hits them all. Every process is bound to as many cores as it may have threads. Files are in the page cache.

Needs a release build of hepframe, g++, and a Python with: pip install --pre ROOT uproot awkward pyarrow numpy duckdb
(packages that are missing only cost the peers that need them). PERF is not part of this repository.
"""
import argparse
import csv
import datetime
import importlib.util
import io
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CODECS = ["zstd", "lz4", "zlib", "none"]
FILES = {codec: f"events_ttree_{codec}.root" for codec in CODECS}
FILES |= {"vector": "events_ttree_zstd_vector.root", "parquet": "events_parquet_zstd.parquet"}
FILES |= {"rntuple": "events_rntuple_zstd.root"}
COLUMNS = {
    "Q1": "MET_pt",
    "Q2": "Jet_pt",
    "Q3": "Jet_pt,Jet_eta",
    "Q5": "nMuon,Muon_pt,Muon_eta,Muon_phi,Muon_mass,Muon_charge,MET_pt",
    "Q6": "nJet,Jet_pt,Jet_eta,Jet_phi,Jet_mass,Jet_btag",
}
# The ADL queries, over a table called `events`.
QUERIES = [f"Q{number}" for number in range(1, 9)]
# Selections, variables and weights of histograms that are booked together.
MANY = [(10, 10, 1), (100, 10, 10)]
# Queries with more than one histogram, by the names of their references.
PARTS = {"Q6": ["q6a", "q6b"]}


def sql_of(query):
    with open(os.path.join(HERE, "adl", f"{query.lower()}.sql")) as file:
        return " ".join(line.strip() for line in file if not line.startswith("--"))


def run(command, threads):
    """Seconds of wall time and CPU, most memory in MB, and what was printed."""

    def bind():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL, preexec_fn=bind)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)[:200]} failed with {process.returncode}: {text[-300:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


class Bench:
    def __init__(self, options):
        self.options = options
        self.samples = {}
        self.peers = set(options.peers.split(",")) if options.peers else set()

    def path(self, name):
        return os.path.join(self.options.data, FILES[name])

    def perf(self, name):
        return os.path.join(self.options.perf, name)

    def program(self, name):
        return os.path.join(self.options.data, "peers", name)

    def prepare(self):
        os.makedirs(self.options.data, exist_ok=True)
        make = [sys.executable, self.perf("make_events.py"), "--out", self.options.data]
        recipes = {codec: ["--format", "ttree", "--codec", codec] for codec in CODECS}
        recipes |= {"vector": ["--format", "ttree", "--arrays", "vector"], "parquet": ["--format", "parquet"]}
        recipes |= {"rntuple": ["--format", "rntuple"]}
        for name, recipe in recipes.items():
            if not os.path.exists(self.path(name)):
                print(f"making {self.path(name)}", file=sys.stderr)
                subprocess.run(make + recipe, check=True, stdout=subprocess.DEVNULL)
        if self.peers & {"floor", "rdf_compiled"} and not os.path.exists(self.program("raw_limits")):
            print("building the compiled peers", file=sys.stderr)
            path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
            build = ["sh", self.perf("build.sh"), os.path.join(self.options.data, "peers")]
            subprocess.run(build, check=True, env=os.environ | {"PATH": path})
        for name in FILES:
            with open(self.path(name), "rb") as file:
                while file.read(1 << 24):
                    pass

    def note(self, key, seconds, memory=None, cpu=None):
        self.samples.setdefault(key, []).append({"s": seconds, "mb": memory, "cpu_s": cpu})

    def columns(self):
        """Columns to memory, in a running process; the first time does not count."""
        inner = 20
        for turn in range(self.options.repeats):
            print(f"columns, turn {turn + 1} of {self.options.repeats}", file=sys.stderr)
            for codec in [*CODECS, "rntuple"]:
                for query, columns in COLUMNS.items():
                    # Counters are fields of the importer's files, not of these.
                    if codec == "rntuple":
                        columns = ",".join(c for c in columns.split(",") if not c.startswith("n"))
                    location = f"{self.path(codec)}:Events"
                    for threads in (1, 2):
                        text = run([self.options.reader, location, columns, str(threads), str(inner)], threads)[3]
                        for line in json_lines(text)[1:]:
                            self.note(("columns", "hepframe", codec, query, threads), line["wall_s"])
                        if "floor" in self.peers and codec != "rntuple":
                            command = [self.program("raw_limits"), self.path(codec), columns, str(threads), str(inner)]
                            for line in json_lines(run(command, threads)[3]):
                                if line["mode"] == 2 and line["rep"] > 0:
                                    self.note(("columns", "floor", codec, query, threads), line["loop"])
                    if "uproot" in self.peers:
                        command = [sys.executable, self.perf("adl_uproot.py"), self.path(codec)]
                        command += ["--query", query[1:], "--repeat", "4"]
                        for line in json_lines(run(command, 1)[3]):
                            if line["rep"] > 0:
                                self.note(("columns", "uproot", codec, query, 1), line["load"])

    def answers(self):
        """Start of a process to its answer."""
        for turn in range(self.options.repeats):
            print(f"answers, turn {turn + 1} of {self.options.repeats}", file=sys.stderr)
            for query in QUERIES:
                for file in ("zstd", "lz4", "zlib", "none", "vector", "rntuple", "parquet"):
                    for threads in (1, 2):
                        wall, cpu, memory, text = run(self.hepframe(file, threads) + [sql_of(query)], threads)
                        self.check(query, file, text)
                        self.note(("answers", "hepframe", file, query, threads), wall, memory, cpu)
                for threads in (1, 2):
                    for name, file, command in self.peer_commands(query[1:], threads):
                        wall, cpu, memory, _ = run(command, threads)
                        self.note(("answers", name, file, query, threads), wall, memory, cpu)

    def hepframe(self, file, threads):
        location = self.path(file) if file == "parquet" else f"{self.path(file)}:Events"
        command = [self.options.bin, "--threads", str(threads), "sql", "--format", "csv"]
        return command + ["-t", f"events={location}"]

    def live(self):
        """In a session that runs: the first time that a query's columns are read, and from the cache."""
        inner = 5
        for turn in range(self.options.repeats):
            print(f"live, turn {turn + 1} of {self.options.repeats}", file=sys.stderr)
            for query in QUERIES:
                for file, threads in itertools.product(("zstd", "rntuple"), (1, 2)):
                    # The first statement opens the file and warms the code, on a column that no query reads.
                    text = ";".join(["SELECT sum(run) FROM events"] + [sql_of(query)] * inner)
                    command = self.hepframe(file, threads) + ["--stats", text]
                    first, *warm = self.stats_of(command, threads)[1:]
                    self.note(("live", f"hepframe, first touch, {file}", query, threads), first / 1e3)
                    for wall in warm if file == "zstd" else []:
                        self.note(("live", "hepframe, cached", query, threads), wall / 1e3)
                for name, file, command in self.peer_commands(query[1:], 1, repeats=inner):
                    for line in json_lines(run(command, 1)[3])[1:]:
                        self.note(("live", f"{name}, {file}", query, 1), line["loop"])

    def frames(self):
        """The ADL queries as programs of frames in a running session; many histograms booked at once."""
        inner = 5
        location = f"{self.path('zstd')}:Events"
        for turn in range(self.options.repeats):
            print(f"frames, turn {turn + 1} of {self.options.repeats}", file=sys.stderr)
            for query in QUERIES:
                for threads in (1, 2):
                    command = [self.options.frames, location, query.lower(), str(threads), str(inner)]
                    for line in json_lines(run(command, threads)[3]):
                        self.check_parts(query, "frames", line["histograms"])
                        kind = "cached" if line["rep"] else "first touch"
                        self.note(("live", f"hepframe, frames, {kind}", query, threads), line["wall_s"])
            for threads in (1, 2):
                for counts in MANY:
                    command = [self.options.many, location, str(threads), *map(str, counts)]
                    _, _, memory, text = run(command, threads)
                    for line in json_lines(text):
                        for what in ("book_s", "plan_s", "wall_s"):
                            self.note(("many", what, line["histograms"], threads), line[what], memory)

    def stats_of(self, command, threads):
        """Milliseconds of each statement."""

        def bind():
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bind, check=True)
        return [line["wall_ms"] for line in json_lines(done.stderr)]

    def peer_commands(self, number, threads, repeats=1):
        arguments = ["--query", number, "--threads", str(threads), "--repeat", str(repeats)]
        if "duckdb" in self.peers:
            yield "DuckDB", "parquet", [sys.executable, self.perf("adl_duckdb.py"), self.path("parquet")] + arguments
        if "rdf_compiled" in self.peers:
            for file in ("zstd", "rntuple"):
                program = [self.program("adl_rdf_compiled"), self.path(file), number, str(threads), str(repeats), "run", ""]
                yield "RDataFrame, compiled", file, program
        if "uproot" in self.peers and threads == 1:
            for file in ("zstd", "rntuple"):
                program = [sys.executable, self.perf("adl_uproot.py"), self.path(file)]
                yield "uproot and awkward", file, program + arguments
        if "rdf" in self.peers and threads == 1:
            yield "RDataFrame, JIT", "zstd", [sys.executable, self.perf("adl_rdf.py"), self.path("zstd")] + arguments

    def check(self, query, file, text):
        """The answer must be that of the reference, bin by bin."""
        self.check_parts(query, file, list(csv.reader(io.StringIO(text)))[1])

    def check_parts(self, query, file, row):
        for part, histogram in zip(PARTS.get(query, [query.lower()]), row, strict=True):
            with open(self.perf(f"reference_{part}.json")) as reference:
                reference = json.load(reference)
            want = [reference["underflow"], *reference["counts"], reference["overflow"]]
            if json.loads(histogram)["storage"]["values"] != want:
                raise RuntimeError(f"{part} on {file}: the histogram differs from the reference")

    def shapes(self):
        """Very wide, very many, very long."""
        subprocess.run([self.options.writer, self.options.data], check=True)
        at = lambda name: os.path.join(self.options.data, name)
        sql = [self.options.bin, "sql", "--format", "csv"]
        many = f"'{at('many')}/*.root:Events'"
        commands = {
            "one column of 10 000": sql + [f"SELECT avg(column_5000) FROM '{at('wide.root')}'"],
            "1 000 files, planned": sql + [f"EXPLAIN SELECT avg(MET_pt) FROM {many}"],
            "1 000 files, one column": sql + [f"SELECT avg(MET_pt) FROM {many}"],
            "10 million events, every column": [self.options.reader, f"{at('long.root')}:Events", "*", "2", "1"],
        }
        for _ in range(self.options.repeats):
            for name, command in commands.items():
                wall, cpu, memory, _ = run(command, 2)
                self.note(("shapes", "hepframe", name, "-", 2), wall, memory, cpu)

    # ---- tables

    def cell(self, key, scale=1e3):
        samples = self.samples.get(key)
        if not samples:
            return "-"
        seconds = [sample["s"] * scale for sample in samples]
        digits = 1 if min(seconds) < 20 else 0
        return f"{min(seconds):.{digits}f} ({statistics.median(seconds):.{digits}f})"

    def ratio(self, key, other):
        mine, theirs = self.samples.get(key), self.samples.get(other)
        if not mine or not theirs:
            return "-"
        return f"{min(s['s'] for s in mine) / min(s['s'] for s in theirs):.2f}"

    def report(self):
        lines = [
            f"Taken {datetime.date.today().isoformat()} on {cpu_model()}, {os.cpu_count()} cores, {platform.system()}.",
            "A million events; milliseconds, minimum (median); files in the page cache.",
        ]
        if any(key[0] == "columns" for key in self.samples):
            lines += ["", "### Columns, file to memory, in a running process", ""]
            lines += ["| codec | columns | hepframe, 1 thread | raw floor | ratio | uproot | ratio | hepframe, 2 threads | to 1 thread | floor, 2 threads to 1 |"]
            lines += ["|---" * 10 + "|"]
            for codec in [*CODECS, "rntuple"]:
                for query in COLUMNS:
                    key = lambda name, threads=1: ("columns", name, codec, query, threads)
                    cells = [codec, query, self.cell(key("hepframe")), self.cell(key("floor"))]
                    cells += [self.ratio(key("hepframe"), key("floor")), self.cell(key("uproot"))]
                    cells += [self.ratio(key("hepframe"), key("uproot")), self.cell(key("hepframe", 2))]
                    cells += [self.ratio(key("hepframe", 2), key("hepframe"))]
                    cells += [self.ratio(key("floor", 2), key("floor"))]
                    lines.append("| " + " | ".join(cells) + " |")
        rows = sorted({(not k[1].startswith("hepframe"), k[1], k[3]) for k in self.samples if k[0] == "live"})
        if rows:
            lines += ["", "### ADL queries in a running session, TTree and RNTuple with ZSTD", ""]
            lines += ["| program | threads | " + " | ".join(QUERIES) + " |", "|---" * (2 + len(QUERIES)) + "|"]
            for _, name, threads in rows:
                cells = [self.cell(("live", name, query, threads)) for query in QUERIES]
                lines.append("| " + " | ".join([name, str(threads), *cells]) + " |")
        rows = sorted({(k[1] != "hepframe", k[1], k[2], k[4]) for k in self.samples if k[0] == "answers"})
        if rows:
            lines += ["", "### Whole process, start to answer", ""]
            lines += ["| program | file | threads | " + " | ".join(QUERIES) + " | most memory, MB |", "|---" * (4 + len(QUERIES)) + "|"]
            for _, name, file, threads in rows:
                keys = [("answers", name, file, query, threads) for query in QUERIES]
                most = max(sample["mb"] for key in keys for sample in self.samples.get(key, [{"mb": 0}]))
                cells = [name, file, str(threads), *(self.cell(key) for key in keys), f"{most:.0f}"]
                lines.append("| " + " | ".join(cells) + " |")
        rows = sorted({(k[2], k[3]) for k in self.samples if k[0] == "many"})
        if rows:
            lines += ["", "### Weighted histograms booked on frames, one scan, read from the file", ""]
            lines += ["| histograms | threads | booked | planned, and run over one event | run over all | most memory, MB |"]
            lines += ["|---|---|---|---|---|---|"]
            for count, threads in rows:
                keys = [("many", what, count, threads) for what in ("book_s", "plan_s", "wall_s")]
                most = max(sample["mb"] for key in keys for sample in self.samples[key])
                cells = [str(count), str(threads), *(self.cell(key) for key in keys), f"{most:.0f}"]
                lines.append("| " + " | ".join(cells) + " |")
        if any(key[0] == "shapes" for key in self.samples):
            lines += ["", "### Wide, many, long: whole process, 2 threads", "", "| what | ms | most memory, MB |", "|---|---|---|"]
            for key, samples in self.samples.items():
                if key[0] == "shapes":
                    most = max(sample["mb"] for sample in samples)
                    lines.append(f"| {key[2]} | {self.cell(key)} | {most:.0f} |")
        return "\n".join(lines) + "\n"


def cpu_model():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def peers_there_are(perf):
    has = lambda *names: all(importlib.util.find_spec(name) for name in names)
    peers = []
    if has("ROOT"):
        peers += ["floor", "rdf_compiled", "rdf"]
    if has("uproot", "awkward", "numpy"):
        peers.append("uproot")
    if has("duckdb", "numpy"):
        peers.append("duckdb")
    return ",".join(peers) if os.path.isdir(perf) else ""


def main():
    release = os.path.join(HERE, "..", "target", "release")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder for the events")
    parser.add_argument("--perf", default=os.path.join(HERE, "..", "..", "shared", "perf"), help="folder of the peers")
    parser.add_argument("--bin", default=os.path.join(release, "hepframe"))
    parser.add_argument("--reader", default=os.path.join(release, "examples", "read_columns"))
    parser.add_argument("--writer", default=os.path.join(release, "examples", "bench_files"))
    parser.add_argument("--frames", default=os.path.join(release, "examples", "adl_frames"))
    parser.add_argument("--many", default=os.path.join(release, "examples", "many_histograms"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="columns,live,answers,frames,shapes")
    parser.add_argument("--peers", help="floor,uproot,duckdb,rdf_compiled,rdf; all that are installed if left out")
    parser.add_argument("--out", help="write the table here too")
    options = parser.parse_args()
    if options.peers is None:
        options.peers = peers_there_are(options.perf)
    if not os.path.exists(os.path.join(options.perf, "make_events.py")):
        sys.exit(f"{options.perf} is not there: it makes the events and holds the peers (--perf)")
    for program in (options.bin, options.reader, options.writer, options.frames, options.many):
        if not os.path.exists(program):
            sys.exit(f"{program} is missing: cargo build --release -p hepframe-cli -p hepframe-root-write --bins --examples")
    bench = Bench(options)
    bench.prepare()
    for part in options.only.split(","):
        getattr(bench, part)()
    report = bench.report()
    print(report)
    if options.out:
        with open(options.out, "w") as out:
            out.write(report)
    records = [{"key": key, "samples": samples} for key, samples in bench.samples.items()]
    with open(os.path.join(options.data, "results.json"), "w") as out:
        json.dump(records, out, indent=1)


if __name__ == "__main__":
    main()
