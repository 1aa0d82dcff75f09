#!/usr/bin/env bash
# Builds the CUDA metrics, runs their tests on the device and measures them against copying memory: everything that
# needs a GPU, in one call.
#
#   tools/gpu-check.sh [--build-only | --run-only] [build folder = build/gpu]
#
# --build-only where nvcc is and no GPU: the programs then need of the other machine a driver, the same C library and libbenchmark.
# --run-only there: runs what lies in the build folder. $OUT (default: the build folder) gets gpu-tests.log, gpu-benchmark.json
# and gpu-benchmark.log. $ARCHITECTURES (default 80-real;90) is CMAKE_CUDA_ARCHITECTURES, $PREFIX is CMAKE_PREFIX_PATH, $JOBS the
# number of compilers. Needs neither ITK nor LibTorch. Ends with 0, with 77 when no device answers, else with what failed.
set -euo pipefail
cd "$(dirname "$0")/.."
build=yes run=yes folder=build/gpu
for word in "$@"; do
  case $word in
    --build-only) run=no ;;
    --run-only) build=no ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "gpu-check: $word: --build-only or --run-only wanted" >&2; exit 1 ;;
    *) folder=$word ;;
  esac
done
out=${OUT:-$folder}
tests=$folder/tests/metrics/cuda/metrics_cuda_test device_tests=$folder/tests/metrics/cuda/metrics_cuda_device_test
bench=$folder/benchmarks/cuda/cuda_metrics_benchmark

if [ $build = yes ]; then
  generator=()
  command -v ninja >/dev/null && generator=(-G Ninja)
  launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  mkdir -p "$folder"
  cmake -S . -B "$folder" "${generator[@]}" "${launcher[@]}" -DCMAKE_BUILD_TYPE=Release -DSYNERBENCH_WITH_ITK=OFF -DSYNERBENCH_WITH_TORCH=OFF \
    -DSYNERBENCH_WITH_CUDA_METRICS=ON -DSYNERBENCH_BUILD_BENCHMARKS=ON "-DCMAKE_CUDA_ARCHITECTURES=${ARCHITECTURES:-80-real;90}" \
    ${PREFIX:+"-DCMAKE_PREFIX_PATH=$PREFIX"} >"$folder/configure.log" 2>&1 ||
    { tail -n 30 "$folder/configure.log"; echo "gpu-check: configuring failed: $folder/configure.log" >&2; exit 2; }
  cmake --build "$folder" -j "${JOBS:-$(nproc)}" --target metrics_cuda_test metrics_cuda_device_test cuda_metrics_benchmark
fi
[ $run = yes ] || exit 0

for program in "$tests" "$device_tests" "$bench"; do
  [ -x "$program" ] || { echo "gpu-check: $program is missing; build it: tools/gpu-check.sh --build-only $folder" >&2; exit 2; }
done
mkdir -p "$out"
echo "== device"
nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total --format=csv 2>/dev/null || echo "nvidia-smi does not answer"

echo "== tests: the emulation, then the device"
worst=0
"$tests" --gtest_brief=1 >"$out/gpu-tests.log" 2>&1 || worst=$?
"$device_tests" >>"$out/gpu-tests.log" 2>&1 || worst=$?
grep -E '^\[  (PASSED|FAILED|SKIPPED)|Skipped' "$out/gpu-tests.log" || true
if [ $worst -ne 0 ]; then
  grep -m 20 -A 4 ': Failure' "$out/gpu-tests.log" || tail -n 20 "$out/gpu-tests.log"
  echo "gpu-check: tests failed: $out/gpu-tests.log" >&2
fi

echo "== benchmark: of_copy is the share of the measured copy's rate; the aim is 0.6"
code=0
"$bench" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true --benchmark_min_time=0.2 --benchmark_counters_tabular=true \
  --benchmark_out="$out/gpu-benchmark.json" >"$out/gpu-benchmark.log" 2>&1 || code=$?
grep -E 'median|machine/copy|nothing is measured|cuda_metrics_benchmark:' "$out/gpu-benchmark.log" || true
[ $worst -ne 0 ] || worst=$code
exit $worst
