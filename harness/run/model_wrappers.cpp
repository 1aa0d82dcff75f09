#include "harness/run/model_wrappers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/random.h"
#include "harness/core/safetensors.h"
#include "harness/core/wrapped_model.h"
#include "harness/run/record.h"

namespace synerbench {
namespace {

/// In a recorded folder: the input of a model that takes more or less than one slice of one source.
constexpr const char* kInputFile = "input.json";

struct CheckOptions {
  double tolerance = 1e-3;
};

struct Faults {
  double nan = 0, throws = 0, hang = 0;
  int64_t seed = 7;
  std::string heal;
};

class Check final : public Synthesizer {
 public:
  Check(std::unique_ptr<Synthesizer> a, std::unique_ptr<Synthesizer> b, double tolerance)
      : a_(std::move(a)), b_(std::move(b)), tolerance_(tolerance) {}

  /// Why one batch cannot be given to both; empty: it can.
  static std::string problem(const Synthesizer& a, const Synthesizer& b) {
    const ModelInput x = a.info().input, y = b.info().input;
    if (x.neighbors != y.neighbors) return "the models see different numbers of slices";
    const bool any = x.sources == ModelInput::kAnySources || y.sources == ModelInput::kAnySources;
    return any || x.sources == y.sources ? "" : "the models take different numbers of sources";
  }

  ModelInfo info() const override {
    const ModelInfo a = a_->info(), b = b_->info();
    ModelInfo info = a;
    info.name = "check";
    info.label = fmt::format("Check ({}, {})", a.label, b.label);
    info.concurrent = a.concurrent && b.concurrent;
    info.keeps_time = a.keeps_time && b.keeps_time;
    info.deterministic = a.deterministic && b.deterministic;
    info.network_evaluations = a.network_evaluations + b.network_evaluations;
    info.input.sources = std::max(a.input.sources, b.input.sources);  // kAnySources is the smallest
    if (info.fits == FitsOn::kNothing) info.fits = b.fits;
    if (info.tasks.empty()) info.tasks = b.tasks;
    info.switches = {{"tol", tolerance_}, {"a", to_json(a)}, {"b", to_json(b)}};
    return info;
  }

  void prepare(const Task& task, const PairSource& training) override {
    a_->prepare(task, training);
    b_->prepare(task, training);
  }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    std::vector<float> other(prediction.size());
    a_->synthesize(task, source, seeds, prediction);
    b_->synthesize(task, source, seeds, other);
    const int64_t pixels = source.height * source.width;
    double worst = 0;
    int64_t at = -1;
    for (size_t i = 0; i < other.size(); ++i) {
      const double difference = std::abs(static_cast<double>(prediction[i]) - static_cast<double>(other[i]));
      // Written so that a NaN on one side counts as the largest difference; NaN on both is the harness's to
      // find.
      const bool both_nan = std::isnan(prediction[i]) && std::isnan(other[i]);
      if (!both_nan && !(difference <= worst)) {
        worst = std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
        at = static_cast<int64_t>(i);
      }
    }
    if (worst > tolerance_) {
      const int64_t pixel = at % pixels;
      throw input_error(
          "check",
          fmt::format("the models differ by {:.3g} at row {}, column {} ({:.6g} and {:.6g}); tol is {:.3g}",
                      worst, pixel / source.width, pixel % source.width, prediction[static_cast<size_t>(at)],
                      other[static_cast<size_t>(at)], tolerance_));
    }
  }

 private:
  std::unique_ptr<Synthesizer> a_, b_;
  double tolerance_;
};

class Faulty final : public WrappedModel {
 public:
  Faulty(std::unique_ptr<Synthesizer> model, Faults faults)
      : WrappedModel(std::move(model)), faults_(std::move(faults)) {}

