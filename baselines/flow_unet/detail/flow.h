// Rectified flow between noise (t = 0) and images (t = 1): what is learnt, and how it is integrated.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "harness/core/random.h"

namespace synerbench::flow_unet {

enum class Solver { kEuler, kHeun };
std::string name_of(Solver solver);            // "euler" "heun"
Solver parse_solver(const std::string& name);  // one of the names; else a failed check
int64_t evaluations_per_step(Solver solver);

/// (1 - t) noise + t target; t [N], the others [N, C, H, W].
at::Tensor state_at(const at::Tensor& target, const at::Tensor& noise, const at::Tensor& t);
/// d state / dt = target - noise: what the network learns.
at::Tensor velocity_of(const at::Tensor& target, const at::Tensor& noise);

/// n times in (0, 1), float32: uniform, or the logistic function of a standard normal.
at::Tensor draw_times(int64_t n, bool logit_normal, Random& random);

/// From `noise` at t = 0 to t = 1 in `steps` equal steps. Heun: the mean of the velocities at the step's begin and at its Euler end.
at::Tensor integrate(Solver solver, int64_t steps, const at::Tensor& noise,
                     const std::function<at::Tensor(const at::Tensor& x, double t)>& velocity);

}  // namespace synerbench::flow_unet
