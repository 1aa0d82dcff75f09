// The kernels' code, run on the CPU, against the metrics that it stands for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "metrics/cuda/detail/block.h"
#include "metrics/cuda/detail/emulator.h"
#include "metrics/cuda/detail/measures.h"
#include "metrics/cuda/detail/plan.h"
#include "metrics/pixelwise.h"
#include "metrics/window.h"
#include "tests/metrics/cuda/agreement.h"

namespace synerbench::cuda {
namespace {

using namespace testing_images;
using detail::ThreadOrder;

constexpr Precision kBoth[] = {Precision::kFloat32, Precision::kFloat64};

std::string text_of(Shape shape, Precision precision, const std::string& convention) {
  return convention + " " + std::to_string(shape.depth) + "x" + std::to_string(shape.height) + "x" +
         std::to_string(shape.width) + (precision == Precision::kFloat32 ? " float32" : " float64");
}

std::vector<Measures> emulated(const Batch& batch, const Request& request,
                               ThreadOrder order = ThreadOrder::kForward) {
  const auto backend = detail::emulator(order);
  const detail::Uploaded there(*backend, batch.pairs());
  return detail::measure_there(*backend, there.there(), request);
}
std::vector<Measured> emulated(const Batch& batch, const MsSsimConvention& convention, Precision precision) {
  const auto backend = detail::emulator();
  const detail::Uploaded there(*backend, batch.pairs());
  return detail::ms_ssim_there(*backend, there.there(), convention, precision);
}

Request request_of(const std::string& convention, int dimensions, Precision precision, double range = 1) {
  Request request;
  request.ssim = ssim_convention(convention, dimensions, range);
  request.precision = precision;
  return request;
}

/// A proven bound is the worst that rounding could do: in float32 a wrong voxel at a border would hide in it.
/// So usual images are also held to what rounding does to them, about 3e-7, times ten.
void expect_usual_rounding(const std::vector<Measures>& seen, const Batch& batch, const Request& request,
                           const std::string& what) {
  for (int64_t item = 0; item < batch.items; ++item) {
    const Measures cpu = on_cpu(batch, item, request);
    for (Measured Measures::*which : {&Measures::ssim, &Measures::ssim_inside}) {
      const Score a = (seen[static_cast<size_t>(item)].*which).score, b = (cpu.*which).score;
      if (a.defined() && b.defined()) {
        EXPECT_NEAR(a.value(), b.value(), request.precision == Precision::kFloat32 ? 3e-6 : 1e-14) << what;
      }
    }
  }
}

TEST(CudaEmulation, SlicesOfEverySizeAndConventionAgreeWithTheCpu) {
  for (const Shape shape : slice_shapes()) {
    const Batch batch = body_batch(2, shape, 3, 0.4);
    for (const std::string& name : ssim_convention_names()) {
      for (const Precision precision : kBoth) {
        const Request request = request_of(name, 2, precision);
        const auto seen = emulated(batch, request);
        expect_agreement(seen, batch, request, text_of(shape, precision, name));
        expect_usual_rounding(seen, batch, request, text_of(shape, precision, name));
        for (const Measures& m : seen) {
          expect_bound(m.ssim, precision == Precision::kFloat32 ? 1e-3 : 1e-11,
                       text_of(shape, precision, name));
        }
      }
    }
  }
}

TEST(CudaEmulation, VolumesOfEverySizeAndConventionAgreeWithTheCpu) {
  for (const Shape shape : volume_shapes()) {
    const Batch batch = body_batch(1, shape, 5, 0.6);
    for (const std::string& name : ssim_convention_names()) {
      for (const Precision precision : kBoth) {
        const Request request = request_of(name, 3, precision);
        const auto seen = emulated(batch, request);
        expect_agreement(seen, batch, request, text_of(shape, precision, name));
        expect_usual_rounding(seen, batch, request, text_of(shape, precision, name));
      }
    }
  }
}

// Longer than a chunk of slices, and more than one volume.
TEST(CudaEmulation, DeepVolumesAgreeWithTheCpu) {
  const Batch batch = body_batch(2, {37, 14, 35}, 7, 0.5);
  for (const char* name : {"wang2004", "skimage", "torchmetrics"}) {
    const Request request = request_of(name, 3, Precision::kFloat32);
    expect_agreement(emulated(batch, request), batch, request, name);
  }
}

// Enough blocks for long chunks, whose borders lie elsewhere.
TEST(CudaEmulation, LongChunksAgreeWithTheCpu) {
  const Batch batch = body_batch(44, {33, 12, 32 * 5 + 1}, 8, 0);
  const Request request = request_of("uniform", 3, Precision::kFloat32);
  const auto plan = detail::plan_similarity<float, float>(batch.pairs(), request.ssim, 0, false);
  ASSERT_EQ(plan.job.geometry.chunk, 32);
  expect_agreement(emulated(batch, request), batch, request, "long chunks");
}

// What pytorch-msssim does with axes shorter than its window: they are not filtered.
TEST(CudaEmulation, ShortAxesAgreeWithTheCpu) {
  for (const Shape shape : {Shape{3, 25, 20}, Shape{12, 5, 40}, Shape{13, 35, 4}, Shape{1, 9, 70}}) {
    const Batch batch = body_batch(1, shape, 9, 0.5);
    for (const char* name : {"pytorch-msssim", "wang2004"}) {
      const Request request = request_of(name, 3, Precision::kFloat32);
      expect_agreement(emulated(batch, request), batch, request, text_of(shape, Precision::kFloat32, name));
    }
  }
}

TEST(CudaEmulation, HounsfieldUnitsAgreeWithTheCpu) {
  const Batch batch = body_batch(2, {1, 45, 50}, 11, 0.5, -1000, 2600);
  for (const char* name : {"wang2004", "skimage"}) {
    for (const Precision precision : kBoth) {
      Request request = request_of(name, 2, precision, 400);
      request.clamp = Limits{-160, 240};
      expect_agreement(emulated(batch, request), batch, request, name);
    }
  }
}

// A window whose values lie far from zero and hardly differ: float32 without a shift would have no variance
// left. The scores are known to a small bound all the same.
TEST(CudaEmulation, BrightFlatImagesKeepTheirVariance) {
  Batch batch = body_batch(1, {1, 40, 41}, 13, 0, 1000, 0.02);
  const Request request = request_of("wang2004", 2, Precision::kFloat32, 0.02);
  const auto seen = emulated(batch, request);
  expect_agreement(seen, batch, request, "bright and flat");
  EXPECT_LT(seen[0].ssim.bound, 0.02);
}

TEST(CudaEmulation, ConstantImagesAgreeWithTheCpu) {
  for (const double value : {0.0, 0.3, 1.0}) {
    Batch batch = body_batch(1, {1, 34, 35}, 15, 0.5);
    std::fill(batch.prediction.begin(), batch.prediction.end(), static_cast<float>(value));
    std::fill(batch.target.begin(), batch.target.end(), 0.5F);
    batch.widen();
    for (const Precision precision : kBoth) {
      const Request request = request_of("wang2004", 2, precision);
      const auto seen = emulated(batch, request);
      expect_agreement(seen, batch, request, "constant " + std::to_string(value));
      EXPECT_LT(seen[0].ssim.bound, 1e-4 + 3e-3 * std::fabs(value - 0.5));
    }
  }
}

TEST(CudaEmulation, EqualImagesGiveOne) {
  for (const std::string& name : ssim_convention_names()) {
    for (const Precision precision : kBoth) {
      Batch slices = body_batch(1, {1, 40, 33}, 17, 0.5), volume = body_batch(1, {12, 21, 18}, 18, 0);
      slices.prediction = slices.target;
      volume.prediction = volume.target;
      const Measures slice = emulated(slices, request_of(name, 2, precision))[0];
      EXPECT_EQ(slice.ssim.score.value(), 1.0) << name;
      EXPECT_EQ(slice.ssim_inside.score.value(), 1.0) << name;
      EXPECT_EQ(slice.mae.score.value(), 0.0);
      EXPECT_EQ(slice.psnr.score.reason(), Undefined::kIdenticalImages);
      EXPECT_EQ(emulated(volume, request_of(name, 3, precision))[0].ssim.score.value(), 1.0) << name;
    }
  }
}

TEST(CudaEmulation, SwappedImagesGiveTheSameBits) {
  for (const std::string& name : ssim_convention_names()) {
    const Batch batch = body_batch(1, {1, 40, 33}, 19, 0.5);
    Batch swapped = batch;
    std::swap(swapped.prediction, swapped.target);
    expect_same_bits(emulated(batch, request_of(name, 2, Precision::kFloat32)),
                     emulated(swapped, request_of(name, 2, Precision::kFloat32)), name);
  }
}

// No phase reads what another thread writes in the same phase; every block writes before it reads.
TEST(CudaEmulation, TheOrderOfThreadsDoesNotMatter) {
  for (const Precision precision : kBoth) {
    for (const int dimensions : {2, 3}) {
      const Batch batch = body_batch(1, dimensions == 2 ? Shape{1, 50, 70} : Shape{13, 20, 40}, 21, 0.5);
      for (const char* name : {"wang2004", "skimage"}) {
        const Request request = request_of(name, dimensions, precision);
        const auto forward = emulated(batch, request);
        for (const ThreadOrder order : {ThreadOrder::kBackward, ThreadOrder::kEvenFirst}) {
          expect_same_bits(forward, emulated(batch, request, order), name);
        }
      }
    }
  }
}

// Items do not see each other, and what follows the last one is not read.
TEST(CudaEmulation, AnItemOfABatchHasTheBitsItHasAlone) {
  const Batch batch = body_batch(3, {1, 37, 45}, 23, 0.5);
  const Request request = request_of("torchmetrics", 2, Precision::kFloat32);
  const auto together = emulated(batch, request);
  for (int64_t item = 0; item < batch.items; ++item) {
    Batch alone = batch;
    alone.items = 1;
    const auto cut = [&](auto& values) {
      const auto size = static_cast<std::ptrdiff_t>(batch.shape.height * batch.shape.width);
      values = {values.begin() + item * size, values.begin() + (item + 1) * size};
    };
    cut(alone.prediction);
    cut(alone.target);
    cut(alone.mask);
    expect_same_bits(emulated(alone, request), {together[static_cast<size_t>(item)]}, "alone");
  }
}

TEST(CudaEmulation, ASingleVoxelThatIsNotFiniteIsSeenWhereverItLies) {
  const Shape shape{1, 34, 37};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const size_t at : {size_t{0}, size_t{36}, size_t{33 * 37}, size_t{34 * 37 - 1}, size_t{700}}) {
      for (const bool in_prediction : {true, false}) {
        Batch batch = body_batch(2, shape, 25, 0.5);
        (in_prediction ? batch.prediction : batch.target)[at] = bad;
        batch.widen();
        Request request = request_of("wang2004", 2, Precision::kFloat32);
        request.clamp = Limits{0, 1};
        expect_agreement(emulated(batch, request), batch, request, "not finite at " + std::to_string(at));
      }
    }
  }
}

