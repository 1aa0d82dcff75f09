#include "suites/phantom/cohort.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/random.h"

namespace synerbench::phantom {
namespace {

const std::vector<std::string> kDatasets = {"synthrad2023", "synthrad2025", "autopet", "brats", "myops"};

bool wanted(const std::vector<std::string>& list, const std::string& name) {
  return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
}

/// Note [Patient numbers]
/// Real patient numbers have gaps, and so have these: a number is passed over when the split it falls into
/// (70 % train, 10 % validation, 20 % test by a hash of data set and patient, see
/// harness/data/import/split.h) is already full. So even a dozen patients leave no split empty. The hash is
/// repeated here, because it depends on names alone; a test compares the two.
class Quota {
 public:
  Quota(std::string dataset, const SplitCounts& counts)
      : dataset_(std::move(dataset)), left_{counts.train, counts.validation, counts.test} {}
  static SplitCounts usual(int patients) {
    const int test = std::max(1, static_cast<int>(0.2 * patients + 0.5));
    const int validation = patients > 2 ? std::max(1, static_cast<int>(0.1 * patients + 0.5)) : 0;
    return {std::max(0, patients - test - validation), validation, std::min(test, patients)};
  }
  bool accept(const std::string& patient) {
    const double u = split_position(dataset_, patient);
    int& left = left_[u < 0.7 ? 0 : u < 0.7 + 0.1 ? 1 : 2];
    if (left == 0) return false;
    --left;
    return true;
  }

  static double split_position(const std::string& dataset, const std::string& patient) {
    const std::string digest = sha256_hex("hash split v1\n\n" + dataset + "\n" + patient);
    return static_cast<double>(std::stoull(digest.substr(0, 16), nullptr, 16)) * 0x1.0p-64;
  }

 private:
  std::string dataset_;
  int left_[3];
};

class Planner {
 public:
  explicit Planner(const CohortOptions& options) : options_(options) {}

  std::vector<PlannedCase> plan() {
    if (wanted(options_.datasets, "synthrad2023")) {
      synthrad2023(1, "brain", "ABC");
      synthrad2023(1, "pelvis", "AAC");  // no center B; A has twice as many as C
      synthrad2023(2, "brain", "ABC");
      synthrad2023(2, "pelvis", "ABC");
    }
    if (wanted(options_.datasets, "synthrad2025")) {
      for (const char* region : {"abdomen", "head-neck", "thorax"}) {
        synthrad2025(1, region, "ABCD");
        synthrad2025(2, region, "ABCDE");
      }
    }
    if (wanted(options_.datasets, "autopet") && wanted(options_.regions, "wb")) autopet();
    if (wanted(options_.datasets, "brats") && wanted(options_.regions, "brats")) {
      brats2021();
      if (options_.tested_only) brats2023();
    }
    if (wanted(options_.datasets, "myops") && wanted(options_.regions, "heart")) myops();
    return std::move(cases_);
  }

 private:
  SplitCounts count(const std::string& dataset, bool tested_only) const {
    if (options_.splits) return *options_.splits;
    return Quota::usual(options_.patients > 0 ? options_.patients
                                              : default_patients(options_.size, dataset, tested_only));
  }

  PlannedCase& add(const std::string& dataset, const std::string& edition, const std::string& region,
                   const std::string& patient, const std::string& id, const std::string& folder) {
    PlannedCase planned;
    planned.dataset = dataset;
    planned.edition = edition;
    planned.region = region;
    planned.patient = patient;
    planned.id = id;
    planned.folder = folder;
    const std::string key = fmt::format("phantom/1/{}/{}/{}", options_.seed, dataset, edition);
    planned.anatomy_seed = seed_from(key + "/anatomy/" + patient);
    planned.physics_seed = seed_from(key + "/physics/" + id);
    planned.test = Quota::split_position(dataset, patient) >= 0.7 + 0.1;
    cases_.push_back(std::move(planned));
    return cases_.back();
  }

  static void set_files(PlannedCase& planned, const std::vector<std::string>& names,
                        const std::string& ending) {
    for (const std::string& name : names) planned.files.push_back(planned.folder + "/" + name + ending);
  }

