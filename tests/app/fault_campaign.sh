#!/usr/bin/env bash
# Faults of a machine, over every verb that writes: what each does to it, and that it leaves nothing behind.
#   fault_campaign.sh path/to/synerbench [quick | all] [faults, default all] [verbs, default all]
# The rule for every pair of a fault and a verb: a documented exit code (docs/exit-codes.md), never 5 and never the death by a signal; no
# temporary file stays; once the fault is gone, the same call gives the bytes of an undisturbed one. Prints a table and, at the end, what
# could not be tried on this machine.
# quick: a few verbs under the faults that need neither root nor long work.
set -uo pipefail
synerbench=$(readlink -f "$1") how=${2:-all}
all_faults="full-disk full-stdout read-only unreadable-above unreadable-input closed-streams interrupt terminate two-at-once clock little-memory bad-model"
all_verbs="phantom import train curriculum run merge score report compare gate convert init synth questions export study"
if [ "$how" = quick ]; then all_faults="full-stdout closed-streams interrupt two-at-once bad-model" all_verbs="merge convert init run"; fi
faults=${3:-$all_faults} verbs=${4:-$all_verbs}
work=$(mktemp -d) && chmod 755 "$work"
mounted=()
clean_up() { for at in "${mounted[@]}"; do umount "$at" 2>/dev/null; done; chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"; }
trap clean_up EXIT
cd "$work" || exit 1
RANDOM=1
failures=0 tried=0 skipped=()
program=("$synerbench")
export OMP_WAIT_POLICY=passive

with_torch=true
if "$synerbench" train --model pix2pix --store none --out none 2>&1 | grep -q "without LibTorch"; then with_torch=false; fi
# A user who may not do everything: root would read and write any folder.
other_user=()
if [ "$(id -u)" = 0 ]; then
  if command -v setpriv >/dev/null; then other_user=(setpriv --reuid=65534 --regid=65534 --clear-groups); else other_user=(none); fi
fi

wants() { [[ " $verbs " = *" $1 "* ]]; }
q() { "$synerbench" "$@" -q >/dev/null; }

# What every verb starts from, made once and undisturbed.
task=(--suite quick --task brain-mr-to-ct)
models=(--model mean --model line)
prepare() {
  q phantom --size tiny --dataset synthrad2023 --region brain --patients 8 --out tree || return 1
  q import synthrad2023 tree/synthrad2023 --split ranked --out store || return 1
  q run "${task[@]}" --store store "${models[@]}" --keep-predictions --out whole || return 1
  if wants merge; then
    for i in 1 2; do q run "${task[@]}" --store store "${models[@]}" --keep-predictions --shard $i/2 --out shard-$i || return 1; done
  fi
  if wants convert; then q checkpoint init --config tiny model || return 1; fi
  if wants synth && $with_torch; then call train weights >/dev/null || return 1; fi
  source_volume=$(find tree -name 'mr.nii.gz' | sort | head -n 1)
}

# One call of a verb into the folder $2. "again": something may be there from an earlier call.
call() {
  local verb=$1 out=$2 again=${3:-}
  case $verb in
    phantom) "${program[@]}" phantom -q --size tiny --dataset synthrad2023 --region brain --patients 2 --out "$out" ;;
    import) "${program[@]}" import -q synthrad2023 "${tree:-tree/synthrad2023}" --split ranked --out "$out" ;;
    train) "${program[@]}" train -q --model pix2pix "${task[@]}" --store "${store:-store}" --config '{"preset": "tiny"}' \
      --recipe '{"unit": "updates", "constant": 20, "decay": 20, "validate_every": 20}' --validation-slices 4 --checkpoint-every 8 --resume --out "$out" ;;
    # A new reference model: its autoencoder and every stage of its curriculum, as phases of one training.
    curriculum) "${program[@]}" train -q --model synermedgen "${task[@]}" --store "${store:-store}" --canvas 32:scale --config '{"preset": "tiny"}' \
      --budget updates:12 --checkpoint-every 3 --validation-slices 2 --resume --out "$out" ;;
    run)
      if [ -n "$again" ] && [ -e "$out/run.json" ]; then "${program[@]}" run -q --resume "$out"; return; fi
      "${program[@]}" run -q "${task[@]}" --store "${store:-store}" "${models[@]}" --keep-predictions --out "$out" ;;
    merge) "${program[@]}" merge -q "${shard:-shard-1}" shard-2 --out "$out" ;;
    score) "${program[@]}" score -q "${task[@]}" --store "${store:-store}" --predictions whole/predictions/mean --name mine --resume --out "$out" ;;
    report) "${program[@]}" report -q "${run:-whole}" --out "$out" ;;
    compare) "${program[@]}" compare -q "${run:-whole}" whole --baseline-model mean --candidate-model line --json ;;
    gate) "${program[@]}" gate -q "${run:-whole}" whole --out "$out/gate.json" ;;
    convert) "${program[@]}" checkpoint -q convert --dtype bf16 "${model:-model}" "$out" ;;
    init) "${program[@]}" checkpoint -q init --config tiny "$out" ;;
    synth) "${program[@]}" synth -q --model pix2pix:weights --task brain-mr-to-ct "${volume:-$source_volume}" "$out/ct.nii.gz" ;;
    questions) "${program[@]}" understanding -q build "${task[@]}" --store "${store:-store}" --split train --kind gau --questions 300 --out "$out/questions.jsonl" ;;
    export) "${program[@]}" understanding -q export "${task[@]}" --store "${store:-store}" --split train --kind gau --questions 100 --out "$out" ;;
    study)
      cat >study.json 2>/dev/null <<END
{"schema": "synerbench/study", "schema_version": 1, "name": "small", "title": "Small", "note": "",
 "store": {"folder": "$work/${store:-store}"}, "suite": "quick", "canvas": "64:pad",
 "evaluations": [{"name": "main", "tasks": ["brain-mr-to-ct"], "models": ["mean", "line"]}],
 "contrasts": [{"name": "c", "evaluation": "main", "candidate": "line", "baseline": "mean", "metric": "ssim_body"}]}
