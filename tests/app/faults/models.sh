# Models that throw, answer NaN, hang or die, in every verb that asks one; trainings that leave the numbers.

# examples/model_plain.py, which ends itself at some slices until $work/healed is there.
write_dying_model() {
  [ -e dying.py ] && return
  command -v python3 >/dev/null || { skip "a model that dies" "no python3 here"; return 1; }
  awk -v healed="$work/healed" '{ print } /kind == 5/ {
    print "        if not os.path.exists(\"" healed "\") and struct.unpack_from(\"<Q\", data, 24)[0] % 4 == 0:"
    print "            os.kill(os.getpid(), 9)" }' "$here/../../examples/model_plain.py" >dying.py
}
spoken_of() {
  case $1 in
    throw | nan) echo "faulty(${2}, $1=0.3, seed=3, heal=$work/healed)" ;;
    hang) echo "faulty(${2}, hang=0.3, seed=3, heal=$work/healed)" ;;
    die) echo "command:'python3 $work/dying.py',restarts=1" ;;
  esac
}

# The call with the fault ends with 3; the same one, once the model is healed, ends well and with the bytes of one that was never ill.
bad_synthesis() {
  local verb=$1 fault=$2 code=0 inner=line timeout=()
  rm -rf out healed "reference/faulty"
  [ "$verb" = synth ] && inner=pix2pix:weights
  local predictor candidate=mine model_words
  predictor=$(spoken_of "$fault" $inner)
  # Only run gives up a model that hangs; in the others it is the person who does, with a second Ctrl-C.
  [ "$fault" = hang ] && timeout=(--timeout 0.5)
  [ "$verb" != synth ] && predictor="mine=$predictor"
  model_words=(--model mean --model "$predictor" "${timeout[@]}")
  touch healed; fresh "$verb" reference/faulty
  call "$verb" reference/faulty >/dev/null 2>said || { fail "model-$fault" "$verb" "the healed model fails"; return; }
  rm healed; fresh "$verb" out
  call "$verb" out >/dev/null 2>said || code=$?
  touch healed
  [ -s said ] || find out -name failures.csv -exec sed -n 2p {} + | head -n 1 >said
  mv "reference/$verb" reference/kept && mv reference/faulty "reference/$verb"
  judge "model-$fault" "$verb" $code 3 out
  rm -rf "reference/$verb" healed && mv reference/kept "reference/$verb"
}

# synth waits for its model for ever; a first Ctrl-C waits for the model, too, and a second one ends the program.
hanging_synthesis() {
  local code=0 pid child predictor="faulty(pix2pix:weights, hang=1)"
  fresh synth out; : >said
  call synth out >/dev/null 2>said & pid=$!
  child=$(taking_signals $pid)
  sleep 2
  kill -INT "$child"; sleep 0.5; kill -INT "$child" 2>/dev/null
  wait $pid || code=$?
  unset predictor
  judge "model-hang" synth $code 130 out
}

# A step so long that losses are not finite: no weights, and the same words say the same.
bad_training() {
  local verb=$1 code=0 config='{"preset": "tiny", "lr": 1e30}'
  rm -rf out
  [ "$verb" = curriculum ] && config='{"preset": "tiny", "recipe": {"lr": 1e30}, "autoencoder": {"lr": 1e30}}'
  call "$verb" out >/dev/null 2>said || code=$?
  judge "model-nan" "$verb" $code 3 ""
  if find out -name 'G.safetensors' -o -name 'ema.safetensors' | grep -q .; then fail "model-nan" "$verb" "weights stand"; fi
  if [ "$(temporary_in out)" != 0 ]; then fail "model-nan" "$verb" "temporary files stay"; fi
}

# Weights of which every number is NaN: nothing that looks like a result.
bad_answers() {
  local verb=$1 code=0 file begin
  rm -rf ill && cp -r model ill
  for file in ill/ema.safetensors ill/ae.safetensors; do
    begin=$(($(od -An -t u8 -N8 $file) + 8))
    head -c $(($(stat -c %s $file) - begin)) /dev/zero | tr '\0' '\377' | dd of=$file bs=64K oflag=seek_bytes seek=$begin conv=notrunc status=none
  done
  fresh "$verb" out
  model=ill call "$verb" out >/dev/null 2>said || code=$?
  judge "model-nan" "$verb" $code "2 3" ""
}

bad-model() {
  local fault
  case $1 in
    run) for fault in throw nan hang; do bad_synthesis run $fault; done; write_dying_model && bad_synthesis run die ;;
    synth | study) for fault in throw nan; do bad_synthesis "$1" $fault; done; write_dying_model && bad_synthesis "$1" die ;;&
    synth) hanging_synthesis ;;
    train | curriculum) bad_training "$1" ;;
    evaluate | bound) bad_answers "$1" ;;
  esac
}
