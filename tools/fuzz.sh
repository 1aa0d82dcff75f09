#!/usr/bin/env bash
# Fuzzes everything that reads bytes from outside, with libFuzzer and sanitizers (needs clang).
#   tools/fuzz.sh [SECONDS per target, default 600] [TARGET...]     all targets: tests/fuzz/targets.h
# "checkpoint" needs LibTorch and is built by a preset of its own, fuzz-torch; without LibTorch it is left out.
# What is new is kept in build/fuzz/corpus/TARGET; findings are in build/fuzz/findings/TARGET. Ends with code 1 when there
# are some. A finding is fixed as a kind, and its input goes to tests/fuzz/corpus/TARGET, where the ordinary tests replay it.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=600
if [[ ${1:-} =~ ^[0-9]+$ ]]; then seconds=$1; shift; fi
mapfile -t targets < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else sed -n 's/^Target \(.*\)();$/\1/p' tests/fuzz/targets.h; fi)

preset_of() { if [ "$1" = checkpoint ]; then echo fuzz-torch; else echo fuzz; fi; }
program_of() { echo "build/$(preset_of "$1")/tests/fuzz/fuzz_$1"; }
mkdir -p build
jobs=${FUZZ_JOBS:-$(nproc)}
for preset in fuzz fuzz-torch; do
  programs=()
  for target in "${targets[@]}"; do if [ "$(preset_of "$target")" = $preset ]; then programs+=("fuzz_$target"); fi; done
  [ ${#programs[@]} -gt 0 ] || continue
  if [ ! -f build/$preset/build.ninja ] && ! cmake --preset $preset >"build/$preset.log" 2>&1; then
    tail -n 3 "build/$preset.log" >&2
    echo "left out: ${programs[*]}; they cannot be configured, see build/$preset.log" >&2
    mapfile -t targets < <(for target in "${targets[@]}"; do if [ "$(preset_of "$target")" != $preset ]; then echo "$target"; fi; done)
    continue
  fi
  rm -f "build/$preset.log"
  ninja -C build/$preset -j "$jobs" "${programs[@]}" | tail -n 1
done

total=0
printf '%-14s %8s %10s %8s %7s %7s %9s\n' target seconds runs runs/s edges corpus findings
for target in "${targets[@]}"; do
  program=$(program_of "$target")
  corpus=build/fuzz/corpus/$target findings=build/fuzz/findings/$target log=build/fuzz/$target.log
  mkdir -p "$corpus" "$findings"
  rm -f "$findings"/*
  "$program" --seeds "$corpus"
  mapfile -t known < <(ls -d "tests/fuzz/corpus/$target" 2>/dev/null || true)
  words=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len="$("$program" --longest)" -print_final_stats=1
         -use_value_profile=1 -artifact_prefix="$findings/")
  if [ -f "tests/fuzz/$target.dict" ]; then words+=(-dict="tests/fuzz/$target.dict"); fi
  begin=$SECONDS
  ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
    "$program" "${words[@]}" "$corpus" "${known[@]}" >"$log" 2>&1 || true
  spent=$((SECONDS - begin))
  found=$(find "$findings" -type f | wc -l)
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d ' ' -f 2)
  printf '%-14s %8d %10s %8s %7s %7s %9d\n' "$target" "$spent" "${runs:-?}" "$((${runs:-0} / (spent > 0 ? spent : 1)))" "${edges:-?}" \
    "$(find "$corpus" -type f | wc -l)" "$found"
  total=$((total + found))
done
if [ $total -gt 0 ]; then
  echo "$total findings below build/fuzz/findings; run one again: build/fuzz/tests/fuzz/fuzz_TARGET FILE"
  exit 1
fi
