#!/usr/bin/env python3
"""Measure the column cache and the cluster; print Markdown tables.

usage: cluster.py --data DIR [--repeats N] [--only cache,cluster,scaling,memory] [--executors 1,2,4,8,16] [--out FILE.md]

Needs a release build of hepframe and the events that benches/run.py makes in DIR.

cache    one process, one thread: without a cache, filling it, from it; the ADL queries, and all columns of Q6 counted
cluster  the same on a scheduler and two executors of one slot: fill, warm, what warm costs more than in one process, and
         which share of the tasks ran where their columns are, also after an executor was killed and started again
scaling  the same warm and cold on 1, 2, 4 .. single-slot executors, as far as the machine has cores
memory   resident memory of an executor with two slots and a cache of 256 MiB, over 100 queries that want 1 GiB of columns
"""
import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from run import HERE, sql_of as adl

SUM = "SELECT " + ", ".join(
    f"sum(array_length({column}))" for column in ["Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass", "Jet_btag"]
) + " FROM {table}"
# Columns of more than 1 GiB over ten million events, five of them for each query in turn.
MANY_COLUMNS = ["Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass", "Jet_btag", "Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass",
                "MET_pt", "MET_phi", "nJet"]
MEMORY_QUERIES = 100
QUERIES = ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q6 columns"]


def sql_of(query, table):
    if query == "Q6 columns":
        return SUM.format(table=table)
    return adl(query).replace("FROM events", f"FROM {table}")


def statements(hepframe, options, sql, times):
    """The numbers of each of `times` runs of a statement in one session."""
    text = ";".join([sql] * times)
    command = [hepframe, *options, "sql", "--stats", "--format", "csv", text]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    # The warming statement has no histogram.
    answers = [line for line in done.stdout.splitlines() if "uhi_schema" in line]
    if len(set(answers)) > 1:
        sys.exit(f"answers differ from run to run: {sql}")
    return lines


def shown(milliseconds):
    low, middle = min(milliseconds), statistics.median(milliseconds)
    return f"{low:.1f} ({middle:.1f})" if low < 20 else f"{low:.0f} ({middle:.0f})"


