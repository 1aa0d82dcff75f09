#include "metrics/cuda/detail/measures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "metrics/cuda/detail/plan.h"
#include "metrics/detail/checks.h"
#include "metrics/detail/pair.h"
#include "metrics/protocol.h"
#include "metrics/synthrad.h"

namespace synerbench::cuda::detail {
namespace {

using synerbench::detail::ErrorSums;
using synerbench::detail::finite_score;

/// Sums of each item, [items][sums]. `job` has no partials yet.
template <class Job>
std::vector<double> totals_of(Backend& backend, Job job, int64_t items, int64_t blocks_per_item, int sums) {
  if (items > INT32_MAX / blocks_per_item) {
    throw std::invalid_argument("CUDA metrics: a batch of more than 2^31 blocks; measure it in parts");
  }
  const Buffer<double> partials(backend, items * blocks_per_item * sums), totals(backend, items * sums);
  job.partials = partials.get();
  backend.run(job);
  backend.run(SumJob{partials.get(), totals.get(), items, blocks_per_item, sums});
  return totals.read(items * sums);
}

Measured measured(const Score& score, double bound) { return {score, score.defined() ? bound : 0}; }

double decibels(double relative) { return 10 / std::numbers::ln10 * relative / (1 - relative); }

struct ErrorScores {
  Measured mae, mse, rmse, psnr;
};
/// `relative`: Note [Bound of errors].
ErrorScores error_scores(bool finite, const ErrorSums& sums, double range, double relative) {
  const auto score = [&](const Score& s) { return finite ? s : Score(Undefined::kNotFinite); };
  const auto share = [&](const Score& s) {
    return measured(score(s), s.defined() ? relative * std::fabs(s.value()) : 0);
  };
  return {share(synerbench::detail::mean_absolute(sums)), share(synerbench::detail::mean_squared(sums)),
          share(synerbench::detail::root_mean_squared(sums)),
          measured(score(synerbench::detail::signal_to_noise(sums, range)), decibels(relative))};
}

template <class In, class Real>
std::vector<double> similarity_totals(Backend& backend, const Pairs& there,
                                      const SimilarityPlan<In, Real>& plan) {
  (void)there;
  return totals_of(backend, plan.job, plan.job.geometry.items, plan.job.geometry.blocks_per_item(),
                   kSimilaritySums);
}

template <class Real>
std::vector<Measures> measure_in(Backend& backend, const Pairs& there, const Request& request) {
  auto plan = plan_similarity<float, Real>(there, request.ssim, request.zero, false);
  plan.job.x = there.prediction;
  plan.job.y = there.target;
  plan.job.mask = there.mask;
  if (request.clamp) {
    plan.job.clamped = true;
    plan.job.low = static_cast<float>(request.clamp->low);
    plan.job.high = static_cast<float>(request.clamp->high);
  }
  plan.job.filled = request.fill_outside && there.mask != nullptr;
  if (request.fill_outside && (!request.clamp || plan.job.geometry.border != Border::kValid)) {
    throw std::invalid_argument("CUDA metrics: filling outside the mask needs a clamp and windows that fit");
  }
  const std::vector<double> totals = similarity_totals(backend, there, plan);
  const double relative = errors_bound(there, request.precision), range = request.ssim.range;
  std::vector<Measures> results;
  for (int64_t item = 0; item < there.items; ++item) {
    const double* sums = totals.data() + item * kSimilaritySums;
    const bool finite = sums[kNotFinite] == 0;
    const auto mean = [&](SimilaritySum sum, SimilaritySum bound, double centers) {
      if (!finite) return Measured{Undefined::kNotFinite};
      if (plan.too_small) return Measured{Undefined::kTooSmall};
      if (centers == 0) return Measured{Undefined::kEmptyMask};
      return measured(finite_score(sums[sum] / centers), sums[bound] / centers + plan.constant_bound);
    };
    const auto voxels = static_cast<double>(there.voxels());
    const ErrorScores whole =
        error_scores(finite, {sums[kAbsolute], sums[kSquared], voxels}, range, relative);
    Measures m{mean(kWhole, kBoundWhole, static_cast<double>(plan.centers)),
               whole.mae,
               whole.mse,
               whole.rmse,
               whole.psnr,
               {},
               {},
               {},
               {},
               {}};
    if (there.mask != nullptr) {
      const ErrorScores inside = error_scores(
          finite, {sums[kAbsoluteInside], sums[kSquaredInside], sums[kVoxelsInside]}, range, relative);
      m.ssim_inside = mean(kInside, kBoundInside, sums[kCentersInside]);
      m.mae_inside = inside.mae;
      m.mse_inside = inside.mse;
      m.rmse_inside = inside.rmse;
      m.psnr_inside = inside.psnr;
    } else {
      m.ssim_inside = m.ssim;
      m.mae_inside = m.mae;
      m.mse_inside = m.mse;
      m.rmse_inside = m.rmse;
      m.psnr_inside = m.psnr;
    }
    results.push_back(m);
  }
  return results;
}

template <class Real>
std::vector<std::vector<Errors>> errors_in(Backend& backend, const Pairs& there,
                                           const ErrorRequest& request) {
  ErrorsJob<Real> job;
  job.x = there.prediction;
  job.y = there.target;
  job.mask = there.mask;
  job.items = there.items;
  job.voxels = there.voxels();
  constexpr int64_t kOfBlock = int64_t{kThreads} * kVoxelsPerThread;
  job.blocks_per_item = (job.voxels + kOfBlock - 1) / kOfBlock;
  if (request.clamp) {
    job.clamped = true;
    job.low = static_cast<float>(request.clamp->low);
    job.high = static_cast<float>(request.clamp->high);
  }
  job.bands = static_cast<int>(request.bands.size());
  for (size_t band = 0; band < request.bands.size(); ++band) {
    float_band(request.bands[band], job.from[band], job.to[band]);
  }
  const std::vector<double> totals = totals_of(backend, job, there.items, job.blocks_per_item, job.sums());
  const double relative = errors_bound(there, request.precision);
  std::vector<std::vector<Errors>> results;
  for (int64_t item = 0; item < there.items; ++item) {
    const double* sums = totals.data() + item * job.sums();
    const bool finite = sums[job.sums() - 1] == 0;
    std::vector<Errors>& bands = results.emplace_back();
    for (int band = 0; band < job.bands; ++band) {
      const double* of_band = sums + band * kErrorSums;
      const ErrorScores s =
          error_scores(finite, {of_band[kBandAbsolute], of_band[kBandSquared], of_band[kBandVoxels]},
                       request.range, relative);
      bands.push_back({s.mae, s.mse, s.rmse, s.psnr});
    }
  }
  return results;
}

/// One level's mean term of every item, with its bound.
struct LevelMeans {
  bool too_small = false;
  std::vector<double> means, bounds;
  std::vector<bool> finite;
};

template <class In, class Real>
LevelMeans level_means(Backend& backend, const Pairs& shape, const In* x, const In* y,
                       const SsimConvention& convention, bool contrast) {
  auto plan = plan_similarity<In, Real>(shape, convention, 0, contrast);
  LevelMeans level;
  level.too_small = plan.too_small;
  if (plan.too_small) return level;
  plan.job.x = x;
  plan.job.y = y;
  const std::vector<double> totals = similarity_totals(backend, shape, plan);
  const auto centers = static_cast<double>(plan.centers);
  for (int64_t item = 0; item < shape.items; ++item) {
    const double* sums = totals.data() + item * kSimilaritySums;
    level.means.push_back(sums[kWhole] / centers);
    level.bounds.push_back(sums[kBoundWhole] / centers + plan.constant_bound);
    level.finite.push_back(sums[kNotFinite] == 0);
  }
  return level;
}

template <class In>
Buffer<double> halved(Backend& backend, const In* in, const Pairs& from, const Pairs& to,
                      const MsSsimConvention& convention) {
  Buffer<double> out(backend, to.items * to.voxels());
  HalveJob<In> job;
  job.in = in;
  job.out = out.get();
  job.items = from.items;
  job.depth = static_cast<int>(from.depth);
  job.height = static_cast<int>(from.height);
  job.width = static_cast<int>(from.width);
  job.out_depth = static_cast<int>(to.depth);
  job.out_height = static_cast<int>(to.height);
  job.out_width = static_cast<int>(to.width);
  job.halves_depth = convention.ssim.dimensions == 3;
  const auto shift = [&](int64_t n) {
    return n % 2 == 1 && convention.odd_axis == OddAxis::kZeroFirst ? 1 : 0;
  };
  job.shift[0] = job.halves_depth ? shift(from.depth) : 0;
  job.shift[1] = shift(from.height);
  job.shift[2] = shift(from.width);
  if (job.blocks() > INT32_MAX) {
    throw std::invalid_argument("CUDA metrics: a batch of more than 2^31 blocks; measure it in parts");
  }
  backend.run(job);
  return out;
}

Pairs half_shape(const Pairs& from, const MsSsimConvention& convention) {
  const int64_t more = convention.odd_axis == OddAxis::kZeroFirst ? 1 : 0;
  Pairs to;
  to.items = from.items;
  to.depth = convention.ssim.dimensions == 3 ? (from.depth + more) / 2 : from.depth;
  to.height = (from.height + more) / 2;
  to.width = (from.width + more) / 2;
  return to;
}

template <class Real>
std::vector<Measured> ms_ssim_in(Backend& backend, const Pairs& there, const MsSsimConvention& convention) {
  SsimConvention contrast_convention = convention.ssim;
  contrast_convention.border = Border::kValid;
  contrast_convention.crop = 0;
  const auto items = static_cast<size_t>(there.items);
  const std::vector<Measured> too_small(items, Measured{Undefined::kTooSmall});
  std::vector<bool> finite(items, true);
  // The product of the terms as they are, and with every term as low and as high as its bound allows.
  std::vector<double> product(items, 1), lowest(items, 1), highest(items, 1);
  Pairs shape = there;
  Buffer<double> x, y;
  const size_t levels = convention.weights.size();
  for (size_t level = 0; level < levels; ++level) {
    const bool last = level + 1 == levels;
    const SsimConvention& ssim = last ? convention.ssim : contrast_convention;
    const LevelMeans terms =
        level == 0 ? level_means<float, Real>(backend, shape, there.prediction, there.target, ssim, !last)
                   : level_means<double, Real>(backend, shape, x.get(), y.get(), ssim, !last);
    if (terms.too_small) return too_small;
    const double weight = convention.weights[level];
    for (size_t item = 0; item < items; ++item) {
      const double term = terms.means[item], bound = terms.bounds[item];
      finite[item] = finite[item] && terms.finite[item] && std::isfinite(term);
      if (!finite[item]) continue;
      product[item] *= std::pow(std::max(term, 0.0), weight);
      lowest[item] *= std::pow(std::max(term - bound, 0.0), weight);
      highest[item] *= std::pow(std::max(term + bound, 0.0), weight);
    }
    if (last) break;
    const Pairs half = half_shape(shape, convention);
    if (half.height < 1 || half.width < 1 || half.depth < 1) return too_small;
    const auto halve = [&](Buffer<double>& image, const float* first) {
      image = level == 0 ? halved(backend, first, shape, half, convention)
                         : halved(backend, static_cast<const double*>(image.get()), shape, half, convention);
    };
    halve(x, there.prediction);
    halve(y, there.target);
    shape = half;
  }
  std::vector<Measured> results;
  for (size_t item = 0; item < items; ++item) {
    const double bound = std::max(highest[item] - product[item], product[item] - lowest[item]);
    results.push_back(finite[item] ? measured(finite_score(product[item]), bound)
                                   : Measured{Undefined::kNotFinite});
  }
  return results;
}

// ---- protocols --------------------------------------------------------------------------------------------

struct NamedMeasure {
  const char* name;
  Measured Measures::*which;
  double factor = 1;
};

struct SliceProtocol {
  std::string id;
  const char* convention;
  double range;
  std::optional<Limits> clamp;
  bool masked;
  std::vector<NamedMeasure> measures;
};

const std::vector<SliceProtocol>& slice_protocols() {
  static const std::vector<SliceProtocol> rows = [] {
    const std::vector<NamedMeasure> synermed{{"ssim", &Measures::ssim},
                                             {"psnr", &Measures::psnr},
                                             {"mae", &Measures::mae},
                                             {"rmse", &Measures::rmse},
                                             {"mae_255", &Measures::mae, 255},
                                             {"ssim_body", &Measures::ssim_inside},
                                             {"psnr_body", &Measures::psnr_inside},
                                             {"mae_body", &Measures::mae_inside}};
    const Limits unit{0, 1}, soft_tissue{-160, 240};
    return std::vector<SliceProtocol>{
        {"synermed-2d@2", "wang2004", 1, unit, true, synermed},
        {"synermed-2d@1", "wang2004", 1, unit, true, synermed},
        {"soft-tissue-2d@1",
         "wang2004",
         soft_tissue.high - soft_tissue.low,
         soft_tissue,
         true,
         {{"ssim_soft_tissue", &Measures::ssim_inside},
          {"psnr_soft_tissue", &Measures::psnr_inside},
          {"mae_soft_tissue", &Measures::mae_inside}}},
        {"wang2004-2d@1",
         "wang2004",
         1,
         std::nullopt,
         false,
         {{"ssim", &Measures::ssim}, {"psnr", &Measures::psnr}, {"mae", &Measures::mae}}},
        {"skimage@1",
         "skimage",
         1,
         std::nullopt,
         false,
         {{"ssim", &Measures::ssim}, {"psnr", &Measures::psnr}, {"mse", &Measures::mse}}}};
  }();
  return rows;
}

constexpr const char* kSynthRad2023 = "synthrad2023@1";

using NamedScores = std::vector<std::pair<std::string, Measured>>;

/// The scores in the order of the protocol's row.
std::vector<Measured> ordered(std::string_view protocol, const NamedScores& scores) {
  std::vector<Measured> result;
  for (const MetricInfo& metric : builtin_protocols().at(protocol).info.metrics) {
    const auto found = std::find_if(scores.begin(), scores.end(),
                                    [&](const auto& score) { return score.first == metric.name; });
    if (found == scores.end()) throw std::logic_error("no score for metric " + metric.name);
    result.push_back(found->second);
  }
  return result;
}

std::vector<std::vector<Measured>> synthrad2023_there(Backend& backend, const Pairs& there,
                                                      Precision precision) {
  constexpr double kAirBelow = -300, kBoneAbove = 200;  // HU, as in builtin_protocols.cpp
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const HuRange range = kSynthRad2023Range;
  Request request;
  request.ssim = ssim_convention("skimage", 3, range.width());
  request.clamp = Limits{range.low, range.high};
  request.fill_outside = true;
  request.zero = range.low;
  request.precision = precision;
  const std::vector<Measures> clipped = measure_there(backend, there, request);
  ErrorRequest plain;
  plain.bands = {{},
                 {-kInfinity, std::nextafter(kAirBelow, -kInfinity)},
                 {kAirBelow, kBoneAbove},
                 {std::nextafter(kBoneAbove, kInfinity), kInfinity}};
  plain.precision = precision;
  const std::vector<std::vector<Errors>> errors = errors_there(backend, there, plain);
  std::vector<std::vector<Measured>> results;
  for (size_t item = 0; item < clipped.size(); ++item) {
    const std::vector<Errors>& bands = errors[item];
    results.push_back(ordered(kSynthRad2023, {{"mae", bands[0].mae},
                                              {"psnr", clipped[item].psnr_inside},
                                              {"ssim", clipped[item].ssim_inside},
                                              {"rmse", bands[0].rmse},
                                              {"mae_air", bands[1].mae},
                                              {"mae_soft", bands[2].mae},
                                              {"mae_bone", bands[3].mae}}));
  }
  return results;
}

}  // namespace

Uploaded::Uploaded(Backend& backend, const Pairs& on_host) {
  require_pairs(on_host);
  const int64_t count = on_host.items * on_host.voxels();
  there_ = on_host;
  prediction_ = Buffer<float>(backend, on_host.prediction, count);
  target_ = Buffer<float>(backend, on_host.target, count);
  there_.prediction = prediction_.get();
  there_.target = target_.get();
  if (on_host.mask != nullptr) {
    mask_ = Buffer<uint8_t>(backend, on_host.mask, count);
    there_.mask = mask_.get();
  }
}

std::vector<Measures> measure_there(Backend& backend, const Pairs& there, const Request& request) {
  require_pairs(there);
  require_convention(there, request.ssim);
  if (request.clamp) require_limits(*request.clamp);
  return request.precision == Precision::kFloat32 ? measure_in<float>(backend, there, request)
                                                  : measure_in<double>(backend, there, request);
}

std::vector<std::vector<Errors>> errors_there(Backend& backend, const Pairs& there,
                                              const ErrorRequest& request) {
  require_pairs(there);
  if (request.clamp) require_limits(*request.clamp);
  synerbench::detail::require_range(request.range, "PSNR");
  if (request.bands.empty() || request.bands.size() > kMostBands) {
    throw std::invalid_argument("CUDA metrics: " + std::to_string(request.bands.size()) +
                                " bands of target values seen, 1 to " + std::to_string(kMostBands) +
                                " wanted");
  }
  return request.precision == Precision::kFloat32 ? errors_in<float>(backend, there, request)
                                                  : errors_in<double>(backend, there, request);
}

std::vector<Measured> ms_ssim_there(Backend& backend, const Pairs& there, const MsSsimConvention& convention,
                                    Precision precision) {
  require_pairs(there);
  require_convention(there, convention.ssim);
  if (convention.ssim.window.size != kMostTaps) {
    throw std::invalid_argument("CUDA metrics: MS-SSIM convention \"" + convention.name +
                                "\" has windows of " + std::to_string(convention.ssim.window.size) +
                                "; kernels for 11 are compiled");
  }
  int64_t shortest = std::min(there.height, there.width);
  if (convention.ssim.dimensions == 3) shortest = std::min(shortest, there.depth);
  if (shortest < convention.min_side) {
    return std::vector<Measured>(static_cast<size_t>(there.items), Measured{Undefined::kTooSmall});
  }
  return precision == Precision::kFloat32 ? ms_ssim_in<float>(backend, there, convention)
                                          : ms_ssim_in<double>(backend, there, convention);
}

std::vector<std::vector<Measured>> compare_there(Backend& backend, std::string_view protocol,
                                                 const Pairs& there, Precision precision) {
  if (protocol == kSynthRad2023) return synthrad2023_there(backend, there, precision);
  for (const SliceProtocol& row : slice_protocols()) {
    if (row.id != protocol) continue;
    Pairs pairs = there;
    if (!row.masked) pairs.mask = nullptr;
    Request request;
    request.ssim = ssim_convention(row.convention, 2, row.range);
    request.clamp = row.clamp;
    request.precision = precision;
    std::vector<std::vector<Measured>> results;
    for (const Measures& measures : measure_there(backend, pairs, request)) {
      NamedScores scores;
      for (const NamedMeasure& named : row.measures) {
        Measured value = measures.*named.which;
        if (value.score.defined()) value = {value.score.value() * named.factor, value.bound * named.factor};
        scores.emplace_back(named.name, value);
      }
      results.push_back(ordered(protocol, scores));
    }
    return results;
  }
  std::string known;
  for (const std::string& id : protocol_ids()) known += " " + id;
  throw std::invalid_argument("CUDA metrics: protocol \"" + std::string(protocol) +
                              "\" is not calculated on a device; these are:" + known);
}

}  // namespace synerbench::cuda::detail

namespace synerbench::cuda {

const std::vector<std::string>& protocol_ids() {
  static const std::vector<std::string> ids = [] {
    std::vector<std::string> list;
    for (const detail::SliceProtocol& row : detail::slice_protocols()) list.push_back(row.id);
    list.emplace_back(detail::kSynthRad2023);
    return list;
  }();
  return ids;
}

}  // namespace synerbench::cuda
