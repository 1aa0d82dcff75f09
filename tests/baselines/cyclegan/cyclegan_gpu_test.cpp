// CycleGAN on a GPU: repeats itself, resumes exactly, and agrees with the CPU within rounding. Skipped
// without one.
#include "baselines/cyclegan/cyclegan.h"
#include "tests/baselines/support/gpu_test.h"

namespace synerbench {
namespace {

using namespace testing_support;

const TestedMethod kMethod(cyclegan_method());

class CycleGanOnGpu : public GpuTest {
 protected:
  Training cyclegan() const {
    Training cyclegan = training([] {
      return kMethod.make({{"preset", "tiny"}, {"pair", {"MRI", "CT"}}, {"pool_size", 5}}, "cuda");
    });
    cyclegan.options.recipe.pairing = Pairing::kOtherPatient;
    return cyclegan;
  }
};

TEST_F(CycleGanOnGpu, TrainsToTheSameBytesTwice) { expect_repeats_itself(cyclegan(), folder_.path()); }

TEST_F(CycleGanOnGpu, ABrokenTrainingResumesToTheSameBytes) {
  expect_resume_is_exact(cyclegan(), folder_.path(), {{.before_update = 25, .checkpoint_every = 4}});
}

TEST_F(CycleGanOnGpu, SynthesizesWhatTheCpuDoes) {
  // float32 through nineteen convolutions with instance norm; the parity fixture allows 5e-5 between back
  // ends.
  expect_synthesizes_what_the_cpu_does(cyclegan(), kMethod, 1e-3);
}

}  // namespace
}  // namespace synerbench
