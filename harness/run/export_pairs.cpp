#include "harness/run/export_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/csv.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "harness/core/safetensors.h"
#include "harness/data/png.h"
#include "harness/run/pair_source.h"
#include "harness/run/plan.h"
#include "harness/run/record.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

struct FormatName {
  PairFormat format;
  const char* name;
};
constexpr FormatName kFormats[] = {
    {PairFormat::kSafetensors, "safetensors"}, {PairFormat::kPng, "png"}, {PairFormat::kNifti, "nifti"}};

/// One task on its way to disk.
class TaskExport {
 public:
  TaskExport(const ExportOptions& options, const SliceStore& store, const Suite& suite, const SuiteTask& task)
      : options_(options),
        store_(store),
        suite_(suite),
        task_(task.task),
        canvas_(options.canvas.value_or(task.canvas)),
        folder_(options.out / task.task.id),
        modalities_(task.task.sources()) {
    modalities_.push_back(task_.target);
  }

  /// Pairs written; 0 when the store has none. Adds to `cases`.
  int64_t write(int64_t& cases) {
    if (path_exists(folder_ / "pairs.csv"))
      throw usage_error(folder_.string(), "holds an export already",
                        "choose another --out, or remove that folder");
    const int64_t pairs = options_.format == PairFormat::kNifti ? write_volumes(cases) : write_slices(cases);
    if (pairs == 0) return 0;
    write_json(folder_ / "export.json", description());
    write_file(folder_ / "pairs.csv", table_);
    return pairs;
  }

 private:
  int64_t write_volumes(int64_t& cases) {
    std::vector<const StoredCase*> list = store_.cases_for(task_, options_.split);
    if (options_.max_cases > 0 && static_cast<int64_t>(list.size()) > options_.max_cases)
      list.resize(static_cast<size_t>(options_.max_cases));
    start_table({});
    int64_t slices = 0;
    for (const StoredCase* stored_case : list) {
      throw_if_interrupted();
      const fs::path where = case_file(stored_case->id).replace_extension("");
      const auto image = [&](const std::string& name, std::vector<float> values, bool mask) {
        const fs::path file = where / (name + ".nii.gz");
        Volume volume{stored_case->geometry,
                      from_plane<float>(values, stored_case->geometry, stored_case->plane)};
        options_.write_image(folder_ / file, volume, mask);
        row_.text(file.generic_string());
      };
      for (const Modality modality : modalities_) {
        const auto [depth, height, width] = stored_case->shape;
        std::vector<float> values(static_cast<size_t>(depth * height * width));
        store_.volume(*stored_case, modality).read(0, depth, values);
        image(name_of(modality), std::move(values), false);
      }
      const std::vector<uint8_t> mask = store_.mask(*stored_case);
      image("mask", std::vector<float>(mask.begin(), mask.end()), true);
      end_row(*stored_case, {});
      ++cases;
      slices += stored_case->shape[0];
    }
    return slices;
  }

  int64_t write_slices(int64_t& cases) {
    StorePairsOptions pairs_options;
    pairs_options.min_foreground = suite_.min_foreground;
    pairs_options.cache_bytes = 0;
    pairs_options.max_cases = options_.max_cases;
    pairs_options.input = {ModelInput::kAnySources, options_.neighbors};
    const StorePairs pairs(store_, task_, options_.split, canvas_, pairs_options);
    start_table("slice");
    for (int64_t first = 0; first < pairs.size();) {
      throw_if_interrupted();
      int64_t last = first;
      while (last < pairs.size() && &pairs.case_of(last) == &pairs.case_of(first)) ++last;
      options_.format == PairFormat::kPng ? write_pictures(pairs, first, last)
                                          : write_tensors(pairs, first, last);
      ++cases;
      first = last;
    }
    return pairs.size();
  }

