#include "reference/evaluation/reconstruction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/core/error.h"
#include "metrics/ssim.h"

namespace synerbench::reference {
namespace {

/// SSIM in the convention of synermed-2d, of images in [-1, 1]. An empty mask: all windows.
Score ssim_of(std::span<const float> a, std::span<const float> b, std::span<const uint8_t> mask,
              int64_t height, int64_t width) {
  const std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
  return ssim({x.data(), 1, height, width}, {y.data(), 1, height, width},
              {mask.empty() ? nullptr : mask.data(), 1, height, width}, ssim_convention("wang2004", 2, 2.0));
}

/// Scores of slices with the patients they belong to; undefined scores are left out.
class PatientScores {
 public:
  void add(const Score& score, const std::string& patient) {
    if (!score.defined()) return;
    values_.push_back(score.value());
    patients_.push_back(patient);
  }
  BootstrapInterval interval() const {
    return values_.empty() ? BootstrapInterval{} : bootstrap_mean(patient_means(values_, patients_));
  }

 private:
  std::vector<double> values_;
  std::vector<std::string> patients_;
};

ReconstructionBound bound_of(const TaskPairs& task, const Reconstructor& reconstruct,
                             const std::function<void()>& done) {
  const PairSource& pairs = *task.pairs;
  if (pairs.size() == 0) {
    throw usage_error(task.task.id, "no pair of slices to reconstruct",
                      "import a case of this task, or choose another split");
  }
  const int64_t height = pairs.height(), width = pairs.width();
  const auto area = static_cast<size_t>(height * width);
  std::vector<float> source(area * static_cast<size_t>(pairs.sources() * pairs.depth()));
  std::vector<uint8_t> mask(area);
  SliceImage target{height, width, std::vector<float>(area)};
  PatientScores whole, body;
  for (int64_t i = 0; i < pairs.size(); ++i) {
    pairs.read(i, source, target.pixels, mask);
    const std::vector<float> kept = reconstruct(target);
    SB_CHECK(kept.size() == target.pixels.size(), "a reconstruction has the size of its slice");
    const CaseId scan = pairs.key(i).scan;
    if (!std::ranges::all_of(kept, [](float value) { return std::isfinite(value); })) {
      throw Error(ExitCode::kSomeFailed, fmt::format("{}: {}", task.task.id, pairs.key(i).text()),
                  "what the autoencoder makes of the slice is not finite",
                  "the weights may be damaged or the training diverged");
    }
    const std::string patient = scan.dataset + "/" + scan.patient;
    whole.add(ssim_of(kept, target.pixels, {}, height, width), patient);
    body.add(ssim_of(kept, target.pixels, mask, height, width), patient);
    if (done) done();
  }
  return {task.task, whole.interval(), body.interval(), pairs.size()};
}

Json to_json(const BootstrapInterval& interval) {
  if (interval.n == 0) return nullptr;
  return {{"mean", interval.estimate}, {"low", interval.low}, {"high", interval.high}, {"n", interval.n}};
}

std::string interval_text(const BootstrapInterval& interval) {
  return interval.n == 0
             ? "undefined"
             : fmt::format("{:.4f} [{:.4f}, {:.4f}]", interval.estimate, interval.low, interval.high);
}

}  // namespace

std::vector<ReconstructionBound> reconstruction_bounds(const std::vector<TaskPairs>& tasks,
                                                       const Reconstructor& reconstruct,
                                                       const std::function<void()>& done) {
  std::vector<ReconstructionBound> bounds;
  for (const TaskPairs& task : tasks) bounds.push_back(bound_of(task, reconstruct, done));
  return bounds;
}

Json reconstruction_document(const std::vector<ReconstructionBound>& bounds, const Json& provenance) {
  Json tasks = Json::array();
  for (const ReconstructionBound& bound : bounds) {
    tasks.push_back({{"task", bound.task.id},
                     {"target", name_of(bound.task.target)},
                     {"ssim", to_json(bound.whole)},
                     {"ssim_body", to_json(bound.body)},
                     {"slices", bound.slices}});
  }
  return {{"schema", "synerbench/reconstruction-bound"},
          {"schema_version", 1},
          {"provenance", provenance},
          {"tasks", tasks}};
}

std::string to_text(const std::vector<ReconstructionBound>& bounds) {
  std::string text;
  for (const ReconstructionBound& bound : bounds) {
    text += fmt::format("{:<20} {:<5} SSIM {}, body {} (n = {} patients, {} slices)\n", bound.task.id,
                        name_of(bound.task.target), interval_text(bound.whole), interval_text(bound.body),
                        bound.whole.n, bound.slices);
  }
  return text;
}

}  // namespace synerbench::reference