class Cluster:
    """`hepframe cluster` on this machine."""

    def __init__(self, hepframe, executors, cache_bytes="2GiB", slots=1):
        self.work = tempfile.TemporaryDirectory()
        command = [hepframe, "cluster", "--executors", str(executors), "--slots", str(slots), "--port", "0"]
        command += ["--cache-bytes", cache_bytes, "--work-dir", self.work.name, "--log", "warn"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.work.cleanup()

    def placed(self):
        """Tasks by where they ran: at home, elsewhere, anywhere."""
        page = urllib.request.urlopen(self.url.replace("hepframe://", "http://") + "/metrics").read().decode()
        found = re.findall(r'hepframe_tasks_placed_total\{place="(\w+)"\} (\S+)', page)
        return {place: float(number) for place, number in found}

    def executor_pid(self):
        pattern = f"executor --scheduler={self.url}.*--name=e1 "
        found = subprocess.run(["pgrep", "-f", "--", pattern], capture_output=True, text=True, check=True)
        return found.stdout.split()[0]

    def kill_one_executor(self):
        """kill -9; the cluster starts it again."""
        pattern = f"executor --scheduler={self.url}.*--name=e1 "
        subprocess.run(["pkill", "-9", "-f", "--", pattern], check=True)
        time.sleep(4)


def table(title, header, rows):
    lines = [f"### {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def cache(options):
    rows = []
    for query in QUERIES:
        sql = sql_of(query, f"'{options.table}'")
        threads = ["--threads", "1"]
        without = statements(options.hepframe, threads + ["--cache-bytes", "0"], sql, options.repeats + 1)[1:]
        fills, warm = [], []
        for _ in range(options.repeats):
            # The first statement opens the file and warms the code; a bystander does that here.
            runs = statements(options.hepframe, threads, f"SELECT sum(nElectron) FROM '{options.table}';{sql};{sql};{sql}", 1)
            fills.append(runs[1]["wall_ms"])
            warm += runs[2:]
        filled = min(fills) / min(run["wall_ms"] for run in without)
        rows.append([
            query,
            shown([run["wall_ms"] for run in without]),
            shown(fills),
            f"{filled:.2f}",
            shown([run["wall_ms"] for run in warm]),
            str(sum(run["bytes_read"] for run in warm)),
        ])
    header = ["query", "without cache", "filling it", "ratio", "from the cache", "bytes read then"]
    return table("Column cache, one process, one thread", header, rows)


def cluster(options):
    rows, shares = [], []
    with Cluster(options.hepframe, 2) as running:
        there = ["--cluster", running.url]
        for query in QUERIES:
            sql = sql_of(query, f"'{options.table}'")
            here = statements(options.hepframe, ["--threads", "2"], sql, options.repeats + 2)[2:]
            runs = statements(options.hepframe, there, sql, 2)
            before = running.placed()
            warm = statements(options.hepframe, there, sql, options.repeats + 1)[1:]
            after = running.placed()
            home = after.get("home", 0) - before.get("home", 0)
            away = after.get("elsewhere", 0) - before.get("elsewhere", 0)
            shares.append(home / max(home + away, 1))
            overhead = statistics.median(r["wall_ms"] for r in warm) - statistics.median(r["wall_ms"] for r in here)
            rows.append([
                query,
                shown([run["wall_ms"] for run in here]),
                f"{runs[0]['wall_ms']:.0f}",
                shown([run["wall_ms"] for run in warm]),
                f"{overhead:.0f}",
                str(sum(run["bytes_read"] for run in warm)),
                f"{100 * shares[-1]:.0f} %",
            ])
        header = ["query", "one process, warm", "cluster, first", "cluster, warm", "costs more", "bytes read", "at home"]
        text = table("Two executors of one slot, against one process of two threads", header, rows)

        sql = sql_of("Q6 columns", f"'{options.table}'")
        whole = statements(options.hepframe, ["--threads", "2", "--cache-bytes", "0"], sql, 1)[0]["bytes_read"]
        running.kill_one_executor()
        again = statements(options.hepframe, there, sql, 3)
        text += (
            f"\nAfter `kill -9` of one executor, which came back: the next run of `Q6 columns` read"
            f" {again[0]['bytes_read'] / 1e6:.1f} of {whole / 1e6:.1f} MB, the one after it {again[1]['bytes_read']} bytes.\n"
        )
    return text


def scaling(options):
    cores = len(os.sched_getaffinity(0))
    rows, one = [], {}
    for executors in options.executors:
        if executors > cores:
            continue
        with Cluster(options.hepframe, executors, cache_bytes="4GiB") as running:
            there = ["--cluster", running.url]
            for query in ["Q2", "Q6 columns"]:
                sql = sql_of(query, f"'{options.long_table}'")
                runs = statements(options.hepframe, there, sql, options.repeats + 1)
                cold, warm = runs[0]["wall_ms"], statistics.median(run["wall_ms"] for run in runs[1:])
                one.setdefault(query, (cold * executors, warm * executors))
                ideal = [whole / executors for whole in one[query]]
                rows.append([
                    str(executors), query, f"{cold:.0f}", f"{100 * ideal[0] / cold:.0f} %",
                    f"{warm:.0f}", f"{100 * ideal[1] / warm:.0f} %",
                ])
    header = ["executors", "query", "first", "efficiency", "warm", "efficiency"]
    return table(f"Scaling, ten million events, one slot per executor, {cores} cores", header, rows)


def resident_mib(pid):
    """Memory of a process: its own, and mapped files, which are its program."""
    with open(f"/proc/{pid}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return tuple(int(status[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))


class Watch(threading.Thread):
    """Looks at the memory of a process, fifty times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen, self.done = pid, [resident_mib(pid)], threading.Event()
        self.start()

    def run(self):
        while not self.done.wait(0.02):
            self.seen.append(resident_mib(self.pid))

    def stop(self):
        self.done.set()
        self.join()
        return self.seen


def memory(options):
    budget = 256
    with Cluster(options.hepframe, 1, cache_bytes=f"{budget}MiB", slots=2) as running:
        watch = Watch(running.executor_pid())
        bytes_read, began = 0, time.perf_counter()
        for number in range(MEMORY_QUERIES):
            columns = [MANY_COLUMNS[(number * 5 + i) % len(MANY_COLUMNS)] for i in range(5)]
            sums = [f"sum(array_length({c}))" if "_" in c and "MET" not in c else f"sum({c})" for c in columns]
            sql = f"SELECT {', '.join(sums)} FROM '{options.long_table}'"
            bytes_read += statements(options.hepframe, ["--cluster", running.url], sql, 1)[0]["bytes_read"]
        seconds = time.perf_counter() - began
        seen = watch.stop()
    own, whole = [anonymous for anonymous, _ in seen], [sum(both) for both in seen]
    rows = [[f"{sum(seen[0]):.0f}", f"{statistics.median(own):.0f}", f"{max(own):.0f}", f"{max(file for _, file in seen):.0f}",
             f"{statistics.median(whole) / budget:.2f}", f"{max(whole) / budget:.2f}", f"{bytes_read / 1e9:.1f} GB", f"{seconds:.0f} s"]]
    header = ["at start", "anonymous, median", "most", "program", "all to the budget, median", "most", "read", "took"]
    title = f"Resident memory of an executor, MiB: cache of {budget} MiB, two slots, {MEMORY_QUERIES} queries"
    return table(title, header, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--only", default="cache,cluster,scaling,memory")
    parser.add_argument("--executors", default="1,2,4,8,16")
    parser.add_argument("--out")
    parser.add_argument("--hepframe", default=os.path.join(HERE, "../target/release/hepframe"))
    options = parser.parse_args()
    options.executors = [int(number) for number in options.executors.split(",")]
    events = os.path.abspath(os.path.join(options.data, "events_ttree_zstd.root"))
    options.table = f"{events}:Events"
    long = os.path.join(os.path.dirname(events), "long")
    os.makedirs(long, exist_ok=True)
    for number in range(10):
        link = os.path.join(long, f"part{number}.root")
        if not os.path.exists(link):
            os.link(events, link)
    options.long_table = f"{long}/*.root:Events"
    parts = {"cache": cache, "cluster": cluster, "scaling": scaling, "memory": memory}
    text = "\n".join(parts[name](options) for name in options.only.split(","))
    print(text)
    if options.out:
        with open(options.out, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
