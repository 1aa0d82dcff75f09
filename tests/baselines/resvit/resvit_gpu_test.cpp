// ResViT on a GPU: repeats itself, resumes exactly, and agrees with the CPU within rounding. Skipped without
// one.
#include "baselines/resvit/resvit.h"
#include "tests/baselines/support/gpu_test.h"

namespace synerbench {
namespace {

using namespace testing_support;

const TestedMethod kMethod(resvit_method());

class ResVitOnGpu : public GpuTest {
 protected:
  Training resvit() const {
    return training([] {
      return kMethod.make(
          {{"preset", "tiny"}, {"pretrain_unit", "updates"}, {"pretrain", 8}, {"pretrain_decay", 8}}, "cuda");
    });
  }
};

TEST_F(ResVitOnGpu, TrainsToTheSameBytesTwice) { expect_repeats_itself(resvit(), folder_.path()); }

TEST_F(ResVitOnGpu, ABrokenTrainingResumesToTheSameBytes) {
  expect_resume_is_exact(resvit(), folder_.path(), {{.before_update = 25, .checkpoint_every = 4}});
}

TEST_F(ResVitOnGpu, SynthesizesWhatTheCpuDoes) {
  // float32 through thirty convolutions with batch statistics; the parity fixture allows 1e-4 between back
  // ends.
  expect_synthesizes_what_the_cpu_does(resvit(), kMethod, 1e-3);
}

}  // namespace
}  // namespace synerbench
