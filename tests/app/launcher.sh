#!/usr/bin/env bash
# The launcher on a fresh clone: help, version and the answer to an unknown verb come at once, in the program's own words, and nothing
# is installed or built for them.
#   launcher.sh SOURCES [path/to/synerbench]
# Without a program (or with one that lacks verbs, built without ITK) the words are not compared.
set -uo pipefail
sources=$1 program=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
wrong() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }

# What the launcher needs of a clone, as it stands in the working tree.
clone=$work/clone
mkdir -p "$clone/app"
cp -r "$sources/synerbench" "$sources/CMakeLists.txt" "$sources/tools" "$sources/cmake" "$clone"
cp "$sources"/app/*.cpp "$sources"/app/*.h "$sources/app/CMakeLists.txt" "$clone/app"
git_here() { git -C "$clone" -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false "$@"; }
git_here init -q && git_here add -A && git_here commit -q -m clone || wrong "git"

# Nobody may call these; each leaves its name when called.
mkdir "$work/stubs"
for name in apt-get cmake ctest dpkg-query ninja sudo; do
  printf '#!/bin/sh\necho %s >>"%s"\nexit 99\n' "$name" "$work/called" >"$work/stubs/$name"
  chmod +x "$work/stubs/$name"
done
unset SYNERBENCH_PRESET SYNERBENCH_NO_BUILD SYNERBENCH_NO_INSTALL
launch() {  # arguments; leaves $said and $code
  rm -f "$work/called"
  said=$(cd "$work" && PATH=$work/stubs:$PATH "$clone/synerbench" "$@" 2>&1)
  code=$?
}
answers_at_once() {  # CODE arguments...
  local wanted=$1
  shift
  launch "$@"
  [ $code = "$wanted" ] || wrong "[$*] ended with $code, not $wanted: $said"
  [ ! -e "$work/called" ] || wrong "[$*] called $(tr '\n' ' ' <"$work/called")"
  [ ! -e "$clone/build" ] || wrong "[$*] made a build folder"
}
says_what_the_program_says() {  # arguments...
  [ -n "$program" ] || return
  local expected expected_code
  expected=$("$program" "$@" 2>&1)
  expected_code=$?
  answers_at_once $expected_code "$@"
  [ "$said" = "$expected" ] || wrong "[$*] says
$said
and the program
$expected"
}
goes_on_to_build() {
  launch "$@"
  [ -e "$work/called" ] || wrong "[$*] built nothing: $said"
}

if [ -n "$program" ] && ! diff "$sources/tools/help.txt" <("$program" --help); then
  wrong "tools/help.txt is not what the program says; write it anew: ninja -C build/release help_text"
fi
verbs=$(sed -n 's/^  \([a-z][a-z_-]*\) .*/\1/p' "$sources/tools/help.txt")
[ "$(wc -w <<<"$verbs")" -ge 10 ] || wrong "tools/help.txt lists only: $verbs"

for line in "" --help -h help; do
  answers_at_once 0 $line
  [ "$said" = "$(cat "$sources/tools/help.txt")" ] || wrong "[$line] says $said"
  says_what_the_program_says $line
done
for line in --verison -x; do
  says_what_the_program_says $line
done
says_what_the_program_says ""
says_what_the_program_says --help rnu
for word in rnu trian RUN frobnicate "two words" 'a*' '$(ls)' über; do
  says_what_the_program_says "$word"
done
for word in s tset '\n'; do answers_at_once 1 "$word"; done
says_what_the_program_says help trian
says_what_the_program_says trian --help

version=$(sed -n 's/^project(SynerBench VERSION \([0-9.]*\).*/\1/p' "$sources/CMakeLists.txt")
commit=$(git_here rev-parse HEAD)
answers_at_once 0 --version
[ "$said" = "synerbench $version ($commit)" ] || wrong "--version of a clean clone says $said"
echo >>"$clone/CMakeLists.txt"
answers_at_once 0 --version
[ "$said" = "synerbench $version ($commit, with uncommitted changes)" ] || wrong "--version of a changed clone says $said"
if [ -n "$program" ]; then
  form() { sed -E 's/\((unknown|[0-9a-f]{40})(, with uncommitted changes)?\)/(COMMIT)/'; }
  [ "$(form <<<"$said")" = "$("$program" --version | form)" ] || wrong "--version has another form than the program's: $said"
fi

first=${verbs%%$'\n'*}
for line in "$first --out x -h" "help $first" "--help $first"; do
  answers_at_once 0 $line
  [[ $said == "synerbench $first: "*"first use"*builds* ]] || wrong "[$line] says $said"
done
for verb in $verbs; do
  answers_at_once 0 $verb --help
  [[ $said == "synerbench $verb: "*"first use"*builds* ]] || wrong "[$verb --help] says $said"
done
answers_at_once 0 test --help
[[ $said == *"runs the tests"* ]] || wrong "test --help says $said"

# What does need the program is built as ever; so is a verb that the sources have and help.txt does not.
goes_on_to_build doctor
goes_on_to_build run --suite quick
goes_on_to_build test
echo '// a verb' >"$clone/app/verb_brand_new.cpp"
goes_on_to_build brand-new
goes_on_to_build brand-new --help
rm -rf "$clone/build" "$clone/app/verb_brand_new.cpp"

# A program that is there answers itself while no source is newer than it.
mkdir -p "$clone/build/unity/app"
printf '#!/bin/sh\necho "the program: $*"\n' >"$clone/build/unity/app/synerbench"
chmod +x "$clone/build/unity/app/synerbench"
touch -d '+1 hour' "$clone/build/unity/app/synerbench"
for line in --help --version help rnu; do
  launch $line
  [ "$said" = "the program: $line" ] || wrong "[$line] with a program says $said"
  [ ! -e "$work/called" ] || wrong "[$line] with a program called $(cat "$work/called")"
done
touch -d '+2 hours' "$clone/app/main.cpp"
launch --help
[ "$said" = "$(cat "$sources/tools/help.txt")" ] || wrong "--help with an old program says $said"
[ ! -e "$work/called" ] || wrong "--help with an old program called $(cat "$work/called")"
goes_on_to_build run --help  # brings the program up to date, so that the options are those of the sources

[ $failures = 0 ] && echo "the launcher answers at once"
exit $((failures > 0))
