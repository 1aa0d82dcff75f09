#!/usr/bin/env bash
# The completion scripts in a real bash and a real zsh, and the page of the manual through groff: both name all that --help names.
#   pages.sh path/to/synerbench
set -uo pipefail
synerbench=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
wrong() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }

"$synerbench" completion bash >"$work/completion.bash" || wrong "completion bash ended with $?"
# A bash without the settings of whoever runs this.
complete_here() {  # words...; the last is what is being typed
  bash --norc --noprofile -c '
    source "$0" || exit 9
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _synerbench
    printf "%s\n" "${COMPREPLY[@]}"' "$work/completion.bash" "$@"
}
expect() {  # "wanted words" words...
  local wanted=$1 seen
  shift
  seen=$(complete_here "$@" | tr '\n' ' ')
  [ "${seen% }" = "$wanted" ] || wrong "[$*] completes to [${seen% }], not [$wanted]"
}
all_of() {  # "wanted words" words...
  local wanted=$1 seen word
  shift
  seen=$(complete_here "$@")
  for word in $wanted; do grep -qxF -- "$word" <<<"$seen" || wrong "[$*] does not complete to $word"; done
}
options_of() { grep -oE '^  (-[a-z],)?--[a-z0-9-]+' "$work/help-$1" | grep -oE -- '--[a-z0-9-]+'; }

bash --norc --noprofile -n "$work/completion.bash" || wrong "the script is no bash"
verbs=$("$synerbench" --help | sed -n 's/^  \([a-z][a-z_-]*\) .*/\1/p')
all_of "$verbs" synerbench ""
for verb in $verbs; do
  "$synerbench" "$verb" --help >"$work/help-$verb"
  all_of "$(options_of "$verb")" synerbench "$verb" --
done
expect "report" synerbench rep
expect "gate" synerbench --plugin libmine.so ga
expect "f16 bf16 f32" synerbench weights pack --dtype ""
expect "bf16" synerbench weights pack --dtype = b
expect "info ls verify" synerbench store ""
expect "--quiet" synerbench store info --qui
expect "md csv tex json html" synerbench report runs/a --format ""
expect "synermed22" synerbench run --store store --suite synermed2
expect "" synerbench run --store st  # a file: bash's own completion takes over
expect "--store" synerbench run --suite store --sto
expect "bash zsh" synerbench completion ""
# The function is bound to the program, with files where it has nothing to say.
bash --norc --noprofile -c 'source "$0"; complete -p synerbench' "$work/completion.bash" >"$work/bound"
grep -q -- '-o default -F _synerbench' "$work/bound" || wrong "nothing is bound to synerbench"

"$synerbench" completion zsh >"$work/_synerbench" || wrong "completion zsh ended with $?"
if ! command -v zsh >/dev/null; then
  echo "zsh is not here (Debian package zsh): its completion is not tried"
else
  # zsh's own part, played by two functions: what is offered for a word, of which zsh shows what begins as typed.
  complete_here() {
    zsh -f -c '
      compdef() {}
      compset() { words[CURRENT]=${words[CURRENT]#*=} }
      compadd() { shift; print -rl -- ${(PM)1:#${words[CURRENT]}*} }
      _files() { print -r -- "(files)" }
      source "$0" || exit 9
      words=("$@") CURRENT=$#
      _synerbench' "$work/_synerbench" "$@"
  }
  zsh -f -n "$work/_synerbench" || wrong "the script is no zsh"
  all_of "$verbs" synerbench ""
  for verb in $verbs; do all_of "$(options_of "$verb")" synerbench "$verb" --; done
  expect "report" synerbench rep
  expect "gate" synerbench --plugin libmine.so ga
  expect "f16 bf16 f32" synerbench weights pack --dtype ""
  expect "bf16" synerbench weights pack --dtype=b
  expect "info ls verify" synerbench store ""
  expect "--quiet" synerbench store info --qui
  expect "synermed22" synerbench run --store store --suite synermed2
  expect "(files)" synerbench run --store st
  expect "--store" synerbench run --suite store --sto
  # As zsh loads it: found by compinit in $fpath, and bound to the program.
  zsh -f -c 'fpath=("$1" $fpath); autoload -Uz compinit; compinit -D -u; print -r -- $_comps[synerbench]' zsh "$work" >"$work/bound"
  grep -qx _synerbench "$work/bound" || wrong "nothing is bound to synerbench in zsh"
fi

if ! command -v groff >/dev/null; then
  echo "groff is not here (Debian package groff-base): the page of the manual is not rendered"
else
  "$synerbench" man >"$work/synerbench.1" || wrong "man ended with $?"
  groff -man -Tutf8 -ww -rLL=200n "$work/synerbench.1" >"$work/page" 2>"$work/warnings" || wrong "groff ended with $?"
  [ ! -s "$work/warnings" ] || wrong "groff warns: $(head -n 3 "$work/warnings")"
  # Without the overstrikes and colors of a terminal.
  sed -e 's/\x1b\[[0-9;]*m//g' -e 's/.\x08//g' "$work/page" >"$work/text"
  for verb in $verbs; do
    grep -qE "^ *synerbench $verb\$" "$work/text" || wrong "the page has no section about $verb"
    for option in $(options_of "$verb"); do
      grep -qF -- "$option" "$work/text" || wrong "the page does not name $option"
    done
  done
  grep -q "regression" "$work/text" || wrong "the page has no exit codes"
fi

[ $failures = 0 ] && echo "completion and page of the manual: all there"
exit $((failures > 0))