  ModelInfo info() const override {
    ModelInfo info = WrappedModel::info();
    const Json inner = to_json(info);
    info.name = "faulty";
    info.label = fmt::format("Faulty {}", info.label);
    info.keeps_time = false;  // it may hang
    info.switches = {{"nan", faults_.nan},
                     {"throw", faults_.throws},
                     {"hang", faults_.hang},
                     {"seed", faults_.seed},
                     {"model", inner}};
    return info;
  }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    const auto hit = [&](uint64_t slice_seed, uint64_t kind, double p) {
      return !healed() &&
             Random(combine_seeds(combine_seeds(static_cast<uint64_t>(faults_.seed), slice_seed), kind))
                     .uniform() < p;
    };
    for (uint64_t seed : seeds) {
      if (hit(seed, 1, faults_.throws)) throw std::runtime_error("faulty: exception injected");
      if (hit(seed, 2, faults_.hang)) {
        while (!healed()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
    WrappedModel::synthesize(task, source, seeds, prediction);
    const auto pixels = static_cast<size_t>(source.height * source.width);
    for (size_t i = 0; i < seeds.size(); ++i) {
      if (hit(seeds[i], 3, faults_.nan))
        prediction[i * pixels + pixels / 2] = std::numeric_limits<float>::quiet_NaN();
    }
  }

 private:
  bool healed() const { return !faults_.heal.empty() && path_exists(faults_.heal); }
  Faults faults_;
};

class InDomain final : public WrappedModel {
 public:
  using WrappedModel::WrappedModel;
  ModelInfo info() const override {
    ModelInfo info = WrappedModel::info();
    info.label += ", fitted in the domain";
    info.fits = FitsOn::kOwnDomain;
    return info;
  }
};

/// One call may predict a slice from each of n slabs, or all slices of one volume.
struct Units {
  Units(const SliceBatch& source, size_t predicted)
      : slab(source.pixels.size() / static_cast<size_t>(source.n)),
        slices(predicted / static_cast<size_t>(source.n)),
        pixels(static_cast<size_t>(source.height * source.width)) {}
  size_t slab;    // source values of a unit
  size_t slices;  // predicted by it
  size_t pixels;  // of a slice
};

/// <folder>/<task>/<first 32 digits of SHA-256 over seed and pixels>.safetensors
std::filesystem::path slice_file(const std::filesystem::path& folder, const Task& task,
                                 std::span<const float> source, uint64_t seed) {
  Sha256 hash;
  hash.update(fmt::format("{}|{}|", task.id, seed));
  hash.update(std::as_bytes(source));
  return folder / task.id / (hash.hex().substr(0, 32) + ".safetensors");
}

/// A recorded model's numbers are the model's own: it keeps its name.
class Recorder final : public WrappedModel {
 public:
  Recorder(std::unique_ptr<Synthesizer> model, std::filesystem::path folder)
      : WrappedModel(std::move(model)), folder_(std::move(folder)) {
    // replay() must ask for what the model asked for.
    const ModelInput input = WrappedModel::info().input;
    const ModelInput usual;
    if (input.sources != usual.sources || input.neighbors != usual.neighbors)
      write_json(folder_ / kInputFile, {{"sources", input.sources}, {"neighbors", input.neighbors}});
  }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    WrappedModel::synthesize(task, source, seeds, prediction);
    const Units unit(source, seeds.size());
    for (size_t i = 0; i < static_cast<size_t>(source.n); ++i) {
      const auto one = prediction.subspan(i * unit.slices * unit.pixels, unit.slices * unit.pixels);
      std::vector<int64_t> shape{source.height, source.width};
      if (unit.slices > 1) shape.insert(shape.begin(), static_cast<int64_t>(unit.slices));
      const auto path =
          slice_file(folder_, task, source.pixels.subspan(i * unit.slab, unit.slab), seeds[i * unit.slices]);
      write_safetensors(path, {{"prediction", DType::kF32, shape, std::as_bytes(one)}});
    }
  }

 private:
  std::filesystem::path folder_;
};

class Replay final : public Synthesizer {
 public:
  explicit Replay(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (!folder_exists(folder_)) {
      throw input_error(folder_.string(), "no such folder", "replay() wants a folder that record() wrote");
    }
    if (!path_exists(folder_ / kInputFile)) return;
    const Json value = read_json(folder_ / kInputFile);
    JsonObject json(value, (folder_ / kInputFile).string(), "", ExitCode::kBadInput);
    input_.sources = json.integer("sources", ModelInput::kAnySources);
    input_.neighbors = json.integer("neighbors", ModelInput::kWholeVolume);
    json.done();
  }

