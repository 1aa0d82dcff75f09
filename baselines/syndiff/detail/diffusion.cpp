#include "baselines/syndiff/detail/diffusion.h"

#include <ATen/ATen.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::syndiff {
namespace {

constexpr double kFirstTime = 0.001;
constexpr float kFirstBeta = 1e-8f;
constexpr float kLeastVariance = 1e-20f;

/// table[t] for every sample, [N, 1, 1, 1] on the device of `like`.
at::Tensor pick(const std::vector<float>& table, const at::Tensor& t, const at::Tensor& like) {
  const at::Tensor values = at::tensor(at::ArrayRef<float>(table), like.options());
  return values.index_select(0, t).view({-1, 1, 1, 1});
}

}  // namespace

Diffusion::Diffusion(int64_t step_count, double beta_min, double beta_max) : steps(step_count) {
  SB_CHECK(steps >= 1 && 0 < beta_min && beta_min <= beta_max, "noise schedule");
  const auto remaining = [&](int64_t i) {  // the square of what is left of x_0 at t_i
    const double t = kFirstTime + (1 - kFirstTime) * static_cast<double>(i) / static_cast<double>(steps);
    return std::exp(-0.5 * (beta_max - beta_min) * t * t - beta_min * t);
  };
  std::vector<float> all{kFirstBeta};
  for (int64_t i = 1; i <= steps; ++i)
    all.push_back(static_cast<float>(1.0 - remaining(i) / remaining(i - 1)));
  for (const float b : all) {
    a.push_back(std::sqrt(1.0f - b));
    sigma.push_back(std::sqrt(b));
    A.push_back(A.empty() ? a.back() : A.back() * a.back());
    Sigma.push_back(std::sqrt(1.0f - A.back() * A.back()));
  }
  float product = 1.0f;  // of alpha = 1 - beta
  for (int64_t t = 0; t < steps; ++t) {
    const float b = all[static_cast<size_t>(t) + 1], alpha = 1.0f - b, before = product;
    product *= alpha;
    beta.push_back(b);
    variance.push_back(b * (1.0f - before) / (1.0f - product));
    log_variance.push_back(std::log(std::max(variance.back(), kLeastVariance)));
    // At t = 0 nothing was taken away before: c1 = 1 and c2 = 0, exact here whatever 1 - (1 - b) rounds to.
    c1.push_back(t == 0 ? 1.0f : b * std::sqrt(before) / (1.0f - product));
    c2.push_back((1.0f - before) * std::sqrt(alpha) / (1.0f - product));
  }
}

Diffusion::Pair Diffusion::draw(const at::Tensor& x0, const at::Tensor& t, const at::Tensor& eps_t,
                                const at::Tensor& eps_next) const {
  const at::Tensor x_t = pick(A, t, x0) * x0 + pick(Sigma, t, x0) * eps_t;
  return {x_t, pick(a, t + 1, x0) * x_t + pick(sigma, t + 1, x0) * eps_next};
}

at::Tensor Diffusion::posterior(const at::Tensor& x0, const at::Tensor& x_next, const at::Tensor& t,
                                const at::Tensor& noise) const {
  std::vector<float> deviation;
  for (const float value : log_variance) deviation.push_back(std::exp(0.5f * value));
  deviation[0] = 0;  // no noise in the last step
  return pick(c1, t, x0) * x0 + pick(c2, t, x0) * x_next + pick(deviation, t, x0) * noise;
}

at::Tensor time_embedding(const at::Tensor& t, int64_t dim) {
  SB_CHECK(dim >= 4 && dim % 2 == 0, "time embedding of even width");
  const int64_t half = dim / 2;
  const double step = -std::log(10000.0) / static_cast<double>(half - 1);
  const at::Tensor frequency = at::arange(half, t.options().dtype(at::kFloat)).mul_(step).exp_();
  const at::Tensor angle = t.to(at::kFloat).unsqueeze(1) * frequency.unsqueeze(0);
  return at::cat({angle.sin(), angle.cos()}, 1);
}

}  // namespace synerbench::syndiff
