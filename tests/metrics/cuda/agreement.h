// Pairs of images for the CUDA metrics, and the check that their scores are the CPU's within the bounds they
// carry. Shared by the emulation's tests and those of a device.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/cuda/measure.h"
#include "metrics/image.h"
#include "metrics/score.h"
#include "tests/metrics/images.h"

namespace synerbench::cuda {

/// A batch that owns its voxels, in float32, and the same as the CPU takes it.
struct Batch {
  int64_t items = 1;
  testing_images::Shape shape;
  std::vector<float> prediction, target;
  std::vector<double> wide_prediction, wide_target;
  std::vector<uint8_t> mask;  // empty: none

  Pairs pairs() const;
  ImageView prediction_of(int64_t item) const;
  ImageView target_of(int64_t item) const;
  MaskView mask_of(int64_t item) const;
  void widen();  // after the float voxels were changed
};

/// Bodies with edges and texture, the prediction blurred and noisy; values in [low, low + width]. Every item
/// another one. mask_share 0: no mask.
Batch body_batch(int64_t items, testing_images::Shape shape, uint64_t seed, double mask_share, double low = 0,
                 double width = 1);

/// The same kind of score, and no farther away than the bound; equal reasons where undefined.
void expect_within(const Measured& seen, const Score& cpu, const std::string& what);
/// The bound itself is at most `most`.
void expect_bound(const Measured& seen, double most, const std::string& what);

/// The CPU's scores of one item.
Measures on_cpu(const Batch& batch, int64_t item, const Request& request);
void expect_agreement(const std::vector<Measures>& seen, const Batch& batch, const Request& request,
                      const std::string& what);
void expect_agreement(const std::vector<std::vector<Measured>>& seen, const Batch& batch,
                      std::string_view protocol, const std::string& what);

/// The same bits, bounds included.
void expect_same_bits(const std::vector<Measures>& a, const std::vector<Measures>& b,
                      const std::string& what);
void expect_same_bits(const Measured& a, const Measured& b, const std::string& what);

/// Sizes below a tile (32 wide, 8 to 32 high), one less, one more, not square, thin and prime.
std::vector<testing_images::Shape> slice_shapes();
std::vector<testing_images::Shape> volume_shapes();

}  // namespace synerbench::cuda
