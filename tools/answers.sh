# What the launcher says itself, without a program: help, version, and that a word is no verb. Sourced by ./synerbench.
#
# help.txt is the program's own --help. A test holds the two together (tests/app/launcher.sh), and
#   ninja -C build/release help_text
# writes it anew after a verb or its summary has changed.

help_text=$root/tools/help.txt

known_verbs() { sed -n 's/^  \([a-z][a-z_-]*\) .*/\1/p' "$help_text"; }

is_verb() { [[ $1 =~ ^[a-z][a-z_-]*$ ]] && known_verbs | grep -qxF -- "$1"; }

# A verb that was written after help.txt: the program knows it once it is built.
has_source() { [[ $1 =~ ^[a-z][a-z_-]*$ ]] && [ -f "$root/app/verb_${1//-/_}.cpp" ]; }

# The built program says what the sources say: no source is newer.
binary_is_current() {
  [ -x "$binary" ] || return 1
  [ "${SYNERBENCH_NO_BUILD:-0}" = 1 ] && return
  local list folders=()
  for list in "$root"/*/CMakeLists.txt; do
    [[ $list == */tests/* || $list == */benchmarks/* ]] || folders+=("${list%/*}")
  done
  [ -z "$(find "$root/CMakeLists.txt" "$root/cmake" "${folders[@]}" -type f -newer "$binary" -print -quit)" ]
}

answer_version() {
  local number commit changes=
  number=$(sed -n 's/^project(SynerBench VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
  if commit=$(git -C "$root" rev-parse HEAD 2>/dev/null); then
    [ -z "$(git -C "$root" status --porcelain 2>/dev/null)" ] || changes=", with uncommitted changes"
  else
    commit=unknown
  fi
  printf 'synerbench %s (%s%s)\n' "$number" "$commit" "$changes"
}

answer_verb_help() {
  printf 'synerbench %s: %s\n' "$1" "$(sed -n "s/^  $1  *//p" "$help_text")"
  printf '  The program lists its options. It is not built yet; the first use of a verb builds it, which takes some minutes.\n'
}

# The hint of did_you_mean() in harness/core/error.cpp, by the same distance: insertions, deletions, changes and swaps of
# neighbors count 2, a change of case counts 1, and so do all changes of case where nothing else differs.
did_you_mean() {
  LC_ALL=C SEEN=$1 KNOWN=$(known_verbs) awk 'BEGIN {
    seen = ENVIRON["SEEN"]; n = split(ENVIRON["KNOWN"], known, /[ \n]+/); best = -1
    for (k = 1; k <= n; ++k) {
      list = list (k > 1 ? " " : "") known[k]
      distance = seen != known[k] && tolower(seen) == tolower(known[k]) ? 1 : edit_distance(seen, known[k])
      if (best < 0 || distance < best) { best = distance; nearest = known[k] }
    }
    allowed = int(2 * length(nearest) / 3); if (allowed < 2) allowed = 2
    printf "%sknown: %s\n", (best <= allowed ? "did you mean \"" nearest "\"? " : ""), list
  }
  function least(a, b) { return a < b ? a : b }
  function edit_distance(a, b,    i, j, x, y, d, change) {
    for (i = 0; i <= length(a); ++i) d[i, 0] = 2 * i
    for (j = 0; j <= length(b); ++j) d[0, j] = 2 * j
    for (i = 1; i <= length(a); ++i) for (j = 1; j <= length(b); ++j) {
      x = substr(a, i, 1); y = substr(b, j, 1)
      change = x == y ? 0 : tolower(x) == tolower(y) ? 1 : 2
      d[i, j] = least(least(d[i - 1, j] + 2, d[i, j - 1] + 2), d[i - 1, j - 1] + change)
      if (i > 1 && j > 1 && x == substr(b, j - 1, 1) && substr(a, i - 1, 1) == y)
        d[i, j] = least(d[i, j], d[i - 2, j - 2] + 2)
    }
    return d[length(a), length(b)]
  }'
}

# Whether a line asks for help or the version, or has no verb where one must stand. `run --help` counts until there is a program
# to list the options of `run`.
needs_no_program() {
  case "${1:-}" in
    "" | --version) ;;
    -h | --help) is_verb "${2:-}" && needs_no_program "$2" --help || ! is_verb "${2:-}" ;;
    -*) [ $# = 1 ] ;;
    help) [ $# = 1 ] || needs_no_program "$2" --help ;;
    *)
      has_source "$1" && ! is_verb "$1" && return 1
      is_verb "$1" || return 0
      [ ! -x "$binary" ] && [[ " ${*:2} " =~ \ (-h|--help)\  ]]
      ;;
  esac
}

answer() {
  case "${1:-}" in
    --version) answer_version ;;
    -h | --help) if is_verb "${2:-}"; then answer_verb_help "$2"; else cat "$help_text"; fi ;;
    "") if [ $# = 0 ]; then cat "$help_text"; else fail $'A subcommand is required\n  synerbench --help shows what is possible'; fi ;;
    -*) fail $'A subcommand is required\n  synerbench --help shows what is possible' ;;
    help) if [ $# = 1 ]; then answer --help; else answer "$2"; fi ;;
    *)
      is_verb "$1" || fail "\"$1\": no such verb
  $(did_you_mean "$1")
  synerbench --help shows what is possible"
      answer_verb_help "$1"
      ;;
  esac
}
