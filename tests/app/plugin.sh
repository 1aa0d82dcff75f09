#!/usr/bin/env bash
# Installs the program, builds examples/plugin against it as a stranger would, and runs its model under its protocol.
#   tests/app/plugin.sh BUILD SOURCE
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
cmake -G Ninja -S "$source/examples/plugin" -B "$work/mine" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/configure.log"
cmake --build "$work/mine" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
plugin=$work/mine/libmine.so
synerbench() { "$work/prefix/bin/synerbench" --plugin "$plugin" "$@"; }

synerbench models >"$work/models.txt"
synerbench metrics >"$work/metrics.txt"
grep -q '^ *median ' "$work/models.txt" || { echo "models does not list the plug-in's" >&2; exit 1; }
grep -q 'steps@1' "$work/metrics.txt" || { echo "metrics does not list the plug-in's protocol" >&2; exit 1; }
cd "$work"
synerbench phantom --size tiny --dataset brats --patients 6 --out tree -q
synerbench import brats tree/brats2021 --split ranked --out store -q
cat >mine.json <<'JSON'
{"schema": "synerbench/suite", "schema_version": 1, "name": "mine", "title": "Mine", "split": "test", "canvas": {"size": 32, "fit": "scale"},
 "protocols": ["synermed-2d@2", "steps@1"], "tasks": [{"id": "brats-t1-to-t2", "region": "brats", "source": "T1", "target": "T2", "group": "brats"}]}
JSON
synerbench run --suite mine.json --store store --model identity --model median:radius=2 --out run -q
synerbench report run --out report -q >"$work/report.txt"
grep -q 'Median of the source' report/leaderboard.md || { echo "the report does not show the plug-in's model" >&2; exit 1; }
grep -q 'step_mae' run/results.json || { echo "no score under the plug-in's protocol" >&2; exit 1; }
sha256=$(sha256sum "$plugin" | cut -d ' ' -f 1)
[ "$(grep -c "$sha256" run/results.json)" -ge 2 ] || { echo "the run does not name the plug-in's file" >&2; exit 1; }

# Without the plug-in nothing of it is known, and a run made with it says what is missing.
if "$work/prefix/bin/synerbench" run --suite mine.json --store store --model median --out other -q 2>without.txt; then
  echo "a model of a plug-in that is not loaded was found" >&2
  exit 1
fi
grep -q 'steps@1\|median' without.txt || { cat without.txt >&2; exit 1; }

# What is no plug-in, or one for another program, is refused with code 1.
refused() {  # FILE WORDS
  set +e
  "$work/prefix/bin/synerbench" --plugin "$1" models >out.txt 2>err.txt
  local code=$?
  set -e
  [ $code = 1 ] && grep -q "$2" err.txt || { echo "code $code for $1:" >&2; cat err.txt >&2; exit 1; }
}
refused nowhere.so 'is no file'
echo text >text.so
refused text.so 'cannot be loaded'
echo 'int other() { return 1; }' >other.c
cc -shared -fPIC other.c -o other.so
refused other.so 'is no plug-in'
cat >old.cpp <<'CPP'
#include <string>
extern "C" void synerbench_plugin_build(std::string* text) { *text = "plug-in 0"; }
extern "C" void synerbench_plugin_add(void*) {}
CPP
c++ -shared -fPIC old.cpp -o old.so
refused old.so 'was built for another program'
cp "$plugin" twice.so
set +e
"$work/prefix/bin/synerbench" --plugin "$plugin" --plugin twice.so models >out.txt 2>err.txt
[ $? = 1 ] && grep -q 'is there already' err.txt || { cat err.txt >&2; exit 1; }
echo "the plug-in was built, loaded, run and reported; five that are none were refused"