TEST(CudaEmulation, MasksOfNothingOrOneVoxelAgreeWithTheCpu) {
  Batch batch = body_batch(1, {1, 35, 34}, 27, 0.5);
  const Request request = request_of("wang2004", 2, Precision::kFloat32);
  std::fill(batch.mask.begin(), batch.mask.end(), uint8_t{0});
  expect_agreement(emulated(batch, request), batch, request, "nothing");
  // The first and the last window center, and the voxels beside them, which are none.
  for (const int64_t at : {5 * 34 + 5, 29 * 34 + 28, 5 * 34 + 4, 30 * 34 + 28}) {
    batch.mask[static_cast<size_t>(at)] = 200;
    expect_agreement(emulated(batch, request), batch, request, "one voxel");
    batch.mask[static_cast<size_t>(at)] = 0;
  }
}

TEST(CudaEmulation, ImagesSmallerThanTheWindowAreTooSmall) {
  for (const Shape shape : {Shape{1, 10, 40}, Shape{1, 40, 6}, Shape{1, 1, 1}}) {
    const Batch batch = body_batch(1, shape, 29, 0.9);
    for (const char* name : {"wang2004", "skimage", "torchmetrics"}) {
      const Request request = request_of(name, 2, Precision::kFloat32);
      expect_agreement(emulated(batch, request), batch, request, text_of(shape, Precision::kFloat32, name));
    }
  }
}

