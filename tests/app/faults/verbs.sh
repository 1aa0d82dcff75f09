# The verbs that write, each as one call into a folder, and what they start from.

all_verbs="phantom import train curriculum run merge score report compare gate bless convert init synth questions export
  import-questions evaluate bound pairs pictures curves model-page pack card study"
learned_verbs="train curriculum synth bound evaluate curves pack card"  # these need LibTorch
task=(--suite quick --task brain-mr-to-ct)
models=(--model mean --model line)
small_sides=max_tokens=4,vae_min=64,vae_max=64,vit_min=56,vit_max=56  # of a model without training, which says nothing of worth

wants() { [[ " ${verbs//$'\n'/ } " = *" $1 "* ]]; }
q() { "$synerbench" "$@" -q >/dev/null; }

# Made once and undisturbed.
prepare() {
  q phantom --size tiny --dataset synthrad2023 --region brain --patients 8 --out tree || return 1
  q import synthrad2023 tree/synthrad2023 --split ranked --out store || return 1
  q run "${task[@]}" --store store "${models[@]}" --keep-predictions --out whole || return 1
  if wants merge; then
    for i in 1 2; do q run "${task[@]}" --store store "${models[@]}" --keep-predictions --shard $i/2 --out shard-$i || return 1; done
  fi
  if wants convert || { $with_torch && { wants bound || wants evaluate; }; }; then q checkpoint init --config tiny model || return 1; fi
  if wants import-questions; then call export asked >/dev/null || return 1; fi
  if $with_torch && { wants synth || wants curves || wants pack || wants card; }; then call train weights >/dev/null || return 1; fi
  if wants card && $with_torch; then
    q weights pack weights packed && q run "${task[@]}" --store store --model pix2pix:packed --out packed-run || return 1
  fi
  source_volume=$(find tree -name 'mr.nii.gz' | sort | head -n 1)
}

