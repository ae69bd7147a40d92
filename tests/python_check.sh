#!/usr/bin/env bash
# Formatting, lints and types of the Python package.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
python=$("$root/tests/python_packages.sh")
cd "$root/crates/python"
"$python" -m ruff format --check .
"$python" -m ruff check .
"$python" -m pyright --pythonpath "$python"
