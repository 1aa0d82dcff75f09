#!/usr/bin/env bash
# kill -9 at random moments of every verb that writes. Started again with the same words, each must end with the bytes
# of an undisturbed call and leave no temporary file. Prints a table: verb, tries, how many were killed in the middle of
# the work, survived (the second call ended well), bytes equal, strays.
#   kill_campaign.sh path/to/synerbench [tries per verb, default 3] [seed, default 1] [verbs, default all]
# The words are the same both times. Only "run" says its own next step, as it does to people: once its folder is there,
# "run --resume FOLDER".
set -euo pipefail
synerbench=$1 tries=${2:-3} seed=${3:-1}
verbs=${4:-phantom import train curriculum run merge score report compare gate convert init synth questions export study}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
RANDOM=$seed
failures=0

has() { "$synerbench" "$1" --help >/dev/null 2>&1; }
with_torch=false
if ! "$synerbench" train --model pix2pix --store none --out none 2>&1 | grep -q "without LibTorch"; then with_torch=true; fi

# What every verb starts from, made once.
"$synerbench" phantom -q --size tiny --dataset synthrad2023 --region brain --patients 8 --out tree
"$synerbench" import -q synthrad2023 tree/synthrad2023 --split ranked --out store
models=(--model mean --model line)
"$synerbench" run -q --suite quick --task brain-mr-to-ct --store store "${models[@]}" --keep-predictions --out whole
for i in 1 2; do
  "$synerbench" run -q --suite quick --task brain-mr-to-ct --store store "${models[@]}" --keep-predictions --shard $i/2 --out shard-$i
done
"$synerbench" checkpoint -q init --config tiny model
cat >small-study.json <<END
{"schema": "synerbench/study", "schema_version": 1, "name": "small", "title": "Small", "note": "",
 "store": {"folder": "$work/store"}, "suite": "quick", "canvas": "64:pad",
 "evaluations": [{"name": "main", "tasks": ["brain-mr-to-ct"], "models": ["mean", "line"]}],
 "contrasts": [{"name": "c", "evaluation": "main", "candidate": "line", "baseline": "mean", "metric": "ssim_body"}]}
END
source_volume=$(find tree -name 'mr.nii.gz' | sort | head -n 1)

# One call of a verb into the folder $1; "again" as the second word means that an earlier one was killed.
call() {
  local verb=$1 out=$2 again=${3:-}
  case $verb in
    phantom) "$synerbench" phantom -q --size tiny --dataset synthrad2023 --region brain --patients 4 --out "$out" ;;
    import) "$synerbench" import -q synthrad2023 tree/synthrad2023 --split ranked --out "$out" ;;
    train) "$synerbench" train -q --model pix2pix --suite quick --task brain-mr-to-ct --store store --config '{"preset": "tiny"}' \
      --recipe '{"unit": "updates", "constant": 40, "decay": 40, "validate_every": 20}' --checkpoint-every 8 --resume --out "$out" ;;
    # A new reference model: its autoencoder and every stage of its curriculum, as phases of one training.
    curriculum) "$synerbench" train -q --model synermedgen --suite quick --task brain-mr-to-ct --store store --canvas 32:scale --config '{"preset": "tiny"}' \
      --budget updates:30 --checkpoint-every 3 --validation-slices 2 --resume --out "$out" ;;
    run)
      if [ -n "$again" ] && [ -e "$out/run.json" ]; then "$synerbench" run -q --resume "$out"; return; fi
      "$synerbench" run -q --suite quick --task brain-mr-to-ct --store store "${models[@]}" --keep-predictions --out "$out" ;;
    merge) "$synerbench" merge -q shard-1 shard-2 --out "$out" ;;
    score) "$synerbench" score -q --suite quick --task brain-mr-to-ct --store store --predictions whole/predictions/mean --name mine --resume --out "$out" ;;
    report) "$synerbench" report -q whole --out "$out" ;;
    compare) "$synerbench" compare -q whole whole --baseline-model mean --candidate-model line --json > "$out/comparison.json" ;;
    gate) "$synerbench" gate -q whole whole --out "$out/gate.json" ;;
    convert) "$synerbench" checkpoint -q convert --dtype bf16 model "$out" ;;
    init) "$synerbench" checkpoint -q init --config tiny "$out" ;;
    synth) "$synerbench" synth -q --model pix2pix:weights --task brain-mr-to-ct "$source_volume" "$out/ct.nii.gz" ;;
    questions) "$synerbench" understanding -q build --suite quick --task brain-mr-to-ct --store store --split train --kind gau --questions 300 \
      --out "$out/questions.jsonl" ;;
    export) "$synerbench" understanding -q export --suite quick --task brain-mr-to-ct --store store --split train --kind gau --questions 100 --out "$out" ;;
    study) "$synerbench" study run -q small-study.json --work "$out" ;;
  esac
}

