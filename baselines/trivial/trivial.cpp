#include "baselines/trivial/trivial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "baselines/trivial/fit.h"
#include "harness/core/error.h"
#include "harness/data/intensity.h"

namespace synerbench {
namespace {

using trivial::Histogram;
using trivial::Line;
using trivial::LinearFit;
using trivial::LineFit;

/// What the trivial models share: a fit per task, and the plain loop over slices.
class Trivial : public Synthesizer {
 public:
  Trivial(std::string name, std::string label, Json switches, FitsOn fits, ModelInput input = {}) {
    info_.name = std::move(name);
    info_.label = std::move(label);
    info_.trivial = true;
    info_.concurrent = true;
    info_.network_evaluations = 0;
    info_.switches = std::move(switches);
    info_.input = input;
    info_.fits = fits;
  }
  ModelInfo info() const override { return info_; }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    const auto pixels = static_cast<size_t>(source.height * source.width);
    const size_t slab = pixels * static_cast<size_t>(source.sources * source.depth);
    for (size_t i = 0; i < static_cast<size_t>(source.n); ++i)
      one(task, source.pixels.subspan(i * slab, slab), prediction.subspan(i * pixels, pixels));
    for (float& value : prediction) value = std::clamp(value, -1.0F, 1.0F);
  }

 protected:
  static constexpr ModelInput kAnyNumberOfSources{ModelInput::kAnySources, 0};
  /// `source`: [sources, depth, height, width]; `prediction`: [height, width].
  virtual void one(const Task& task, std::span<const float> source, std::span<float> prediction) const = 0;

  static void need_pairs(const Task& task, const PairSource& training) {
    if (training.size() == 0) {
      throw usage_error(task.id, "the store has no training slice for this task",
                        "import more cases, or change the split");
    }
  }

 private:
  ModelInfo info_;
};

/// One slice pair in memory, read again and again.
struct PairBuffer {
  explicit PairBuffer(const PairSource& pairs)
      : source(static_cast<size_t>(pairs.sources() * pairs.depth() * pairs.height() * pairs.width())),
        target(static_cast<size_t>(pairs.height() * pairs.width())),
        mask(target.size()) {}
  void read(const PairSource& pairs, int64_t index) { pairs.read(index, source, target, mask); }
  std::vector<float> source, target;
  std::vector<uint8_t> mask;
};

/// Fits, one per task. prepare() and synthesize() of different tasks may overlap.
template <class Fit>
class PerTask {
 public:
  void set(const std::string& task, Fit fit) {
    const std::lock_guard lock(mutex_);
    fits_[task] = std::make_shared<const Fit>(std::move(fit));
  }
  std::shared_ptr<const Fit> get(const std::string& task) const {
    const std::lock_guard lock(mutex_);
    const auto at = fits_.find(task);
    SB_CHECK(at != fits_.end(), "prepare() was not called for " + task);
    return at->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Fit>> fits_;
};

class Constant final : public Trivial {
 public:
  enum class Rule { kMedian, kModelUnits, kPhysical };
  Constant(Rule rule, double value)
      : Trivial("constant", "Constant",
                rule == Rule::kMedian       ? Json{{"value", "median of in-mask training targets"}}
                : rule == Rule::kModelUnits ? Json{{"value", value}}
                                            : Json{{"physical", value}},
                rule == Rule::kMedian ? FitsOn::kTrainingPairs : FitsOn::kNothing, kAnyNumberOfSources),
        rule_(rule),
        value_(value) {}

  void prepare(const Task& task, const PairSource& training) override {
    if (rule_ == Rule::kModelUnits) return fits_.set(task.id, static_cast<float>(value_));
    if (rule_ == Rule::kPhysical) {
      if (!has_physical_unit(task.target)) {
        throw usage_error(task.id,
                          fmt::format("{} has no physical unit, so physical={:g} means nothing",
                                      name_of(task.target), value_),
                          "use constant:value=... in model units (-1 to 1), or constant for the median");
      }
      return fits_.set(task.id, default_intensity_map(task.target, {}, {}, task.id).to_model(value_));
    }
    need_pairs(task, training);
    PairBuffer pair(training);
    Histogram histogram;
    for (int64_t i = 0; i < training.size(); ++i) {
      pair.read(training, i);
      for (size_t p = 0; p < pair.target.size(); ++p) {
        if (pair.mask[p]) histogram.add(pair.target[p]);
      }
    }
    fits_.set(task.id, histogram.count() > 0 ? static_cast<float>(histogram.median()) : -1.0F);
  }

