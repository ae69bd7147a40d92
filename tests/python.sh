#!/usr/bin/env bash
# Runs Python with some packages from PyPI, installing them under target/ if they are not there.
#
# usage: tests/python.sh "PACKAGE ..." SCRIPT [ARGUMENT ...]
set -euo pipefail
packages=$1
shift
place="$(cd "$(dirname "$0")/.." && pwd)/target/python"

has_all() {
    # shellcheck disable=SC2086
    "$@" -c "import ${packages// /, }" 2>/dev/null
}

if has_all python3; then
    exec python3 "$@"
fi
if [ -x "$place/venv/bin/python" ] && has_all "$place/venv/bin/python"; then
    exec "$place/venv/bin/python" "$@"
fi
export PYTHONPATH="$place/packages${PYTHONPATH:+:$PYTHONPATH}"
if [ -d "$place/packages" ] && has_all python3; then
    exec python3 "$@"
fi

mkdir -p "$place"
echo "installing $packages under target/python" >&2
# Debian splits venv and pip off from python3: take what is there.
if python3 -m venv "$place/venv" >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    "$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check $packages
    unset PYTHONPATH
    exec "$place/venv/bin/python" "$@"
fi
rm -rf "$place/venv"
if python3 -m pip --version >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    python3 -m pip install --quiet --disable-pip-version-check --target "$place/packages" $packages
    exec python3 "$@"
fi
echo "python3 has neither venv nor pip; install one: apt install python3-venv" >&2
exit 1
