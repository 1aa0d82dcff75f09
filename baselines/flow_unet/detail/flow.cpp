#include "baselines/flow_unet/detail/flow.h"

#include <ATen/ATen.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::flow_unet {

std::string name_of(Solver solver) { return solver == Solver::kEuler ? "euler" : "heun"; }

int64_t evaluations(Solver solver, int64_t steps, bool open_end) {
  return solver == Solver::kEuler ? steps : 2 * steps - (open_end ? 1 : 0);
}

at::Tensor state_at(const at::Tensor& target, const at::Tensor& noise, const at::Tensor& t) {
  const at::Tensor along = t.reshape({-1, 1, 1, 1});
  return (1 - along) * noise + along * target;
}

at::Tensor velocity_of(const at::Tensor& target, const at::Tensor& noise) { return target - noise; }

at::Tensor velocity_toward(const at::Tensor& target, const at::Tensor& x_t, const at::Tensor& t) {
  return (target - x_t) / (1 - t).clamp_min(kLeastWay).reshape({-1, 1, 1, 1});
}

at::Tensor draw_times(int64_t n, bool logit_normal, Random& random) {
  at::Tensor times = at::empty({n}, at::TensorOptions(at::kFloat));
  float* out = times.data_ptr<float>();
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(logit_normal ? 1.0 / (1.0 + std::exp(-random.normal())) : random.uniform());
  }
  return times;
}

at::Tensor integrate(Solver solver, int64_t steps, bool open_end, const at::Tensor& noise,
                     const std::function<at::Tensor(const at::Tensor&, double)>& velocity) {
  SB_CHECK(steps >= 1, "steps of the integration");
  const double length = 1.0 / static_cast<double>(steps);
  at::Tensor x = noise;
  for (int64_t i = 0; i < steps; ++i) {
    const double t = static_cast<double>(i) * length;
    const at::Tensor v = velocity(x, t);
    if (solver == Solver::kEuler || (open_end && i + 1 == steps)) {
      x = x + length * v;
      continue;
    }
    const at::Tensor ahead = velocity(x + length * v, static_cast<double>(i + 1) * length);
    x = x + (length / 2) * (v + ahead);
  }
  return x;
}

}  // namespace synerbench::flow_unet
