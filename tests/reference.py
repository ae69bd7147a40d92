#!/usr/bin/env python3
"""Compare what hepframe reads with reference values; know the references that are wrong themselves.

usage: reference.py --data DIR --bin HEPFRAME

Runs DIR/compare_reference.py over every TTree and RNTuple. Whatever it calls wrong fails, unless reference_doubts.tsv has the
same file, tree, branch and difference: a reference that was looked into and found wrong. Each of those is printed.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def doubts():
    """What the comparison says, and why it is mistaken."""
    with open(os.path.join(HERE, "reference_doubts.tsv"), newline="") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {(row["file"], row["tree"], row["branch"], row["difference"]): row["why"] for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--bin", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = os.path.join(folder, "outcome.json")
        command = [sys.executable, "-W", "ignore", f"{options.data}/compare_reference.py"]
        command += ["--bin", options.bin, "--dir", f"{options.data}/files", "--json", outcome]
        subprocess.run(command)
        if not os.path.exists(outcome):
            sys.exit("reference values: the comparison itself failed")
        with open(outcome) as lines:
            outcome = json.load(lines)
    known = doubts()
    totals = outcome["totals"]
    failed = totals.get("crashed", 0) + totals.get("hung", 0)
    for file, tree, branch, why in outcome["problems"]:
        if why.startswith(("crash", "ran past")):
            print(f"{file} {tree}: {why}")
        if not why.startswith("WRONG ") and "rows instead of" not in why:
            continue
        doubt = known.pop((file, tree, branch, why.removeprefix("WRONG ")), None)
        if doubt:
            print(f"reference in doubt: {file} {tree} {branch}: {why.removeprefix('WRONG ')}; {doubt}")
        else:
            failed += 1
            print(f"wrong: {file} {tree} {branch}: {why}")
    for file, tree, branch, difference in known:
        print(f"no longer seen, remove it from reference_doubts.tsv: {file} {tree} {branch}: {difference}")
    if totals.get("right", 0) == 0:
        sys.exit("reference values: nothing was compared")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
