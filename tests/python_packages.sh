#!/usr/bin/env bash
# Makes the environment for testing the Python package, with what its pyproject.toml names; prints its interpreter.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
place="$root/target/python/package"
project="$root/crates/python/pyproject.toml"

if [ ! -x "$place/bin/python" ] || ! cmp -s "$project" "$place/pyproject.toml"; then
    rm -rf "$place"
    mkdir -p "$place"
    if ! python3 -m venv "$place" >&2; then
        echo "python3 cannot make environments; install that part: apt install python3-venv" >&2
        exit 1
    fi
    echo "installing packages for the tests under target/python/package" >&2
    # pip reads TOML on every version of Python.
    "$place/bin/python" - "$project" >"$place/wanted.txt" <<'PYTHON'
import sys
from pip._vendor import tomli

with open(sys.argv[1], "rb") as file:
    project = tomli.load(file)["project"]
print("\n".join([*project["dependencies"], *project["optional-dependencies"]["test"]]))
PYTHON
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check -r "$place/wanted.txt" >&2
    cp "$project" "$place/pyproject.toml"
fi
echo "$place/bin/python"
