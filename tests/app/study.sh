#!/usr/bin/env bash
# A study from its file to its report: done twice with equal numbers, killed and gone on with, by two processes at a time, and
# through SLURM's script with an sbatch that does at once what it is told.
#   study.sh path/to/synerbench
set -euo pipefail
synerbench=$(readlink -f "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $1"; exit 1; }
study() { "$synerbench" study "$@"; }
# Numbers of every case; times of a model are in other files.
numbers() { cat "$1"/steps/report-main-*/report-main/cases.csv "$1"/steps/contrast-*/contrast-*/comparison.json; }

echo 'once'
study plan quick-trivial --work one | grep -q '^to do  run-main-mean' || fail 'the plan has no run to do'
study run quick-trivial --work one --jobs 2 -q || fail "the study ended with $?"
study status quick-trivial --work one | tee said | grep -q '^6 of 6 steps done' || { cat said; fail 'not all is done'; }
grep -q 'met the test set 3 times' said || fail 'openings are not counted'
study report quick-trivial --work one | grep -q 'monotone' || fail 'no contrast in the report'
[ ! -e one/orders ] || [ -z "$(ls -A one/orders)" ] || fail 'an order was left behind'
cp one/steps/report-main-*/done.json before
study run quick-trivial --work one -q
cmp -s before one/steps/report-main-*/done.json || fail 'a finished step was done again'

echo 'killed again and again, then two processes side by side'
for pause in 0.5 1 2 3; do
  setsid "$synerbench" study run quick-trivial --work two --jobs 2 -q > /dev/null 2>&1 &
  victim=$!
  sleep $pause
  pkill -KILL -s $victim 2> /dev/null || kill -KILL -- -$victim 2> /dev/null || true
  wait $victim 2> /dev/null || true
done
study run quick-trivial --work two -q & first=$!
study run quick-trivial --work two -q & second=$!
wait $first || fail "the first of two processes ended with $?"
wait $second || fail "the second of two processes ended with $?"
numbers one > a; numbers two > b
cmp a b || fail 'two ways, two results'
[ "$(wc -l < two/openings.jsonl)" = 3 ] || fail 'an opening was counted twice'

echo 'through SLURM'
mkdir bin
cat > bin/sbatch << 'X'
#!/usr/bin/env bash
# Does the wrapped line at once and answers a number, as --parsable does.
while [ $# -gt 0 ]; do [ "$1" = --wrap ] && line=$2; shift; done
bash -c "$line" > /dev/null 2>&1 || exit 1
echo $RANDOM
X
chmod +x bin/sbatch
study run quick-trivial --work three --engine slurm -q
PATH=$work/bin:$PATH bash three/submit.sh | grep -q '6 steps submitted' || fail 'not every step was submitted'
numbers three > c
cmp a c || fail 'another engine, another result'

echo 'with a suite that is named from where the study is started'
cp "$root/suites/quick.json" own.json
store=$(echo "$work"/one/steps/store-*/store/store)
sed -e 's#"suite": "quick"#"suite": "own.json"#' -e '/"store": {/,/^ },/c\ "store": {"folder": "'"${store#"$work"/}"'"},' "$root/studies/quick-trivial.json" > own-study.json
study run own-study.json --work four -q || fail "a study with a suite of its own ended with $?"
numbers four > d
cut -d, -f1-4 a > a4; cut -d, -f1-4 d > d4
cmp a4 d4 || fail 'the same suite from a file, another result'

echo 'ok'