END
      "${program[@]}" study run -q study.json --work "$out" ;;
  esac
}

fresh() {  # verbs that write one file want its folder
  rm -rf "$2"
  case $1 in gate | synth | questions) mkdir -p "$2" && chmod 777 "$2" ;; esac
}
temporary_in() { find "$1" \( -name '.tmp-*' -o -name '.drawing-*' \) 2>/dev/null | wc -l; }
# What an unfinished import or merge keeps is for the call that goes on with it, and goes with that.
marks_in() { find "$1" \( -name '.merging' -o -name '.making' -o -name '.partial' \) 2>/dev/null | wc -l; }
# Two studies differ in the times that their steps took: stamps and the pages of reports have them. Steps are done in any order.
same() {
  [ -e "$1" ] || [ ! -e "reference/$2" ] && return 0
  if [ "$2" = study ]; then diff <(sort "reference/$2/openings.jsonl") <(sort "$1/openings.jsonl") >diff.log 2>&1 || return 1; fi
  local left_out=(-x timing.json -x settings.json)
  if [ "$2" = study ]; then left_out+=(-x done.json -x openings.jsonl -x orders -x 'leaderboard.*' -x plots); fi
  diff -r "${left_out[@]}" "reference/$2" "$1" >diff.log 2>&1
}
# What a verb may end with when a step of its work cannot be done.
failed_of() { if [ "$1" = study ]; then echo "2 3"; else echo 2; fi; }

# The verdict on a call that has ended with $3, of which `said` holds what it said; $4: codes that are right; $5: the folder, to be
# completed by the same call now that the fault is gone ("" where there is none).
judge() {
  local fault=$1 verb=$2 code=$3 right=$4 out=$5 verdict=ok second=0
  tried=$((tried + 1))
  if ! [[ " $right " = *" $code "* ]]; then verdict="exit code $code, right: $right"; fi
  if [ $code -gt 128 ] && [ $code -ne 130 ]; then verdict="died of signal $((code - 128))"; fi
  if grep -q "internal error" said; then verdict="an internal error"; fi
  if [ -n "$out" ]; then
    if [ "$(temporary_in "$out")" != 0 ]; then verdict="temporary files stay"; fi
    case $verb in gate | synth | questions) mkdir -p "$out" ;; esac
    call "$verb" "$out" again >/dev/null 2>again.log || second=$?
    if [ $second -ne 0 ] && ! grep -qE "holds the weights of a finished|is not empty|there is a model already|holds a run already|holds results|is there already" again.log; then
      verdict="the same call afterwards: exit code $second: $(head -n 1 again.log)"
    elif ! same "$out" "$verb"; then
      verdict="other bytes afterwards: $(head -n 1 diff.log)"
    elif [ "$(temporary_in "$out")" != 0 ] || [ "$(marks_in "$out")" != 0 ]; then
      verdict="marks of unfinished work stay"
    fi
  fi
  [ "$verdict" = ok ] || failures=$((failures + 1))
  printf '%-17s %-10s %4s  %-7s %s\n' "$fault" "$verb" "$code" "${verdict:0:2}" "$(head -n 1 said | tr '\r' ' ' | cut -c1-110)"
  if [ "$verdict" != ok ]; then printf '%-17s %-10s       FAILED: %s\n' "$fault" "$verb" "$verdict"; sed 's/^/    /' said | head -n 4; fi
}

skip() { skipped+=("$1: $2"); }

