# A clock that jumps, and too little memory.

clock() {
  local verb=$1 code jump
  command -v faketime >/dev/null || { skip "a clock that jumps" "libfaketime is not installed"; return; }
  for jump in '-20y' '+0 i-3600'; do  # twenty years ago; an hour back at every look
    code=0; fresh "$verb" out
    program=(faketime -f "$jump" "$synerbench")
    call "$verb" out >/dev/null 2>said || code=$?
    program=("$synerbench")
    judge "clock${jump:0:4}" "$verb" $code 0 out
  done
}

little-memory() {
  local verb=$1 peak=0 seen pid child code share
  fresh "$verb" out
  call "$verb" out >/dev/null 2>&1 & pid=$!
  while kill -0 $pid 2>/dev/null; do
    for child in $(pgrep -P $pid); do
      seen=$(awk '/VmPeak/ { print $2 }' "/proc/$child/status" 2>/dev/null) && [ "${seen:-0}" -gt $peak ] && peak=$seen
    done
    sleep 0.02
  done
  for share in 97 92 85 70; do
    # Below what its libraries take there is no program that could answer: OpenBLAS tries for ever to get its buffers, before main().
    if ! (ulimit -v $((peak * share / 100)); timeout -s KILL 60 "$synerbench" --version >/dev/null 2>&1) 2>/dev/null; then
      skip "$share % of its memory" "the libraries of some verbs do not start with so little"
      break
    fi
    code=0; fresh "$verb" out
    program=(timeout -s KILL $((60 + 20 * ${length[$verb]%.*})) "$synerbench")  # one that hangs has died of signal 9
    (ulimit -v $((peak * share / 100)); call "$verb" out >/dev/null 2>said) || code=$?
    program=("$synerbench")
    judge "memory-$share%" "$verb" $code "0 $(failed_of "$verb")" out
  done
}