TEST(CudaEmulation, CropsAgreeWithTheCpu) {
  const Batch batch = body_batch(1, {1, 40, 37}, 31, 0.5);
  for (const int crop : {1, 4, 9}) {
    for (const Border border : {Border::kValid, Border::kHalfSampleMirror, Border::kWholeSampleMirror}) {
      Request request = request_of("uniform", 2, Precision::kFloat32);
      request.ssim.border = border;
      request.ssim.crop = crop;
      expect_agreement(emulated(batch, request), batch, request, "crop " + std::to_string(crop));
    }
  }
}

TEST(CudaEmulation, SourceIndicesAreThoseOfTheCpu) {
  for (const Border border : {Border::kHalfSampleMirror, Border::kWholeSampleMirror}) {
    for (int n = 1; n < 9; ++n) {
      // Far beyond what a kernel asks for: a tile's rim reaches 37 voxels past an image of one.
      for (int i = -20; i < n + 50; ++i) {
        const int seen = detail::source_index(i, n, border);
        EXPECT_EQ(seen, mirrored_index(i, n, border)) << i << " of " << n;
      }
    }
  }
  EXPECT_EQ(detail::source_index(-3, 5, Border::kValid), 0);
  EXPECT_EQ(detail::source_index(9, 5, Border::kValid), 4);
}

