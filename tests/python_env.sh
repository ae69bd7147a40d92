#!/usr/bin/env bash
# Makes a Python environment under target/python with packages from PyPI; prints its interpreter.
#
# usage: tests/python_env.sh NAME PACKAGE ...
set -euo pipefail
name=$1
shift
place="$(cd "$(dirname "$0")/.." && pwd)/target/python/$name"
wanted="$*"

if [ ! -x "$place/bin/python" ] || [ "$(cat "$place/.wanted" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$place"
    mkdir -p "$place"
    echo "installing $wanted under target/python/$name" >&2
    if ! python3 -m venv "$place" >&2; then
        echo "python3 cannot make environments; install that part: apt install python3-venv" >&2
        exit 1
    fi
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    printf %s "$wanted" >"$place/.wanted"
fi
echo "$place/bin/python"
