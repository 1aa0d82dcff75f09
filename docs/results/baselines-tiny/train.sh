#!/bin/sh
# Trains every learned baseline of docs/results/baselines-tiny on its six tasks, under one budget. Can be stopped and started again.
#
#   SYNERBENCH=build/release/app/synerbench STORE=store OUT=weights BUDGET=seconds:60 JOBS=2 docs/results/baselines-tiny/train.sh [METHOD-sSEED ...]
#
# Weights go to OUT/<method>-s<seed>/, what a training says to OUT/log/. With arguments only those are trained: pix2pix-s1 flow_unet-s1.
set -eu
: "${SYNERBENCH:=synerbench}" "${STORE:?the slice store}" "${OUT:?folder for the weights}" "${BUDGET:=seconds:60}" "${JOBS:=2}"
# One thread for each training: the budget is processor time of one core.
export SYNERBENCH STORE OUT BUDGET OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
mkdir -p "$OUT/log"

TASKS="brain-cbct-to-ct brain-mr-to-ct brain-ct-to-mr wb-ct-to-pet brats-t1-to-t2 brats-t1-to-t1c"
PAIRS="brain-cbct-to-ct brain-mr-to-ct,brain-ct-to-mr wb-ct-to-pet brats-t1-to-t2 brats-t1-to-t1c"
ALL="$(echo $TASKS | tr ' ' ,)"

# Slices per update. Published: 1 for most, 2 for RCD, 8 (gradients of 16) for BBDM. A processor takes nearly as long for a batch as for its
# slices one by one, so small batches make the most of a small budget.
batch_of() { case $1 in rcd) echo 2 ;; healthgpt | flow_unet) echo 4 ;; *) echo 1 ;; esac }

jobs_of() {  # METHOD SEED: a line per training
  case $1 in
    flow_unet | healthgpt) groups=$ALL ;;
    cyclegan | syndiff) groups=$PAIRS ;;
    *) groups=$TASKS ;;
  esac
  for tasks in $groups; do echo "$1 $2 $(batch_of "$1") $tasks"; done
}

train_one() {  # METHOD SEED BATCH TASK,TASK,...
  log="$OUT/log/$1-s$2-${4%%,*}.log"
  "$SYNERBENCH" train --model "$1" --seed "$2" --suite synermed22 --canvas 64:pad --store "$STORE" $(echo "--task $4" | sed 's/,/ --task /g') \
    --out "$OUT/$1-s$2" --budget "$BUDGET" --config '{"preset": "tiny"}' --recipe "{\"batch\": $3, \"augmentation\": \"flip\"}" \
    --validation-slices 12 --resume >"$log" 2>&1 || echo "failed: $log" >&2
}

if [ "${1:-}" = --one ]; then
  shift
  train_one "$@"
  exit
fi
[ $# -gt 0 ] || set -- flow_unet-s1 healthgpt-s1 bbdm-s1 syndiff-s1 cyclegan-s1 resvit-s1 rcd-s1 pix2pix-s1 \
  pix2pix-s2 cyclegan-s2 resvit-s2 syndiff-s2 rcd-s2 pix2pix-s3 cyclegan-s3 resvit-s3 syndiff-s3 rcd-s3
for name in "$@"; do jobs_of "${name%-s*}" "${name##*-s}"; done | xargs -P "$JOBS" -L 1 "$0" --one