  void write_tensors(const StorePairs& pairs, int64_t first, int64_t last) {
    const StoredCase& stored_case = pairs.case_of(first);
    const int64_t n = last - first, side = canvas_.size;
    const auto pixels = static_cast<size_t>(side * side);
    const size_t slab = static_cast<size_t>(pairs.sources() * pairs.depth()) * pixels;
    std::vector<float> source(static_cast<size_t>(n) * slab), target(static_cast<size_t>(n) * pixels);
    std::vector<uint8_t> mask(target.size());
    std::vector<int64_t> slices(static_cast<size_t>(n));
    const fs::path file = case_file(stored_case.id);
    for (int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<size_t>(i);
      pairs.read(first + i, std::span(source).subspan(at * slab, slab),
                 std::span(target).subspan(at * pixels, pixels),
                 std::span(mask).subspan(at * pixels, pixels));
      slices[at] = pairs.slice_of(first + i);
      row_.text(file.generic_string()).count(i);
      end_row(stored_case, slices[at]);
    }
    write_safetensors(
        folder_ / file,
        {{"source",
          DType::kF32,
          {n, pairs.sources(), pairs.depth(), side, side},
          bytes_of(std::span(source))},
         {"target", DType::kF32, {n, 1, side, side}, bytes_of(std::span(target))},
         {"mask", DType::kU8, {n, 1, side, side}, bytes_of(std::span(mask))},
         {"slice", DType::kI64, {n}, bytes_of(std::span(slices))}},
        {{"task", task_.id}, {"case", stored_case.id.text()}, {"patient", stored_case.id.patient}});
  }

  void write_pictures(const StorePairs& pairs, int64_t first, int64_t last) {
    const StoredCase& stored_case = pairs.case_of(first);
    const int64_t side = canvas_.size;
    const auto pixels = static_cast<size_t>(side * side);
    const auto sources = static_cast<size_t>(pairs.sources());
    std::vector<float> source(sources * pixels), target(pixels);
    std::vector<uint8_t> mask(pixels);
    const std::string stem = case_file(stored_case.id).replace_extension("").generic_string();
    for (int64_t at = first; at < last; ++at) {
      pairs.read(at, source, target, mask);
      const int64_t slice = pairs.slice_of(at);
      const auto picture = [&](const std::string& name, const std::string& bytes) {
        const std::string file = fmt::format("{}/{:04}-{}.png", stem, slice, name);
        write_file(folder_ / file, bytes);
        row_.text(file);
      };
      for (size_t i = 0; i < sources; ++i)
        picture(name_of(modalities_[i]),
                gray(std::span<const float>(source).subspan(i * pixels, pixels), side));
      picture(name_of(task_.target), gray(target, side));
      for (uint8_t& inside : mask) inside = inside != 0 ? 255 : 0;
      picture("mask", png_bytes(mask, side, side));
      end_row(stored_case, slice);
    }
  }

  static std::string gray(std::span<const float> pixels, int64_t side) {
    std::vector<uint16_t> values(pixels.size());
    std::transform(pixels.begin(), pixels.end(), values.begin(), [](float x) {
      return static_cast<uint16_t>(
          std::lround((std::clamp(static_cast<double>(x), -1.0, 1.0) + 1) / 2 * 65535));
    });
    return png_bytes(values, side, side);
  }

  void start_table(const std::optional<std::string>& slice) {
    CsvRow row;
    if (options_.format == PairFormat::kSafetensors) {
      row.text("file").text("row");
    } else {
      for (const Modality modality : modalities_) row.text(name_of(modality));
      row.text("mask");
    }
    row.text("case").text("patient").text("group").text("split");
    if (slice) row.text(*slice);
    for (const Modality modality : modalities_)
      row.text(name_of(modality) + "_low").text(name_of(modality) + "_high");
    table_ = row.take();
  }
  void end_row(const StoredCase& c, std::optional<int64_t> slice) {
    row_.text(c.id.text()).text(c.id.patient).text(c.group).text(name_of(c.split));
    if (slice) row_.count(*slice);
    for (const Modality modality : modalities_) {
      const IntensityMap& map = c.find(modality)->intensity;
      row_.number(map.low).number(map.high);
    }
    table_ += row_.take();
  }