# One call of a verb into the folder $2. "again": something may be there from an earlier call. What it reads can be taken from another
# place by the variables tree, store, run, shard, model, volume, weights and asked; the model that predicts, by "model_words".
call() {
  local verb=$1 out=$2 again=${3:-} tiny='{"preset": "tiny"}' asked_models=("${models[@]}")
  [ -z "${model_words[*]:-}" ] || asked_models=("${model_words[@]}")
  case $verb in
    phantom) "${program[@]}" phantom -q --size tiny --dataset synthrad2023 --region brain --patients 2 --out "$out" ;;
    import) "${program[@]}" import -q synthrad2023 "${tree:-tree/synthrad2023}" --split ranked --out "$out" ;;
    train) "${program[@]}" train -q --model pix2pix "${task[@]}" --store "${store:-store}" --config "${config:-$tiny}" \
      --recipe '{"unit": "updates", "constant": 20, "decay": 20, "validate_every": 20}' --validation-slices 4 --checkpoint-every 8 --resume --out "$out" ;;
    # A new reference model: its autoencoder and every stage of its curriculum, as phases of one training.
    curriculum) "${program[@]}" train -q --model synermedgen "${task[@]}" --store "${store:-store}" --canvas 32:scale \
      --config "${config:-$tiny}" --budget updates:12 --checkpoint-every 3 --validation-slices 2 --resume --out "$out" ;;
    run)
      if [ -n "$again" ] && [ -e "$out/run.json" ]; then "${program[@]}" run -q --resume "$out"; return; fi
      "${program[@]}" run -q "${task[@]}" --store "${store:-store}" "${asked_models[@]}" --keep-predictions --out "$out" ;;
    merge) "${program[@]}" merge -q "${shard:-shard-1}" shard-2 --out "$out" ;;
    score) "${program[@]}" score -q "${task[@]}" --store "${store:-store}" --predictions whole/predictions/mean --name mine --resume --out "$out" ;;
    report) "${program[@]}" report -q "${run:-whole}" --out "$out" ;;
    compare) "${program[@]}" compare -q "${run:-whole}" whole --baseline-model mean --candidate-model line --json --out "$out/comparison.json" \
      --markdown "$out/comparison.md" ;;
    gate) "${program[@]}" gate -q "${run:-whole}" whole --out "$out/gate.json" --junit "$out/gate.xml" --markdown "$out/gate.md" ;;
    bless) "${program[@]}" gate -q --bless main "${run:-whole}" --baselines "$out" ;;
    convert) "${program[@]}" checkpoint -q convert --dtype bf16 "${model:-model}" "$out" ;;
    init) "${program[@]}" checkpoint -q init --config tiny "$out" ;;
    synth) "${program[@]}" synth -q --model "${predictor:-pix2pix:weights}" --task brain-mr-to-ct "${volume:-$source_volume}" "$out/ct.nii.gz" ;;
    questions) "${program[@]}" understanding -q build "${task[@]}" --store "${store:-store}" --split train --kind gau --questions 300 --out "$out/questions.jsonl" ;;
    export) "${program[@]}" understanding -q export "${task[@]}" --store "${store:-store}" --split train --kind gau --questions 100 --out "$out" ;;
    import-questions) "${program[@]}" understanding -q import --authors "${asked:-asked}/SynerMed.jsonl" --out "$out/questions.jsonl" ;;
    evaluate) "${program[@]}" understanding -q evaluate "${task[@]}" --store "${store:-store}" --questions 4 \
      --model "reference:${model:-model},$small_sides" --out "$out/answers.json" ;;
    bound) "${program[@]}" understanding -q bound "${task[@]}" --store "${store:-store}" --model "reference:${model:-model},$small_sides" --out "$out/bound.json" ;;
    pairs) "${program[@]}" export -q pairs "${task[@]}" --store "${store:-store}" --out "$out" ;;
    pictures) "${program[@]}" export -q pairs "${task[@]}" --store "${store:-store}" --format png --max-cases 2 --out "$out" ;;
    curves) "${program[@]}" export -q tensorboard "${weights:-weights}" --out "$out" ;;
    model-page) "${program[@]}" export -q eval-results "${run:-whole}" --model line --dataset owner/name --date 2026-05-31 --out "$out" ;;
    pack) "${program[@]}" weights -q pack "${weights:-weights}" "$out" ;;
    card) "${program[@]}" weights -q card "$out" --name packed --run "${run:-packed-run}" ;;
    study)
      cat >study.json 2>/dev/null <<END
{"schema": "synerbench/study", "schema_version": 1, "name": "small", "title": "Small", "note": "",
 "store": {"folder": "$work/${store:-store}"}, "suite": "quick", "canvas": "64:pad",
 "evaluations": [{"name": "main", "tasks": ["brain-mr-to-ct"], "models": ["mean", "${predictor:-line}"]}],
 "contrasts": [{"name": "c", "evaluation": "main", "candidate": "${candidate:-line}", "baseline": "mean", "metric": "ssim_body"}]}
END
      "${program[@]}" study run -q study.json --work "$out" ;;
  esac
}

# What has to be there before: verbs that write files want their folder, a card is written to weights.
fresh() {
  rm -rf "$2"
  case $1 in
    gate | compare | synth | questions | import-questions | evaluate | bound) mkdir -p "$2" && chmod 777 "$2" ;;
    card) cp -r packed "$2" && chmod -R a+rwX "$2" ;;
  esac
}
# The same for a folder in which an earlier call may have left something.
fresh_again() { case $1 in card) [ -e "$2" ] || fresh "$1" "$2" ;; gate | compare | synth | questions | import-questions | evaluate | bound) mkdir -p "$2" ;; esac; }

# What a verb may end with when a step of its work cannot be done.
failed_of() { if [ "$1" = study ]; then echo "2 3"; else echo 2; fi; }
# A verb that finds what an earlier call has finished says so, in one of these ways.
done_already="holds the weights of a finished|is not empty|there is a model already|holds a run already|holds results|is there already|holds an export"
