#include "suites/phantom/write_cohort.h"

#include <fmt/format.h>

#include <set>
#include <span>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "harness/core/safetensors.h"
#include "harness/data/import/simulated.h"
#include "harness/data/tree.h"
#include "harness/data/volume_io.h"

namespace synerbench::phantom {
namespace {

PixelType pixel_type(Storage storage) {
  switch (storage) {
    case Storage::kMask:
      return PixelType::kUInt8;
    case Storage::kInt16:
      return PixelType::kInt16;
    case Storage::kFloat:
      return PixelType::kFloat32;
  }
  return PixelType::kFloat32;
}

std::string name_of(Misregistration::Kind kind) {
  return kind == Misregistration::Kind::kNone    ? "none"
         : kind == Misregistration::Kind::kRigid ? "rigid"
                                                 : "elastic";
}

/// Note [The oracle's files] out/oracle/index.json says which file shows which image without noise: "of" is
/// the SHA-256 of the image's file, as the store keeps it for every volume that it holds. So the oracle finds
/// its answer by what was imported, whatever the folders and cases are called, and has none for anything
/// else. The folder lies beside the trees that importers are pointed at, and no importer reads its files.
class OracleFolder {
 public:
  OracleFolder(std::filesystem::path out, const CohortOptions& options, int threads)
      : out_(std::move(out)), options_(options), threads_(threads) {}

  /// Of a case whose files are written.
  void add(const PlannedCase& planned) {
    const std::vector<Image> images = simulate_oracle(planned, options_, Knowledge::kOracle, threads_);
    std::vector<Volume> volumes;
    std::vector<std::vector<int16_t>> whole(images.size());  // values that the image's file rounds, too
    std::vector<TensorToWrite> tensors;
    Json entries = Json::array();
    const std::string file = fmt::format("{:04}.safetensors", files_++);
    volumes.reserve(images.size());
    for (size_t i = 0; i < images.size(); ++i) {
      if (!images[i].modality) continue;
      volumes.push_back(to_canonical(images[i].volume));
      const std::vector<float>& values = volumes.back().voxels;
      const auto& size = volumes.back().geometry.size;
      const std::string name = synerbench::name_of(*images[i].modality);
      const bool is_whole = images[i].storage == Storage::kInt16;
      if (is_whole) whole[i].assign(values.begin(), values.end());
      tensors.push_back({name,
                         is_whole ? DType::kI16 : DType::kF32,
                         {size[2], size[1], size[0]},
                         is_whole ? bytes_of(std::span<const int16_t>(whole[i]))
                                  : bytes_of(std::span<const float>(values))});
      entries.push_back({{"of", sha256_file(out_ / planned.files[i])},
                         {"image", planned.files[i]},
                         {"file", file},
                         {"tensor", name}});
    }
    std::string sha256;
    write_safetensors(out_ / kOracleFolder / file, tensors, {}, &sha256);
    for (Json& entry : entries) {
      entry["sha256"] = sha256;
      volumes_.push_back(std::move(entry));
    }
  }

  void finish() const {
    write_json(out_ / kOracleFolder / "index.json", {{"schema", "synerbench/oracle"},
                                                     {"schema_version", 1},
                                                     {"cohort", options_.cohort},
                                                     {"seed", options_.seed},
                                                     {"volumes", volumes_}});
  }

