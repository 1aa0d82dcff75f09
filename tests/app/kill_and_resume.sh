#!/usr/bin/env bash
# kill -9 in the middle of import, train, run and a curriculum of the reference model, again and again, then resume: the final bytes equal
# those of an undisturbed run. Shards in another order and one thread instead of two: equal bytes again.
#   kill_and_resume.sh path/to/synerbench
set -euo pipefail
synerbench=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Runs the command, killing it after growing delays until it ends by itself.
until_done() {
  local delay=0.05 kills=0
  while true; do
    "$@" >/dev/null 2>>log & local pid=$!
    (sleep $delay; kill -9 $pid 2>/dev/null) & local killer=$!
    if wait $pid 2>/dev/null; then kill $killer 2>/dev/null || true; wait $killer 2>/dev/null || true; break; fi
    wait $killer 2>/dev/null || true
    kills=$((kills + 1)); [ $kills -lt 60 ] || { tail -n 5 log; echo "FAILED: never finished"; exit 1; }
    delay=$(awk "BEGIN { print $delay * 1.3 }")
  done
  echo "  killed $kills times"
}
same() {
  diff -r -x timing.json -x settings.json "$1" "$2" >/dev/null || { diff -rq "$1" "$2"; echo "FAILED: $3"; exit 1; }
  echo "  equal bytes: $3"
}

"$synerbench" phantom -q --size tiny --dataset synthrad2023 --region brain --patients 8 --out tree
import_into() { echo import -q synthrad2023 tree/synthrad2023 --split ranked --out "$1"; }
echo import
"$synerbench" $(import_into store)
until_done "$synerbench" $(import_into store-killed)
same store store-killed "store after kill -9"
"$synerbench" $(import_into store-one) --threads 1
same store store-one "store with one thread"

echo train
recipe='{"unit": "updates", "constant": 150, "decay": 150, "validate_every": 60}'
train_into() { "$synerbench" train -q --model pix2pix --suite quick --task brain-mr-to-ct --store store --config '{"preset": "tiny"}' --recipe "$recipe" --checkpoint-every 20 --resume --out "$1" --threads "${2:-1}"; }
train_into weights
until_done env -C "$work" "$synerbench" train -q --model pix2pix --suite quick --task brain-mr-to-ct --store store --config '{"preset": "tiny"}' --recipe "$recipe" --checkpoint-every 20 --resume --out weights-killed
same weights weights-killed "weights, configuration and log after kill -9"
train_into weights-two 2
if cmp -s weights/brain-mr-to-ct/G.safetensors weights-two/brain-mr-to-ct/G.safetensors; then echo "  equal bytes: weights with two threads"; else echo "  note: weights with two threads differ (docs/training.md)"; fi

echo run
models=(--model mean --model nearest --model "pix2pix=pix2pix:weights")
run_args=(run -q --suite quick --task brain-mr-to-ct --store store "${models[@]}")
"$synerbench" "${run_args[@]}" --out run
cat > step.sh <<EOF2
if [ -e run-killed/settings.json ]; then exec "$synerbench" run -q --resume run-killed; fi
rm -rf run-killed; exec "$synerbench" run -q --suite quick --task brain-mr-to-ct --store store --model mean --model nearest --model pix2pix=pix2pix:weights --out run-killed
EOF2
until_done bash step.sh
same run run-killed "run after kill -9"
"$synerbench" "${run_args[@]}" --threads 1 --out run-one
same run run-one "run with one thread"
for shard in 3 1 2; do "$synerbench" "${run_args[@]}" --shard $shard/3 --out shard-$shard; done
"$synerbench" merge -q shard-3 shard-1 shard-2 --out merged
same run merged "three shards merged"

echo curriculum
curriculum_into() { "$synerbench" train -q --model unimedvl --suite synermed22 --task 'brain-*' --canvas 32:scale --store store --config '{"preset": "tiny"}' --budget updates:20 --checkpoint-every 4 --validation-slices 2 --resume --out "$1"; }
curriculum_into curriculum
cat > train.sh <<EOF2
exec "$synerbench" train -q --model unimedvl --suite synermed22 --task 'brain-*' --canvas 32:scale --store store --config '{"preset": "tiny"}' --budget updates:20 --checkpoint-every 4 --validation-slices 2 --resume --out curriculum-killed
EOF2
until_done bash train.sh
same curriculum curriculum-killed "autoencoder and three stages of the reference model over several tasks after kill -9"
echo "all equal"
