#include "reports/numbers/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/run/journal.h"
#include "harness/run/other_cases.h"
#include "harness/run/run_folder.h"
#include "metrics/questions.h"

namespace synerbench {
namespace {

constexpr const char* kDamaged = "the results are damaged; merge or run again";

std::string place_of(const RunInput& run, const CaseRecord& record) {
  return run.name + ": case " + record.scan.text() + " of task " + record.task + ", model " + record.model;
}

void check_lists(const RunInput& run) {
  std::set<std::string> tasks, models;
  for (const TaskRecord& task : run.results.tasks) {
    if (!tasks.insert(task.id).second)
      throw input_error(run.name, "task " + task.id + " is listed twice", kDamaged);
  }
  for (const ModelRecord& model : run.results.models) {
    if (!models.insert(model.key).second)
      throw input_error(run.name, "model " + model.key + " is listed twice", kDamaged);
  }
  std::set<ItemKey> seen;
  std::map<std::pair<std::string, std::string>, int64_t> count;
  for (const CaseRecord& record : run.results.cases) {
    if (!tasks.contains(record.task))
      throw input_error(place_of(run, record), "the run has no such task", kDamaged);
    if (!models.contains(record.model))
      throw input_error(place_of(run, record), "the run has no such model", kDamaged);
    if (!seen.insert(record).second) throw input_error(place_of(run, record), "recorded twice", kDamaged);
    ++count[{record.task, record.model}];
  }
  for (const TaskRecord& task : run.results.tasks) {
    for (const ModelRecord& model : run.results.models) {
      const int64_t recorded = count[{task.id, model.key}];
      if (recorded > task.cases) {
        throw input_error(run.name + ": task " + task.id + ", model " + model.key,
                          fmt::format("{} cases recorded, {} planned", recorded, task.cases), kDamaged);
      }
    }
  }
}

/// Protocols that the identity names; empty when it names none.
std::set<std::string> named_protocols(const Json& identity) {
  std::set<std::string> named;
  if (!identity.is_object() || !identity.contains("protocols") || !identity["protocols"].is_array())
    return named;
  for (const Json& id : identity["protocols"]) {
    if (id.is_string()) named.insert(id.get<std::string>());
  }
  return named;
}

/// Scores of equal images may leave a bound by rounding.
bool is_within(double value, double lower, double upper) {
  constexpr double kRounding = 1e-6;
  return value >= lower - kRounding * std::max(1.0, std::abs(lower)) &&
         value <= upper + kRounding * std::max(1.0, std::abs(upper));
}

std::string bounds_text(const MetricInfo& metric) {
  if (std::isinf(metric.upper)) return fmt::format("at least {:g}", metric.lower);
  return fmt::format("from {:g} to {:g}", metric.lower, metric.upper);
}

void check_measure(const std::string& place, const CaseRecord& record, const Measure& measure,
                   const ProtocolTable& protocols) {
  // Errors of images of 32-bit floats, squared and in shares of a narrow range, stay far below.
  constexpr double kLargest = 1e100;
  const std::string name = measure.metric + " under " + measure.protocol;
  if (measure.value && !(std::abs(*measure.value) <= kLargest)) {
    throw input_error(
        place, fmt::format("{} is {:g}: no comparison of images gives that", name, *measure.value), kDamaged);
  }
  const Protocol* protocol = protocols.find(measure.protocol);
  if (protocol == nullptr) return;  // whoever needs its description says so
  for (const MetricInfo& metric : protocol->info.metrics) {
    if (metric.name != measure.metric) continue;
    // Equal images have the best value there is, unless that is infinite.
    const bool best_is_infinite = metric.direction == Direction::kHigherIsBetter && std::isinf(metric.upper);
    if (measure.undefined == name_of(Undefined::kIdenticalImages) && !best_is_infinite) {
      throw input_error(
          place,
          fmt::format("{} has no value because the images are equal, but then it is {:g}", name,
                      metric.direction == Direction::kHigherIsBetter ? metric.upper : metric.lower),
          kDamaged);
    }
    if (!measure.value) continue;
    if (!is_within(*measure.value, metric.lower, metric.upper)) {
      throw input_error(
          place, fmt::format("{} is {:g}, but this metric is {}", name, *measure.value, bounds_text(metric)),
          kDamaged);
    }
  }
  if (protocol->info.dimensions != 2) return;
  if (measure.count + measure.undefined_count != record.slices) {
    throw input_error(place,
                      fmt::format("{} is over {} slices and has no value in {}, but the case has {} slices",
                                  name, measure.count, measure.undefined_count, record.slices),
                      kDamaged);
  }
  if (measure.value.has_value() != (measure.count > 0)) {
    throw input_error(
        place,
        fmt::format("{} {} a value, over {} slices", name, measure.value ? "has" : "lacks", measure.count),
        kDamaged);
  }
}

/// The largest value a voxel's error is measured against in a protocol's PSNR, for those that have an RMSE or
/// MSE of the same voxels. Clipping before the PSNR only makes errors smaller.
std::optional<double> peak_of(const std::string& protocol) {
  if (protocol == "synermed-2d@1" || protocol == "synermed-2d@2" || protocol == "skimage@1") return 1.0;
  if (protocol == "synthrad2023@1") return 4024.0;  // HU
  return std::nullopt;
}

/// The numbers of one protocol against each other; see Note [What results must satisfy].
void check_agreement(const std::string& place, const CaseRecord& record, const std::string& protocol) {
  const auto find = [&](const char* metric) { return find_measure(record, protocol, metric); };
  const auto value = [&](const char* metric) {
    const Measure* m = find(metric);
    return m == nullptr ? std::nullopt : m->value;
  };
  const auto refuse = [&](const std::string& problem) {
    throw input_error(place, problem + " (" + protocol + ")", kDamaged);
  };
  constexpr double kRounding = 1e-6;
  const auto mae = value("mae"), rmse = value("rmse"), mse = value("mse"), psnr = value("psnr"),
             gray = value("mae_255");
  if (mae && rmse && *rmse < *mae * (1 - kRounding) - 1e-12)
    refuse(fmt::format("RMSE {:g} is below MAE {:g}", *rmse, *mae));
  if (mae && gray && std::abs(*gray - 255 * *mae) > kRounding * std::max(1.0, *gray))
    refuse(fmt::format("MAE is {:g}, which is {:g} gray levels, not {:g}", *mae, 255 * *mae, *gray));
  const std::optional<double> peak = peak_of(protocol);
  const Measure* of_psnr = find("psnr");
  if ((rmse || mse) && psnr && peak) {
    // Slices without a PSNR have no error: the others have all of it.
    const double slices = static_cast<double>(of_psnr->count),
                 all = slices + static_cast<double>(of_psnr->undefined_count);
    const double share = slices > 0 ? all / slices : 1;
    const double largest = rmse ? *rmse * share : std::sqrt(mse.value_or(0) * share);
    if (largest == 0) refuse(fmt::format("PSNR is {:g}, but the images are equal", *psnr));
    const double least = 20 * std::log10(*peak / largest);
    if (*psnr < least - 1e-6)
      refuse(fmt::format("PSNR is {:g}, but the errors allow no less than {:g}", *psnr, least));
  }
  // Protocols in HU clip for the PSNR alone: images may be equal within the range and differ outside.
  if (peak != 1.0) return;
  for (const auto& [psnr_name, mae_name, where] :
       {std::tuple{"psnr", "mae", ""}, {"psnr_body", "mae_body", " inside the body"}}) {
    const Measure* ratio = find(psnr_name);
    const bool equal =
        ratio != nullptr && !ratio->value && ratio->undefined == name_of(Undefined::kIdenticalImages);
    const auto error = value(mae_name);
    if (equal && error && *error > 1e-3)
      refuse(fmt::format("PSNR says that the images are equal{}, MAE is {:g}", where, *error));
  }
}

/// Questions are recorded where slices are.
const char* counted_word(const CaseRecord& record) {
  return counted_in(record.measures.empty() ? std::string() : record.measures.front().protocol);
}

void check_slices_of_models(const RunInput& run) {
  std::map<std::pair<std::string, CaseId>, const CaseRecord*> first;
  for (const CaseRecord& record : run.results.cases) {
    if (record.status != CaseStatus::kScored) continue;
    const auto [at, fresh] = first.emplace(std::make_pair(record.task, record.scan), &record);
    if (fresh || at->second->slices == record.slices) continue;
    throw input_error(place_of(run, record),
                      fmt::format("{} {}s scored, {} by model {}", record.slices, counted_word(record),
                                  at->second->slices, at->second->model),
                      kDamaged);
  }
}

void check_patients(const RunInput& run) {
  std::map<std::string, const CaseRecord*> first;
  for (const CaseRecord& record : run.results.cases) {
    const auto [at, fresh] = first.emplace(record.scan.text(), &record);
    if (fresh || at->second->scan.patient == record.scan.patient) continue;
    throw input_error(place_of(run, record),
                      "the case is of patient " + record.scan.patient + " here and of patient " +
                          at->second->scan.patient + " in task " + at->second->task,
                      kDamaged);
  }
}

}  // namespace

void check_results(const RunInput& run, const ProtocolTable& protocols) {
  check_lists(run);
  const std::set<std::string> named = named_protocols(run.results.identity);
  for (const CaseRecord& record : run.results.cases) {
    const std::string place = place_of(run, record);
    std::set<std::string> of_record;
    std::set<std::pair<std::string, std::string>> measured;
    for (const Measure& measure : record.measures) {
      if (!measured.emplace(measure.protocol, measure.metric).second) {
        throw input_error(place, measure.metric + " under " + measure.protocol + " is recorded twice",
                          kDamaged);
      }
      if (!named.empty() && !named.contains(measure.protocol)) {
        throw input_error(place, "measured under " + measure.protocol + ", which is no protocol of the run",
                          kDamaged);
      }
      check_measure(place, record, measure, protocols);
      of_record.insert(measure.protocol);
    }
    for (const std::string& protocol : of_record) check_agreement(place, record, protocol);
  }
  check_slices_of_models(run);
  check_patients(run);
}

std::vector<MissingRecords> missing_records(const Results& results) {
  std::map<std::pair<std::string, std::string>, int64_t> count;
  for (const CaseRecord& record : results.cases) ++count[{record.task, record.model}];
  std::vector<MissingRecords> missing;
  for (const TaskRecord& task : results.tasks) {
    for (const ModelRecord& model : results.models) {
      const int64_t recorded = count[{task.id, model.key}];
      if (recorded < task.cases) missing.push_back({task.id, model.key, task.cases, recorded});
    }
  }
  return missing;
}

void check_same_cases(const RunInput& a, const RunInput& b) {
  struct Known {
    const CaseRecord* record = nullptr;
    const CaseRecord* scored = nullptr;  // one that says how many slices there are
  };
  using Key = std::pair<std::string, CaseId>;
  const auto known_in = [](const RunInput& run) {
    std::map<Key, Known> known;
    for (const CaseRecord& record : run.results.cases) {
      Known& entry = known[{record.task, record.scan}];
      entry.record = &record;
      if (record.status == CaseStatus::kScored) entry.scored = &record;
    }
    return known;
  };
  const auto in_a = known_in(a), in_b = known_in(b);
  constexpr const char* kOther = "both runs are said to be of one store; one of them is damaged";
  for (const auto& [key, theirs] : in_b) {
    const auto at = in_a.find(key);
    if (at == in_a.end()) continue;
    const Known& ours = at->second;
    if (ours.record->scan.patient != theirs.record->scan.patient) {
      throw input_error(place_of(b, *theirs.record),
                        "the case is of patient " + theirs.record->scan.patient + ", and of patient " +
                            ours.record->scan.patient + " in " + a.name,
                        kOther);
    }
    if (ours.scored != nullptr && theirs.scored != nullptr && ours.scored->slices != theirs.scored->slices) {
      throw input_error(place_of(b, *theirs.scored),
                        fmt::format("{} {}s scored, and {} in {}", theirs.scored->slices,
                                    counted_word(*theirs.scored), ours.scored->slices, a.name),
                        kOther);
    }
  }
  // As many cases as planned in one run are all there are: the other can have no more.
  const auto refuse_unknown = [&](const RunInput& run, const std::map<Key, Known>& known,
                                  const RunInput& other, const std::map<Key, Known>& known_other) {
    std::map<std::string, int64_t> count;
    for (const auto& [key, entry] : known) ++count[key.first];
    for (const TaskRecord& task : run.results.tasks) {
      if (count[task.id] < task.cases) continue;
      for (const auto& [key, entry] : known_other) {
        if (key.first != task.id || known.contains(key)) continue;
        throw input_error(place_of(other, *entry.record),
                          "the run \"" + run.name + "\" has all " + std::to_string(task.cases) +
                              " cases of the task, and this is none of them",
                          "runs are comparable only over the same cases");
      }
    }
  };
  refuse_unknown(a, in_a, b, in_b);
  refuse_unknown(b, in_b, a, in_a);
}

/// What run.json and the journal give together; without a run.json only the records, of these `models`.
static Results recorded_results(const std::filesystem::path& folder, const Journal& journal,
                                const std::vector<ModelRecord>& models) {
  Results recorded;
  if (file_exists(folder / "run.json")) {
    const RunHeader header = read_run_header(folder);
    if (journal.identity() != identity_sha256(header.identity)) {
      throw input_error((folder / "run.json").string(), "is of another run than the journal.jsonl beside it",
                        "copy the run folder again");
    }
    return collect_results(header, journal);
  }
  recorded.models = models;
  std::vector<std::string> hashes;
  for (const ItemKey& item : journal.items()) {
    ItemResult read = journal.read(item);
    recorded.cases.push_back(std::move(read.record));
    hashes.push_back(std::move(read.prediction_sha256));
  }
  remark_on_repeats(recorded, hashes);
  return recorded;
}

/// A folder that held a run once has its journal: without it the results would have to be believed as they
/// are. Results that were handed on alone have nothing beside them.
static void require_journal(const std::filesystem::path& folder) {
  for (const char* name : {"run.json", "slices.csv", "failures.csv", "settings.json"}) {
    if (!file_exists(folder / name)) continue;
    throw input_error(
        (folder / "journal.jsonl").string(),
        fmt::format("is not there, and {} beside it says that this is the folder of a run", name),
        "copy the run folder whole, or give its results.json alone, or bless it where it is whole "
        "(synerbench gate --bless) and give the baseline's name");
  }
}

std::shared_ptr<const Journal> check_against_journal(const std::filesystem::path& folder,
                                                     const Results& results) {
  const std::filesystem::path path = folder / "journal.jsonl";
  if (!file_exists(path)) {
    require_journal(folder);
    return nullptr;
  }
  const std::string beginning = read_beginning(path, 256), header = beginning.substr(0, beginning.find('\n'));
  if (header.find("\"schema_version\":1,") != std::string::npos) return nullptr;
  const std::string hint = "the run was changed or not finished: synerbench run --resume " + folder.string();
  const std::string place = (folder / "results.json").string();
  auto journal = std::make_shared<const Journal>(path, "", Journal::Mode::kRead);
  const Results recorded = recorded_results(folder, *journal, results.models);
  std::map<ItemKey, const CaseRecord*> records;
  for (const CaseRecord& record : recorded.cases) records[record] = &record;
  std::set<ItemKey> here;
  for (const CaseRecord& record : results.cases) {
    here.insert(record);
    const auto found = records.find(record);
    const std::string item = place + ": item " + record.text();
    if (found == records.end())
      throw input_error(item, "the journal beside it does not hold this item", hint);
    if (to_json(*found->second) != to_json(record))
      throw input_error(item, "the journal beside it says otherwise about this item", hint);
  }
  for (const auto& [item, record] : records) {
    if (!here.contains(item))
      throw input_error(place, "item " + item.text() + " is in the journal and not here", hint);
  }
  if (recorded.identity.is_null()) return journal;
  const std::string difference =
      first_difference(to_json(recorded), "run.json and journal.jsonl", to_json(results), "here");
  if (!difference.empty()) throw input_error(place, "the files beside it say otherwise: " + difference, hint);
  return journal;
}

}  // namespace synerbench
