#!/usr/bin/env bash
# Builds the wheel of the Python package into target/wheels: for Python 3.10 and later, glibc 2.28 and later.
#
# Zig links it, because it knows the symbols of old versions of glibc; the one of this machine may be newer.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
place="$root/target/python/wheel"
cd "$root"

if ! "$place/bin/python" -c "import maturin, ziglang" 2>/dev/null; then
    mkdir -p "$place"
    python3 -m venv "$place" || {
        echo "python3 has no venv; install it: apt install python3-venv" >&2
        exit 1
    }
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check "maturin>=1.9,<2" ziglang
fi
PATH="$place/bin:$PATH" "$place/bin/maturin" build --manifest-path crates/python/Cargo.toml --profile dist --locked \
    --compatibility manylinux_2_28 --zig --out target/wheels
