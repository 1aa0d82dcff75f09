// Times of a flow sampler and the settings of guidance. No LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace synerbench::reference {

/// How the length of a guided velocity is tied to that of the plain one.
enum class Renorm : int64_t {
  kGlobal = 0,       // over the whole tensor, after text and image guidance
  kChannel = 1,      // per token, after text and image guidance
  kTextChannel = 2,  // per token, after text guidance; image guidance is added unscaled
};
std::string name_of(Renorm renorm);  // "global" "channel" "text_channel"

struct Guidance {
  double text_scale = 4.0;   // 1: no guidance at all, whatever the image scale
  double image_scale = 1.5;  // 1: none
  Renorm renorm = Renorm::kTextChannel;
  double renorm_min = 0.0;       // lower bound of the length factor; the upper one is 1
  double low = 0.0, high = 1.0;  // active when low < t <= high, t after the shift, all in float32
  /// Whether the guided branches are evaluated at time t. The comparison is made in float32: at t = 0.4f a
  /// lower bound of 0.4 is not passed, in double it would be.
  bool active(float t) const;
};

struct SamplerSettings {
  int64_t points = 50;  // times including both ends: points - 1 Euler steps
  double shift = 3.0;   // s: t = s*u / (1 + (s-1)*u)
  Guidance guidance;
  /// Evaluate the branches of a guided step in one pass through the layers. Same result up to rounding.
  bool batched = true;
};

/// t_0 = 1 > t_1 > ... > t_{points-1} = 0, in float32: u evenly spaced from 1 to 0, then the shift. points >=
/// 2.
std::vector<float> sampling_times(int64_t points, double shift);

}  // namespace synerbench::reference
