#include "reports/numbers/named_baseline.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/provenance.h"
#include "harness/run/identity.h"
#include "reports/numbers/check.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

void require_name(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (!name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
      std::all_of(name.begin(), name.end(), is_plain))
    return;
  throw usage_error("baseline \"" + name + "\"", "this is no name for a baseline",
                    "letters, digits, \".\", \"_\" and \"-\", not starting with \".\" or \"-\"");
}

struct Blessed {
  Json json;
  std::string results, sha256;  // the file's name and hash
};

Blessed read_blessed(const fs::path& folder) {
  const fs::path path = folder / "baseline.json";
  Blessed blessed;
  blessed.json = read_json(path);
  JsonObject json(blessed.json, path.string(), "", ExitCode::kBadInput,
                  "the file was not written by this version of synerbench gate --bless");
  json.choice("schema", {"synerbench/baseline"});
  json.integer("schema_version", 1, 1);
  blessed.results = json.text("results");
  blessed.sha256 = json.text("results_sha256");
  for (const char* key : {"name", "run", "identity_sha256"}) json.text(key);
  for (const char* key : {"builds", "blessed_by", "replaced_results_sha256"}) json.raw(key);
  json.done();
  if (fs::path(blessed.results).filename() != blessed.results)
    throw input_error(path.string(), "/results: \"" + blessed.results + "\" is no file beside it");
  return blessed;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (path_exists(entry->path() / "baseline.json")) names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Blessing bless_baseline(const std::string& name, const fs::path& run, const BlessOptions& options) {
  require_name(name);
  const RunInput input = read_run(run);
  check_results(input, options.protocols);
  const std::vector<MissingRecords> missing = missing_records(input.results);
  if (!missing.empty()) {
    const MissingRecords& first = missing.front();
    throw input_error(input.name,
                      fmt::format("the run has a record of {} of {} cases of {} on {}", first.recorded,
                                  first.planned, first.model, first.task),
                      "a baseline holds everything that was planned; finish the run first");
  }
  Blessing blessing;
  blessing.cases = static_cast<int64_t>(input.results.cases.size());
  blessing.failed = std::count_if(input.results.cases.begin(), input.results.cases.end(),
                                  [](const CaseRecord& r) { return r.status == CaseStatus::kFailed; });
  blessing.without_value = without_value(input.results);
  if (blessing.failed == blessing.cases) {
    throw input_error(input.name, "no case of the run was scored, so nothing could get worse than it",
                      "see failures.csv of the run; a baseline has values");
  }
  if (!blessing.without_value.empty() && !options.accept_without_value) {
    throw input_error(input.name, describe(blessing.without_value) + "; nothing of it could get worse",
                      "see failures.csv of the run; score what failed (synerbench run --resume), leave the "
                      "model out, or say --accept-incomplete-baseline");
  }
  const std::string bytes = read_file(input.folder.empty() ? run : run / "results.json");
  const std::string sha256 = sha256_hex(bytes);
  const fs::path folder = options.folder / name;
  Json replaced;
  if (path_exists(folder / "baseline.json")) {
    const Blessed before = read_blessed(folder);
    if (before.sha256 == sha256) {
      blessing.json = before.json;
      return blessing;
    }
    if (!options.replace) {
      throw usage_error("baseline " + name, "there is one already, with other results",
                        "choose another name, or say --replace-baseline");
    }
    replaced = before.sha256;
  }
  const std::string results = "results-" + sha256.substr(0, 16) + ".json";
  write_file(folder / results, bytes);
  const Json& identity = input.results.identity;
  blessing.json = {
      {"schema", "synerbench/baseline"},
      {"schema_version", 1},
      {"name", name},
      {"run", input.name},
      {"results", results},
      {"results_sha256", sha256},
      {"identity_sha256", identity_sha256(identity)},
      {"builds", identity.is_object() && identity.contains("builds") ? identity["builds"] : Json()},
      {"blessed_by", build_provenance()},
      {"replaced_results_sha256", replaced}};
  write_json(folder / "baseline.json", blessing.json);
  // What the old baseline named is of no use to anyone.
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    if (file.starts_with("results-") && file != results) fs::remove(entry->path(), error);
  }
  return blessing;
}

std::vector<ReadFrom> read_from_run(const std::string& path_or_name, const fs::path& folder,
                                    const std::string& what) {
  const fs::path path = path_or_name;
  if (!path_exists(path)) return {{folder / path_or_name, what, true}};
  std::vector<ReadFrom> files{{path, what}};
  for (const char* name : {"run.json", "results.json", "journal.jsonl", "timing.json", "settings.json",
                           "slices.csv", "failures.csv", "predictions.csv"})
    files.push_back({path / name, fmt::format("{} of {}", name, what)});
  return files;
}

RunInput read_run_or_baseline(const std::string& path_or_name, const fs::path& folder) {
  if (path_exists(path_or_name)) return read_run(path_or_name);
  const fs::path place = folder / path_or_name;
  const std::vector<std::string> names = names_in(folder);
  const bool named = std::find(names.begin(), names.end(), path_or_name) != names.end();
  if (!named && path_or_name.find('/') == std::string::npos && folder_exists(place)) {
    throw input_error((place / "baseline.json").string(), "is not there, so this baseline cannot be read",
                      "take the folder from version control again, or remove it and bless a run");
  }
  if (!named) {
    throw usage_error(path_or_name, "no such run, and no baseline of that name in " + folder.string(),
                      names.empty()
                          ? "give a run folder, or make a baseline: synerbench gate --bless NAME RUN"
                          : did_you_mean(path_or_name, names));
  }
  const Blessed blessed = read_blessed(place);
  const fs::path path = place / blessed.results;
  if (sha256_hex(read_file(path)) != blessed.sha256) {
    throw input_error(path.string(), "these are not the results that were blessed: their SHA-256 differs",
                      "take the folder from version control again, or bless a run with --replace-baseline");
  }
  RunInput run;
  run.name = path_or_name;
  run.results = read_results(path);
  return run;
}

}  // namespace synerbench