fresh() {  # verbs that write one file want its folder
  rm -rf "$2"
  case $1 in compare | gate | synth | questions) mkdir "$2" ;; esac
}

# Two studies differ in the times that their steps took: stamps and the pages of reports have them. Steps are done in any order.
same() {
  local left_out=(-x timing.json -x settings.json)
  if [ "$1" = study ]; then diff <(sort "$2/openings.jsonl") <(sort "$3/openings.jsonl") || return 1; fi
  if [ "$1" = study ]; then left_out+=(-x done.json -x openings.jsonl -x orders -x 'leaderboard.*' -x 'averages*.tex' -x plots); fi
  diff -r "${left_out[@]}" "$2" "$3"
}
# A process, and all that it has started.
tree_of() { local child; echo "$1"; for child in $(pgrep -P "$1"); do tree_of "$child"; done; }
strays_in() { find "$1" \( -name '.tmp-*' -o -name '.merging' -o -name '.making' -o -name '.partial' \) | wc -l; }
now() { date +%s%N; }

campaign() {
  local verb=$1 killed=0 survived=0 equal=0 strays=0
  fresh "$verb" "reference-$verb"
  local begin; begin=$(now)
  call "$verb" "reference-$verb" >/dev/null
  local length=$(($(now) - begin))
  for try in $(seq "$tries"); do
    local out="killed-$verb"
    fresh "$verb" "$out"
    call "$verb" "$out" >/dev/null 2>&1 & local pid=$!
    sleep "$(awk "BEGIN { printf \"%.3f\", $length / 1e9 * ($RANDOM + 1) / 32768 }")"
    # The call is a child of a subshell of ours: both go.
    local children; children=$(tree_of $pid | tail -n +2)
    if kill -9 $pid $children 2>/dev/null; then killed=$((killed + 1)); fi
    wait $pid 2>/dev/null || true
    # A killed process may still be dying while it holds its locks.
    for child in $children; do while kill -0 "$child" 2>/dev/null; do sleep 0.01; done; done
    local code=0
    call "$verb" "$out" again >/dev/null 2>log || code=$?
    if [ $code -eq 0 ]; then
      survived=$((survived + 1))
    elif grep -qE "holds the weights of a finished|is not empty|there is a model already|holds a run already|is there already" log; then
      survived=$((survived + 1))  # it had come to its end before the kill
    else
      echo "$verb, try $try: exit code $code: $(cat log)" >&2
    fi
    if same "$verb" "reference-$verb" "$out" >log; then equal=$((equal + 1)); else
      echo "$verb, try $try: $(head -n 3 log)" >&2
    fi
    strays=$((strays + $(strays_in "$out")))
  done
  printf '%-10s %5d %7d %9d %12d %7d   %s s\n' "$verb" "$tries" "$killed" "$survived" "$equal" "$strays" "$(awk "BEGIN { printf \"%.1f\", $length / 1e9 }")"
  if [ $survived -ne "$tries" ] || [ $equal -ne "$tries" ] || [ $strays -ne 0 ]; then failures=$((failures + 1)); fi
  rm -rf "reference-$verb" "killed-$verb"
}

if $with_torch && [[ $verbs = *synth* ]]; then call train weights; fi  # for synth, which takes trained models only
printf '%-10s %5s %7s %9s %12s %7s   %s\n' verb tries killed survived "bytes equal" strays "undisturbed"
for verb in $verbs; do
  if [[ $verb = train || $verb = curriculum || $verb = synth ]] && ! $with_torch; then
    echo "$verb left out: this program is built without LibTorch"
    continue
  fi
  campaign "$verb"
done
[ $failures -eq 0 ] || { echo "FAILED: $failures verbs"; exit 1; }
