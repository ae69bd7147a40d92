#!/usr/bin/env bash
# Compares what hepframe reads with reference values of real files, where those are at hand.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${HEPFRAME_REFERENCE_DATA:-../shared/data}

if [ ! -f "$data/compare_reference.py" ]; then
    echo "reference values: $data is not there, skipped"
    exit 0
fi
echo "reference values: comparing every tree of $data/files"
tests/python.sh "pyarrow awkward numpy" tests/reference.py --data "$data" --bin target/debug/hepframe