  ModelInfo info() const override {
    ModelInfo info;
    info.name = "replay";
    info.label = "Replay";
    info.concurrent = true;
    info.input = input_;
    return info;
  }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    const Units unit(source, seeds.size());
    const size_t values = unit.slices * unit.pixels;
    for (size_t i = 0; i < static_cast<size_t>(source.n); ++i) {
      const auto path =
          slice_file(folder_, task, source.pixels.subspan(i * unit.slab, unit.slab), seeds[i * unit.slices]);
      if (!path_exists(path)) {
        throw input_error(path.string(), "this slice was not recorded",
                          "replay wants the store, canvas and seed that were recorded with");
      }
      const SafetensorsFile file(path);
      const TensorView tensor = file.at("prediction");
      if (tensor.dtype != DType::kF32 || tensor.count() != static_cast<int64_t>(values)) {
        throw input_error(path.string(), fmt::format("{} float values expected", values), "record it again");
      }
      std::ranges::copy(tensor.as<float>(), prediction.begin() + static_cast<std::ptrdiff_t>(i * values));
    }
  }

 private:
  std::filesystem::path folder_;
  ModelInput input_;
};

const Schema<CheckOptions>& check_schema() {
  static const Schema<CheckOptions> table = [] {
    Schema<CheckOptions> s;
    s.number("tol", &CheckOptions::tolerance, kNotNegative,
             "largest allowed difference of any pixel, in model units (the range is 2 wide)");
    return s;
  }();
  return table;
}

const Schema<Faults>& fault_schema() {
  static const Schema<Faults> table = [] {
    Schema<Faults> s;
    s.number("nan", &Faults::nan, kShare, "probability per slice of a prediction with a NaN in it");
    s.number("throw", &Faults::throws, kShare, "probability per slice of an exception");
    s.number("hang", &Faults::hang, kShare, "probability per slice of never answering");
    s.integer("seed", &Faults::seed, 0, std::numeric_limits<int64_t>::max(), "which slices are hit");
    s.text("heal", &Faults::heal, "once this file exists, nothing fails any more");
    return s;
  }();
  return table;
}

using Models = std::vector<std::unique_ptr<Synthesizer>>;

}  // namespace

const std::vector<Wrapper>& model_wrappers() {
  static const std::vector<Wrapper> rows{
      {"check",
       "check(a, b, tol=1e-3): answers with a; a slice where b differs by more than tol is a failure", "",
       check_schema().fields(), 2,
       [](Models inner, const LoadRequest& r) {
         const CheckOptions options = check_schema().read(r.options, r.place);
         const std::string problem = Check::problem(*inner[0], *inner[1]);
         if (!problem.empty()) throw usage_error(r.place, problem, "check() gives both the same images");
         return std::make_unique<Check>(std::move(inner[0]), std::move(inner[1]), options.tolerance);
       }},
      {"faulty", "faulty(m, nan=0.02, throw=0.01, seed=7): lets slices fail, to try the failure paths", "",
       fault_schema().fields(), 1,
       [](Models inner, const LoadRequest& r) {
         return std::make_unique<Faulty>(std::move(inner[0]), fault_schema().read(r.options, r.place));
       }},
      {"in_domain",
       "in_domain(m): fitted to the task's own training pairs, where its suite names a route to stand in",
       "",
       {},
       1,
       [](Models inner, const LoadRequest& r) {
         const ModelInfo info = inner[0]->info();
         if (info.fits != FitsOn::kTrainingPairs) {
           throw usage_error(r.place, fmt::format("{} is not fitted to training pairs", info.label),
                             "in_domain() goes around a model that is, such as mean or monotone");
         }
         return std::make_unique<InDomain>(std::move(inner[0]));
       }},
      {"record",
       "record(m, DIR): keeps every prediction in DIR",
       "folder to write to",
       {},
       1,
       [](Models inner, const LoadRequest& r) {
         return std::make_unique<Recorder>(std::move(inner[0]), r.path);
       }},
      {"replay",
       "replay(DIR): answers from what record() kept, bit for bit",
       "folder that record() wrote",
       {},
       0,
       [](const Models&, const LoadRequest& r) { return std::make_unique<Replay>(r.path); }},
  };
  return rows;
}

}  // namespace synerbench