 private:
  void one(const Task& task, std::span<const float>, std::span<float> prediction) const override {
    std::ranges::fill(prediction, *fits_.get(task.id));
  }
  Rule rule_;
  double value_;
  PerTask<float> fits_;
};

class Identity final : public Trivial {
 public:
  Identity() : Trivial("identity", "Identity", Json::object(), FitsOn::kNothing) {}

 private:
  void one(const Task&, std::span<const float> source, std::span<float> prediction) const override {
    std::ranges::copy(source, prediction.begin());
  }
};

class MeanImage final : public Trivial {
 public:
  MeanImage() : Trivial("mean", "Mean image", Json::object(), FitsOn::kTrainingPairs, kAnyNumberOfSources) {}

  void prepare(const Task& task, const PairSource& training) override {
    need_pairs(task, training);
    PairBuffer pair(training);
    std::vector<double> sum(pair.target.size(), 0.0);
    for (int64_t i = 0; i < training.size(); ++i) {
      pair.read(training, i);
      for (size_t p = 0; p < sum.size(); ++p) sum[p] += pair.target[p];
    }
    std::vector<float> mean(sum.size());
    for (size_t p = 0; p < sum.size(); ++p)
      mean[p] = static_cast<float>(sum[p] / static_cast<double>(training.size()));
    fits_.set(task.id, std::move(mean));
  }

 private:
  void one(const Task& task, std::span<const float>, std::span<float> prediction) const override {
    const auto mean = fits_.get(task.id);
    SB_CHECK(mean->size() == prediction.size(), "fitted on another canvas");
    std::ranges::copy(*mean, prediction.begin());
  }
  PerTask<std::vector<float>> fits_;
};

class StraightLine final : public Trivial {
 public:
  StraightLine() : Trivial("line", "Straight line", Json::object(), FitsOn::kTrainingPairs) {}

  void prepare(const Task& task, const PairSource& training) override {
    need_pairs(task, training);
    PairBuffer pair(training);
    LineFit fit;
    for (int64_t i = 0; i < training.size(); ++i) {
      pair.read(training, i);
      for (size_t p = 0; p < pair.target.size(); ++p) {
        if (pair.mask[p]) fit.add(pair.source[p], pair.target[p]);
      }
    }
    fits_.set(task.id, fit.fit());
  }

 private:
  void one(const Task& task, std::span<const float> source, std::span<float> prediction) const override {
    const auto line = fits_.get(task.id);
    for (size_t p = 0; p < source.size(); ++p)
      prediction[p] = static_cast<float>(line->a + line->b * source[p]);
  }
  PerTask<Line> fits_;
};

/// Note [Monotone map] The source range is cut into kLevels equal bins. In each the mean training target is
/// taken, and the best non-decreasing and the best non-increasing sequence through these means (weighted by
/// pixels) are found; the one with the smaller squared error is used (MR to CT is mostly falling). In between
/// bins it is interpolated linearly. All canvas pixels count, not only those in the mask: unlike a line, the
/// map can give air its own value without spoiling the rest. Source pixels at exactly -1 are background and
/// have a level of their own, which need not fit the order.
class Monotone final : public Trivial {
 public:
  Monotone() : Trivial("monotone", "Monotone map", Json{{"levels", kLevels}}, FitsOn::kTrainingPairs) {}

