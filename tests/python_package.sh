#!/usr/bin/env bash
# Builds the Python package in place and runs its tests: pytest, and every example of its docstrings.
#
# usage: tests/python_package.sh [OPTION OF PYTEST ...]
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
cd "$root"

# With the whole workspace, so that nothing is built twice with other features.
"${CARGO:-cargo}" build --workspace --locked
# These write the files with a branch of every type, and a field of every kind, that tests read.
"${CARGO:-cargo}" build --workspace --locked --example every_type --example every_field
built=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
cp -f "$built/libhepframe_native.so" crates/python/python/hepframe/_native.abi3.so.new
mv -f crates/python/python/hepframe/_native.abi3.so.new crates/python/python/hepframe/_native.abi3.so

python=$(tests/python_packages.sh)
cd crates/python
export PYTHONPATH="$PWD/python" MPLBACKEND=agg
export HEPFRAME_COMMAND="$built/hepframe" HEPFRAME_EVERY_TYPE="$built/examples/every_type"
export HEPFRAME_EVERY_FIELD="$built/examples/every_field"
"$python" -m pytest tests --ignore tests/browser "$@"
"$python" -m pytest --doctest-modules python/hepframe "$@"
