#!/usr/bin/env bash
# Plays pull requests against the gate, as docs/ci does: a baseline is blessed, then an equal, a better, a worse, a partly missing and
# several damaged candidates come. Each has to get its exit code and its words.
#   pull_request.sh path/to/synerbench
set -euo pipefail
synerbench=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $1"; exit 1; }
# expect CODE WORDS COMMAND...: the exit code, and words in what it says.
expect() {
  local code=$1 words=$2 seen=0; shift 2
  "$@" > said 2>&1 || seen=$?
  [ "$seen" = "$code" ] || { cat said; fail "exit code $seen instead of $code: $*"; }
  grep -q -- "$words" said || { cat said; fail "\"$words\" is not in what it said: $*"; }
  echo "  exit $code: $words"
}

"$synerbench" phantom -q --size tiny --dataset synthrad2023 --region brain --patients 12 --out tree
"$synerbench" import -q synthrad2023 tree/synthrad2023 --split ranked --split-shares 25/25/50 --out store
run() { local out=$1 model=$2; shift 2; "$synerbench" run -q --suite quick --task 'brain-mr-to-ct' --store store --model "mine=$model" --out "$out" "$@"; }
gate() { "$synerbench" gate main "$@" --junit gate.xml --markdown gate.md --out gate.json; }

echo baseline
run good mean
expect 0 'baseline main is good' "$synerbench" gate --bless main good
expect 0 'baseline main is good' "$synerbench" gate --bless main good
run other line
expect 1 'replace-baseline' "$synerbench" gate --bless main other
expect 1 'no name for a baseline' "$synerbench" gate --bless ../main other
expect 1 'did you mean "main"' "$synerbench" gate mian good

echo 'an equal candidate'
run equal mean
expect 0 'gate    ok' gate equal
grep -q '"verdict": "ok"' gate.json || fail 'the JSON says otherwise'
grep -q 'failures="0"' gate.xml || fail 'JUnit counts a failure'

echo 'a better candidate'
run better nearest
expect 0 'gate    ok' gate better --metric synermed-2d@2/ssim --task 'brain-*'

echo 'a worse candidate'
run worse constant
expect 4 'worse  ' gate worse --metric synermed-2d@2/ssim
grep -q '<failure type="worse"' gate.xml || fail 'JUnit has no failure'
grep -q '| \*\*worse\*\*' gate.md || fail 'the comment does not name it'
expect 0 'within-tolerance' gate worse --metric synermed-2d@2/ssim --tolerance ssim=1
expect 4 'interval' gate worse --metric synermed-2d@2/ssim --tolerance ssim=1 --interval-tolerance ssim=0.001

echo 'a partly missing candidate'
run part mean --shard 1/2
expect 4 'lost-coverage' gate part
expect 2 'has a record of' "$synerbench" gate --bless part part
expect 2 'accept-incomplete-baseline' "$synerbench" gate part good
run failing 'faulty(mean, throw=0.3, seed=3)' || [ $? = 3 ]
expect 4 'lost-coverage' gate failing

echo 'a baseline that failed everywhere'
run hopeless 'faulty(mean, nan=1)' || [ $? = 3 ]
expect 2 'no case of the run was scored' "$synerbench" gate --bless hopeless hopeless
"$synerbench" run -q --suite quick --task 'brain-mr-to-ct' --store store --model 'mean=faulty(mean, nan=1)' --model line --out half || [ $? = 3 ]
expect 2 'nothing of it can get worse' "$synerbench" gate half half
expect 2 'nothing of it could get worse' "$synerbench" gate --bless half half
expect 0 '6 of 12 cases' "$synerbench" gate --bless half half --accept-incomplete-baseline
expect 0 'Accepted: model mean, task brain-mr-to-ct' "$synerbench" gate half half --accept-incomplete-baseline

echo 'damaged candidates'
damage() { rm -rf damaged; cp -r good damaged; sed -i "$1" damaged/results.json; }
damage '0,/"value": 0\.[0-9]*/s//"value": 5/'
expect 2 'journal beside it says otherwise' gate damaged
rm damaged/journal.jsonl
expect 2 'copy the run folder whole' gate damaged
# Results that were handed on alone, as CI keeps them.
alone() { mkdir -p alone; mv damaged/results.json alone/; rm -r damaged; mv alone damaged; }
alone
expect 2 'is 5, but this metric is' gate damaged
damage '0,/"count": [0-9]*/s//"count": 1/'; alone
expect 2 'slices' gate damaged
damage '0,/"value": 0\.[0-9]*/s//"value": 1e308/'; alone
expect 2 'is 1e+308' gate damaged
damage 's/"patient": "/"patient": "x/'; alone
expect 2 'of patient' gate damaged
damage 's/^/[[[[/'
expect 2 'damaged/results.json' gate damaged
sed -i 's/"task"/"tusk"/' gate-baselines/main/results-*.json
expect 2 'not the results that were blessed' gate good

echo 'replaced knowingly'
expect 0 'baseline main is other' "$synerbench" gate --bless main other --replace-baseline
[ "$(ls gate-baselines/main | wc -l)" = 2 ] || fail 'the old results are still there'
grep -q '"replaced_results_sha256": "' gate-baselines/main/baseline.json || fail 'the baseline does not say what it replaced'

echo 'the same bytes for any number of threads'
for threads in 1 2; do
  OMP_NUM_THREADS=$threads "$synerbench" report -q good other --all-pairs --no-plots --no-panels --out report-$threads > /dev/null
  OMP_NUM_THREADS=$threads "$synerbench" compare good other --json > compare-$threads.json
done
diff -r report-1 report-2 > /dev/null || fail 'reports differ'
cmp compare-1.json compare-2.json || fail 'comparisons differ'
echo 'all as expected'