TEST(CudaEmulation, WhatIsOutsideIsNotReadSilently) {
  const float voxels[3] = {};
  EXPECT_THROW(detail::element(voxels, 3, 3), std::out_of_range);
  EXPECT_THROW(detail::element(voxels, -1, 3), std::out_of_range);
  detail::Store<float, 4> store;
  EXPECT_THROW(store[4], std::out_of_range);
}

TEST(CudaEmulation, MsSsimAgreesWithTheCpu) {
  for (const std::string& name : ms_ssim_convention_names()) {
    const MsSsimConvention convention = ms_ssim_convention(name, 2, 1.0);
    const Batch batch = body_batch(2, {1, 187, 177}, 33, 0);
    for (const Precision precision : kBoth) {
      const auto seen = emulated(batch, convention, precision);
      for (int64_t item = 0; item < batch.items; ++item) {
        const Measured& m = seen[static_cast<size_t>(item)];
        expect_within(m, ms_ssim(batch.prediction_of(item), batch.target_of(item), convention), name);
        expect_bound(m, precision == Precision::kFloat32 ? 2e-4 : 1e-11, name);
      }
    }
  }
}

// Real volumes for MS-SSIM have 161 voxels a side; the code does not care.
TEST(CudaEmulation, MsSsimOfVolumesAgreesWithTheCpu) {
  for (const char* name : {"pytorch-msssim", "monai"}) {
    MsSsimConvention convention = ms_ssim_convention(name, 3, 1.0);
    convention.min_side = 1;
    convention.ssim.skip_short_axes = true;
    const Batch batch = body_batch(1, {19, 37, 46}, 35, 0);
    expect_within(emulated(batch, convention, Precision::kFloat32)[0],
                  ms_ssim(batch.prediction_of(0), batch.target_of(0), convention), name);
  }
}

