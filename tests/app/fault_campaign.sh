#!/usr/bin/env bash
# Faults of a machine, over every verb that writes: what each does to it, and that it leaves nothing behind.
#   fault_campaign.sh path/to/synerbench [quick | all] [faults, default all] [verbs, default all]
# The rule for every pair of a fault and a verb: a documented exit code (docs/exit-codes.md), never 5 and never the death by a signal; no
# temporary file and no half a file stays; once the fault is gone, the same call gives the bytes of an undisturbed one. Prints a table: exit
# code, what stood on the disk, how the same call ended afterwards. At the end: what could not be tried on this machine.
# quick: a few verbs under the faults that need neither root nor long work.
# The verbs are in faults/verbs.sh, the verdict in faults/verdict.sh, the faults in the other files of faults/.
set -uo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
synerbench=$(readlink -f "$1") how=${2:-all}
for part in verbs verdict disks streams processes machine models; do source "$here/faults/$part.sh"; done
all_faults="full-disk full-stdout read-only unreadable-above unreadable-input closed-streams interrupt terminate two-at-once clock little-memory bad-model"
if [ "$how" = quick ]; then all_faults="full-stdout closed-streams interrupt two-at-once bad-model" all_verbs="merge convert init run"; fi
faults=${3:-$all_faults} verbs=${4:-$all_verbs}
work=$(mktemp -d) && chmod 755 "$work"
mounted=()
clean_up() { for at in "${mounted[@]}"; do umount "$at" 2>/dev/null; done; chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"; }
trap clean_up EXIT
cd "$work" || exit 1
failures=0 tried=0 skipped=()
program=("$synerbench")
export OMP_WAIT_POLICY=passive

with_torch=true
if "$synerbench" train --model pix2pix --store none --out none 2>&1 | grep -q "without LibTorch"; then with_torch=false; fi
# A user who may not do everything: root would read and write any folder.
other_user=()
if [ "$(id -u)" = 0 ]; then
  if command -v setpriv >/dev/null; then other_user=(setpriv --reuid=65534 --regid=65534 --clear-groups); else other_user=(none); fi
fi

prepare || { echo "FAILED: the undisturbed calls do not work"; exit 1; }
mkdir reference
declare -A length
print_row fault verb exit "stood on the disk" "again" verdict "first line"
for verb in $verbs; do
  if [[ " $learned_verbs " = *" $verb "* ]] && ! $with_torch; then
    skip "$verb" "this program is built without LibTorch"
    continue
  fi
  fresh "$verb" "reference/$verb"
  begin=$(date +%s%N)
  call "$verb" "reference/$verb" >/dev/null 2>said || { echo "FAILED: $verb, undisturbed: $(cat said)"; exit 1; }
  length[$verb]=$(awk "BEGIN { print ($(date +%s%N) - $begin) / 1e9 }")
  for fault in $faults; do $fault "$verb"; done
  rm -rf out
done
echo
echo "$tried faulty calls, $failures failures"
printf '%s\n' "${skipped[@]}" | sort -u | sed '/^$/d; s/^/not tried: /'
[ $failures -eq 0 ]
