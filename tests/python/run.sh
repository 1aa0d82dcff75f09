#!/usr/bin/env bash
# Runs a file of Python tests: run.sh FILE REPOSITORY REFERENCE SYNERBENCH PACKAGE. Exit code 77, "skipped", without what it needs.
set -uo pipefail
file=$1 repository=$2 reference=$3 synerbench=$4 package=$5
python=${PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no NumPy (PYTHON=..., or PYTHONPATH, names one that has)"; exit 77; }
if [ "$file" != serve_test.py ] && [ -z "$package" ]; then
  echo "skipped: built without SYNERBENCH_PYTHON; tools/python-wheel.sh --test runs this on a wheel"; exit 77
fi
export PYTHONPATH=${package:-$repository/python}${PYTHONPATH:+:$PYTHONPATH} PYTHONDONTWRITEBYTECODE=1
export SYNERBENCH_REPOSITORY=$repository SYNERBENCH_REFERENCE=$reference SYNERBENCH_PROGRAM=$synerbench
cd "$repository/tests/python" && exec "$python" "$file"
