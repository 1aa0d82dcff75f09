# Signals, and two processes that write one folder.

# The program that the shell $1 has started for a call, once it takes signals; before its first line nobody can. Nothing when it has ended.
taking_signals() {
  local child caught
  while kill -0 "$1" 2>/dev/null; do
    child=$(pgrep -P "$1" | head -n 1)
    caught=$(awk '/SigCgt/ { print $2 }' "/proc/${child:-none}/status" 2>/dev/null)
    if [ -n "$caught" ] && [ $((0x$caught & 2)) -ne 0 ]; then echo "$child"; return; fi
    sleep 0.01
  done
}
signaled() {
  local name=$1 signal=$2 verb=$3 share code pid child
  for share in 0 3 6; do
    code=0; fresh "$verb" out; : >said
    call "$verb" out >/dev/null 2>said & pid=$!
    child=$(taking_signals $pid)
    sleep "$(awk "BEGIN { print ${length[$verb]} * $share / 10 }")"
    local begin; begin=$(date +%s%N)
    [ -z "$child" ] || kill -"$signal" "$child" 2>/dev/null
    wait $pid || code=$?
    echo "ended $((($(date +%s%N) - begin) / 1000000)) ms after the signal" >>said
    judge "$name" "$verb" $code "0 130" out
  done
}
interrupt() { signaled interrupt INT "$1"; }
terminate() { signaled terminate TERM "$1"; }

two-at-once() {
  local verb=$1 first=0 second=0 a b
  fresh "$verb" out
  call "$verb" out >/dev/null 2>said-1 & a=$!
  call "$verb" out >/dev/null 2>said-2 & b=$!
  wait $a || first=$?
  wait $b || second=$?
  cat said-1 said-2 >said
  # One does the work, the other says that it is being done, or that it has been done.
  if [ $first -ne 0 ] && [ $second -ne 0 ]; then judge two-at-once "$verb" "$first" "0" out; return; fi
  judge two-at-once "$verb" $((first > second ? first : second)) "0 1" out
}