  void synthrad2023(int task, const std::string& region, const std::string& centers) {
    if (!wanted(options_.regions, region)) return;
    const SplitCounts counts = count("synthrad2023", false);
    const int n = counts.sum();
    Quota quota("synthrad2023", counts);
    for (int i = 0, number = 1; i < n; ++number) {
      const char center = centers[static_cast<size_t>(i) % centers.size()];
      const std::string id = fmt::format("{}{}{}{:03}", task, region == "brain" ? 'B' : 'P', center, number);
      if (!quota.accept(id)) continue;
      ++i;
      PlannedCase& planned = add("synthrad2023", fmt::format("task{}", task), region, id, id,
                                 fmt::format("synthrad2023/Task{}/{}/{}", task, region, id));
      planned.center = center;
      set_files(planned, {task == 1 ? "mr" : "cbct", "ct", "mask"}, ".nii.gz");
    }
  }

  void synthrad2025(int task, const std::string& region, const std::string& centers) {
    if (!wanted(options_.regions, region)) return;
    const std::string code = region == "abdomen" ? "AB" : region == "head-neck" ? "HN" : "TH";
    const SplitCounts counts = count("synthrad2025", true);
    const int n = counts.sum();
    Quota quota("synthrad2025", counts);
    for (int i = 0, number = 1; i < n; ++number) {
      const char center = centers[static_cast<size_t>(i) % centers.size()];
      const std::string id = fmt::format("{}{}{}{:03}", task, code, center, number);
      if (!quota.accept(id)) continue;
      ++i;
      PlannedCase& planned = add("synthrad2025", fmt::format("task{}", task), region, id, id,
                                 fmt::format("synthrad2025/synthRAD2025_Task{0}_Train{3}/Task{0}/{1}/{2}",
                                             task, code, id, center == 'D' ? "_D" : ""));
      planned.center = center;
      set_files(planned, {task == 1 ? "mr" : "cbct", "ct", "mask"}, ".mha");
    }
  }

  void autopet() {
    const SplitCounts counts = count("autopet", false);
    const int n = counts.sum();
    Quota quota("autopet", counts);
    for (int i = 0, number = 0; i < n; ++number) {
      const uint64_t name = seed_from(fmt::format("phantom/autopet/{}", number));
      const std::string patient = fmt::format("PETCT_{:010x}", name & 0xffffffffffULL);
      if (!quota.accept(patient)) continue;
      ++i;
      const int studies = i % 7 == 4 ? 2 : 1;  // some patients came twice
      for (int s = 0; s < studies; ++s) {
        const uint64_t when = combine_seeds(name, static_cast<uint64_t>(s) + 1);
        // The two spaces are the archive's own.
        const std::string study = fmt::format(
            "{:02}-{:02}-{}-NA-PET-CT Ganzkoerper  primaer mit KM-{:05}", 1 + when % 12, 1 + (when >> 8) % 28,
            2001 + s + static_cast<int>((name >> 20) % 8), (when >> 16) % 100000);
        PlannedCase& planned = add("autopet", "", "wb", patient, patient + "/" + study,
                                   "autopet/FDG-PET-CT-Lesions/" + patient + "/" + study);
        set_files(planned, {"CT", "CTres", "PET", "SUV", "SEG"}, ".nii.gz");
      }
    }
  }

  void brats2021() {
    const SplitCounts counts = count("brats", false);
    const int n = counts.sum();
    Quota quota("brats", counts);
    for (int i = 0, number = 0; i < n; ++number) {
      const std::string id = fmt::format("BraTS2021_{:05}", number);
      if (!quota.accept(id)) continue;
      ++i;
      PlannedCase& planned = add("brats", "2021", "brats", id, id, "brats2021/" + id);
      for (const char* name : {"t1", "t1ce", "t2", "flair", "seg"})
        planned.files.push_back(planned.folder + "/" + id + "_" + name + ".nii.gz");
    }
  }

