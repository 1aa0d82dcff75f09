// Every JSON document that the program reads, each by the function that reads it. The first letter of an
// input says which document it is.
#include "baselines/oracle/oracle.h"
#include "harness/data/store_manifest.h"
#include "harness/data/store_summary.h"
#include "harness/run/plan.h"
#include "harness/run/run.h"
#include "harness/run/run_folder.h"
#include "harness/suite/suite.h"
#include "harness/train/recipe.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/manage/manage.h"
#include "reference/stages/curriculum.h"
#include "reference/stages/stage_recipe.h"
#include "reports/numbers/named_baseline.h"
#include "reports/numbers/published.h"
#include "tests/fuzz/targets.h"
#include "tests/reports/demo_results.h"
#include "tests/support/make_store.h"

namespace synerbench::fuzz {
namespace {

void check_settles(const Json& written, const std::function<Json(const Json&)>& read_and_write) {
  SB_CHECK(read_and_write(parse_json(to_text(written), "again")) == written,
           "written and read again it is the same");
}

void suite(std::string_view bytes) {
  const Suite suite = load_suite(put("suite/suite.json", bytes).string());
  SB_CHECK(!suite.tasks.empty() && !suite.protocols.empty(), "a suite has tasks and protocols");
  for (const SuiteTask& task : suite.tasks) to_text(Json(task.task.id));
}

const std::filesystem::path& sound_store() {
  static const std::filesystem::path folder = [] {
    testing_support::MakeStoreOptions options;
    options.patients = 2;
    options.size = {6, 5, 2};
    testing_support::make_store(desk() / "sound", options);
    return desk() / "sound";
  }();
  return folder;
}

/// The manifest stands over the shards of another store: opened, checked, summed up and planned with.
void manifest(std::string_view bytes) {
  put("sound/manifest.json", bytes);
  const SliceStore store(desk() / "sound");
  store.verify();
  for (const StoredCase& stored : store.cases()) {
    accepted([&] { store.mask(stored); });
    for (const StoredVolume& volume : stored.volumes)
      accepted([&] { store.volume(stored, volume.modality).read_all(); });
  }
  accepted([&] { to_text(to_json(make_plan(load_suite("quick"), store, {"mean"}), Shard{}, 1)); });
  const Manifest read = manifest_from_json(parse_json(bytes, "m"), "m");
  check_settles(to_json(read), [](const Json& json) { return to_json(manifest_from_json(json, "m")); });
}

void run_header(std::string_view bytes) {
  const auto folder = put("header/run.json", bytes).parent_path();
  const RunHeader header = read_run_header(folder);
  identity_sha256(header.identity);
  write_run_header(folder, header);
  const RunHeader again = read_run_header(folder);
  SB_CHECK(again.identity == header.identity && again.tasks.size() == header.tasks.size(),
           "a header comes back");
}

void timing(std::string_view bytes) {
  const auto folder = put("timing/timing.json", bytes).parent_path();
  for (const Timing& t : read_timing(folder)) to_text(Json{{"seconds", t.seconds}, {"slices", t.slices}});
  const auto items = read_item_timings(folder);
  write_item_timings(folder, items);
  SB_CHECK(read_item_timings(folder).size() == items.size(), "timings come back");
}

void settings(std::string_view bytes) {
  const auto folder = put("settings/settings.json", bytes).parent_path();
  const RunOptions read = read_settings(folder);
  SB_CHECK(read.resume && read.out == folder && read.threads >= 0, "settings resume their own run");
}

/// The answers of a simulated cohort: an index, and what it says of the one file beside it.
void oracle(std::string_view bytes) {
  const auto folder = put("oracle/index.json", bytes).parent_path();
  LoadRequest request;
  request.path = folder;
  oracle_method().load(request)->info();
}

void baseline(std::string_view bytes) {
  put("baselines/main/baseline.json", bytes);
  const RunInput run = read_run_or_baseline("main", desk() / "baselines");
  SB_CHECK(!run.results.cases.empty(), "only what was blessed is taken");
}

void published(std::string_view bytes) {
  const Published read = published_from_json(parse_json(bytes, "published"), "published");
  for (const auto& table : read.tables) {
    for (const auto& row : table.rows)
      SB_CHECK(row.values.size() == table.columns.size(), "a value per column");
    for (const auto& metric : table.metrics)
      find_published({read}, table.rows.empty() ? "" : table.rows[0].name,
                     table.columns.empty() ? "" : table.columns[0], metric);
  }
}

void recipe(std::string_view bytes) {
  const Recipe read = recipe_from_json(parse_json(bytes, "recipe"), "recipe");
  SB_CHECK(read.units() >= 1 && read.batch >= 1, "a training has a length");
  check_settles(to_json(read), [](const Json& json) { return to_json(recipe_from_json(json, "recipe")); });
}

void stage(std::string_view bytes) {
  using namespace reference;
  const StageRecipe read = stage_recipe_from_json(parse_json(bytes, "stage"), "stage");
  check_settles(to_json(read),
                [](const Json& json) { return to_json(stage_recipe_from_json(json, "stage")); });
}

void curriculum(std::string_view bytes) {
  const Json json = parse_json(bytes, "curriculum");
  reference::curriculum_from_json(json, Json::object(), "curriculum");
}

/// One of the three configurations of a model of the reference; the others and the tensors are sound.
void part_config(const std::string& name, std::string_view bytes) {
  static const std::filesystem::path folder = [] {
    reference::InitOptions options;
    options.headers_only = true;
    reference::init_checkpoint(desk() / "model", options);
    return desk() / "model";
  }();
  const std::string sound = read_file(folder / name);
  struct Restore {
    const std::string &name, &bytes;
    ~Restore() { put("model/" + name, bytes); }
  } restore{name, sound};
  put("model/" + name, bytes);
  const auto checkpoint = reference::Checkpoint::open(folder, {.headers_only = true});
  to_text(reference::to_json(checkpoint.sizes()));
  reference::inspection_text(reference::inspect_checkpoint(folder));
}

struct Document {
  char letter;
  void (*read)(std::string_view bytes);
  std::string (*seed)();
};

const std::vector<Document>& all_documents() {
  static const std::vector<Document> table{
      {'s', suite, [] { return read_file(std::string(SYNERBENCH_SOURCE_DIR) + "/tests/suite/sound.json"); }},
      {'m', manifest, [] { return read_file(sound_store() / "manifest.json"); }},
      {'h', run_header,
       [] {
         RunHeader header{small_run().results.identity, small_run().results.tasks};
         write_run_header(desk() / "header", header);
         return read_file(desk() / "header" / "run.json");
       }},
      {'t', timing,
       [] {
         ItemKey key{"brain-mr-to-ct", "mean", {"made", "p1"}};
         write_item_timings(desk() / "timing", {{key, {"cpu", 0.5, 12, 2}}});
         return read_file(desk() / "timing" / "timing.json");
       }},
      {'e', settings,
       [] {
         return std::string(
             R"({"schema": "synerbench/settings", "schema_version": 1, "suite": "quick", "store": "s", "models": ["mean"],)"
             R"( "tasks": [], "canvas": "64:pad", "max_cases": 0, "seed": 1, "device": "cpu", "shard": "1/2", "threads": 1,)"
             R"( "batch": 8, "timeout": 0.5, "max_failures": -1, "keep_predictions": true})");
       }},
      {'o', oracle,
       [] {
         return std::string(
             R"({"schema": "synerbench/oracle", "schema_version": 1, "cohort": "bench@1", "seed": 1, "volumes": [)"
             R"({"of": "aa", "image": "p1/ct.nii.gz", "file": "p1.safetensors", "sha256": "bb", "tensor": "CT"}]})");
       }},
      {'b', baseline,
       [] {
         write_run_folder(desk() / "blessed", small_run(), false);
         return std::string(
             R"({"schema": "synerbench/baseline", "schema_version": 1, "name": "main", "run": "r", "results": "r.json",)"
             R"( "results_sha256": "0", "identity_sha256": "0", "builds": [], "blessed_by": {}, "replaced_results_sha256": ""})");
       }},
      {'p', published,
       [] {
         return read_file(
             *std::filesystem::directory_iterator(std::string(SYNERBENCH_SOURCE_DIR) + "/suites/published"));
       }},
      {'r', recipe, [] { return to_text(to_json(Recipe{})); }},
      {'g', stage, [] { return to_text(reference::to_json(reference::stage_recipe("gau"))); }},
      {'c', curriculum,
       [] {
         return std::string(
             R"({"name": "mine", "about": "x", "stages": [{"share": 85, "stage": "gau"}, {"share": 2, "stage": "ucg"}]})");
       }},
      {'l', [](std::string_view bytes) { part_config("llm_config.json", bytes); },
       [] {
         reference::write_part_configs(desk() / "configs", reference::named_sizes("tiny"));
         return read_file(desk() / "configs" / "llm_config.json");
       }},
      {'v', [](std::string_view bytes) { part_config("vit_config.json", bytes); },
       [] {
         reference::write_part_configs(desk() / "configs", reference::named_sizes("tiny"));
         return read_file(desk() / "configs" / "vit_config.json");
       }},
      {'a', [](std::string_view bytes) { part_config("vae_config.json", bytes); },
       [] {
         reference::write_part_configs(desk() / "configs", reference::named_sizes("tiny"));
         return read_file(desk() / "configs" / "vae_config.json");
       }},
  };
  return table;
}

void documents_one(std::string_view input) {
  for (const Document& document : all_documents()) {
    if (!input.empty() && input.front() == document.letter) accepted([&] { document.read(input.substr(1)); });
  }
}

Seeds documents_seeds() {
  Seeds seeds;
  for (const Document& document : all_documents()) {
    const std::string text = document.seed();
    const auto json = try_parse_json(text);
    seeds[std::string(1, document.letter)] = document.letter + (json ? to_text(*json, -1) : text);
  }
  return seeds;
}

}  // namespace

Target documents() { return {"documents", documents_one, documents_seeds, 8000}; }

}  // namespace synerbench::fuzz
