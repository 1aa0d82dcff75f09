#!/usr/bin/env bash
# How near maps without learning come to the paper's zero-shot figures on real brains: each brain of data/real-smoke in turn is the test
# patient, and the maps are fitted on the others.
#   tools/real-brains.sh PROGRAM SCANS [OUT=runs/real-brains]      SCANS: the folder that data/real-smoke/README.md describes
# Leaves OUT/<patient>/run for each, and prints a table: mean over the brains that have both contrasts, whole slice, SSIM of synermed-2d@2.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 1; }
program=$(realpath "$1") scans=$(realpath "$2") out=$(realpath -m "${3:-runs/real-brains}")
cd "$(dirname "$0")/.."
list=data/real-smoke/pairs.csv
mapfile -t patients < <(awk -F, '!/^#/ && $3 == "brats" {print $2}' $list | sort -u)
mkdir -p "$out"
runs=()
for patient in "${patients[@]}"; do
  folder=$out/$patient
  runs+=("$folder/run")
  [ -f "$folder/run/results.json" ] && continue
  mkdir -p "$folder"
  # CBCT, legs and other regions stay out: the list keeps its head, and of the rest the brains.
  awk -F, -v OFS=, -v test="$patient" '/^#/ {next} NR > 1 && !seen++ {print; next} $3 == "brats" {$7 = $2 == test ? "test" : "train"; print}' $list >"$folder/pairs.csv"
  "$program" import pairs "$scans" --list "$folder/pairs.csv" --resample linear --out "$folder/store" -q
  "$program" run --suite real-smoke --task 'brats-*' --store "$folder/store" --model mean --model identity --model monotone \
    --out "$folder/run" -q || [ $? -eq 3 ]
done
python3 - suites/published/synermedgen-2026.json "${runs[@]}" <<'EOF'
import collections, json, sys
published = next(t for t in json.load(open(sys.argv[1]))["tables"] if t["id"] == "zero-shot")
values = collections.defaultdict(lambda: collections.defaultdict(list))
for run in sys.argv[2:]:
    for case in json.load(open(run + "/results.json"))["cases"]:
        for m in case["measures"]:
            if m["protocol"] == "synermed-2d@2" and m["metric"] == "ssim" and m.get("value") is not None:
                values[case["task"]][case["model"]].append(m["value"])
print("| task | brains | mean image | identity | monotone | paper, Stage I only | paper, recognition only |")
print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
above = 0
for task in (t for t in published["rows"] if t in values):
    mean = {model: sum(v) / len(v) for model, v in values[task].items()}
    gau, traditional = (x / 100 for x in published["rows"][task])
    above += max(mean["identity"], mean["monotone"]) > gau
    print(f"| {task} | {len(values[task]['identity'])} | {mean['mean']:.3f} | {mean['identity']:.3f} | {mean['monotone']:.3f} | {gau:.3f} | {traditional:.3f} |")
print(f"\n{above} of {sum(t in values for t in published['rows'])} tasks: identity or monotone above the paper's Stage I.")
EOF
