#!/usr/bin/env bash
# The smallest version of the claim's experiment that a GPU can do in the minutes it is lent: builds, runs the tests that need a GPU, trains
# a base, then the arms from it, scores them, and leaves weights, logs, runs and a report in one folder.
#
#   tools/gpu-study.sh [options] STORE OUT SECONDS
#     --program FILE     a program that is built already; left out: ../build.sh of a pack (tools/pack-gpu.sh) is run first
#     --device NAME      default cuda        --canvas SIZE:FIT   default 128:pad
#     --preset NAME      default small       --task PATTERN      default all of the suite synermed22; may stand several times
#
# SECONDS counts from the start, building included. What is left after it is shared: base 40 %, understanding from pairs 15 %, its control with
# shuffled answers 15 %, synthesis after each of them and after the base alone 7 % each, scoring 9 %. Every training keeps checkpoints; the same
# call goes on where an earlier one was cut off, and its seconds count anew. A table of what was done, with times, is OUT/steps.tsv.
set -euo pipefail
usage() { sed -n '2,14s/^# \{0,1\}//p' "$0"; }
program='' device=cuda canvas=128:pad preset=small tasks=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --program | --device | --canvas | --preset | --task)
      [ $# -ge 2 ] || { echo "gpu-study: $1 wants a value" >&2; exit 1; }
      case $1 in --program) program=$(realpath "$2") ;; --device) device=$2 ;; --canvas) canvas=$2 ;; --preset) preset=$2 ;; --task) tasks+=(--task "$2") ;; esac
      shift 2 ;;
    -*) echo "gpu-study: unknown option $1; --help shows what is possible" >&2; exit 1 ;;
    *) break ;;
  esac
done
[ $# -eq 3 ] || { usage >&2; exit 1; }
[[ $3 =~ ^[0-9]+$ ]] || { echo "gpu-study: SECONDS is a whole number, not $3" >&2; exit 1; }
store=$(realpath "$1") out=$(realpath -m "$2") seconds=$3
[ -f "$store/manifest.json" ] || { echo "gpu-study: $store is no slice store; make one with synerbench import" >&2; exit 2; }
mkdir -p "$out"
began=$SECONDS
left() { echo $((seconds - (SECONDS - began))); }

step() {  # NAME COMMAND...: a failed step ends the study; what was done stays
  local name=$1 begin=$SECONDS code=0
  shift
  echo "== $name ($(left) s left)"
  "$@" >"$out/$name.log" 2>&1 || code=$?
  printf '%s\t%d s\texit code %d\n' "$name" $((SECONDS - begin)) $code >>"$out/steps.tsv"
  [ $code = 0 ] || { tail -n 5 "$out/$name.log" >&2; echo "gpu-study: $name failed, see $out/$name.log" >&2; exit $code; }
}

if [ -z "$program" ]; then
  pack=$(cd "$(dirname "$0")/../.." && pwd)
  [ -x "$pack/build.sh" ] || { echo "gpu-study: no build.sh beside the sources; unpack what tools/pack-gpu.sh made, or give --program" >&2; exit 1; }
  step build "$pack/build.sh"
  program=$pack/build/app/synerbench
  step tests ctest --test-dir "$pack/build" -L gpu --output-on-failure
fi
step doctor "$program" doctor || true

chosen=(--suite synermed22 --canvas "$canvas" --store "$store" "${tasks[@]}")
count=$("$program" plan --suite synermed22 --canvas "$canvas" --store "$store" "${tasks[@]}" --model mean --json |
  python3 -c 'import json, sys; print(len(json.load(sys.stdin)["tasks"]))' 2>/dev/null || echo 22)
share() {  # percent of what is left after building, for each of the tasks, at least a second
  local each=$((trainable * $1 / 100 / count))
  echo "seconds:$((each > 0 ? each : 1))"
}
trainable=$(left)
[ "$trainable" -gt 0 ] || { echo "gpu-study: no time is left after building" >&2; exit 1; }
train() {  # NAME MODEL SHARE CONFIG
  step "$1" "$program" train --model "$2" "${chosen[@]}" --seed 1 --device "$device" --config "$4" --budget "$(share "$3")" \
    --validation-slices 2 --checkpoint-every 200 --however-long --resume --out "$out/$1"
}
stage() { echo "{\"preset\": \"$preset\", \"base\": \"$out/$1\", \"curriculum\": \"$2\"}"; }
train base bagel 40 "{\"preset\": \"$preset\", \"curriculum\": \"base-plain\", \"autoencoder\": {\"pictures\": 1}}"
train gau synermedgen 15 "$(stage base gau)"
train shuffled synermedgen 15 "$(stage base shuffled)"
train ucg synermedgen 7 "$(stage base ucg)"
train gau-ucg synermedgen 7 "$(stage gau ucg)"
train shuffled-ucg synermedgen 7 "$(stage shuffled ucg)"

floors=(--model identity --model mean --model monotone)
models() { for name in "$@"; do echo --model; if [ "$name" = base ]; then echo "base=bagel:$out/base"; else echo "$name=synermedgen:$out/$name"; fi; done; }
mapfile -t zero < <(models base gau shuffled)
mapfile -t full < <(models ucg gau-ucg shuffled-ucg)
score() {  # NAME SUITE MODELS...
  local name=$1
  chosen[1]=$2
  shift 2
  if [ -f "$out/$name/run.json" ]; then step "$name" "$program" run --resume "$out/$name"; else
    step "$name" "$program" run "${chosen[@]}" "${floors[@]}" "$@" --device "$device" --out "$out/$name"
  fi
}
score run-zero-shot zero-shot "${zero[@]}"
score run-full synermed22 "${full[@]}"
for run in zero-shot full; do
  [ -e "$out/report-$run" ] || step "report-$run" "$program" report "$out/run-$run" --out "$out/report-$run"
done
echo "== done, $(left) s left; $out/report-full/leaderboard.html, $out/report-zero-shot/leaderboard.html, $out/steps.tsv"