# ---- the faults; each gets a verb, and a folder that is new

mount_small() { mkdir -p small && mount -t tmpfs -o size="$1" none small 2>/dev/null && mounted=(small); }
unmount_small() { umount small && mounted=(); }

full-disk() {
  local verb=$1 whole size code
  [ "$verb" = compare ] && return
  whole=$(du -s --apparent-size -B1 "reference/$verb" | cut -f1)
  for size in 8192 $((whole / 3 + 8192)) $((whole * 3 / 4 + 8192)); do
    mount_small "$size" || { skip "full disk" "no file system of its own can be mounted here (not root?)"; return; }
    code=0
    fresh "$verb" small/out 2>/dev/null
    call "$verb" small/out >/dev/null 2>said || code=$?
    mount -o remount,size=512m small
    judge "full-disk" "$verb" $code "0 $(failed_of "$verb")" small/out
    unmount_small
  done
}

full-stdout() {
  local verb=$1 code=0
  fresh "$verb" out
  call "$verb" out >/dev/full 2>said || code=$?
  judge full-stdout "$verb" $code "0 2" out
}

# Other people's folders: as a user who may not write or enter them.
as_other_user() {
  [ "${other_user[*]:-}" = none ] && { skip "$1" "root without setpriv may do everything"; return 1; }
  program=("${other_user[@]}" "$synerbench")
}
read-only() {
  local verb=$1 code=0
  [ "$verb" = compare ] && return
  as_other_user "read-only folder" || return
  mkdir closed && fresh "$verb" closed/out && chmod 555 closed
  [ -e closed/out ] && chmod 555 closed/out
  call "$verb" closed/out >/dev/null 2>said || code=$?
  program=("$synerbench")
  chmod -R 755 closed
  judge read-only "$verb" $code "2" closed/out
  rm -rf closed
}
unreadable-above() {
  local verb=$1 code=0
  [ "$verb" = compare ] && return
  as_other_user "unreadable folder" || return
  mkdir -p locked/in && fresh "$verb" locked/in/out && chmod 000 locked
  call "$verb" locked/in/out >/dev/null 2>said || code=$?
  program=("$synerbench")
  chmod -R 755 locked
  judge unreadable-above "$verb" $code "2" locked/in/out
  rm -rf locked
}
unreadable-input() {
  local verb=$1 code=0
  case $verb in phantom | init) return ;; esac
  as_other_user "unreadable input" || return
  mkdir locked
  cp -r tree/synthrad2023 store whole locked/
  for name in shard-1 model; do [ -e $name ] && cp -r $name locked/; done
  cp "$source_volume" locked/mr.nii.gz
  fresh "$verb" out && mkdir -p out && chmod 777 out && case $verb in convert) rmdir out && chmod 777 . ;; esac
  chmod 000 locked
  tree=locked/synthrad2023 store=locked/store run=locked/whole shard=locked/shard-1 model=locked/model volume=locked/mr.nii.gz \
    call "$verb" out >/dev/null 2>said || code=$?
  program=("$synerbench")
  chmod -R 755 locked . && rm -rf locked
  judge unreadable-input "$verb" $code "2" ""
  grep -q locked said || { failures=$((failures + 1)); echo "    FAILED: the message does not name the folder"; }
  rm -rf out
}

closed-streams() {
  local verb=$1 code=0
  fresh "$verb" out; : >said
  call "$verb" out <&- >/dev/null 2>said || code=$?
  judge closed-stdin "$verb" $code 0 out
  code=0; fresh "$verb" out; : >said
  call "$verb" out >&- 2>said || code=$?
  judge closed-stdout "$verb" $code "0 2" out
  code=0; fresh "$verb" out; : >said
  call "$verb" out >/dev/null 2>&- || code=$?
  judge closed-stderr "$verb" $code 0 out
}

# The program that the shell $1 has started for a call, once it takes signals; before its first line nobody can. Nothing when it has ended.
taking_signals() {
  local child caught
  while kill -0 "$1" 2>/dev/null; do
    child=$(pgrep -P "$1" | head -n 1)
    caught=$(awk '/SigCgt/ { print $2 }' "/proc/${child:-none}/status" 2>/dev/null)
    if [ -n "$caught" ] && [ $((0x$caught & 2)) -ne 0 ]; then echo "$child"; return; fi
    sleep 0.01
  done
}
signaled() {
  local name=$1 signal=$2 verb=$3 share code pid child
  for share in 0 3 6; do
    code=0; fresh "$verb" out; : >said
    call "$verb" out >/dev/null 2>said & pid=$!
    child=$(taking_signals $pid)
    sleep "$(awk "BEGIN { print ${length[$verb]} * $share / 10 }")"
    local begin; begin=$(date +%s%N)
    [ -z "$child" ] || kill -$signal "$child" 2>/dev/null
    wait $pid || code=$?
    echo "ended $((($(date +%s%N) - begin) / 1000000)) ms after the signal" >>said
    judge "$name" "$verb" $code "0 130" out
  done
}
interrupt() { signaled interrupt INT "$1"; }
terminate() { signaled terminate TERM "$1"; }

