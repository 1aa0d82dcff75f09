# Standard streams that take nothing, or that are not there.

full-stdout() {
  local verb=$1 code=0
  fresh "$verb" out
  call "$verb" out >/dev/full 2>said || code=$?
  judge full-stdout "$verb" $code "0 2" out
}

closed-streams() {
  local verb=$1 code=0
  fresh "$verb" out; : >said
  call "$verb" out <&- >/dev/null 2>said || code=$?
  judge closed-stdin "$verb" $code 0 out
  code=0; fresh "$verb" out; : >said
  call "$verb" out >&- 2>said || code=$?
  judge closed-stdout "$verb" $code "0 2" out
  code=0; fresh "$verb" out; : >said
  call "$verb" out >/dev/null 2>&- || code=$?
  judge closed-stderr "$verb" $code 0 out
}
