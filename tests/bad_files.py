#!/usr/bin/env python3
"""Read damaged copies of good files; fail on a panic, a signal, a hang or too much memory.

usage: bad_files.py --data DIR --bin HEPFRAME [--jobs N] [-v]

DIR/make_bad.py derives some 300 damaged files from each good one and says what may become of them:
`good` must still read, `error` and `any` may be refused or read. Standard library only.
"""
import argparse
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading

# One of every leaf type, one of vectors and strings, one with many branches; RNTuples of nested
# fields, of all numbers, of variants and values that are not there. One tree each.
GOOD_FILES = ["tt_basic_types_s1.root", "tt_stl_s1.root", "uproot-HZZ-zlib.root"]
GOOD_FILES += ["rn_nested_s1.root", "rn_types_s1.root", "rn_nullable_variant_s1.root"]
TIME_LIMIT_S = 5
MEMORY_LIMIT_KIB = 1 << 20


def run(command):
    """Exit status, largest memory in KiB, what it said, whether it ran too long."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        late = threading.Event()

        def stop():
            late.set()
            os.kill(process.pid, signal.SIGKILL)

        timer = threading.Timer(TIME_LIMIT_S, stop)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, usage.ru_maxrss, said.read().decode(errors="replace"), late.is_set()


def judge(binary, path, record):
    """Problems with one damaged file, and the most memory it took."""
    problems, most = [], 0
    with tempfile.NamedTemporaryFile(suffix=".arrow") as answer:
        commands = {
            "sql": [binary, "sql", "-o", answer.name, f"SELECT * FROM '{path}'"],
            "inspect": [binary, "inspect", path, "--json"],
        }
        for name, command in commands.items():
            status, memory, said, late = run(command)
            most = max(most, memory)
            if late:
                problems.append(f"{name}: more than {TIME_LIMIT_S} s")
            elif status < 0:
                problems.append(f"{name}: signal {-status}")
            elif status == 101 or "panicked at" in said:
                problems.append(f"{name}: panic: {said.strip()[:300]}")
            elif status != 0 and not said.strip():
                problems.append(f"{name}: failed without a word")
            elif status != 0 and record["expect"] == "good":
                problems.append(f"{name}: refused a good file: {said.strip()[:300]}")
            if memory > MEMORY_LIMIT_KIB:
                problems.append(f"{name}: {memory >> 10} MiB of memory")
    return problems, most


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()

    failed, count, most = 0, 0, 0
    for good in GOOD_FILES:
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            make = [sys.executable, f"{options.data}/make_bad.py", f"{options.data}/files/{good}", folder]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
            with open(f"{folder}/manifest.jsonl") as lines:
                records = [json.loads(line) for line in lines]
            outcomes = pool.map(lambda record: judge(options.bin, f"{folder}/{record['file']}", record), records)
            for record, (problems, memory) in zip(records, outcomes):
                count += 1
                failed += bool(problems)
                most = max(most, memory)
                for problem in problems:
                    print(f"{good} {record['file']}: {problem}")
                if options.verbose and not problems:
                    print(f"{good} {record['file']}: fine")
    print(f"damaged files: {count} read, {failed} badly; at most {most >> 10} MiB of memory")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
