#include "tests/metrics/cuda/agreement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metrics/pixelwise.h"
#include "metrics/protocol.h"
#include "metrics/ssim.h"

namespace synerbench::cuda {

using namespace testing_images;

Pairs Batch::pairs() const {
  return {items,
          shape.depth,
          shape.height,
          shape.width,
          prediction.data(),
          target.data(),
          mask.empty() ? nullptr : mask.data()};
}
ImageView Batch::prediction_of(int64_t item) const {
  return {wide_prediction.data() + item * shape.depth * shape.height * shape.width, shape.depth, shape.height,
          shape.width};
}
ImageView Batch::target_of(int64_t item) const {
  return {wide_target.data() + item * shape.depth * shape.height * shape.width, shape.depth, shape.height,
          shape.width};
}
MaskView Batch::mask_of(int64_t item) const {
  if (mask.empty()) return {};
  return {mask.data() + item * shape.depth * shape.height * shape.width, shape.depth, shape.height,
          shape.width};
}
void Batch::widen() {
  wide_prediction.assign(prediction.begin(), prediction.end());
  wide_target.assign(target.begin(), target.end());
}

Batch body_batch(int64_t items, Shape shape, uint64_t seed, double mask_share, double low, double width) {
  Batch batch;
  batch.items = items;
  batch.shape = shape;
  for (int64_t item = 0; item < items; ++item) {
    const uint64_t own = seed + 10 * static_cast<uint64_t>(item);
    const Picture target = anatomy(shape, own);
    const Picture prediction = sum(blurred(target, 0.8), noise(shape, own + 1), 0.1);
    for (const double v : prediction.voxels) batch.prediction.push_back(static_cast<float>(low + width * v));
    for (const double v : target.voxels) batch.target.push_back(static_cast<float>(low + width * v));
    if (mask_share > 0) {
      const Stencil inside = random_mask(shape, mask_share, own + 2);
      batch.mask.insert(batch.mask.end(), inside.inside.begin(), inside.inside.end());
    }
  }
  batch.widen();
  return batch;
}

void expect_within(const Measured& seen, const Score& cpu, const std::string& what) {
  ASSERT_EQ(seen.score.defined(), cpu.defined())
      << what << ": " << (seen.score.defined() ? "a number" : name_of(seen.score.reason())) << " seen, "
      << (cpu.defined() ? "a number" : name_of(cpu.reason())) << " on the CPU";
  if (!cpu.defined()) {
    EXPECT_EQ(seen.score.reason(), cpu.reason()) << what;
    EXPECT_EQ(seen.bound, 0) << what;
    return;
  }
  EXPECT_LE(std::fabs(seen.score.value() - cpu.value()), seen.bound)
      << what << ": " << seen.score.value() << " seen, " << cpu.value() << " on the CPU";
  EXPECT_TRUE(std::isfinite(seen.bound)) << what;
}

void expect_bound(const Measured& seen, double most, const std::string& what) {
  if (seen.score.defined()) {
    EXPECT_LE(seen.bound, most) << what;
  }
}

Measures on_cpu(const Batch& batch, int64_t item, const Request& request) {
  Picture x{batch.shape.depth, batch.shape.height, batch.shape.width, {}}, y = x;
  const ImageView raw_x = batch.prediction_of(item), raw_y = batch.target_of(item);
  x.voxels.assign(raw_x.data, raw_x.data + raw_x.count());
  y.voxels.assign(raw_y.data, raw_y.data + raw_y.count());
  const MaskView mask = batch.mask_of(item);
  if (request.clamp) {
    for (Picture* picture : {&x, &y}) {
      for (double& v : picture->voxels) {
        // A NaN and an infinity stay what they are: they are seen before anything is clamped.
        if (std::isfinite(v)) v = std::clamp(v, request.clamp->low, request.clamp->high);
      }
    }
  }
  const double range = request.ssim.range;
  Measures m;
  const auto fill = [&](Measured& to, const Score& score) { to = {score, 0}; };
  fill(m.mae, mean_absolute_error(x.view(), y.view()));
  fill(m.mse, mean_squared_error(x.view(), y.view()));
  fill(m.rmse, root_mean_squared_error(x.view(), y.view()));
  fill(m.psnr, peak_signal_to_noise_ratio(x.view(), y.view(), {}, range));
  fill(m.mae_inside, mean_absolute_error(x.view(), y.view(), mask));
  fill(m.mse_inside, mean_squared_error(x.view(), y.view(), mask));
  fill(m.rmse_inside, root_mean_squared_error(x.view(), y.view(), mask));
  fill(m.psnr_inside, peak_signal_to_noise_ratio(x.view(), y.view(), mask, range));
  for (size_t i = 0; i < x.voxels.size(); ++i) {
    const bool low = request.fill_outside && mask && mask.data[i] == 0;
    for (Picture* picture : {&x, &y}) {
      double& v = picture->voxels[i];
      v = (low ? request.clamp->low : v) - request.zero;
    }
  }
  fill(m.ssim, ssim(x.view(), y.view(), {}, request.ssim));
  fill(m.ssim_inside, ssim(x.view(), y.view(), mask, request.ssim));
  return m;
}

namespace {

struct Named {
  const char* name;
  Measured Measures::*which;
};
constexpr Named kAll[] = {{"ssim", &Measures::ssim},
                          {"mae", &Measures::mae},
                          {"mse", &Measures::mse},
                          {"rmse", &Measures::rmse},
                          {"psnr", &Measures::psnr},
                          {"ssim_inside", &Measures::ssim_inside},
                          {"mae_inside", &Measures::mae_inside},
                          {"mse_inside", &Measures::mse_inside},
                          {"rmse_inside", &Measures::rmse_inside},
                          {"psnr_inside", &Measures::psnr_inside}};

}  // namespace

void expect_agreement(const std::vector<Measures>& seen, const Batch& batch, const Request& request,
                      const std::string& what) {
  ASSERT_EQ(seen.size(), static_cast<size_t>(batch.items)) << what;
  for (int64_t item = 0; item < batch.items; ++item) {
    const Measures cpu = on_cpu(batch, item, request);
    for (const Named& named : kAll) {
      expect_within(seen[static_cast<size_t>(item)].*named.which, (cpu.*named.which).score,
                    what + ", item " + std::to_string(item) + ", " + named.name);
    }
  }
}

void expect_agreement(const std::vector<std::vector<Measured>>& seen, const Batch& batch,
                      std::string_view protocol, const std::string& what) {
  ASSERT_EQ(seen.size(), static_cast<size_t>(batch.items)) << what;
  const Protocol& row = builtin_protocols().at(protocol);
  for (int64_t item = 0; item < batch.items; ++item) {
    const std::vector<Score> cpu =
        synerbench::compare(row, batch.prediction_of(item), batch.target_of(item), batch.mask_of(item));
    ASSERT_EQ(seen[static_cast<size_t>(item)].size(), cpu.size()) << what;
    for (size_t metric = 0; metric < cpu.size(); ++metric) {
      expect_within(seen[static_cast<size_t>(item)][metric], cpu[metric],
                    what + ", item " + std::to_string(item) + ", " + row.info.metrics[metric].name);
    }
  }
}

void expect_same_bits(const Measured& a, const Measured& b, const std::string& what) {
  ASSERT_EQ(a.score.defined(), b.score.defined()) << what;
  if (!a.score.defined()) {
    EXPECT_EQ(a.score.reason(), b.score.reason()) << what;
    return;
  }
  EXPECT_EQ(a.score.value(), b.score.value()) << what;
  EXPECT_EQ(a.bound, b.bound) << what;
}

void expect_same_bits(const std::vector<Measures>& a, const std::vector<Measures>& b,
                      const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t item = 0; item < a.size(); ++item) {
    for (const Named& named : kAll) {
      expect_same_bits(a[item].*named.which, b[item].*named.which,
                       what + ", item " + std::to_string(item) + ", " + named.name);
    }
  }
}

std::vector<Shape> slice_shapes() {
  return {{1, 11, 11}, {1, 12, 40}, {1, 31, 31}, {1, 32, 32}, {1, 33, 33}, {1, 33, 64},
          {1, 47, 21}, {1, 65, 13}, {1, 70, 97}, {1, 16, 31}, {1, 15, 65}};
}
std::vector<Shape> volume_shapes() {
  return {{11, 11, 11}, {12, 17, 33}, {15, 16, 32}, {16, 15, 31}, {17, 33, 19}, {33, 12, 21}, {11, 47, 13}};
}

}  // namespace synerbench::cuda
