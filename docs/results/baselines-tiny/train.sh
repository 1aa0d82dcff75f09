#!/bin/sh
# Trains every learned baseline of docs/results/baselines-tiny on its six tasks, under one budget. Can be stopped and started again.
#
#   SYNERBENCH=build/release/app/synerbench STORE=store OUT=weights BUDGET=seconds:60 JOBS=2 docs/results/baselines-tiny/train.sh [NAME-sSEED ...]
#
# Weights go to OUT/<name>-s<seed>/, what a training says to OUT/log/. With arguments only those are trained: pix2pix-s1 flow_unet-s1.
set -eu
: "${SYNERBENCH:=synerbench}" "${STORE:?the slice store}" "${OUT:?folder for the weights}" "${BUDGET:=seconds:60}" "${JOBS:=2}"
# One thread for each training: the budget is processor time of one core.
export SYNERBENCH STORE OUT BUDGET OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
mkdir -p "$OUT/log"

TASKS="brain-cbct-to-ct brain-mr-to-ct brain-ct-to-mr wb-ct-to-pet brats-t1-to-t2 brats-t1-to-t1c"
PAIRS="brain-cbct-to-ct brain-mr-to-ct,brain-ct-to-mr wb-ct-to-pet brats-t1-to-t2 brats-t1-to-t1c"
ALL="$(echo $TASKS | tr ' ' ,)"

model_of() { case $1 in bbdm_latent) echo bbdm ;; rcd_unet) echo rcd ;; *) echo "$1" ;; esac }

config_of() {
  case $1 in
    bbdm_latent) echo '{"preset": "tiny-latent"}' ;;
    rcd_unet) echo '{"preset": "tiny", "core": "unet"}' ;;
    healthgpt)  # its tokenizer comes trained, as the published one did
      echo "{\"preset\": \"tiny\", \"tokenizer\": {\"from\": \"$OUT/tokenizer\"}," \
        '"stages": {"tokenizer": 0, "language": 0.06, "alignment": 0.24, "fusion": 0.05, "instruction": 0.65}}' ;;
    *) echo '{"preset": "tiny"}' ;;
  esac
}

# Slices per update. Published: 1 for most, 2 for RCD, 8 (gradients of 16) for BBDM. A processor takes nearly as long for a batch as for its
# slices one by one, so small batches make the most of a small budget.
batch_of() { case $1 in rcd | rcd_unet) echo 2 ;; *) echo 1 ;; esac }

jobs_of() {  # NAME SEED: a line per training
  case $1 in
    flow_unet | healthgpt) groups=$ALL ;;
    cyclegan | syndiff) groups=$PAIRS ;;
    *) groups=$TASKS ;;
  esac
  for tasks in $groups; do echo "$1 $2 $(batch_of "$1") $tasks"; done
}

train() {  # LOG MODEL SEED TASK,TASK,... OUT BUDGET CONFIG BATCH
  "$SYNERBENCH" train --model "$2" --seed "$3" --suite synermed22 --canvas 64:pad --store "$STORE" $(echo "--task $4" | sed 's/,/ --task /g') \
    --out "$5" --budget "$6" --config "$7" --recipe "{\"batch\": $8, \"augmentation\": \"flip\"}" --validation-slices 12 --resume \
    >"$OUT/log/$1.log" 2>&1 || echo "failed: $OUT/log/$1.log" >&2
}

if [ "${1:-}" = --one ]; then  # NAME SEED BATCH TASKS
  train "$2-s$3-${5%%,*}" "$(model_of "$2")" "$3" "$5" "$OUT/$2-s$3" "$BUDGET" "$(config_of "$2")" "$4"
  exit
fi
[ $# -gt 0 ] || set -- flow_unet-s1 healthgpt-s1 bbdm-s1 syndiff-s1 cyclegan-s1 resvit-s1 rcd-s1 rcd_unet-s1 pix2pix-s1 \
  pix2pix-s2 cyclegan-s2 resvit-s2 syndiff-s2 rcd-s2 pix2pix-s3 cyclegan-s3 resvit-s3 syndiff-s3 rcd-s3
case " $* " in
  *" healthgpt-"*)
    train tokenizer healthgpt 1 "$ALL" "$OUT/tokenizer" updates:1000 \
      '{"preset": "tiny", "stages": {"tokenizer": 0.96, "language": 0.01, "alignment": 0.01, "fusion": 0.01, "instruction": 0.01}}' 1 ;;
esac
for name in "$@"; do jobs_of "${name%-s*}" "${name##*-s}"; done | xargs -P "$JOBS" -L 1 "$0" --one
