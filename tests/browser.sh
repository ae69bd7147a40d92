#!/usr/bin/env bash
# Runs JupyterLab in a headless Chromium and looks at what a notebook shows; screenshots in target/browser.
#
# usage: tests/browser.sh [OPTION OF PYTEST ...]
#
# The extension must lie in crates/python/python/hepframe. Packages from PyPI go to target/python.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
place="$root/target/python/browser"

if ! command -v chromium chromium-browser google-chrome >/dev/null; then
    echo "no Chromium on this machine, the browser test is left out: apt install chromium" >&2
    exit 0
fi
if ! "$place/bin/python" -c "import hist, jupyterlab, matplotlib, playwright, pyarrow, pytest" 2>/dev/null; then
    mkdir -p "$place"
    echo "installing jupyterlab, playwright and others under target/python/browser" >&2
    python3 -m venv "$place" || {
        echo "python3 has no venv; install it: apt install python3-venv" >&2
        exit 1
    }
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check \
        hist jupyterlab matplotlib playwright pyarrow pytest
fi
cd "$root/crates/python"
exec "$place/bin/python" -m pytest -ra tests/browser "$@"
