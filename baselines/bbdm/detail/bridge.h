// The Brownian bridge between a target image x0 and its source y (Li et al. 2023): schedule, training
// targets, sampler.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace synerbench::bbdm {

enum class BridgeSchedule {
  kLinear,  // m_t from 0.001 to 0.999 in equal steps
  // "sin", as the published code calls what is an exponential: 1.0075^t scaled to end at 1, last entry 0.999
  kSine,
};
enum class Objective { kGrad, kNoise, kYSubX };  // "grad" "noise" "ysubx"
std::string name_of(BridgeSchedule schedule);    // "linear" "sin"
std::string name_of(Objective objective);

/// Tables over t = 0 .. T-1. The state at t is x_t = (1 - m_t) x0 + m_t y + sqrt(delta_t) noise with delta_t
/// = 2 max_var (m_t - m_t^2). There is no t = T: the chain starts at t = T-1 from y itself.
class Bridge {
 public:
  Bridge(int64_t steps, BridgeSchedule schedule, double max_var);
  int64_t steps() const { return static_cast<int64_t>(m.size()); }

  /// Targets and estimates; x0, y, noise and x_t [N, C, H, W], t int64 [N], values in 0 .. T-1.
  at::Tensor state(const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t,
                   const at::Tensor& noise) const;
  /// What the network learns to give: grad m_t (y - x0) + sqrt(delta_t) noise = x_t - x0; noise; ysubx y -
  /// x0.
  at::Tensor target(Objective objective, const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t,
                    const at::Tensor& noise) const;
  /// x0 as the network's `output` implies it.
  at::Tensor x0_from(Objective objective, const at::Tensor& output, const at::Tensor& x_t,
                     const at::Tensor& y, const at::Tensor& t) const;

  /// Coefficients of the step from t to an earlier n: variance of the noise drawn, and what of the present
  /// noise is kept.
  struct Step {
    double variance = 0;  // (delta_t - delta_n (1-m_t)^2 / (1-m_n)^2) delta_n / delta_t
    double kept = 0;      // sqrt((delta_n - variance) / delta_t)
  };
  Step step(int64_t t, int64_t n) const;

  // The published checkpoint's buffers, in double.
  std::vector<double> m, variance;                // m_t, delta_t
  std::vector<double> m_before, variance_before;  // of t - 1; 0 at t = 0
  std::vector<double> conditional_variance;       // of x_t given x_{t-1}
  std::vector<double> posterior_variance;         // of x_{t-1} given x_t

 private:
  at::Tensor at_times(const std::vector<double>& table, const at::Tensor& t) const;  // [N, 1, 1, 1]
};

/// The `linear` list of times visited by a sampler of `count` >= 4 steps: T-1, down by (T-1)/(count-2) while
/// above 1 (cut to integers), 1, 0.
std::vector<int64_t> step_list(int64_t steps, int64_t count);

struct SamplerSettings {
  Objective objective = Objective::kGrad;
  bool clip = true;  // clamp every estimate of x0 to [-1, 1]
  double eta = 1;    // share of the posterior's standard deviation that is drawn
};

/// One walk along `list` from y. `network` gives its output for (x_t, t [N]); noise(i) is drawn for the step
/// from list entry i to i + 1; `watch` sees (i, state after entry i, its estimate of x0). Returns the
/// estimate at the last entry.
at::Tensor sample(
    const Bridge& bridge, const SamplerSettings& settings, const std::vector<int64_t>& list,
    const at::Tensor& y, const std::function<at::Tensor(const at::Tensor& x_t, const at::Tensor& t)>& network,
    const std::function<at::Tensor(int64_t i)>& noise,
    const std::function<void(int64_t i, const at::Tensor& x, const at::Tensor& x0)>& watch = {});

}  // namespace synerbench::bbdm
