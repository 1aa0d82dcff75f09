# What a faulty call has left, and whether that is right.

# Some verbs make a folder beside its place, out.NAME.
temporary_in() { find "$1" \( -name '.tmp-*' -o -name '.drawing-*' \) 2>/dev/null | wc -l; }
beside() { find "$(dirname "$1")" -maxdepth 1 -name "$(basename "$1").*" | head -n 1; }
# What an unfinished import or merge keeps is for the call that goes on with it, and goes with that.
marks_in() { find "$1" \( -name '.merging' -o -name '.making' -o -name '.partial' \) 2>/dev/null | wc -l; }
# Files that are the beginnings of those of an undisturbed call. Journals and logs grow line by line, and their readers know it; the tables
# of a run in which cases failed (exit code 3) lack the rows of these.
half_written_in() {
  find "$1" -type f -printf '%s %P\n' 2>/dev/null | while read -r size name; do
    case $name in *journal.jsonl | *log.jsonl | *openings.jsonl) continue ;; esac
    local whole="reference/$2/$name"
    if [ -f "$whole" ] && [ "$size" -lt "$(stat -c %s "$whole")" ] && cmp -s -n "$size" "$1/$name" "$whole"; then echo "$name"; fi
  done
}
# In words: "12 files, 1 mark".
stands_in() {
  local files; files=$(find "$1" -type f 2>/dev/null | wc -l)
  local marks; marks=$(marks_in "$1")
  if [ "$files" = 0 ]; then echo nothing; elif [ "$marks" = 0 ]; then echo "$files files"; else echo "$files files, $marks marks"; fi
}
# Two studies differ in the times that their steps took: stamps and the pages of reports have them. Steps are done in any order.
same() {
  [ -e "$1" ] || [ ! -e "reference/$2" ] && return 0
  if [ "$2" = study ]; then diff <(sort "reference/$2/openings.jsonl") <(sort "$1/openings.jsonl") >diff.log 2>&1 || return 1; fi
  local left_out=(-x timing.json -x settings.json)
  if [ "$2" = study ]; then left_out+=(-x done.json -x openings.jsonl -x orders -x 'leaderboard.*' -x plots); fi
  diff -r "${left_out[@]}" "reference/$2" "$1" >diff.log 2>&1
}

print_row() { printf '%-17s %-16s %4s  %-18s %-12s %-7s %s\n' "$@"; }
# Its verdict, its row and, where it is wrong, what it said.
fail() { failures=$((failures + 1)); printf '%-17s %-16s       FAILED: %s\n' "$1" "$2" "$3"; sed 's/^/    /' said | head -n 4; }

# The verdict on a call that has ended with $3, of which `said` holds what it said; $4: codes that are right; $5: the folder, to be
# completed by the same call now that the fault is gone ("" where there is none).
judge() {
  local fault=$1 verb=$2 code=$3 right=$4 out=$5 verdict=ok second=0 stands=- again=-
  tried=$((tried + 1))
  if ! [[ " $right " = *" $code "* ]]; then verdict="exit code $code, right: $right"; fi
  if [ "$code" -gt 128 ] && [ "$code" -ne 130 ]; then verdict="died of signal $((code - 128))"; fi
  if grep -q "internal error" said; then verdict="an internal error"; fi
  if [ -n "$out" ]; then
    stands=$(stands_in "$out")
    local half; half=$(half_written_in "$out" "$verb" | head -n 1)
    if [ -n "$half" ] && [ "$code" -ne 3 ]; then verdict="half a file stands: $half"; fi
    if [ "$(temporary_in "$out")" != 0 ]; then verdict="temporary files stay"; fi
    if [ -n "$(beside "$out")" ]; then verdict="stays beside it: $(beside "$out")"; fi
    fresh_again "$verb" "$out"
    call "$verb" "$out" again >/dev/null 2>again.log || second=$?
    if [ $second -eq 0 ]; then
      again=done
    elif grep -qE "$done_already" again.log; then
      again="had been done"
    else
      again="exit $second" verdict="the same call afterwards: exit code $second: $(head -n 1 again.log)"
    fi
    if [[ $again != exit* ]] && ! same "$out" "$verb"; then
      again="other bytes" verdict="other bytes afterwards: $(head -n 1 diff.log)"
    elif [ "$(temporary_in "$out")" != 0 ] || [ "$(marks_in "$out")" != 0 ] || [ -n "$(beside "$out")" ]; then
      verdict="marks of unfinished work stay"
    elif [[ $again != exit* ]]; then
      again="same bytes"
    fi
  fi
  if [ "$verdict" = ok ]; then
    print_row "$fault" "$verb" "$code" "$stands" "$again" ok "$(head -n 1 said | tr '\r' ' ' | cut -c1-110)"
  else
    print_row "$fault" "$verb" "$code" "$stands" "$again" WRONG "$(head -n 1 said | tr '\r' ' ' | cut -c1-110)"
    fail "$fault" "$verb" "$verdict"
  fi
}

skip() { skipped+=("$1: $2"); }
