// Measures how hard the phantom cohorts are; the tables of docs/phantom.md are its output.
//
//   phantom_measure [tiny|small|full] [seed] [patients] [region ...]
//   phantom_measure COHORT [seed] [train/validation/test] [region ...]     e.g. bench@1: floors and oracles
//
// The second form takes the settings of a named cohort; another seed, fewer patients or fewer regions are for
// choosing settings of the next one.
//
// Nothing is read or written: cases are simulated in memory, laid on the canvas (64 for tiny and 128 for
// small, padded; 256 for full, scaled) and compared under synermed-2d@1. Splits are those of the importers'
// hash rule.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <set>
#include <thread>

#include "baselines/trivial/trivial.h"
#include "harness/core/progress.h"
#include "harness/data/import/split.h"
#include "harness/data/intensity.h"
#include "harness/run/model_spec.h"
#include "metrics/protocol.h"
#include "metrics/ssim.h"
#include "tests/phantom/memory_cohort.h"
#include "tests/phantom/softmax_regression.h"

namespace synerbench::phantom {
namespace {

const Protocol& protocol() { return builtin_protocols().at("synermed-2d@1"); }

struct Comparison {
  double ssim = 0, psnr = 0, ssim_body = 0;
  bool defined = false;
};

Comparison compare_slices(const std::vector<float>& prediction, const std::vector<float>& target,
                          const std::vector<uint8_t>& mask, int64_t size) {
  std::vector<double> p(prediction.begin(), prediction.end()), t(target.begin(), target.end());
  for (double& v : p) v = 0.5 * (v + 1);
  for (double& v : t) v = 0.5 * (v + 1);
  const std::vector<Score> scores =
      compare(protocol(), {p.data(), 1, size, size}, {t.data(), 1, size, size}, {mask.data(), 1, size, size});
  Comparison result;
  for (size_t m = 0; m < scores.size(); ++m) {
    if (!scores[m].defined()) continue;
    const std::string& name = protocol().info.metrics[m].name;
    if (name == "ssim") result.ssim = scores[m].value(), result.defined = true;
    if (name == "psnr") result.psnr = scores[m].value();
    if (name == "ssim_body") result.ssim_body = scores[m].value();
  }
  return result;
}

/// The same without what only the other tables show.
Comparison only_ssim(const std::vector<float>& prediction, const std::vector<float>& target,
                     const std::vector<uint8_t>& mask, int64_t size) {
  const auto unit = [](const std::vector<float>& values) {
    std::vector<double> result;
    for (const float v : values) result.push_back(std::clamp(0.5 * (static_cast<double>(v) + 1), 0.0, 1.0));
    return result;
  };
  const std::vector<double> p = unit(prediction), t = unit(target);
  const ImageView a{p.data(), 1, size, size}, b{t.data(), 1, size, size};
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  const Score whole = ssim(a, b, {}, convention), body = ssim(a, b, {mask.data(), 1, size, size}, convention);
  if (!whole.defined() || !body.defined()) return {};
  return {whole.value(), 0, body.value(), true};
}

/// Means over slices within a patient, then over patients.
class PatientMean {
 public:
  void add(const std::string& patient, const Comparison& c) {
    if (!c.defined) return;
    Sum& sum = sums_[patient];
    sum.ssim += c.ssim;
    sum.psnr += c.psnr;
    sum.body += c.ssim_body;
    sum.n += 1;
  }
  Comparison mean() const {
    Comparison result;
    for (const auto& [patient, sum] : sums_) {
      result.ssim += sum.ssim / sum.n;
      result.psnr += sum.psnr / sum.n;
      result.ssim_body += sum.body / sum.n;
    }
    const auto n = static_cast<double>(std::max<size_t>(1, sums_.size()));
    return {result.ssim / n, result.psnr / n, result.ssim_body / n, !sums_.empty()};
  }
  size_t patients() const { return sums_.size(); }