  void prepare(const Task& task, const PairSource& training) override {
    need_pairs(task, training);
    PairBuffer pair(training);
    std::array<double, kLevels> sum{}, count{};
    double background_sum = 0, background_count = 0;
    for (int64_t i = 0; i < training.size(); ++i) {
      pair.read(training, i);
      for (size_t p = 0; p < pair.target.size(); ++p) {
        if (pair.source[p] <= -1) {
          background_sum += pair.target[p];
          ++background_count;
        } else {
          const auto level = static_cast<size_t>(
              std::clamp(static_cast<int>((pair.source[p] + 1) / 2 * kLevels), 0, kLevels - 1));
          sum[level] += pair.target[p];
          ++count[level];
        }
      }
    }
    Fit fit;
    fit.background = background_count > 0 ? background_sum / background_count : -1;
    std::array<double, kLevels> mean{}, negative{};
    for (size_t level = 0; level < kLevels; ++level) {
      mean[level] = count[level] > 0 ? sum[level] / count[level] : 0;
      negative[level] = -mean[level];
    }
    const std::vector<double> rising = trivial::isotonic(mean, count);
    std::vector<double> falling = trivial::isotonic(negative, count);
    for (double& value : falling) value = -value;
    const auto error = [&](const std::vector<double>& values) {
      double total = 0;
      for (size_t level = 0; level < kLevels; ++level)
        total += count[level] * (values[level] - mean[level]) * (values[level] - mean[level]);
      return total;
    };
    fit.levels = error(falling) < error(rising) ? falling : rising;
    fits_.set(task.id, std::move(fit));
  }

 private:
  static constexpr int kLevels = 256;
  struct Fit {
    double background = -1;
    std::vector<double> levels;  // at the middle of each bin
  };
  void one(const Task& task, std::span<const float> source, std::span<float> prediction) const override {
    const auto fit = fits_.get(task.id);
    for (size_t p = 0; p < source.size(); ++p) {
      if (source[p] <= -1) {
        prediction[p] = static_cast<float>(fit->background);
        continue;
      }
      const double place = std::clamp((source[p] + 1.0) / 2 * kLevels - 0.5, 0.0, kLevels - 1.0);
      const auto left = static_cast<size_t>(place);
      const size_t right = std::min<size_t>(left + 1, kLevels - 1);
      const double share = place - static_cast<double>(left);
      prediction[p] = static_cast<float>(fit->levels[left] * (1 - share) + fit->levels[right] * share);
    }
  }
  PerTask<Fit> fits_;
};

class Nearest final : public Trivial {
 public:
  Nearest()
      : Trivial("nearest", "Nearest training slice", Json{{"thumbnail", kSide}}, FitsOn::kTrainingPairs,
                kAnyNumberOfSources) {}

  void prepare(const Task& task, const PairSource& training) override {
    need_pairs(task, training);
    PairBuffer pair(training);
    Fit fit;
    fit.training = &training;
    for (int64_t i = 0; i < training.size(); ++i) {
      pair.read(training, i);
      fit.thumbnails.push_back(thumbnails(pair.source, training.height()));
    }
    fits_.set(task.id, std::move(fit));
  }

