#!/usr/bin/env bash
# Runs every command that README.md and docs/*.md show, as it stands there and in the order in which it stands there, in a
# scratch folder for each page. Prints page, command, exit code and seconds; the first command of a page that fails ends that page.
#   documented_commands.sh REPOSITORY path/to/synerbench [pages, default all: "README.md docs/running.md"]
# The page "help" runs the examples of the help texts, on request only: some of them follow a demo or each other, which is not set up here.
#
# What makes a block of a page one of commands: a line of it begins with "$ " (then those lines are commands and the others what they
# said), or with synerbench, ./synerbench or another program. What stands beside it in the page, invisible to readers:
#   <!-- given: store, weights -->            what the page takes as there; made here from the tiny phantom cohort (see give)
#   <!-- not run: needs a GPU -->             the next block is not run, and why
#   <!-- run with: updates:3000 as updates:2; synermed22 as quick -->   the next block is run at another size
# A block of commands is run, or says why not: anything else fails.
set -uo pipefail
repository=$(readlink -f "$1") synerbench=$(readlink -f "$2")
cd "$repository" || exit 1
pages=${3:-README.md $(ls docs/*.md)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=passive
failures=0 run=0 left_out=0 began=$(date +%s)

# ---- what pages take as given, made once and copied

tiny='{"preset": "tiny"}'
base() {  # base NAME: makes it in $work/base unless it is there
  [ -e "$work/base/made-$1" ] && return
  mkdir -p "$work/base"
  (cd "$work/base" && make_base "$1") >"$work/base.log" 2>&1 || { echo "FAILED: cannot make $1: $(tail -n 3 "$work/base.log")"; exit 1; }
  touch "$work/base/made-$1"
}
make_base() {
  set -e
  case $1 in
    cohort) "$synerbench" phantom -q --size tiny --dataset synthrad2023 --dataset autopet --dataset brats --patients 4 --out cohort ;;
    store)
      base cohort
      for dataset in synthrad2023 autopet brats; do
        "$synerbench" import -q $dataset "$(tree_of $dataset)" --split ranked --split-shares 50/25/25 --out store
      done ;;
    weights) base store; "$synerbench" train -q --model pix2pix --suite quick --store store --config "$tiny" --budget updates:2 --out weights ;;
    runs)
      base store
      "$synerbench" run -q --suite quick --store store --model mean --model line --keep-predictions --out trivial
      "$synerbench" run -q --suite quick --store store --model mine=mean --out good
      "$synerbench" run -q --suite quick --store store --model mean --seed 2 --out other ;;
    reference) "$synerbench" checkpoint -q init --config tiny reference ;;
  esac
}
tree_of() { case $1 in brats) ls -d "$work"/base/cohort/brats2021 ;; *) ls -d "$work/base/cohort/$1" ;; esac; }

give() {
  local from=$work/base
  case $1 in
    "data sets")  # where the pages say that they are
      base cohort
      for folder in DATA "$HOME/data"; do
        mkdir -p $folder
        cp -r "$(tree_of synthrad2023)" $folder/synthRAD2023; cp -r "$(tree_of synthrad2023)" $folder/SynthRAD2023
        cp -r "$(tree_of autopet)" $folder/FDG-PET-CT-Lesions; cp -r "$(tree_of brats)" $folder/BraTS2021
      done
      mkdir -p runs/demo && cp -r "$from/cohort" runs/demo/phantom ;;
    "a store") base store; cp -r $from/store . ;;
    "the store of the demo") base store; mkdir -p runs/demo; cp -r $from/store runs/demo/ ;;
    weights) base weights; cp -r $from/weights . ; mkdir -p runs/weights; cp -r $from/weights runs/weights/pix2pix; cp -r $from/weights runs/p2p ;;
    runs)
      base runs; mkdir -p runs
      cp -r $from/trivial runs/trivial; cp -r $from/other runs/other; cp -r $from/trivial runs/all
      for name in good baseline candidate old new mine; do cp -r $from/good runs/$name; done ;;
    "another run") base runs; mkdir -p runs; cp -r $from/other runs/other ;;
    "a damaged tree")
      base cohort; cp -r "$(tree_of brats)" tree
      local cut; cut=$(find tree -name '*_t2.nii.gz' | sort | head -n 1)
      head -c 3000 "$cut" >cut && mv cut "$cut" ;;
    shards)
      base store
      for i in 1 2; do "$synerbench" run -q --suite quick --store $from/store --model mean --shard $i/2 --out runs/part-$i || exit 1; done ;;
    predictions) base runs; cp -r $from/trivial/predictions/line my-predictions; cp -r $from/trivial/predictions/line mine ;;
    volumes)
      base cohort
      local one; one=$(dirname "$(find "$(tree_of synthrad2023)" -name mr.nii.gz | sort | head -n 1)")
      cp "$one/mr.nii.gz" mr.nii.gz; cp "$one/mr.nii.gz" in.nii.gz; cp "$one/ct.nii.gz" ct-of-mr.nii.gz ;;
    "a reference model") base reference; mkdir -p runs; cp -r $from/reference runs/tiny-model; cp -r $from/reference model ;;
    *) echo "FAILED: nobody knows what \"$1\" is"; exit 1 ;;
  esac
}

# ---- a page

# Exit codes that are right: what the page shows under the command, or says behind it, decides.
expected_of() {
  local command=$1 shown=$2
  if [[ $command = *"# exit code 4"* ]]; then echo "0 4"; return; fi
  case $shown in
    *synerbench:*) echo "1 2" ;;
    *differ*) echo 1 ;;
    *", "[1-9]*" failed"*) echo "0 3" ;;
    *) echo 0 ;;
  esac
}

# Runs commands, one per line of the file $2 (with what they show behind a tab), in this shell; $1 is for the table.
run_commands() {
  local page=$1 command shown code expected start
  while IFS=$'\t' read -r command shown <&3; do
    command=${command//$'\x01'/$'\n'}
    start=$(date +%s%N) code=0
    eval "$command" >"$work/said" 2>&1 </dev/null || code=$?
    expected=$(expected_of "$command" "$shown")
    run=$((run + 1))
    printf '%-24s %4s %7.1f  %s\n' "$page" "$code" "$(awk "BEGIN { print ($(date +%s%N) - $start) / 1e9 }")" "${command//$'\n'/ }" | cut -c1-200
    if ! [[ " $expected " = *" $code "* ]]; then
      failures=$((failures + 1))
      echo "    FAILED: exit code $code, expected $expected"
      sed 's/^/    /' "$work/said" | tail -n 6
      return 1
    fi
  done 3<"$2"
}

# Writes the blocks of a page as files in $work/blocks: NUMBER.not (a reason), NUMBER.cmd (one command a line), NUMBER.bad.
blocks_of() {
  rm -rf "$work/blocks"; mkdir "$work/blocks"
  awk -v out="$work/blocks" '
    function is_command(s) { return s ~ /^(\.\/)?synerbench |^(cmake|ninja|python3|ctest|git|build\/|tools\/|benchmarks\/|docs\/|[A-Z_]+=|for |metrics_benchmark|reference_numbers|SYNERBENCH)/ }
    function flush_block(   i, n, dollars, any, name, s, joined, text, open) {
      if (count == 0) return
      dollars = any = 0
      for (i = 1; i <= count; i++) { if (line[i] ~ /^\$ /) dollars = 1; if (is_command(line[i])) any = 1 }
      if (!dollars && !any) { count = 0; note = ""; return }
      name = sprintf("%s/%05d", out, first)
      if (note ~ /^not run: /) { print substr(note, 10) " | " line[1] > (name ".not"); count = 0; note = ""; return }
      joined = ""; text = ""; open = 0
      for (i = 1; i <= count; i++) {
        s = line[i]
        if (dollars && s !~ /^\$ / && joined == "" && !open) { shown[n] = shown[n] " " s; continue }
        if (!open && joined == "") { n++; shown[n] = "" }
        sub(/^\$ /, "", s)
        if (s ~ /^#/) { n--; continue }
        if (s ~ /\\$/) { joined = joined substr(s, 1, length(s) - 1) " "; continue }
        s = joined s; joined = ""
        if (s ~ /^for .*do$/) open = 1
        text = text (text == "" ? "" : "\001") s
        if (open && s !~ /^done/) continue
        open = 0
        command[n] = text; text = ""
      }
      for (i = 1; i <= n; i++) { gsub(/\t/, " ", command[i]); print command[i] "\t" shown[i] > (name ".cmd"); delete command[i]; delete shown[i] }
      if (note ~ /^run with: /) print substr(note, 11) > (name ".with")
      count = 0; note = ""
    }
    /^<!-- (not run|run with): .* -->$/ { flush_block(); note = substr($0, 6, length($0) - 9); next }
    /^```/ { if (fenced) { fenced = 0; flush_block() } else { flush_block(); fenced = 1; first = NR } next }
    fenced { line[++count] = $0; next }
    /^    / { if (count == 0) first = NR; line[++count] = substr($0, 5); next }
    /^$/ { if (count > 0) flush_block(); next }
    { flush_block(); note = "" }
    END { flush_block() }' "$1"
}

scratch_for() {  # a folder in which ./synerbench and synerbench are the program
  rm -rf "$work/scratch" "$work/home"
  mkdir -p "$work/scratch" "$work/home" "$work/bin"
  ln -sf "$synerbench" "$work/bin/synerbench"
  cd "$work/scratch" && ln -s "$synerbench" synerbench && ln -s "$repository/data" data && ln -s "$repository/suites" suites
  export PATH="$work/bin:$PATH" HOME="$work/home"
}

replaced() {  # replaced FILE "A as B; C as D"
  local pair rest=$2
  while [ -n "$rest" ]; do
    pair=${rest%%; *}
    [ "$pair" = "$rest" ] && rest="" || rest=${rest#*; }
    A=${pair%% as *} B=${pair#* as } perl -pi -e 's/\Q$ENV{A}\E/$ENV{B}/g' "$1"
    grep -qF -- "${pair#* as }" "$1" || { echo "    FAILED: \"${pair%% as *}\" does not occur"; failures=$((failures + 1)); }
  done
}

page() {
  local page=$1 block given
  scratch_for
  blocks_of "$repository/$page"
  given=$(sed -n 's/^<!-- given: \(.*\) -->$/\1/p' "$repository/$page" | tr ',' '\n' | sed 's/^ *//')
  while read -r one; do [ -z "$one" ] || give "$one"; done <<<"$given"
  for block in "$work"/blocks/*; do
    case $block in
      *.not) left_out=$((left_out + 1)); printf '%-24s    -       -  not run: %s\n' "$page" "$(cut -c1-150 "$block")" ;;
      *.cmd)
        if [ -e "${block%.cmd}.with" ]; then replaced "$block" "$(cat "${block%.cmd}.with")"; fi
        run_commands "$page" "$block" || break ;;
    esac
  done
  cd "$repository" || exit 1
}

# The examples of every help text. They take as given what the examples before them leave.
help_page() {
  local verb
  scratch_for
  for one in "data sets" "the store of the demo" "a store" weights runs shards volumes "a reference model"; do give "$one"; done
  for verb in $("$synerbench" --help | sed -n 's/^  \([a-z]*\)   .*/\1/p'); do
    "$synerbench" "$verb" --help | sed -n '/^Examples:/,$p' | tail -n +2 | sed 's/^  //' |
      perl -0pe 's/\\\n\s*/ /g' | sed '/^$/d; s/$/\t/' >"$work/examples"
    while IFS=$'\t' read -r example _; do
      case $example in
        "synerbench demo"*) reason="the demo is a test of its own, and takes minutes" ;;
        *../shared*) reason="needs the real scans" ;;
        *) reason="" ;;
      esac
      if [ -n "$reason" ]; then
        left_out=$((left_out + 1)); printf '%-24s    -       -  not run: %s | %s\n' "help $verb" "$reason" "$example"
        continue
      fi
      # Smaller, where it takes minutes.
      example=$(sed 's/--size small/--size tiny/; s/phantom --size tiny --out/phantom --size tiny --patients 1 --out/; s/--patients 20/--patients 3/; s/seconds:600/updates:1/; s/"constant": 500, "decay": 500, "validate_every": 250/"constant": 2, "decay": 2, "validate_every": 4/; s/--preset mini/--preset tiny/; s/"mini"/"tiny"/; s/--config mini/--config tiny/' <<<"$example")
      printf '%s\t\n' "$example" >"$work/example"
      run_commands "help $verb" "$work/example" || break
    done <"$work/examples"
  done
  cd "$repository" || exit 1
}

printf '%-24s %4s %7s  %s\n' page exit seconds command
for one in $pages; do
  if [ "$one" = help ]; then help_page; else page "$one"; fi
done
echo
echo "$run commands run, $left_out blocks not run for the reasons beside them, $failures failures, $(($(date +%s) - began)) s"
[ $failures -eq 0 ]