 private:
  std::filesystem::path out_;
  const CohortOptions& options_;
  int threads_, files_ = 0;
  Json volumes_ = Json::array();
};

/// cohort.json: settings and every file.
Json description_of(const std::vector<PlannedCase>& plan, const CohortOptions& options) {
  Json cases = Json::array();
  for (const PlannedCase& planned : plan) {
    cases.push_back({{"dataset", planned.dataset},
                     {"region", planned.region},
                     {"id", planned.id},
                     {"patient", planned.patient},
                     {"files", planned.files}});
  }
  return {{"schema", kCohortSchema},
          {"schema_version", 2},
          {"cohort", options.cohort},
          {"size", name_of(options.size)},
          {"seed", options.seed},
          {"misregistration", name_of(options.misregistration.kind)},
          {"misregistration_mm",
           options.misregistration.kind == Misregistration::Kind::kNone ? 0.0 : options.misregistration.mm},
          {"pair_changes", to_json(options.changes)},
          {"cases", cases}};
}

/// An importer takes every case of a tree, whatever cohort.json lists. So one folder holds one cohort: the
/// one that is wanted, whole or as far as a killed call came. Error(kUsage) otherwise.
void refuse_another_cohort(const std::filesystem::path& out, const std::vector<PlannedCase>& plan,
                           const Json& wanted) {
  namespace fs = std::filesystem;
  const char* hint =
      "importing would take the cases of both; give another --out, or remove that cohort first";
  if (const fs::path file = out / kCohortFile; path_exists(file)) {
    Json there;
    try {
      there = read_json(file);
    } catch (const Error& error) {
      throw usage_error(file.string(), "nobody knows which cohort lies here: " + error.problem(), hint);
    }
    if (there != wanted) {
      std::string differs;
      for (const char* key : {"cohort", "size", "seed", "misregistration", "misregistration_mm"}) {
        const Json known = there.is_object() && there.contains(key) ? there.at(key) : Json();
        if (known == wanted.at(key)) continue;
        differs += fmt::format("{}its {} is {}, {} is wanted", differs.empty() ? "" : "; ", key,
                               synerbench::to_text(known, -1), synerbench::to_text(wanted.at(key), -1));
      }
      throw usage_error(out.string(),
                        "holds another cohort: " + (differs.empty() ? "it has other cases" : differs), hint);
    }
  }
  std::set<std::string> planned, trees;
  for (const PlannedCase& one : plan) planned.insert(one.files.begin(), one.files.end());
  for (const PlannedCase& one : plan_cohort({})) trees.insert(fs::path(one.folder).begin()->string());
  for (const std::string& tree : trees) {
    std::error_code code;
    std::set<std::string> others;
    for (fs::recursive_directory_iterator it(out / tree, code), end; !code && it != end; it.increment(code)) {
      const fs::path relative = it->path().lexically_relative(out);
      // Hidden files are what a killed call was about to write.
      if (relative.filename().string().starts_with('.') || image_ending(relative.filename().string()).empty())
        continue;
      if (!planned.contains(relative.generic_string())) others.insert(relative.generic_string());
    }
    if (!others.empty())
      throw usage_error((out / *others.begin()).string(), "is of no case of this cohort", hint);
  }
}

}  // namespace

void write_cohort(const std::filesystem::path& out, const CohortOptions& options, int threads,
                  const std::function<void(const PlannedCase&)>& written) {
  for (const auto& [file, what] :
       {std::pair{"manifest.json", "a slice store"}, {"run.json", "a run"}, {"shards", "a slice store"}}) {
    if (!path_exists(out / file)) continue;
    throw usage_error(out.string(), fmt::format("holds {}", what),
                      "nothing was written; name a folder of its own for the cohort");
  }
  const std::vector<PlannedCase> plan = plan_cohort(options);
  const Json description = description_of(plan, options);
  refuse_another_cohort(out, plan, description);
  OracleFolder oracle(out, options, threads);
  for (const PlannedCase& planned : plan) {
    throw_if_interrupted();
    const std::vector<Image> images = simulate_case(planned, options, threads);
    SB_CHECK(images.size() == planned.files.size(), planned.id);
    for (size_t i = 0; i < images.size(); ++i) {
      write_volume(out / planned.files[i], images[i].volume, pixel_type(images[i].storage));
    }
    if (options.oracle && planned.test) oracle.add(planned);
    if (written) written(planned);
  }
  if (options.oracle) oracle.finish();
  write_json(out / kCohortFile, description);
}

}  // namespace synerbench::phantom
