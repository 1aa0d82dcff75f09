#!/usr/bin/env bash
# Builds with a sanitizer and runs the tests under it.
#   tools/sanitize.sh address [ctest's words]    addresses and undefined behavior; default: the whole default test set
#   tools/sanitize.sh thread [ctest's words]     data races; default: the rooms that start threads
# The build takes about an hour of one core the first time (build/asan, build/tsan). Ends with ctest's exit code.
# A finding ends its test, and is printed with it (--output-on-failure).
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-}
case $kind in
  address) preset=asan ;;
  thread) preset=tsan ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac
shift
jobs=${SYNERBENCH_JOBS:-$(nproc)}
here=$PWD

# Leaks are looked for in everything that is ours; what other libraries keep until the end is in the list.
# An allocation that cannot be met is an exception here, as it is without a sanitizer.
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:detect_stack_use_after_return=1:strict_string_checks=1
export LSAN_OPTIONS=suppressions=$here/tests/support/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
# OpenMP's threads are not known to the sanitizer: their barriers look like races. So one thread inside LibTorch.
export TSAN_OPTIONS=suppressions=$here/tests/support/races.txt:halt_on_error=1:second_deadlock_stack=1
if [ $kind = thread ]; then export OMP_NUM_THREADS=1; fi

[ -f build/$preset/build.ninja ] || cmake --preset $preset >/dev/null
if [ $kind = address ]; then
  ninja -C build/$preset -j "$jobs"
  exec ctest --test-dir build/$preset -LE 'slow|gpu' -j "$jobs" --output-on-failure "$@"
fi
# Every room that starts threads without LibTorch: loops, files, import, runs, metrics, bootstraps, phantoms.
rooms=(core data import run metrics reports phantom)
programs=()
for room in "${rooms[@]}"; do programs+=("tests/$room/all"); done
ninja -C build/$preset -j "$jobs" "${programs[@]}"
worst=0
for room in "${rooms[@]}"; do
  ctest --test-dir build/$preset/tests/$room -LE 'slow|gpu' -j "$jobs" --output-on-failure "$@" || worst=$?
done
exit $worst
