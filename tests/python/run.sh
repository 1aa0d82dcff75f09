#!/usr/bin/env bash
# Runs a file of Python tests: run.sh FILE REPOSITORY REFERENCE SYNERBENCH PACKAGE. Exit code 77, "skipped", without what it needs.
set -uo pipefail
file=$1 repository=$2 reference=$3 synerbench=$4 package=$5
python=${PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: $python has no NumPy (PYTHON=..., or PYTHONPATH, names one that has)"; exit 77; }
# What a test needs beside NumPy: the compiled package, or packages of others and the program.
compiled="" needs=""
case $file in
  serve_test.py) ;;
  onnx_test.py) needs="onnx onnxruntime" ;;
  tensorboard_test.py) needs=tensorboard ;;
  aoti_test.py) needs=torch ;;
  hub_test.py) needs="yaml huggingface_hub" ;;
  *) compiled=yes ;;
esac
if [ -n "$compiled" ] && [ -z "$package" ]; then
  echo "skipped: built without SYNERBENCH_PYTHON; tools/python-wheel.sh --test runs this on a wheel"; exit 77
fi
if [ -n "$needs" ] && [ -z "$synerbench" ]; then echo "skipped: no program was built"; exit 77; fi
for module in $needs; do
  "$python" -c "import $module" 2>/dev/null || { echo "skipped: $python has no $module"; exit 77; }
done
export PYTHONPATH=${package:-$repository/python}${PYTHONPATH:+:$PYTHONPATH} PYTHONDONTWRITEBYTECODE=1
export SYNERBENCH_REPOSITORY=$repository SYNERBENCH_REFERENCE=$reference SYNERBENCH_PROGRAM=$synerbench
cd "$repository/tests/python" && exec "$python" "$file"