 private:
  static constexpr int64_t kSide = 32;
  struct Fit {
    const PairSource* training = nullptr;
    std::vector<std::vector<float>> thumbnails;
  };
  /// Those of all sources, one after the other.
  static std::vector<float> thumbnails(std::span<const float> source, int64_t size) {
    const auto pixels = static_cast<size_t>(size * size);
    std::vector<float> all;
    for (size_t at = 0; at < source.size(); at += pixels) {
      const std::vector<float> one = trivial::thumbnail(source.subspan(at, pixels), size, kSide);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  void one(const Task& task, std::span<const float> source, std::span<float> prediction) const override {
    const auto fit = fits_.get(task.id);
    const std::vector<float> mine = thumbnails(source, fit->training->height());
    double best = std::numeric_limits<double>::infinity();
    int64_t index = 0;  // of equals, the first
    for (size_t i = 0; i < fit->thumbnails.size(); ++i) {
      double distance = 0;
      for (size_t p = 0; p < mine.size() && distance < best; ++p) {
        const double difference = static_cast<double>(mine[p]) - static_cast<double>(fit->thumbnails[i][p]);
        distance += difference * difference;
      }
      if (distance < best) {
        best = distance;
        index = static_cast<int64_t>(i);
      }
    }
    std::vector<float> unused(source.size());
    fit->training->read(index, unused, prediction, {});
  }
  PerTask<Fit> fits_;
};

/// The middle one of three neighboring slices' values: what a denoiser over slices can do without knowing any
/// anatomy.
class MedianOfThree final : public Trivial {
 public:
  MedianOfThree()
      : Trivial("median3", "Median of three slices", Json::object(), FitsOn::kNothing, ModelInput{1, 1}) {}

 private:
  void one(const Task&, std::span<const float> source, std::span<float> prediction) const override {
    const size_t pixels = prediction.size();
    for (size_t p = 0; p < pixels; ++p) {
      const float a = source[p], b = source[pixels + p], c = source[2 * pixels + p];
      prediction[p] = std::max(std::min(a, b), std::min(std::max(a, b), c));
    }
  }
};

class Regression final : public Trivial {
 public:
  Regression()
      : Trivial("regression", "Linear regression", Json::object(), FitsOn::kTrainingPairs,
                kAnyNumberOfSources) {}

  void prepare(const Task& task, const PairSource& training) override {
    need_pairs(task, training);
    PairBuffer pair(training);
    const auto sources = static_cast<size_t>(training.sources());
    const size_t pixels = pair.target.size();
    LinearFit fit(sources);
    std::vector<double> x(sources);
    for (int64_t i = 0; i < training.size(); ++i) {
      pair.read(training, i);
      for (size_t p = 0; p < pixels; ++p) {
        if (!pair.mask[p]) continue;
        for (size_t s = 0; s < sources; ++s) x[s] = pair.source[s * pixels + p];
        fit.add(x, pair.target[p]);
      }
    }
    fits_.set(task.id, fit.fit());
  }

 private:
  void one(const Task& task, std::span<const float> source, std::span<float> prediction) const override {
    const auto weights = fits_.get(task.id);
    const size_t pixels = prediction.size();
    for (size_t p = 0; p < pixels; ++p) {
      double value = (*weights)[0];
      for (size_t s = 1; s < weights->size(); ++s) value += (*weights)[s] * source[(s - 1) * pixels + p];
      prediction[p] = static_cast<float>(value);
    }
  }
  PerTask<std::vector<double>> fits_;
};

/// constant:value=0.5, constant:physical=0
struct ConstantOptions {
  std::optional<double> value, physical;  // neither: the median
};

const Schema<ConstantOptions>& constant_schema() {
  using Options = ConstantOptions;
  static const Schema<Options> table = [] {
    Schema<Options> s;
    const auto field = [&s](const std::string& name, std::optional<double> Options::*member,
                            const Range& range, const std::string& meaning) {
      s.custom(
          name, range.text() == "any" ? "number" : "number " + range.text(), meaning,
          [=](Options& options, JsonObject& object) {
            if (object.mark(name)) options.*member = detail::read_number(object, name, 0, range);
          },
          [=](Options& options) {
            return options.*member ? Json(*(options.*member)) : Json("median of the training targets");
          });
    };
    field("value", &Options::value, {-1, 1, false, false}, "this value instead, in model units");
    field("physical", &Options::physical, kAnyNumber,
          "this value instead, in HU or SUV; only for targets that have a unit");
    s.check([](Options& options, const FieldPlace& at) {
      if (options.value && options.physical)
        throw at.error("physical", "value and physical are both given", "give one of them");
    });
    return s;
  }();
  return table;
}

std::unique_ptr<Synthesizer> load_constant(const LoadRequest& request) {
  const ConstantOptions options = constant_schema().read(request.options, request.place);
  if (options.physical) return std::make_unique<Constant>(Constant::Rule::kPhysical, *options.physical);
  if (options.value) return std::make_unique<Constant>(Constant::Rule::kModelUnits, *options.value);
  return std::make_unique<Constant>(Constant::Rule::kMedian, 0);
}

/// The row of a model without options.
template <class Model>
Method plain(const std::string& summary) {
  const ModelInfo info = Model().info();
  Method row;
  row.name = info.name;
  row.label = info.label;
  row.summary = summary;
  row.load = [](const LoadRequest&) { return std::make_unique<Model>(); };
  return row;
}

}  // namespace

MethodTable trivial_models() {
  Method constant{"constant",
                  "Constant",
                  "one value everywhere: the median of the training targets inside the body",
                  "",
                  constant_schema().fields(),
                  load_constant};
  return {
      std::move(constant),
      plain<Identity>("the source, range mapped"),
      plain<MeanImage>("the mean training target, pixel by pixel"),
      plain<StraightLine>("a straight line through source and target values inside the body"),
      plain<Monotone>("the best monotone map of the source's value"),
      plain<Nearest>("the target of the training slice that looks most like this source"),
      plain<MedianOfThree>("the median of this slice of the source and its two neighbors"),
      plain<Regression>("a linear regression from the values of all sources, fitted inside the body"),
  };
}

}  // namespace synerbench