 private:
  struct Sum {
    double ssim = 0, psnr = 0, body = 0, n = 0;
  };
  std::map<std::string, Sum> sums_;
};

class Study {
 public:
  Study(const CohortOptions& options, int threads) : options_(options), threads_(threads) {
    canvas_ = {options.size == CohortSize::kTiny    ? 64
               : options.size == CohortSize::kSmall ? 128
                                                    : 256,
               options.size == CohortSize::kFull ? Canvas::Fit::kScale : Canvas::Fit::kPad};
    const std::vector<PlannedCase> plan = plan_cohort(options);
    Progress progress("simulate", static_cast<int64_t>(plan.size()));
    for (const PlannedCase& planned : plan) {
      cases_.push_back(to_memory(planned, simulate_case(planned, options, threads), canvas_));
      cases_.back().split = hash_split({}, planned.dataset, planned.patient);
      progress.advance();
    }
  }

  /// Per task: the best trivial model, the oracle, and the oracle in the geometry of the source.
  void headroom() const {
    const std::vector<std::string> names = {"constant", "identity", "line", "monotone", "mean", "nearest"};
    fmt::print(
        "\n### Floors and oracles\n\n| task | test patients | floor, body | oracle, body | difference | "
        "oracle as "
        "the source lies, body | floor, whole | oracle, whole | difference | oracle as the source lies, "
        "whole "
        "|\n| --- | ---: | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |\n");
    for (const Task& task : tasks()) {
      const MemoryPairs train(cases_, task, {Split::kTrain}, canvas_.size),
          test(cases_, task, {Split::kTest}, canvas_.size);
      if (train.size() == 0 || test.size() == 0) continue;
      Comparison body, whole;
      std::string best_body, best_whole;
      for (const std::string& name : names) {
        const Comparison c = score(name, task, train, test, only_ssim);
        if (best_body.empty() || c.ssim_body > body.ssim_body) body = c, best_body = name;
        if (best_whole.empty() || c.ssim > whole.ssim) whole = c, best_whole = name;
      }
      const Comparison oracle = oracle_score(task, {}), aligned = oracle_score(task, task.source);
      fmt::print(
          "| {} | {} | {:.3f} {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} {} | {:.3f} | {:.3f} | {:.3f} |\n",
          task.id, patients_of(test), body.ssim_body, best_body, oracle.ssim_body,
          oracle.ssim_body - body.ssim_body, aligned.ssim_body, whole.ssim, best_whole, oracle.ssim,
          oracle.ssim - whole.ssim, aligned.ssim);
      std::fflush(stdout);
    }
  }

