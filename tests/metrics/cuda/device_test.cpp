// The kernels on a device: the CPU's scores within their bounds, and the bits of the emulation. Skipped where
// no device answers.
#include <gtest/gtest.h>

#include "metrics/cuda/detail/emulator.h"
#include "metrics/cuda/detail/measures.h"
#include "metrics/ms_ssim.h"
#include "tests/metrics/cuda/agreement.h"

namespace synerbench::cuda {
namespace {

using namespace testing_images;

class CudaDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << unavailable_reason();
  }
};

/// On the device, which has to agree with the CPU and with the emulation.
void check(const Batch& batch, const Request& request, const std::string& what) {
  const auto seen = measure(batch.pairs(), request);
  expect_agreement(seen, batch, request, what);
  const auto backend = detail::emulator();
  const detail::Uploaded there(*backend, batch.pairs());
  expect_same_bits(seen, detail::measure_there(*backend, there.there(), request), what);
}

Request request_of(const std::string& convention, int dimensions, Precision precision) {
  Request request;
  request.ssim = ssim_convention(convention, dimensions, 1);
  request.precision = precision;
  return request;
}

TEST_F(CudaDevice, SlicesAgreeWithTheCpuAndTheEmulation) {
  for (const Shape shape : slice_shapes()) {
    const Batch batch = body_batch(3, shape, 3, 0.4);
    for (const std::string& name : ssim_convention_names()) {
      for (const Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        check(batch, request_of(name, 2, precision), name);
      }
    }
  }
}

TEST_F(CudaDevice, VolumesAgreeWithTheCpuAndTheEmulation) {
  for (const Shape shape : volume_shapes()) {
    const Batch batch = body_batch(2, shape, 5, 0.6);
    for (const std::string& name : ssim_convention_names()) {
      for (const Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        check(batch, request_of(name, 3, precision), name);
      }
    }
  }
}

TEST_F(CudaDevice, ManySlicesGiveTheSameBitsEveryTime) {
  const Batch batch = body_batch(64, {1, 97, 130}, 7, 0.5);
  const Request request = request_of("wang2004", 2, Precision::kFloat32);
  const auto first = measure(batch.pairs(), request);
  for (int i = 0; i < 5; ++i) expect_same_bits(first, measure(batch.pairs(), request), "again");
}

// Batches that stay on the device: buffers of the backend stand for a model's output.
TEST_F(CudaDevice, ImagesOnTheDeviceGiveTheBitsOfImagesOnTheHost) {
  const Batch batch = body_batch(4, {1, 70, 90}, 9, 0.5);
  const Request request = request_of("skimage", 2, Precision::kFloat32);
  const auto backend = detail::device_backend(nullptr);
  const detail::Uploaded there(*backend, batch.pairs());
  expect_same_bits(measure_on_device(there.there(), request), measure(batch.pairs(), request),
                   "on the device");
}

TEST_F(CudaDevice, MsSsimAgreesWithTheCpuAndTheEmulation) {
  const Batch batch = body_batch(2, {1, 187, 177}, 11, 0);
  for (const std::string& name : ms_ssim_convention_names()) {
    const MsSsimConvention convention = ms_ssim_convention(name, 2, 1.0);
    for (const Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      const auto seen = ms_ssim(batch.pairs(), convention, precision);
      const auto backend = detail::emulator();
      const detail::Uploaded there(*backend, batch.pairs());
      const auto emulated = detail::ms_ssim_there(*backend, there.there(), convention, precision);
      for (int64_t item = 0; item < batch.items; ++item) {
        const auto i = static_cast<size_t>(item);
        expect_within(
            seen[i], synerbench::ms_ssim(batch.prediction_of(item), batch.target_of(item), convention), name);
        expect_same_bits(seen[i], emulated[i], name);
      }
    }
  }
}

TEST_F(CudaDevice, ProtocolsAgreeWithTheCpu) {
  for (const std::string& id : protocol_ids()) {
    const bool volumes = id == "synthrad2023@1", hounsfield = volumes || id == "soft-tissue-2d@1";
    const Shape shape = volumes ? Shape{40, 61, 70} : Shape{1, 131, 140};
    const Batch batch =
        hounsfield ? body_batch(2, shape, 13, 0.6, -1100, 4600) : body_batch(2, shape, 13, 0.6, -0.1, 1.2);
    expect_agreement(compare(id, batch.pairs()), batch, id, id);
  }
}

}  // namespace
}  // namespace synerbench::cuda
