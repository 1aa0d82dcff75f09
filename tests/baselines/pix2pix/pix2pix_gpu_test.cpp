// Pix2Pix on a GPU: repeats itself, resumes exactly, and agrees with the CPU within rounding. Skipped without
// one.
#include "baselines/pix2pix/pix2pix.h"
#include "tests/baselines/support/gpu_test.h"

namespace synerbench {
namespace {

using namespace testing_support;

const TestedMethod kMethod(pix2pix_method());

class Pix2PixOnGpu : public GpuTest {
 protected:
  Training pix2pix() const {
    return training([] { return kMethod.make({{"preset", "tiny"}}, "cuda"); });
  }
};

TEST_F(Pix2PixOnGpu, TrainsToTheSameBytesTwice) { expect_repeats_itself(pix2pix(), folder_.path()); }

TEST_F(Pix2PixOnGpu, ABrokenTrainingResumesToTheSameBytes) {
  expect_resume_is_exact(pix2pix(), folder_.path(), {{.before_update = 25, .checkpoint_every = 4}});
}

TEST_F(Pix2PixOnGpu, SynthesizesWhatTheCpuDoes) {
  // float32 through eleven convolutions with batch statistics; the parity fixture allows 5e-5 between back
  // ends.
  expect_synthesizes_what_the_cpu_does(pix2pix(), kMethod, 1e-3);
}

}  // namespace
}  // namespace synerbench