  void neighbors() const {
    fmt::print(
        "\n### Neighboring slices\n\n| region | modality | pairs | mean SSIM | 5 % | 95 % | share in "
        "0.6..0.97 |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    std::map<std::pair<std::string, Modality>, std::vector<double>> found;
    for (const MemoryCase& one : cases_) {
      for (const auto& [modality, volume] : one.volumes) {
        for (size_t s = 0; s + 1 < volume.slices.size(); ++s) {
          if (one.foreground[s] < 0.01 || one.foreground[s + 1] < 0.01) continue;
          const Comparison c =
              compare_slices(volume.slices[s + 1], volume.slices[s], one.masks[s], canvas_.size);
          if (c.defined) found[{one.planned.region, modality}].push_back(c.ssim);
        }
      }
    }
    for (const auto& [key, values] : found) {
      double sum = 0, good = 0;
      for (double v : values) sum += v, good += v >= 0.6 && v <= 0.97;
      const std::vector<float> sorted(values.begin(), values.end());
      const auto n = static_cast<double>(values.size());
      fmt::print("| {} | {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.0f} % |\n", key.first, name_of(key.second),
                 values.size(), sum / n, percentile(sorted, 5), percentile(sorted, 95), 100 * good / n);
    }
  }

  void floors() const {
    const std::vector<std::string> names = {"constant", "identity", "line", "monotone", "mean", "nearest"};
    fmt::print("\n### Trivial models: SSIM (PSNR in dB) on the test patients\n\n| task | n train / test |");
    for (const std::string& name : names) fmt::print(" {} |", name);
    fmt::print("\n| --- | --- |");
    for (size_t i = 0; i < names.size(); ++i) fmt::print(" --- |");
    fmt::print("\n");
    for (const Task& task : tasks()) {
      const MemoryPairs train(cases_, task, {Split::kTrain}, canvas_.size),
          test(cases_, task, {Split::kTest}, canvas_.size);
      if (train.size() == 0 || test.size() == 0) continue;
      fmt::print("| {} | {} / {} |", task.id, train.size(), test.size());
      for (const std::string& name : names) {
        const Comparison c = score(name, task, train, test);
        fmt::print(" {:.3f} ({:.1f}) |", c.ssim, c.psnr);
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
  }

  void classifiers() const {
    fmt::print(
        "\n### A linear classifier on histograms of intensity\n\n| classes | regions | slices train / test | "
        "accuracy | chance |\n| --- | --- | --- | --- | --- |\n");
    using M = Modality;
    classify("CT, CBCT", {"brain"}, {M::kCT, M::kCBCT});
    classify("CT, CBCT", {"pelvis"}, {M::kCT, M::kCBCT});
    classify("CT, CBCT", {"abdomen", "head-neck", "thorax"}, {M::kCT, M::kCBCT});
    classify("T1, T1c, T2, FLAIR", {"brats"}, {M::kT1, M::kT1c, M::kT2, M::kFLAIR});
    classify("T1, T1c", {"brats"}, {M::kT1, M::kT1c});
    classify("CT, CBCT, MRI, PET", {"brain", "pelvis", "wb"}, {M::kCT, M::kCBCT, M::kMRI, M::kPET});
    classify("all eight", {"brain", "pelvis", "wb", "brats"},
             {M::kCT, M::kCBCT, M::kMRI, M::kPET, M::kT1, M::kT1c, M::kT2, M::kFLAIR});
  }

  void oracles() const {
    fmt::print(
        "\n### What cannot be predicted: oracles\n\n| task | oracle | SSIM | PSNR | SSIM in lesion slices | "
        "PSNR in lesion slices |\n| --- | --- | --- | --- | --- | --- |\n");
    for (const auto& [region, modality] :
         {std::pair{std::string("wb"), Modality::kPET}, {"brats", Modality::kT1c}}) {
      for (const auto& [knowledge, label] :
           {std::pair{Knowledge::kPatient, "this patient's tissues, no lesions"},
            {Knowledge::kPopulation, "tissue map, typical values"}}) {
        PatientMean all, with_lesion;
        for (const MemoryCase& one : cases_) {
          if (one.planned.region != region || one.split != Split::kTest) continue;
          // The oracle's own gain means nothing: its range is its own, as any model's answer is in the
          // model's range.
          const MemoryCase answer =
              to_memory(one.planned, simulate_oracle(one.planned, options_, knowledge, threads_), canvas_);
          for (size_t s = 0; s < one.masks.size(); ++s) {
            if (one.foreground[s] < 0.01) continue;
            const Comparison c =
                compare_slices(answer.volumes.at(modality).slices[s], one.volumes.at(modality).slices[s],
                               one.masks[s], canvas_.size);
            all.add(one.planned.patient, c);
            if (one.lesion_pixels[s] >= 4) with_lesion.add(one.planned.patient, c);
          }
        }
        if (all.patients() == 0) continue;
        fmt::print("| {} | {} | {:.3f} | {:.1f} | {:.3f} | {:.1f} |\n",
                   region == "wb" ? "wb-ct-to-pet" : "brats-t1-to-t1c", label, all.mean().ssim,
                   all.mean().psnr, with_lesion.mean().ssim, with_lesion.mean().psnr);
        std::fflush(stdout);
      }
    }
  }

 private:
  static size_t patients_of(const MemoryPairs& pairs) {
    std::set<std::string> patients;
    for (int64_t i = 0; i < pairs.size(); ++i) patients.insert(pairs.patient_of(i));
    return patients.size();
  }

  /// Of the oracle's targets, laid out by the maps of the true ones.
  Comparison oracle_score(const Task& task, std::optional<Modality> geometry_of) const {
    PatientMean mean;
    for (const MemoryCase& one : cases_) {
      if (one.planned.region != task.region || one.split != Split::kTest || !one.volumes.count(task.source) ||
          !one.volumes.count(task.target))
        continue;
      const MemoryCase& answer = oracle_of(one, geometry_of);
      for (size_t s = 0; s < one.masks.size(); ++s) {
        if (one.foreground[s] < 0.01) continue;
        mean.add(one.planned.patient,
                 only_ssim(answer.volumes.at(task.target).slices[s], one.volumes.at(task.target).slices[s],
                           one.masks[s], canvas_.size));
      }
    }
    return mean.mean();
  }

  const MemoryCase& oracle_of(const MemoryCase& truth, std::optional<Modality> geometry_of) const {
    const auto key = std::pair(truth.planned.id, geometry_of ? static_cast<int>(*geometry_of) : -1);
    const auto found = oracles_.find(key);
    if (found != oracles_.end()) return found->second;
    std::map<Modality, IntensityMap> maps;
    for (const auto& [modality, volume] : truth.volumes) maps[modality] = volume.map;
    const auto images = simulate_oracle(truth.planned, options_, Knowledge::kOracle, threads_, geometry_of);
    return oracles_.emplace(key, to_memory(truth.planned, images, canvas_, maps)).first->second;
  }

  std::vector<Task> tasks() const {
    std::vector<Task> list;
    const auto add = [&](const std::string& region, Modality a, Modality b) {
      list.push_back({make_task_id(region, a, b), region, a, b});
    };
    using M = Modality;
    for (const char* region : {"brain", "pelvis"}) {
      add(region, M::kCBCT, M::kCT);
      add(region, M::kCT, M::kCBCT);
      add(region, M::kMRI, M::kCT);
      add(region, M::kCT, M::kMRI);
    }
    add("wb", M::kCT, M::kPET);
    add("wb", M::kPET, M::kCT);
    for (M a : {M::kT1, M::kT1c, M::kT2, M::kFLAIR}) {
      for (M b : {M::kT1, M::kT1c, M::kT2, M::kFLAIR}) {
        if (a != b) add("brats", a, b);
      }
    }
    for (const char* region : {"abdomen", "head-neck", "thorax"}) {
      add(region, M::kCBCT, M::kCT);
      add(region, M::kMRI, M::kCT);
    }
    add("heart", M::kBSSFP, M::kLGE);
    return list;
  }

  Comparison score(const std::string& name, const Task& task, const MemoryPairs& train,
                   const MemoryPairs& test, decltype(compare_slices)* comparison = compare_slices) const {
    const std::unique_ptr<Synthesizer> model = make_model(parse_model_spec(name), trivial_models(), "cpu");
    model->prepare(task, train);
    PatientMean mean;
    const auto pixels = static_cast<size_t>(canvas_.size * canvas_.size);
    std::vector<float> source(pixels), target(pixels), prediction(pixels);
    std::vector<uint8_t> mask(pixels);
    const uint64_t seed = 1;
    for (int64_t i = 0; i < test.size(); ++i) {
      test.read(i, source, target, mask);
      model->synthesize(task, {1, canvas_.size, canvas_.size, source}, {&seed, 1}, prediction);
      mean.add(test.patient_of(i), comparison(prediction, target, mask, canvas_.size));
    }
    return mean.mean();
  }

  void classify(const std::string& label, const std::vector<std::string>& regions,
                const std::vector<Modality>& classes) const {
    constexpr int kBins = 32;
    std::vector<Eigen::VectorXd> features[2];
    std::vector<int> labels[2];
    for (const MemoryCase& one : cases_) {
      if (std::find(regions.begin(), regions.end(), one.planned.region) == regions.end() ||
          one.split == Split::kValidation)
        continue;
      const int part = one.split == Split::kTest;
      for (size_t c = 0; c < classes.size(); ++c) {
        const auto volume = one.volumes.find(classes[c]);
        if (volume == one.volumes.end()) continue;
        for (size_t s = 0; s < one.masks.size(); ++s) {
          if (one.foreground[s] < 0.01) continue;
          Eigen::VectorXd histogram = Eigen::VectorXd::Zero(kBins);
          double count = 0;
          for (size_t p = 0; p < one.masks[s].size(); ++p) {
            if (!one.masks[s][p]) continue;
            const double value = 0.5 * (static_cast<double>(volume->second.slices[s][p]) + 1);
            histogram[std::clamp(static_cast<int>(value * kBins), 0, kBins - 1)] += 1;
            count += 1;
          }
          if (count == 0) continue;
          features[part].push_back((histogram / count).cwiseSqrt());
          labels[part].push_back(static_cast<int>(c));
        }
      }
    }
    if (features[0].empty() || features[1].empty()) return;
    Eigen::MatrixXd x(static_cast<Eigen::Index>(features[0].size()), kBins);
    for (size_t i = 0; i < features[0].size(); ++i)
      x.row(static_cast<Eigen::Index>(i)) = features[0][i].transpose();
    SoftmaxRegression model;
    model.fit(x, labels[0], static_cast<int>(classes.size()));
    double right = 0;
    std::vector<double> counts(classes.size());
    for (size_t i = 0; i < features[1].size(); ++i) {
      right += model.predict(features[1][i]) == labels[1][i];
      counts[static_cast<size_t>(labels[1][i])] += 1;
    }
    const auto n = static_cast<double>(features[1].size());
    std::string where;
    for (const std::string& region : regions) where += (where.empty() ? "" : ", ") + region;
    fmt::print("| {} | {} | {} / {} | {:.1f} % | {:.1f} % |\n", label, where, features[0].size(),
               features[1].size(), 100 * right / n,
               100 * *std::max_element(counts.begin(), counts.end()) / n);
    std::fflush(stdout);
  }

  CohortOptions options_;
  int threads_;
  Canvas canvas_;
  std::vector<MemoryCase> cases_;
  mutable std::map<std::pair<std::string, int>, MemoryCase> oracles_;
};

int threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

int run_named(int argc, char** argv) {
  CohortOptions options = cohort_named(argv[1]).options;
  if (argc > 2) options.seed = std::strtoull(argv[2], nullptr, 10);
  if (argc > 3) {
    SplitCounts counts;
    if (std::sscanf(argv[3], "%d/%d/%d", &counts.train, &counts.validation, &counts.test) == 3)
      options.splits = counts;
  }
  for (int a = 4; a < argc; ++a) options.regions.push_back(argv[a]);
  Study(options, threads()).headroom();
  return 0;
}

int run(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]).find('@') != std::string::npos) return run_named(argc, argv);
  CohortOptions options;
  options.size = parse_cohort_size(argc > 1 ? argv[1] : "tiny");
  options.seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  options.patients = argc > 3 ? std::atoi(argv[3]) : 0;
  for (int a = 4; a < argc; ++a) options.regions.push_back(argv[a]);
  const Study study(options, threads());
  study.neighbors();
  study.floors();
  study.classifiers();
  study.oracles();
  return 0;
}

}  // namespace
}  // namespace synerbench::phantom

int main(int argc, char** argv) {
  try {
    return synerbench::phantom::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