two-at-once() {
  local verb=$1 first=0 second=0 a b verdict
  fresh "$verb" out
  call "$verb" out >/dev/null 2>said-1 & a=$!
  call "$verb" out >/dev/null 2>said-2 & b=$!
  wait $a || first=$?
  wait $b || second=$?
  cat said-1 said-2 >said
  # One does the work, the other says that it is being done, or that it has been done.
  if [ $first -ne 0 ] && [ $second -ne 0 ]; then judge two-at-once "$verb" "$first" "0" out; return; fi
  judge two-at-once "$verb" $((first > second ? first : second)) "0 1" out
}

clock() {
  local verb=$1 code
  command -v faketime >/dev/null || { skip "a clock that jumps" "libfaketime is not installed"; return; }
  for jump in '-20y' '+0 i-3600'; do  # twenty years ago; an hour back at every look
    code=0; fresh "$verb" out
    program=(faketime -f "$jump" "$synerbench")
    call "$verb" out >/dev/null 2>said || code=$?
    program=("$synerbench")
    judge "clock${jump:0:4}" "$verb" $code 0 out
  done
}

little-memory() {
  local verb=$1 peak=0 seen pid child code
  fresh "$verb" out
  call "$verb" out >/dev/null 2>&1 & pid=$!
  while kill -0 $pid 2>/dev/null; do
    for child in $(pgrep -P $pid); do
      seen=$(awk '/VmPeak/ { print $2 }' "/proc/$child/status" 2>/dev/null) && [ "${seen:-0}" -gt $peak ] && peak=$seen
    done
    sleep 0.02
  done
  for share in 97 92 85 70; do
    # Below what its libraries take there is no program that could answer: OpenBLAS tries for ever to get its buffers, before main().
    if ! (ulimit -v $((peak * share / 100)); timeout -s KILL 60 "$synerbench" --version >/dev/null 2>&1) 2>/dev/null; then
      skip "$share % of its memory" "the libraries of some verbs do not start with so little"
      break
    fi
    code=0; fresh "$verb" out
    (ulimit -v $((peak * share / 100)); call "$verb" out >/dev/null 2>said) || code=$?
    judge "memory-$share%" "$verb" $code "0 $(failed_of "$verb")" out
  done
}

bad-model() {
  local verb=$1 fault code
  [ "$verb" = run ] || return
  for fault in throw nan hang; do
    code=0; rm -rf out healed reference/faulty
    local words=(run -q "${task[@]}" --store store --model "mine=faulty(mean, $fault=0.3, seed=3, heal=$work/healed)" --timeout 0.5)
    touch healed; "$synerbench" "${words[@]}" --out reference/faulty >/dev/null 2>&1; rm healed
    "$synerbench" "${words[@]}" --out out >/dev/null 2>said || code=$?
    [ -s said ] || head -n 2 out/failures.csv | tail -n 1 >said
    touch healed
    "$synerbench" run -q --resume out >/dev/null 2>again.log || echo "resumed: $(head -n 1 again.log)" >>said
    judge "model-$fault" run $code 3 ""
    if ! diff -r -x timing.json -x settings.json reference/faulty out >diff.log; then
      failures=$((failures + 1)); echo "    FAILED: other bytes once it is healed: $(head -n 1 diff.log)"
    fi
  done
  skip "the death of a worker" "a run has threads and no worker processes; kill_campaign.sh kills the process"
}

# ---- all of them

prepare || { echo "FAILED: the undisturbed calls do not work"; exit 1; }
mkdir reference
declare -A length
printf '%-17s %-10s %4s  %-7s %s\n' fault verb exit verdict "first line"
for verb in $verbs; do
  if [[ $verb = train || $verb = curriculum || $verb = synth ]] && ! $with_torch; then
    skip "$verb" "this program is built without LibTorch"
    continue
  fi
  fresh "$verb" "reference/$verb"
  begin=$(date +%s%N)
  call "$verb" "reference/$verb" >/dev/null 2>said || { echo "FAILED: $verb, undisturbed: $(cat said)"; exit 1; }
  length[$verb]=$(awk "BEGIN { print ($(date +%s%N) - $begin) / 1e9 }")
  for fault in $faults; do $fault "$verb"; done
  rm -rf out
done
echo
echo "$tried faulty calls, $failures failures"
printf '%s\n' "${skipped[@]}" | sort -u | sed '/^$/d; s/^/not tried: /'
[ $failures -eq 0 ]
