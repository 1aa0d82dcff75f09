#include "harness/run/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "harness/core/csv.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/core/safetensors.h"
#include "harness/data/dicom.h"
#include "harness/data/tree.h"
#include "harness/data/zip.h"
#include "harness/run/grand_challenge.h"
#include "harness/run/model_spec.h"
#include "harness/run/other_cases.h"
#include "harness/run/outside_model.h"
#include "harness/run/synth.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

bool has_ending(const std::string& name, std::string_view ending) {
  return name.size() > ending.size() &&
         std::equal(ending.rbegin(), ending.rend(), name.rbegin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

/// The ending in lower case if it is one of ours, else "".
std::string ending_of(const std::string& name) {
  constexpr const char* kTensors = ".safetensors";
  return has_ending(name, kTensors) ? kTensors : image_ending(name);
}

/// Case -> files, for one task.
using Assignment = std::map<CaseId, std::vector<fs::path>>;

struct Found {
  std::vector<Assignment> tasks;  // as in the plan
  std::vector<std::string> extra;
  std::map<CaseId, std::string> problems;         // why a case has no file, where that is known
  std::map<fs::path, std::string> sha256;         // of every file, or series, that stands for a case
  std::map<std::string, std::set<CaseId>> cases;  // by that hash: which cases such a file stands for
};

/// What a file may be called -> the case it stands for.
std::map<std::string, CaseId> names_of_cases(const Plan& plan, size_t task) {
  std::map<std::string, int> short_names;
  std::vector<CaseId> ids;
  for (const WorkItem& item : plan.items) {
    if (item.task == task) ids.push_back(item.key.scan);
  }
  for (const CaseId& id : ids) ++short_names[id.name];
  std::map<std::string, CaseId> names;
  for (const CaseId& id : ids) {
    names[id.text()] = id;
    names.emplace(id.dataset + "_" + id.name, id);
    if (short_names[id.name] == 1) names.emplace(id.name, id);
    names.emplace(case_file(id).replace_extension().generic_string(), id);  // a name too long for a file
  }
  return names;
}

/// What was there, images and tensors first, and what would have been taken.
[[noreturn]] void throw_no_prediction(const fs::path& given, const Plan& plan,
                                      std::vector<TreeFile> entries) {
  constexpr size_t kExamples = 3;
  std::stable_sort(entries.begin(), entries.end(),
                   [](const TreeFile& a, const TreeFile& b) { return a.is_image() && !b.is_image(); });
  std::string hint = entries.empty() ? "it holds no file" : "it holds";
  for (size_t i = 0; i < std::min(entries.size(), kExamples); ++i) hint += "\n      " + describe(entries[i]);
  if (entries.size() > kExamples) hint += fmt::format("\n      ... and {} more", entries.size() - kExamples);
  hint += "\n  expected for example";
  for (size_t i = 0; i < std::min(plan.items.size(), kExamples); ++i) {
    const ItemKey& key = plan.items[i].key;
    hint += fmt::format("{}{}/{}.safetensors", i == 0 ? " " : "\n      ", key.task, key.scan.text());
  }
  hint +=
      "\n  .nii.gz, .nii and .mha are read, too, and a DICOM series: a folder or a .zip named after the case";
  throw usage_error(given.string(), fmt::format("no file for any of the {} planned cases", plan.items.size()),
                    hint);
}

/// The same for predictions as grand-challenge.org hands them over.
Found find_jobs(const fs::path& folder, const std::string& slug, const Plan& plan) {
  if (plan.tasks.size() != 1) {
    throw usage_error(
        "--task",
        fmt::format("predictions of grand-challenge.org are of one task, and {} are to be scored",
                    plan.tasks.size()),
        fmt::format("choose it: --task {}", plan.tasks.front().task.id));
  }
  const std::map<std::string, CaseId> names = names_of_cases(plan, 0);
  Found found;
  found.tasks.resize(1);
  const std::vector<GrandChallengeJob> jobs = read_grand_challenge(folder, slug);
  bool any = false;
  for (const GrandChallengeJob& job : jobs) {
    std::string inputs;
    std::set<CaseId> scans;
    for (const std::string& input : job.inputs) {
      inputs += (inputs.empty() ? "" : ", ") + input;
      if (const auto at = names.find(input); at != names.end()) scans.insert(at->second);
    }
    any = any || !scans.empty();
    std::string problem;
    if (scans.empty()) {
      problem = fmt::format("job {} ({}): stands for no planned case", job.pk, inputs);
    } else if (scans.size() > 1) {
      problem = fmt::format("job {} names two cases, {} and {}", job.pk, scans.begin()->text(),
                            std::next(scans.begin())->text());
    } else if (job.output.empty()) {
      problem = fmt::format("job {}: {}", job.pk, job.problem);
    } else {
      found.tasks[0][*scans.begin()].push_back(job.output);
      continue;
    }
    found.extra.push_back(problem);
    for (const CaseId& scan : scans) found.problems.emplace(scan, problem);
  }
  if (!any) {
    constexpr size_t kExamples = 3;
    std::string hint = "a job is known by the name of an input image; these have";
    for (size_t i = 0; i < std::min(jobs.size(), kExamples); ++i)
      hint += "\n      " + (jobs[i].inputs.empty() ? "no image" : jobs[i].inputs.front());
    hint += "\n  expected for example";
    for (size_t i = 0; i < std::min(plan.items.size(), kExamples); ++i)
      hint += (i == 0 ? " " : ", ") + plan.items[i].key.scan.name;
    throw usage_error((folder / "predictions.json").string(),
                      fmt::format("no job for any of the {} planned cases", plan.items.size()), hint);
  }
  return found;
}

/// What a file below the predictions may be a part of: the folders it lies in, outermost first, where it may
/// be a slice; for a .zip, itself.
std::vector<std::string> series_of(const TreeFile& file) {
  std::vector<std::string> series;
  if (has_ending(file.path, ".zip")) return {file.path};
  const bool slice =
      is_dicom_name(file.name) || (file.problem.empty() && !file.is_image() && !is_companion(file));
  for (size_t slash = file.path.find('/'); slice && slash != std::string::npos;
       slash = file.path.find('/', slash + 1))
    series.push_back(file.path.substr(0, slash));
  return series;
}

/// `given` is what a person named: the folder, or the zip that was unpacked into it.
Found find_files(const fs::path& folder, const fs::path& given, const Plan& plan) {
  if (!folder_exists(folder))
    throw usage_error(given.string(), "no such folder", "give the folder that holds the predictions");
  auto entries = list_tree(folder, {".safetensors"});

  Found found;
  std::vector<std::map<std::string, CaseId>> names;
  for (size_t task = 0; task < plan.tasks.size(); ++task) names.push_back(names_of_cases(plan, task));
  found.tasks.resize(plan.tasks.size());
  std::map<std::string, std::array<uint64_t, 2>> identity_of;  // by path: a file may be reached in two ways
  std::set<std::array<uint64_t, 2>> used_files;
  std::vector<const TreeFile*> extra;
  bool any = false;
  for (const TreeFile& file : entries) {
    const std::string& stem = file.path_stem;
    bool used = false;
    for (size_t task = 0; task < plan.tasks.size(); ++task) {
      // The case that a place below the folder, without its ending, is named after.
      const auto named = [&](const std::string& place) -> const CaseId* {
        const std::string prefix = plan.tasks[task].task.id + "/";
        if (!place.starts_with(prefix) && plan.tasks.size() != 1) return nullptr;
        const auto at = names[task].find(place.starts_with(prefix) ? place.substr(prefix.size()) : place);
        return at == names[task].end() ? nullptr : &at->second;
      };
      const CaseId* scan = file.is_image() && file.problem.empty() ? named(stem) : nullptr;
      if (scan != nullptr) {
        auto& files = found.tasks[task][*scan];
        used = true;
        const bool again = std::any_of(files.begin(), files.end(), [&](const fs::path& other) {
          return identity_of[other.generic_string()] == file.identity;
        });
        if (!again) files.emplace_back(file.path);
        identity_of[file.path] = file.identity;
        continue;
      }
      for (const std::string& place : series_of(file)) {
        const bool zip = place == file.path;
        scan = named(zip ? place.substr(0, place.size() - 4) : place);
        if (scan == nullptr) continue;
        auto& files = found.tasks[task][*scan];
        used = true;
        if (std::find(files.begin(), files.end(), fs::path(place)) == files.end()) files.emplace_back(place);
        break;
      }
    }
    any = any || used;
    if (used) {
      used_files.insert(file.identity);
    } else {
      extra.push_back(&file);
    }
  }
  if (!any) throw_no_prediction(given, plan, std::move(entries));
  for (const TreeFile* file : extra) {
    if (!file->problem.empty() || !used_files.contains(file->identity))
      found.extra.push_back(describe(*file));
  }
  return found;
}

std::string describe(const std::vector<int64_t>& shape) {
  std::string text;
  for (int64_t side : shape) text += (text.empty() ? "" : "x") + std::to_string(side);
  return text;
}

Error changed(const fs::path& path) {
  return input_error(path.filename().string(), "changed while it was scored",
                     "wait until the predictions are complete, then score them into a new folder");
}

/// The name of the prediction in a file whose header has been read, when it fits the case.
std::string fitting_tensor(const fs::path& path, const SafetensorsFile& file, const StoredCase& stored_case) {
  const std::vector<std::string> names = file.names();
  const std::string name = names.size() == 1 ? names.front() : "prediction";
  const TensorView tensor = file.at(name);
  const std::vector<int64_t> wanted(stored_case.shape.begin(), stored_case.shape.end());
  if (tensor.shape != wanted) {
    throw input_error(
        path.filename().string(),
        fmt::format("shape {} (D x H x W), the case has {}", describe(tensor.shape), describe(wanted)),
        "save the prediction on the store's grid");
  }
  if (tensor.dtype != DType::kF32 && tensor.dtype != DType::kI16) {
    throw input_error(path.filename().string(),
                      fmt::format("values are {}, F32 or I16 is wanted", name_of(tensor.dtype)));
  }
  return name;
}

/// A prediction that a run has kept says what it is of. A file that was renamed, or copied into another
/// case's place, would be scored against the wrong scan.
void check_origin(const fs::path& path, const SafetensorsFile& file, const StoredCase& stored_case,
                  const Task& task) {
  const auto& about = file.metadata();
  if (!about.contains("task") || !about.contains("case") || !about.contains("model")) return;
  const auto require = [&](const char* key, const std::string& wanted) {
    const std::string& said = about.at(key);
    if (said == wanted) return;
    throw input_error(path.filename().string(),
                      fmt::format("says that it is of {} \"{}\", and lies in the place of \"{}\"", key,
                                  printable(said, 100), wanted),
                      "put every prediction where its own case belongs");
  };
  require("task", task.id);
  require("case", stored_case.id.text());
}

/// [D, H, W] in store order. Throws std::exception with the reason when the file is not what it should be.
/// The file is somebody else's: it is read, not mapped, and what is read must be what was hashed.
std::vector<float> read_tensor(const fs::path& path, const StoredCase& stored_case, const Task& task,
                               const std::string& sha256) {
  fitting_tensor(path, SafetensorsFile::open_header(path), stored_case);
  const SafetensorsFile file = SafetensorsFile::read_whole(path);
  if (file.sha256() != sha256) throw changed(path);
  check_origin(path, file, stored_case, task);
  const TensorView tensor = file.at(fitting_tensor(path, file, stored_case));
  std::vector<float> values(static_cast<size_t>(tensor.count()));
  if (tensor.dtype == DType::kF32) {
    std::ranges::copy(tensor.as<float>(), values.begin());
  } else {
    std::ranges::copy(tensor.as<int16_t>(), values.begin());
  }
  return values;
}

/// Note [MR without a scale] MR has no unit. A model's answer gets the reference's scale in a run, where the
/// reference is at hand; synth has none, and writes 0 .. 1000 over the model's range. Such a file would be
/// scored as if it were in the reference's units, and most of the numbers look like numbers. So synth says in
/// the header what it wrote, and that is refused here. Whoever brings the values to the reference's scale may
/// have kept the header; then the values tell.
void refuse_without_scale(const fs::path& path, const Volume& volume, const Task& task,
                          const ScoreOptions& options) {
  if (!options.read_note || has_physical_unit(task.target) || is_dicom_place(path)) return;
  if (!options.read_note(path).starts_with(kNoScaleNote)) return;
  const auto [least, most] = std::minmax_element(volume.voxels.begin(), volume.voxels.end());
  if (*least < 0 || *most > 1000) return;
  throw input_error(
      path.filename().string(),
      fmt::format("synth has written it: {} of 0 .. 1000 over the model's range, which is not in the "
                  "reference's units",
                  name_of(task.target)),
      "run the model, or score what run --keep-predictions writes");
}

std::vector<float> read_image_file(const fs::path& path, const StoredCase& stored_case, const Task& task,
                                   const std::string& sha256, const ScoreOptions& options,
                                   const SliceStore& store, std::vector<std::string>& remarks) {
  if (!options.read_image) {
    throw input_error(path.filename().string(), "this build reads no image files",
                      "use .safetensors, or a build with ITK");
  }
  const bool may_resample = options.resample && options.resample_image;
  const auto check_grid = [&](const Geometry& grid) {
    if (may_resample || same_grid(grid, stored_case.geometry)) return;
    throw input_error(
        path.filename().string(),
        fmt::format("is on another grid than the reference: {}", difference_of(grid, stored_case.geometry)),
        "write it on the grid of the reference, or allow --resample");
  };
  // A series says its grid in all its files: they are read before anything is made of them.
  if (options.read_grid && !is_dicom_place(path)) check_grid(canonical_grid(options.read_grid(path)));
  Volume volume = to_canonical(options.read_image(path));
  if (sha256_of_image(path) != sha256) throw changed(path);
  check_grid(volume.geometry);
  refuse_without_scale(path, volume, task, options);
  if (!same_grid(volume.geometry, stored_case.geometry)) {
    // A prediction that shows another part of the patient would be scored as background.
    constexpr double kCovered = 0.9;
    const auto mask = from_plane<uint8_t>(store.mask(stored_case), stored_case.geometry, stored_case.plane);
    const auto body = static_cast<double>(std::count(mask.begin(), mask.end(), uint8_t{1}));
    const double share =
        body == 0 ? 0
                  : static_cast<double>(voxels_inside(volume.geometry, stored_case.geometry, mask)) / body;
    if (share < kCovered) {
      throw input_error(
          path.filename().string(),
          fmt::format("covers {:.1f} % of the reference's body, at least {:.0f} % is wanted: {}", 100 * share,
                      100 * kCovered, difference_of(volume.geometry, stored_case.geometry)),
          "is it of this case, and of the whole of it?");
    }
    remarks.push_back(fmt::format("resampled onto the reference's grid, of whose body it covers {:.1f} %: {}",
                                  100 * share, difference_of(volume.geometry, stored_case.geometry)));
    // Where the prediction says nothing it says background: the lower end of the target's map.
    volume = options.resample_image(volume, stored_case.geometry,
                                    static_cast<float>(stored_case.find(task.target)->intensity.low));
  }
  return to_plane<float>(volume.voxels, stored_case.geometry, stored_case.plane);
}

/// Predictions from files.
class FilePredictor final : public CasePredictor {
 public:
  FilePredictor(const ScoreOptions& options, const Plan& plan, const SliceStore& store, const Found& found,
                double seconds_per_slice)
      : options_(options), plan_(plan), store_(store), found_(found), seconds_per_slice_(seconds_per_slice) {}

  Json begin(const SuiteTask&, size_t) override { return {}; }

  Prediction predict(const WorkItem& item) override {
    throw_if_interrupted();
    Prediction prediction;
    const auto fail = [&](const std::string& reason) {
      prediction.failures = {{-1, reason}};
      return prediction;
    };
    const Assignment& files = found_.tasks[item.task];
    const auto at = files.find(item.key.scan);
    if (at == files.end()) {
      const auto why = found_.problems.find(item.key.scan);
      return fail(why == found_.problems.end() ? "missing prediction" : why->second);
    }
    if (at->second.size() > 1) {
      std::string list;
      for (const fs::path& file : at->second) list += (list.empty() ? "" : ", ") + file.generic_string();
      return fail("several predictions: " + list);
    }
    const fs::path path = options_.predictions / at->second.front();
    const std::string& sha256 = found_.sha256.at(at->second.front());
    try {
      const bool tensor = ending_of(path.string()) == ".safetensors";
      const Task& task = plan_.tasks[item.task].task;
      prediction.values = tensor ? read_tensor(path, *item.stored_case, task, sha256)
                                 : read_image_file(path, *item.stored_case, task, sha256, options_, store_,
                                                   prediction.remarks);
    } catch (const Error& error) {
      // Without the folder, so that the same files elsewhere give the same bytes.
      return fail(fmt::format("{}: {}", at->second.front().generic_string(), error.problem()));
    } catch (const std::exception& error) {
      return fail(fmt::format("{}: {}", at->second.front().generic_string(), error.what()));
    }
    const auto bad = std::count_if(prediction.values.begin(), prediction.values.end(),
                                   [](float v) { return !std::isfinite(v); });
    if (bad > 0)
      return fail(fmt::format("{}: {} of {} values are not finite", at->second.front().generic_string(), bad,
                              prediction.values.size()));
    std::vector<CaseId> others(found_.cases.at(sha256).begin(), found_.cases.at(sha256).end());
    std::erase(others, item.key.scan);
    if (!others.empty()) prediction.remarks.insert(prediction.remarks.begin(), same_as(kSameFile, others));
    prediction.seconds = seconds_per_slice_ * static_cast<double>(item.slices);
    return prediction;
  }

 private:
  const ScoreOptions& options_;
  const Plan& plan_;
  const SliceStore& store_;
  const Found& found_;
  double seconds_per_slice_;  // as its author says
};

Json settings_of(const ScoreOptions& o) {
  return Json{{"schema", "synerbench/score-settings"},
              {"schema_version", 1},
              {"suite", o.suite},
              {"store", fs::absolute(o.store).string()},
              {"predictions", fs::absolute(o.predictions).string()},
              {"tasks", o.tasks},
              {"name", o.name},
              {"info", o.info.empty() ? "" : fs::absolute(o.info).string()},
              {"max_cases", o.max_cases},
              {"threads", o.threads},
              {"resample", o.resample},
              {"output_slug", o.output_slug}};
}

}  // namespace

ScoreOutcome score(const ScoreOptions& given, const ProtocolTable& protocols) {
  const Suite suite = load_suite(given.suite, protocols);
  require_tasks(suite);
  const SliceStore store(given.store);
  const std::string name = parse_model_name(given.name);
  const OutsideModel said = given.info.empty() ? OutsideModel() : read_outside_model(given.info);
  const Plan plan = make_plan(suite, store, {name}, {given.tasks, given.max_cases});
  const FolderOrZip unpacked(given.predictions);
  ScoreOptions options = given;
  options.predictions = unpacked.path();
  const bool platform = is_grand_challenge(options.predictions);
  if (!platform && !options.output_slug.empty()) {
    throw usage_error("--output-slug", "is for predictions of grand-challenge.org only",
                      fmt::format("{} holds no predictions.json", given.predictions.string()));
  }
  Found found = platform ? find_jobs(options.predictions, options.output_slug, plan)
                         : find_files(options.predictions, given.predictions, plan);

  ScoreOutcome outcome;
  outcome.extra = found.extra;
  std::string list = "task,case,file,sha256\n";
  for (const WorkItem& item : plan.items) {
    const std::string where = fmt::format("{} {}", item.key.task, item.key.scan.text());
    const auto at = found.tasks[item.task].find(item.key.scan);
    if (at == found.tasks[item.task].end()) {
      outcome.missing.push_back(where);
      continue;
    }
    std::string files;
    for (const fs::path& file : at->second) {
      throw_if_interrupted();
      files += (files.empty() ? "" : ", ") + file.generic_string();
      std::string& sha256 = found.sha256[file];
      if (sha256.empty()) sha256 = sha256_of_image(options.predictions / file);
      found.cases[sha256].insert(item.key.scan);
      list += CsvRow()
                  .text(item.key.task)
                  .text(item.key.scan.text())
                  .quoted(file.generic_string())
                  .text(sha256)
                  .take();
    }
    if (at->second.size() > 1) outcome.duplicates.push_back(where + ": " + files);
  }
  ModelInfo info = info_of(said, name);
  info.weights_sha256 = sha256_hex(list);
  info.switches["other_grid"] = options.resample ? "resample, linear" : "refuse";
  RunHeader header;
  header.identity =
      make_identity("score", suite, plan.tasks, store, 0, options.max_cases, {{name, "", to_json(info)}});
  for (Json& task : header.identity["tasks"]) task["canvas"] = nullptr;  // see Note [No canvas]
  for (size_t t = 0; t < plan.tasks.size(); ++t)
    header.tasks.push_back(make_task_record(plan.tasks[t], plan.cases_per_task[t]));
  const FolderLock lock(options.out, "run");
  header = open_run_folder(options.out, header, settings_of(given), options.resume,
                           /*accept_other_build=*/false);
  write_file(options.out / "predictions.csv", list);

  FilePredictor predictor(options, plan, store, found, said.seconds_per_slice);
  ExecuteOptions execution;
  execution.devices[0] = said.device.empty() ? "as its author says" : said.device;
  execution.timed_here = false;
  execution.protocols = protocols;
  execution.threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  say("score", fmt::format("{} cases, {} missing, {} double, {} extra files   store {}   protocol {}",
                           plan.items.size(), outcome.missing.size(), outcome.duplicates.size(),
                           outcome.extra.size(), store.sha256().substr(0, 8), suite.protocols.front()));
  outcome.run =
      execute(options.out, header, plan, store, suite.protocols, suite.min_foreground, predictor, execution);
  return outcome;
}

}  // namespace synerbench