TEST(CudaEmulation, MsSsimIsUndefinedWhereTheCpusIs) {
  const MsSsimConvention convention = ms_ssim_convention("monai", 2, 1.0);
  EXPECT_EQ(emulated(body_batch(1, {1, 175, 180}, 37, 0), convention, Precision::kFloat32)[0].score.reason(),
            Undefined::kTooSmall);
  Batch batch = body_batch(2, {1, 176, 176}, 37, 0);
  batch.target[5] = std::numeric_limits<float>::infinity();
  const auto seen = emulated(batch, convention, Precision::kFloat32);
  EXPECT_EQ(seen[0].score.reason(), Undefined::kNotFinite);
  EXPECT_TRUE(seen[1].score.defined());
}

TEST(CudaEmulation, ErrorsInBandsAgreeWithTheCpu) {
  const Batch batch = body_batch(2, {3, 37, 60}, 39, 0.5, -1000, 2600);
  ErrorRequest request;
  request.bands = {{}, {-2000, -300.0000001}, {-300, 200}, {5000, 6000}};
  request.range = 4024;
  for (const Precision precision : kBoth) {
    request.precision = precision;
    const auto backend = detail::emulator(ThreadOrder::kBackward);
    const detail::Uploaded there(*backend, batch.pairs());
    const auto seen = detail::errors_there(*backend, there.there(), request);
    for (int64_t item = 0; item < batch.items; ++item) {
      const auto& bands = seen[static_cast<size_t>(item)];
      const ImageView x = batch.prediction_of(item), y = batch.target_of(item);
      const MaskView mask = batch.mask_of(item);
      expect_within(bands[0].mae, mean_absolute_error(x, y, mask), "mae");
      expect_within(bands[0].mse, mean_squared_error(x, y, mask), "mse");
      expect_within(bands[0].rmse, root_mean_squared_error(x, y, mask), "rmse");
      expect_within(bands[0].psnr, peak_signal_to_noise_ratio(x, y, mask, 4024), "psnr");
      for (size_t band = 1; band < bands.size(); ++band) {
        expect_within(
            bands[band].mae,
            mean_absolute_error_where(x, y, mask, request.bands[band].low, request.bands[band].high),
            "band " + std::to_string(band));
      }
    }
  }
}

TEST(CudaEmulation, BandsKeepWhatTheirLimitsSayInDouble) {
  float from = 0, to = 0;
  detail::float_band({0.1, 0.3}, from, to);  // float(0.1) > 0.1; float(0.3) > 0.3
  EXPECT_EQ(from, 0.1F);
  EXPECT_EQ(to, std::nextafter(0.3F, 0.0F));
  detail::float_band({1e300, -1e300}, from, to);
  EXPECT_EQ(from, std::numeric_limits<float>::infinity());
  EXPECT_LE(to, -std::numeric_limits<float>::max());
}

TEST(CudaEmulation, ProtocolsAgreeWithTheCpu) {
  for (const std::string& id : protocol_ids()) {
    const bool volumes = id == "synthrad2023@1", hounsfield = volumes || id == "soft-tissue-2d@1";
    for (const double mask_share : {0.0, 0.6}) {
      const Shape shape = volumes ? Shape{14, 21, 36} : Shape{1, 41, 36};
      const Batch batch = hounsfield ? body_batch(2, shape, 41, mask_share, -1100, 4600)
                                     : body_batch(2, shape, 41, mask_share, -0.1, 1.2);
      for (const Precision precision : kBoth) {
        const auto backend = detail::emulator();
        const detail::Uploaded there(*backend, batch.pairs());
        expect_agreement(detail::compare_there(*backend, id, there.there(), precision), batch, id, id);
      }
    }
  }
}

TEST(CudaEmulation, WhatWasNeverWrittenIsNeverANumber) {
  const auto backend = detail::emulator();
  const detail::Buffer<double> memory(*backend, 3);
  for (const double value : memory.read(3)) EXPECT_TRUE(std::isnan(value));
}

}  // namespace
}  // namespace synerbench::cuda
