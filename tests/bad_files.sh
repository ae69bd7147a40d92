#!/usr/bin/env bash
# Damaged files must give an error or an answer: no panic, no hang, no more than 1 GiB of memory.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${HEPFRAME_REFERENCE_DATA:-../shared/data}

if [ ! -f "$data/make_bad.py" ]; then
    echo "damaged files: $data is not there, skipped"
    exit 0
fi
python3 tests/bad_files.py --data "$data" --bin target/debug/hepframe
