// The records that runs leave and reports read: one per (task, model, case).
//
// A run folder:
//   run.json       identity: suite, store, models, protocols, seed, provenance. Equal identity = may be
//                  resumed, merged
//   journal.jsonl  append-only; one line per scored slice, per scored volume, per finished item
//   results.json   schema synerbench/results: identity + case records, in (task, model, case) order; no times
//                  in it
//   slices.csv     every slice's values
//   failures.csv   what could not be scored, with the reason
//   timing.json    seconds per (task, model): not part of what is compared byte for byte
//   panels/        one slice per case, see panel_path
//   predictions/   whole volumes where they are kept, see prediction_path
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/keys.h"
#include "harness/core/model.h"

namespace synerbench {

/// What an error in a run's timing.json says about it.
inline constexpr const char* kTimingsAreOptional =
    "delete the file: timings are not needed for anything but the time columns";

/// Seconds and slices of an item in timing.json: not below 0, and small enough for sums over any run. Errors
/// of the object.
double seconds_of_timing(JsonObject& item);
int64_t slices_of_timing(JsonObject& item);
/// When the run's last item was done; empty in files that do not say. Errors of the object.
std::string finished_of_timing(JsonObject& json);

/// One number under one protocol. Exactly one of value / undefined is set.
struct Measure {
  std::string protocol;         // "synermed-2d@1"
  std::string metric;           // "ssim", "psnr", "mae", "rmse", "ms_ssim", "mae_air", ...
  std::optional<double> value;  // finite
  std::string undefined;        // reason, when there is no value: "empty-mask", "identical-images", ...
  int64_t count = 0;            // slices (2-D protocols) or voxels in the mask (3-D) behind it
  int64_t undefined_count = 0;  // slices without a value (2-D)
};

enum class CaseStatus { kScored, kFailed };

/// What is known of one item. Its key names it, with the patient.
struct CaseRecord : ItemKey {
  std::string group;  // stratum of the case: "A"; empty when unknown
  CaseStatus status = CaseStatus::kScored;
  std::string reason;  // kFailed: what happened
  int64_t slices = 0;  // scored slices
  int64_t slices_without_foreground = 0;
  int64_t panel_slice = -1;       // index of the slice kept in panels/, -1: none
  std::vector<Measure> measures;  // in protocol, metric order
  // what a reader of the numbers should know: another range, mirrored, trained on. Written only where there
  // is something
  std::vector<std::string> remarks;
};

/// What the identity and the tables say about a model: every field of ModelInfo under its own name.
Json to_json(const ModelInfo& info);

/// How a model appears in a run.
struct ModelRecord {
  std::string key;  // as written on the command line, unique in the run
  Json info;        // ModelInfo per task where it differs, see to_json(ModelInfo)
};

struct TaskRecord {
  std::string id, region, source, target, group, target_unit;
  double target_low = 0,
         target_high = 0;  // display range of the target in its unit; 0, 0: reference-derived (MR)
  int64_t cases = 0;       // planned cases: the denominator of coverage
};

struct Results {
  Json identity;                    // as in run.json
  std::vector<TaskRecord> tasks;    // in suite order
  std::vector<ModelRecord> models;  // in command-line order
  std::vector<CaseRecord> cases;    // sorted by (task order, model order, case id)
};

Json to_json(const CaseRecord& record);
/// These read all fields of the object; errors are of its kind.
TaskRecord task_record_from_json(JsonObject json);
CaseRecord case_record_from_json(JsonObject json);

Json to_json(const Results& results);
Results results_from_json(const Json& json, const std::string& place);
/// Error(kBadInput) with file, place and next step when it is missing, of another schema or damaged.
Results read_results(const std::filesystem::path& run_folder_or_file);

/// Stands in a folder that a merge has begun to fill and not finished.
inline constexpr const char* kMergingFile = ".merging";

/// A name for a file or folder that stands for `key`. Note [File names of models and cases]: ASCII letters,
/// digits, ".", "_", "+" and "-" stand for themselves, every other byte is written as % and two hexadecimal
/// digits ("pix2pix:runs/a" -> "pix2pix%3Aruns%2Fa"); so is a "." or "-" in front, a "." behind another; ""
/// is "%". Different keys get different names, and the key can be read off its name. Names longer than 160
/// bytes are cut to 120 of them, "%~" and 32 digits of the key's SHA-256: still different, no longer
/// readable.
std::string file_name_of(const std::string& key);
/// "<dataset>/<case>.safetensors": a case's file below a folder of one task and one model.
std::filesystem::path case_file(const CaseId& scan);
/// panels/<task>/<model>/<dataset>/<case>.safetensors: source, prediction, target and mask of one slice, in
/// physical units. The models of a task lie side by side, as reports show them.
std::filesystem::path panel_path(const std::filesystem::path& run_folder, const ItemKey& item);
/// predictions/<model>/<task>/<dataset>/<case>.safetensors: a whole volume, in physical units. What lies in
/// predictions/<model> is what score() takes (Note [Which file is which case]), and what is handed on when a
/// model's predictions are published.
std::filesystem::path prediction_path(const std::filesystem::path& run_folder, const ItemKey& item);
std::filesystem::path predictions_of(const std::filesystem::path& run_folder, const std::string& model);

/// How long the models took: the calls of synthesize() only, without reading, fitting and scoring. Kept in
/// timing.json (schema synerbench/timing) per item, so that merging adds up; given out here summed per
/// (model, task).
struct Timing {
  std::string model, task, device;
  double seconds = 0;
  int64_t slices = 0;
  int threads = 1;  // 0: not measured by this program
};
std::vector<Timing> read_timing(const std::filesystem::path& run_folder);  // empty when there is none

}  // namespace synerbench
