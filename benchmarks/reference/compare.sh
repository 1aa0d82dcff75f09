#!/usr/bin/env bash
# The reference model against its Python reference implementation, in turns (A B A B ...), so that both meet the same machine.
#   compare.sh path/to/reference_benchmark SIZE [THREADS] [ROUNDS] [REPETITIONS]        SIZE: tiny, small
# Wall clock is only comparable on an idle machine; CPU time also on a shared one.
set -euo pipefail
program=$1 size=$2 threads=${3:-1} rounds=${4:-3} repetitions=${5:-5}
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}  # Debian's, with python3-torch: the same LibTorch as the program
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMP_NUM_THREADS=$threads OMP_WAIT_POLICY=passive
"$program" --make "$size" "$folder/model"
for what in train sample; do  # one program each: the peak of memory is a process's
  for ((round = 1; round <= rounds; ++round)); do
    echo "-- $size, $what, $threads threads, round $round"
    echo -n "C++     "
    "$program" "$folder/model" --what $what --threads "$threads" --repetitions "$repetitions" | grep step
    echo -n "Python  "
    "$python" "$here/../python/reference_pytorch.py" "$folder/model" --what $what --threads "$threads" --repetitions "$repetitions" | grep step
  done
done
