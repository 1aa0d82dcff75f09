// synerbench import: a dataset tree into a slice store.
#include <fmt/format.h>

#include "app/verb.h"
#include "harness/core/apart.h"
#include "harness/core/progress.h"
#include "harness/data/import/import.h"

namespace synerbench {
namespace {

struct Options {
  ImportOptions import;
  std::string root, list, map, out, split = "hash", resample = "refuse", ratios;
  bool keep_cbct = false, layouts = false, json = false;
};

ExitCode run_import(Options options) {
  if (options.layouts) {
    options.json ? print_result(layouts_json()) : print_result(layouts_text());
    return ExitCode::kOk;
  }
  ImportOptions& wanted = options.import;
  if (wanted.layout.empty() || options.root.empty())
    throw usage_error("import", "a layout and a dataset folder are wanted",
                      "synerbench import --layouts lists the layouts");
  if (options.out.empty()) throw usage_error("--out", "is missing", "the store to make, or to add to");
  layout_named(wanted.layout);
  wanted.root = options.root;
  if (!options.map.empty() && wanted.layout != "mapping")
    throw usage_error("--map", "is for layout \"mapping\" only", "leave it out, or name that layout");
  if (!options.list.empty() && wanted.layout == "mapping")
    throw usage_error("--list", "is for layout \"pairs\" only",
                      "the file that describes the tree is given with --map");
  wanted.list = options.map.empty() ? options.list : options.map;
  wanted.out = options.out;
  // A list or a map says which files are meant, and its root may be any folder above them. The other layouts
  // take what lies in the tree.
  const bool all_of_it = wanted.layout != "pairs" && wanted.layout != "mapping";
  require_apart(wanted.out, {{wanted.root, "the data set", all_of_it}});
  wanted.split.rule = parse_split_rule(options.split, "--split");
  if (!options.ratios.empty()) parse_split_shares(options.ratios, "--split-shares", wanted.split);
  wanted.pixels.resample = parse_resample_rule(options.resample, "--resample");
  wanted.pixels.cbct_offset = !options.keep_cbct;
  say("import", fmt::format("{} from {} -> {}", wanted.layout, options.root, options.out));
  const ImportReport report = import_dataset(wanted);
  for (const auto& [about, line] : lines_of(report)) say(about, line);
  say("next",
      fmt::format("synerbench store info {0}      synerbench plan --suite quick --store {0} --model mean",
                  options.out));
  if (options.json) print_result(to_json(report));
  return report.skipped.empty() ? ExitCode::kOk : ExitCode::kSomeFailed;
}

}  // namespace

Verb verb_import() {
  return {
      "import", "Regenerate the leaderboard", "Import a dataset tree into a slice store, checking every file",
      "  synerbench import synthrad2023 runs/demo/phantom/synthrad2023 --out runs/demo/store\n"
      "  synerbench import pairs ../shared/data/real --list data/real-smoke/pairs.csv --resample linear "
      "--out runs/real/store",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        options->import.threads = default_threads();
        command.add_option("layout", options->import.layout, "Layout of the tree (--layouts lists them)");
        command.add_option("root", options->root,
                           "Folder of the dataset; for pairs the folder its paths start from, or the list");
        command.add_option("--list", options->list, "pairs only: the CSV or JSON list");
        command.add_option("--map", options->map, "mapping only: the JSON file that describes the tree");
        command.add_option("--out", options->out, "Store to make, or to add to");
        command.add_option("--dataset", options->import.dataset, "Name in the store (default: the layout's)");
        command
            .add_option(
                "--split", options->split,
                "hash: by the patient's name alone; ranked: every split gets patients, for small cohorts")
            ->check(CLI::IsMember({"hash", "ranked"}))
            ->capture_default_str();
        command.add_option("--split-shares", options->ratios, "train/validation/test (default: 70/10/20)");
        command.add_option("--salt", options->import.split.salt, "Another salt, another split");
        command
            .add_option("--resample", options->resample,
                        "Volumes off their case's grid: refuse, or linear resampling onto it")
            ->check(CLI::IsMember({"refuse", "linear"}))
            ->capture_default_str();
        command
            .add_option("--plane", options->import.pixels.plane,
                        "axial or coronal for every case (default: coronal for whole body)")
            ->check(CLI::IsMember({"axial", "coronal"}));
        command.add_flag("--keep-cbct", options->keep_cbct,
                         "Do not shift CBCT stored without negative values by -1000");
        command
            .add_option("--max-voxels", options->import.limits.max_voxels,
                        "Refuse files whose header promises more")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_flag("--skip-bad", options->import.skip_bad,
                         "Go on after a damaged file; list it in skipped-<dataset>.csv (exit code 3)");
        command.add_flag("--accept-odd", options->import.accept_odd,
                         "Take volumes whose values their modality cannot have; the remark is kept");
        command.add_flag("--accept-duplicates", options->import.accept_duplicates,
                         "Take one scan under two names; recorded in the manifest");
        command
            .add_option("--threads", options->import.threads,
                        "Cases at a time; the bytes do not depend on it")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_flag("--layouts", options->layouts, "List the layouts and stop");
        command.add_flag("--json", options->json, "As JSON");
        return [options] { return run_import(*options); };
      }};
}

}  // namespace synerbench
