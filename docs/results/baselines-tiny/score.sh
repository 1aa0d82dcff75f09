#!/bin/sh
# Scores models on the six tasks of docs/results/baselines-tiny, one case at a time on one thread. Run it for the groups that README.md lists.
#
#   SYNERBENCH=build/release/app/synerbench STORE=store docs/results/baselines-tiny/score.sh RUN MODEL...
set -eu
: "${SYNERBENCH:=synerbench}" "${STORE:?the slice store}"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
run=$1
shift
"$SYNERBENCH" run -q --suite synermed22 --canvas 64:pad --store "$STORE" --threads 1 \
  --task brain-cbct-to-ct --task brain-mr-to-ct --task brain-ct-to-mr --task wb-ct-to-pet --task brats-t1-to-t2 --task brats-t1-to-t1c \
  $(printf -- '--model %s ' "$@") --out "$run"
