// The weights of a sliding window.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "metrics/image.h"

namespace synerbench {

enum class WindowShape { kUniform, kGaussian };

/// A separable window, the same along every axis it is used on.
struct Window {
  WindowShape shape = WindowShape::kGaussian;
  int size = 11;       // voxels per axis, odd
  double sigma = 1.5;  // voxels; Gaussian only
  // Gaussian weights are computed and rounded in float32, see Note [Float32 kernels].
  bool float32_kernel = false;
};

/// The weights along one axis. They sum to 1 (a float32 kernel only to about 1e-7).
std::vector<double> window_weights(const Window& window);

/// What lies beyond the image.
enum class Border {
  kValid,              // nothing: only windows that fit are used
  kHalfSampleMirror,   // d c b a | a b c d   (SciPy "reflect", NumPy "symmetric")
  kWholeSampleMirror,  // d c b | a b c d     (PyTorch "reflect"; an axis must be longer than the radius)
};

/// The index inside [0, n) that a mirrored index i stands for; i may lie any distance outside for the
/// half-sample mirror, less than n outside for the whole-sample mirror. kValid: i itself.
int64_t mirrored_index(int64_t i, int64_t n, Border border);

}  // namespace synerbench
