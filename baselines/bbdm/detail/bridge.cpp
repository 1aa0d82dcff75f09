#include "baselines/bbdm/detail/bridge.h"

#include <ATen/ATen.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::bbdm {
namespace {

constexpr double kFirst = 0.001, kLast = 0.999;  // m_t never reaches 0 or 1, where a division would fail

std::vector<double> positions(int64_t steps, BridgeSchedule schedule) {
  std::vector<double> m(static_cast<size_t>(steps));
  const auto last = static_cast<double>(steps - 1);
  for (int64_t t = 0; t < steps; ++t) {
    const double part = static_cast<double>(t) / last;
    // The exponent runs over [0, T] in T points, so dividing by the largest is subtracting T.
    m[static_cast<size_t>(t)] = schedule == BridgeSchedule::kLinear
                                    ? kFirst + (kLast - kFirst) * part
                                    : std::pow(1.0075, static_cast<double>(steps) * (part - 1));
  }
  m.back() = kLast;
  return m;
}

}  // namespace

std::string name_of(BridgeSchedule schedule) {
  return schedule == BridgeSchedule::kLinear ? "linear" : "sin";
}

std::string name_of(Objective objective) {
  switch (objective) {
    case Objective::kGrad:
      return "grad";
    case Objective::kNoise:
      return "noise";
    case Objective::kYSubX:
      return "ysubx";
  }
  check_failed("known objective", __FILE__, __LINE__, "");
}

Bridge::Bridge(int64_t steps, BridgeSchedule schedule, double max_var) : m(positions(steps, schedule)) {
  SB_CHECK(steps >= 4 && max_var > 0, "bridge settings");
  for (size_t t = 0; t < m.size(); ++t) {
    variance.push_back(2 * max_var * (m[t] - m[t] * m[t]));
    m_before.push_back(t > 0 ? m[t - 1] : 0.0);
    variance_before.push_back(t > 0 ? variance[t - 1] : 0.0);
    const double ratio = (1 - m[t]) / (1 - m_before[t]);
    conditional_variance.push_back(variance[t] - variance_before[t] * ratio * ratio);
    posterior_variance.push_back(conditional_variance[t] * variance_before[t] / variance[t]);
  }
}

at::Tensor Bridge::at_times(const std::vector<double>& table, const at::Tensor& t) const {
  const at::Tensor times = t.to(at::kCPU);
  at::Tensor values = at::empty({times.numel(), 1, 1, 1}, at::TensorOptions(at::kFloat));
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < times.numel(); ++i) {
    out[i] = static_cast<float>(table.at(static_cast<size_t>(times[i].item<int64_t>())));
  }
  return values.to(t.device());
}

at::Tensor Bridge::state(const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t,
                         const at::Tensor& noise) const {
  const at::Tensor m_t = at_times(m, t);
  return (1 - m_t) * x0 + m_t * y + at_times(variance, t).sqrt() * noise;
}

at::Tensor Bridge::target(Objective objective, const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t,
                          const at::Tensor& noise) const {
  switch (objective) {
    case Objective::kGrad:
      return at_times(m, t) * (y - x0) + at_times(variance, t).sqrt() * noise;
    case Objective::kNoise:
      return noise;
    case Objective::kYSubX:
      return y - x0;
  }
  check_failed("known objective", __FILE__, __LINE__, "");
}

at::Tensor Bridge::x0_from(Objective objective, const at::Tensor& output, const at::Tensor& x_t,
                           const at::Tensor& y, const at::Tensor& t) const {
  switch (objective) {
    case Objective::kGrad:
      return x_t - output;
    case Objective::kNoise: {
      const at::Tensor m_t = at_times(m, t);
      return (x_t - m_t * y - at_times(variance, t).sqrt() * output) / (1 - m_t);
    }
    case Objective::kYSubX:
      return y - output;
  }
  check_failed("known objective", __FILE__, __LINE__, "");
}

Bridge::Step Bridge::step(int64_t t, int64_t n) const {
  const auto i = static_cast<size_t>(t), j = static_cast<size_t>(n);
  const double ratio = (1 - m.at(i)) / (1 - m.at(j));
  const double drawn = (variance[i] - variance[j] * ratio * ratio) * variance[j] / variance[i];
  return {drawn, std::sqrt((variance[j] - drawn) / variance[i])};
}

std::vector<int64_t> step_list(int64_t steps, int64_t count) {
  SB_CHECK(count >= 4 && count <= steps, "sampling steps");
  // T-1 - i (T-1)/(count-2), cut; in whole numbers, because some quotients are whole and rounding would cut
  // them to the number below.
  std::vector<int64_t> list;
  for (int64_t i = 0;; ++i) {
    const int64_t numerator = (steps - 1) * (count - 2 - i);
    if (numerator <= count - 2) break;
    list.push_back(numerator / (count - 2));
  }
  list.insert(list.end(), {1, 0});
  return list;
}

at::Tensor sample(const Bridge& bridge, const SamplerSettings& settings, const std::vector<int64_t>& list,
                  const at::Tensor& y,
                  const std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>& network,
                  const std::function<at::Tensor(int64_t)>& noise,
                  const std::function<void(int64_t, const at::Tensor&, const at::Tensor&)>& watch) {
  at::Tensor x = y;
  for (size_t i = 0;; ++i) {
    const at::Tensor t = at::full({y.size(0)}, list.at(i), at::TensorOptions(at::kLong).device(y.device()));
    at::Tensor x0 = bridge.x0_from(settings.objective, network(x, t), x, y, t);
    if (settings.clip) x0 = x0.clamp(-1.0, 1.0);
    const bool last = i + 1 == list.size();
    if (last) {
      x = x0;
    } else {
      const auto now = static_cast<size_t>(list[i]), next = static_cast<size_t>(list[i + 1]);
      const Bridge::Step step = bridge.step(list[i], list[i + 1]);
      const double m_t = bridge.m[now], m_n = bridge.m[next];
      x = (1 - m_n) * x0 + m_n * y + step.kept * (x - (1 - m_t) * x0 - m_t * y);
      if (settings.eta > 0) {
        x = x + (settings.eta * std::sqrt(std::max(0.0, step.variance))) * noise(static_cast<int64_t>(i));
      }
    }
    if (watch) watch(static_cast<int64_t>(i), x, x0);
    if (last) return x0;
  }
}

}  // namespace synerbench::bbdm