  void brats2023() {
    const SplitCounts counts = count("brats", true);
    const int n = counts.sum();
    Quota quota("brats", counts);
    for (int i = 0, number = 1; i < n; ++number) {
      const std::string patient = fmt::format("BraTS-GLI-{:05}", number);
      if (!quota.accept(patient)) continue;
      ++i;
      const int visits = i % 4 == 2 ? 2 : 1;
      for (int v = 0; v < visits; ++v) {
        const std::string id = fmt::format("{}-{:03}", patient, v);
        PlannedCase& planned = add("brats", "2023", "brats", patient, id, "brats2023/" + id);
        for (const char* name : {"t1n", "t1c", "t2w", "t2f", "seg"})
          planned.files.push_back(planned.folder + "/" + id + "-" + name + ".nii.gz");
      }
    }
  }

  void myops() {
    const SplitCounts counts = count("myops", true);
    const int n = counts.sum();
    Quota quota("myops", counts);
    for (int i = 0, next = 101; i < n; ++next) {
      const bool training = next < 200;
      const std::string number = std::to_string(next);
      if (next == 125) next = 200;  // the data set has 101..125 to train on, then 201..
      if (!quota.accept(number)) continue;
      ++i;
      const std::string stem = fmt::format("myops_{}_{}", training ? "training" : "test", number);
      const std::string folder = std::string("myops/") + (training ? "train25" : "test20");
      PlannedCase& planned = add("myops", "", "heart", number, number, folder);
      for (const char* name : {"C0", "DE", "T2"})
        planned.files.push_back(folder + "/" + stem + "_" + name + ".nii.gz");
      if (training) planned.files.push_back("myops/train25_myops_gd/" + stem + "_gd.nii.gz");
    }
  }