  Json description() const {
    Json sources = Json::array();
    for (const Modality source : task_.sources()) sources.push_back(name_of(source));
    Json json{{"schema", "synerbench/export"},
              {"schema_version", 1},
              {"suite", {{"name", suite_.name}, {"sha256", suite_.sha256}}},
              {"store", {{"sha256", store_.sha256()}}},
              {"task", task_.id},
              {"sources", sources},
              {"target", name_of(task_.target)},
              {"split", name_of(options_.split)},
              {"format", name_of(options_.format)}};
    if (options_.format == PairFormat::kNifti) {
      json["values"] = "physical";
      return json;
    }
    json["canvas"] = to_json(canvas_);
    json["min_foreground"] = suite_.min_foreground;
    json["neighbors"] = options_.neighbors;
    json["values"] = options_.format == PairFormat::kPng ? "[low, high] of pairs.csv on 0 .. 65535"
                                                         : "[low, high] of pairs.csv on [-1, 1]";
    return json;
  }

  const ExportOptions& options_;
  const SliceStore& store_;
  const Suite& suite_;
  const Task& task_;
  Canvas canvas_;
  fs::path folder_;
  std::vector<Modality> modalities_;  // the sources, then the target
  std::string table_;
  CsvRow row_;
};

}  // namespace

std::string name_of(PairFormat format) {
  for (const FormatName& row : kFormats) {
    if (row.format == format) return row.name;
  }
  return "";
}

PairFormat parse_pair_format(const std::string& name) {
  std::vector<std::string> known;
  for (const FormatName& row : kFormats) {
    if (row.name == name) return row.format;
    known.emplace_back(row.name);
  }
  throw usage_error("--format", fmt::format("unknown format \"{}\"", name), did_you_mean(name, known));
}

ExportOutcome export_pairs(const ExportOptions& options, const ProtocolTable& protocols) {
  const auto refuse = [](const char* option, const char* problem, const char* hint) {
    throw usage_error(option, problem, hint);
  };
  if (options.format == PairFormat::kNifti && !options.write_image)
    refuse("--format nifti", "this build writes no image files",
           "take safetensors or png, or a build with ITK");
  if (options.format == PairFormat::kNifti && (options.canvas || options.neighbors != 0))
    refuse("--format nifti", "whole volumes have neither a canvas nor neighbors",
           "leave these out, or take safetensors");
  if (options.format == PairFormat::kPng && options.neighbors != 0)
    refuse("--format png", "a picture holds one slice, no slab", "take safetensors");
  if (options.neighbors < 0) refuse("--neighbors", "a negative number of slices", "give 0 or more");
  const Suite suite = load_suite(options.suite, protocols);
  const SliceStore store(options.store);
  const FolderLock lock(options.out, "export");
  ExportOutcome outcome;
  for (const SuiteTask& task : select_tasks(suite, options.tasks)) {
    const int64_t pairs = TaskExport(options, store, suite, task).write(outcome.cases);
    if (pairs > 0) {
      ++outcome.tasks;
      outcome.pairs += pairs;
      say("export", fmt::format("{}: {} {}", task.task.id, pairs,
                                options.format == PairFormat::kNifti ? "slices in whole volumes" : "pairs"));
    } else if (!options.tasks.empty()) {
      say("empty", fmt::format("{}: the store has no pair of it in the split {}", task.task.id,
                               name_of(options.split)));
    }
  }
  if (outcome.tasks == 0)
    throw usage_error(options.store.string(),
                      fmt::format("has no pair of these tasks in the split {}", name_of(options.split)),
                      "synerbench store info lists what it holds");
  return outcome;
}

}  // namespace synerbench
