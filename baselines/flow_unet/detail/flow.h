// Rectified flow between noise (t = 0) and images (t = 1): what is learned, and how it is integrated.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "harness/core/random.h"

namespace synerbench::flow_unet {

enum class Solver { kEuler, kHeun };
std::string name_of(Solver solver);  // "euler" "heun"
/// Of the velocity, in a whole integration.
int64_t evaluations(Solver solver, int64_t steps, bool open_end);

/// (1 - t) noise + t target; t [N], the others [N, C, H, W].
at::Tensor state_at(const at::Tensor& target, const at::Tensor& noise, const at::Tensor& t);
/// d state / dt = target - noise.
at::Tensor velocity_of(const at::Tensor& target, const at::Tensor& noise);
/// The velocity that leads from x_t straight to `target`: (target - x_t) / (1 - t), where 1 - t is taken for
/// kLeastWay at least. Of the true target this is velocity_of() up to there.
at::Tensor velocity_toward(const at::Tensor& target, const at::Tensor& x_t, const at::Tensor& t);
inline constexpr double kLeastWay = 0.05;

/// n times in (0, 1), float32: uniform, or the logistic function of a standard normal.
at::Tensor draw_times(int64_t n, bool logit_normal, Random& random);

/// From `noise` at t = 0 to t = 1 in `steps` equal steps. Heun: the mean of the velocities at the step's
/// begin and at its Euler end. `open_end`: the velocity has no value at t = 1, so the last step is Euler's.
at::Tensor integrate(Solver solver, int64_t steps, bool open_end, const at::Tensor& noise,
                     const std::function<at::Tensor(const at::Tensor& x, double t)>& velocity);

}  // namespace synerbench::flow_unet