  const CohortOptions& options_;
  std::vector<PlannedCase> cases_;
};

/// bench@1: the 22 tasks of the suite synermed22 at 64 pixels, with enough test patients for intervals, and
/// with what lies between the images of real pairs. Its settings were chosen on seeds 101 and 102.
NamedCohort bench_1() {
  CohortOptions options;
  options.cohort = "bench@1";
  options.size = CohortSize::kTiny;
  options.seed = 2601;
  options.datasets = {"synthrad2023", "autopet", "brats"};
  options.splits = SplitCounts{42, 6, 24};
  options.tested_only = false;
  options.oracle = true;
  options.changes = {{1, 3}, true, true, 14, 0.8};
  return {options.cohort, "the 22 tasks at 64 pixels, 24 test patients each, pairs as real ones are",
          options};
}

/// demo@1: a few other patients under the settings of bench@1, for a first look at weights that were trained
/// there.
NamedCohort demo_1() {
  NamedCohort cohort = bench_1();
  cohort.id = cohort.options.cohort = "demo@1";
  cohort.summary = "the same with 3 test patients each, other ones: the demo's";
  cohort.options.seed = 2602;
  cohort.options.splits = SplitCounts{8, 2, 3};
  return cohort;
}

}  // namespace

const std::vector<NamedCohort>& named_cohorts() {
  static const std::vector<NamedCohort> table = {bench_1(), demo_1()};
  return table;
}

const NamedCohort& cohort_named(const std::string& id) {
  std::vector<std::string> ids;
  for (const NamedCohort& row : named_cohorts()) {
    if (row.id == id) return row;
    ids.push_back(row.id);
  }
  throw usage_error("cohort", "unknown cohort \"" + id + "\"", did_you_mean(id, ids));
}

Json to_json(const PairChanges& changes) {
  return {{"elastic_mm", changes.elastic_mm},
          {"filling", changes.filling},
          {"couch", changes.couch},
          {"breathing_mm", changes.breathing_mm},
          {"contrast_mm", changes.contrast_mm}};
}

CohortSize parse_cohort_size(const std::string& name) {
  if (name == "tiny") return CohortSize::kTiny;
  if (name == "small") return CohortSize::kSmall;
  if (name == "full") return CohortSize::kFull;
  throw usage_error("phantom", "unknown size \"" + name + "\"",
                    did_you_mean(name, {"tiny", "small", "full"}));
}

Misregistration::Kind parse_misregistration(const std::string& name) {
  if (name == "none") return Misregistration::Kind::kNone;
  if (name == "rigid") return Misregistration::Kind::kRigid;
  if (name == "elastic") return Misregistration::Kind::kElastic;
  throw usage_error("phantom", "unknown misregistration \"" + name + "\"",
                    did_you_mean(name, {"none", "rigid", "elastic"}));
}

std::vector<std::string> import_commands(const std::vector<PlannedCase>& plan, const std::string& out) {
  std::vector<std::string> commands;
  for (const PlannedCase& planned : plan) {
    // Editions of BraTS lie in folders of their own and must not be mixed in one data set.
    const std::string tree = planned.folder.substr(0, planned.folder.find('/'));
    const std::string command =
        fmt::format("synerbench import {} {}/{} --out {}/store{}", planned.dataset, out, tree, out,
                    tree == planned.dataset ? "" : " --dataset " + tree);
    if (std::find(commands.begin(), commands.end(), command) == commands.end()) commands.push_back(command);
  }
  return commands;
}

std::string to_text(const std::vector<PlannedCase>& plan) {
  std::string text;
  for (const PlannedCase& planned : plan)
    text += fmt::format("{:<14} {:<10} {}\n", planned.dataset, planned.region, planned.folder);
  return text;
}

Json to_json(const std::vector<PlannedCase>& plan) {
  Json list = Json::array();
  for (const PlannedCase& planned : plan) {
    list.push_back({{"dataset", planned.dataset},
                    {"edition", planned.edition},
                    {"region", planned.region},
                    {"id", planned.id},
                    {"files", planned.files}});
  }
  return list;
}

std::string name_of(CohortSize size) {
  return size == CohortSize::kTiny ? "tiny" : size == CohortSize::kSmall ? "small" : "full";
}

int default_patients(CohortSize size, const std::string& /*dataset*/, bool tested_only) {
  const int n = size == CohortSize::kTiny ? 14 : 20;
  return tested_only ? n / 2 : n;
}

std::vector<PlannedCase> plan_cohort(const CohortOptions& options) {
  for (const std::string& dataset : options.datasets) {
    if (!std::count(kDatasets.begin(), kDatasets.end(), dataset)) {
      throw usage_error("phantom", "unknown data set \"" + dataset + "\"", did_you_mean(dataset, kDatasets));
    }
  }
  static const std::vector<std::string> kRegions = {"brain",   "pelvis",    "wb",     "brats",
                                                    "abdomen", "head-neck", "thorax", "heart"};
  for (const std::string& region : options.regions) {
    if (!std::count(kRegions.begin(), kRegions.end(), region)) {
      throw usage_error("phantom", "unknown region \"" + region + "\"", did_you_mean(region, kRegions));
    }
  }
  // Beyond a hand's breadth the two images show different parts of the body. A NaN is no number of mm, too.
  const double mm = options.misregistration.mm;
  if (!(mm >= 0 && mm <= kMostMisregistrationMm)) {
    throw usage_error("--mm", fmt::format("{:g} mm is no size of a residual misregistration", mm),
                      fmt::format("give 0 to {:g}", kMostMisregistrationMm));
  }
  std::vector<PlannedCase> cases = Planner(options).plan();
  const auto refuse = [](const std::string& problem) {
    throw usage_error("phantom", problem,
                      "synthrad2023: brain pelvis; synthrad2025: abdomen head-neck thorax; autopet: wb; "
                      "brats: brats; myops: heart");
  };
  if (cases.empty()) refuse("these data sets have none of these regions");
  for (const std::string& region : options.regions) {
    if (std::none_of(cases.begin(), cases.end(),
                     [&](const auto& planned) { return planned.region == region; }))
      refuse(fmt::format("none of these data sets has the region \"{}\"", region));
  }
  for (const std::string& dataset : options.datasets) {
    if (std::none_of(cases.begin(), cases.end(),
                     [&](const auto& planned) { return planned.dataset == dataset; }))
      refuse(fmt::format("data set \"{}\" has none of these regions", dataset));
  }
  return cases;
}

}  // namespace synerbench::phantom
