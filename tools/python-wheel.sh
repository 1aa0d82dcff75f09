#!/usr/bin/env bash
# Builds the Python package's wheel and uses it in a fresh virtual environment.
#   tools/python-wheel.sh [FOLDER]                        leaves the wheel in FOLDER (default: dist)
#   tools/python-wheel.sh --test REFERENCE [SYNERBENCH]   leaves nothing, and runs tests/python/package_test.py on the wheel
# PYTHON names another Python than python3. Exit code 77 ("skipped") where pip gets no packages.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH
out=$work/wheel test=
if [ "${1:-}" = --test ]; then test=$2 program=${3:-}; else out=${1:-$repository/dist}; fi

"$python" -m venv "$work/build" || { echo "skipped: $python makes no virtual environments"; exit 77; }
"$work/build/bin/pip" download -q --no-deps -d "$work" nanobind >/dev/null 2>&1 || { echo "skipped: pip gets no packages"; exit 77; }
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
echo "build   a wheel of $repository"
"$work/build/bin/pip" wheel -q --no-deps -w "$out" "$repository"
ls -l "$out"/synerbench-*.whl

echo "install it where there is nothing else"
"$python" -m venv "$work/fresh"
"$work/fresh/bin/pip" install -q "$out"/synerbench-*.whl
cd "$work"
"$work/fresh/bin/python" - <<'END'
import numpy, synerbench
image = numpy.random.default_rng(1).random((64, 64))
print("use    ", *synerbench.compare("synermed-2d@2", image, 0.9 * image).values(), sep="  ")
print("has    ", len(synerbench.protocols()), "protocols, and", *sorted(synerbench.__all__))
END
[ -z "$test" ] && exit 0
# The frames of results are tested where pandas can be had.
"$work/fresh/bin/pip" install -q pandas || echo "note    no pandas: frames are not tested"
export SYNERBENCH_REPOSITORY=$repository SYNERBENCH_REFERENCE=$test SYNERBENCH_PROGRAM=$program PYTHONDONTWRITEBYTECODE=1
cd "$repository/tests/python"
"$work/fresh/bin/python" package_test.py
"$work/fresh/bin/python" tutorial_test.py
