#!/usr/bin/env bash
# What docs/cluster.md says, on a SLURM that runs (two node daemons on one machine will do): a study by dependencies, and an evaluation as an
# array job whose shards are merged. Both end in the numbers of one machine. Ends with 77 (skipped) where no SLURM answers.
#   slurm.sh path/to/synerbench
set -euo pipefail
synerbench=$(readlink -f "$1")
if ! command -v sbatch >/dev/null || ! timeout 10 sinfo -h >/dev/null 2>&1; then
  echo 'skipped: no SLURM answers here; docs/cluster.md says how to start one on a single machine'
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $1"; exit 1; }
wait_for() {  # job
  for _ in $(seq 300); do
    case $(squeue -h -j "$1" -o %T 2>/dev/null | sort -u | head -n 1) in '') return ;; esac
    sleep 1
  done
  fail "job $1 is not finished after five minutes"
}
numbers() { cat "$1"/steps/report-main-*/report-main/cases.csv "$1"/steps/contrast-*/contrast-*/comparison.json; }

echo 'a study by dependencies'
"$synerbench" study run quick-trivial --work here -q
"$synerbench" study run quick-trivial --work slurm --engine slurm -q
bash slurm/submit.sh
for job in $(squeue -h -u "$(id -un)" -o %i); do wait_for "$job"; done
"$synerbench" study status quick-trivial --work slurm | tee said | grep -q '^6 of 6 steps done' || { cat said slurm-*.out; fail 'not all is done'; }
numbers here > a; numbers slurm > b
cmp a b || fail 'another engine, other numbers'

echo 'an array job and merge'
store=$(ls -d here/steps/store-*/store/store)
words=(--suite quick --task brain-mr-to-ct --store "$store" --canvas 64:pad --model mean --model monotone)
cat > evaluate.sbatch <<EOF
#!/bin/bash
#SBATCH --array=1-3 --cpus-per-task=1
"$synerbench" run ${words[*]} --shard "\$SLURM_ARRAY_TASK_ID/\$SLURM_ARRAY_TASK_COUNT" --out "shards/\$SLURM_ARRAY_TASK_ID" -q
EOF
array=$(sbatch --parsable evaluate.sbatch)
merge=$(sbatch --parsable --dependency="afterok:$array" --wrap "\"$synerbench\" merge shards/* --out merged -q")
wait_for "$merge"
"$synerbench" run "${words[@]}" --out whole -q
cmp merged/results.json whole/results.json || { cat slurm-*.out; fail 'shards by SLURM, other numbers'; }
echo 'all as promised'
