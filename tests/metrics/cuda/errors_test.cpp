// What the CUDA metrics refuse, and what they say where there is no device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "metrics/cuda/detail/emulator.h"
#include "metrics/cuda/detail/measures.h"
#include "metrics/protocol.h"
#include "tests/metrics/cuda/agreement.h"

namespace synerbench::cuda {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Request plain() {
  Request request;
  request.ssim = ssim_convention("wang2004", 2, 1);
  return request;
}

void run(const Pairs& pairs, const Request& request) {
  const auto backend = detail::emulator();
  detail::measure_there(*backend, pairs, request);
}

#define EXPECT_REFUSED(statement, words) \
  EXPECT_THAT([&] { statement; }, ThrowsMessage<std::invalid_argument>(HasSubstr(words)))

TEST(CudaErrors, ImagesThatAreNoneAreRefused) {
  const Batch batch = body_batch(1, {1, 12, 12}, 1, 0);
  Pairs pairs = batch.pairs();
  pairs.width = 0;
  EXPECT_REFUSED(run(pairs, plain()), "width 0 seen");
  pairs = batch.pairs();
  pairs.items = 0;
  EXPECT_REFUSED(run(pairs, plain()), "items 0 seen");
  pairs = batch.pairs();
  pairs.target = nullptr;
  EXPECT_REFUSED(run(pairs, plain()), "the target points at no memory");
  pairs = batch.pairs();
  pairs.height = pairs.width = pairs.items = int64_t{1} << 30;
  EXPECT_REFUSED(run(pairs, plain()), "more than 2^40 voxels");
}

TEST(CudaErrors, ConventionsWithoutAKernelAreRefused) {
  const Batch batch = body_batch(2, {1, 12, 12}, 1, 0);
  Request request = plain();
  request.ssim.window.size = 9;
  EXPECT_REFUSED(run(batch.pairs(), request), "windows of 9; kernels for 7 and 11");
  request = plain();
  request.ssim.k1 = 0;
  EXPECT_REFUSED(run(batch.pairs(), request), "k1 or k2 below 1e-6");
  request = plain();
  request.ssim.range = 1e-30;
  EXPECT_REFUSED(run(batch.pairs(), request), "2^-60 to 2^60 wanted");
  request.ssim.range = -1;
  EXPECT_REFUSED(run(batch.pairs(), request), "dynamic range");
  Pairs volume = batch.pairs();
  volume.depth = 2;
  volume.items = 1;
  EXPECT_REFUSED(run(volume, plain()), "Slices of a volume are items");
  MsSsimConvention scales = ms_ssim_convention("monai", 2, 1);
  scales.ssim.window.size = 7;
  const auto backend = detail::emulator();
  EXPECT_REFUSED(detail::ms_ssim_there(*backend, batch.pairs(), scales, Precision::kFloat32),
                 "kernels for 11 are compiled");
}

TEST(CudaErrors, ClampsThatFloatCannotHoldAreRefused) {
  const Batch batch = body_batch(1, {1, 12, 12}, 1, 0.5);
  Request request = plain();
  request.clamp = Limits{0, 0.1};
  EXPECT_REFUSED(run(batch.pairs(), request), "float32 holds exactly");
  request.clamp = Limits{1, 1};
  EXPECT_REFUSED(run(batch.pairs(), request), "low < high wanted");
  request.clamp.reset();
  request.fill_outside = true;
  EXPECT_REFUSED(run(batch.pairs(), request), "needs a clamp and windows that fit");
}

TEST(CudaErrors, UnknownProtocolsNameTheKnownOnes) {
  const Batch batch = body_batch(1, {1, 12, 12}, 1, 0);
  const auto backend = detail::emulator();
  EXPECT_REFUSED(detail::compare_there(*backend, "synthrad2025@1", batch.pairs(), Precision::kFloat32),
                 "these are: synermed-2d@2");
  for (const std::string& id : protocol_ids()) EXPECT_NE(builtin_protocols().find(id), nullptr) << id;
  ErrorRequest none;
  none.bands.clear();
  EXPECT_REFUSED(detail::errors_there(*backend, batch.pairs(), none), "0 bands of target values seen");
}

TEST(CudaErrors, WithoutADeviceItIsSaidWhy) {
  if (available()) {
    EXPECT_TRUE(built());
    EXPECT_EQ(unavailable_reason(), "");
    EXPECT_NE(device_name(), "");
    return;
  }
  EXPECT_NE(unavailable_reason(), "");
  EXPECT_EQ(device_name(), "");
  const Batch batch = body_batch(1, {1, 12, 12}, 1, 0);
  EXPECT_THAT([&] { measure(batch.pairs(), plain()); },
              ThrowsMessage<std::runtime_error>(HasSubstr(unavailable_reason())));
  EXPECT_THAT(unavailable_reason(), HasSubstr(built() ? "no CUDA device answers" : "not built with CUDA"));
}

}  // namespace
}  // namespace synerbench::cuda
