// CycleGAN on a GPU: repeats itself, resumes exactly, and agrees with the CPU within rounding. Skipped without one.
#include <gtest/gtest.h>

#include <cmath>

#include "baselines/cyclegan/cyclegan.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/train/train.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

class CycleGanOnGpu : public testing::Test {
 protected:
  void SetUp() override {
    set_quiet(true);
    try {
      nn::check_device("cuda", "test");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
  TrainOptions options(const std::string& name) const {
    TrainOptions options;
    options.task = kTask;
    options.folder = folder_ / name;
    options.device = "cuda";
    options.recipe.unit = BudgetUnit::kUpdates;
    options.recipe.constant = 20;
    options.recipe.decay = 20;
    options.recipe.batch = 2;
    options.recipe.augmentation = Augmentation::kFlip;
    options.recipe.validate_every = 10;
    options.recipe.ema_decay = 0.9;
    options.recipe.pairing = Pairing::kOtherPatient;
    return options;
  }
  void run(const TrainOptions& options) {
    const auto model = make_cyclegan({{"preset", "tiny"}, {"pair", {"MRI", "CT"}}, {"pool_size", 5}}, "cuda");
    train(options, *model, pairs_, validation_);
  }

  TempFolder folder_;
  testing_support::SyntheticPairs pairs_{8, 64, 1}, validation_{2, 64, 2};
};

TEST_F(CycleGanOnGpu, TrainsToTheSameBytesTwice) {
  run(options("a"));
  run(options("b"));
  for (const char* name :
       {"G_A.safetensors", "G_B.safetensors", "D_A.safetensors", "log.jsonl", "config.json"}) {
    EXPECT_EQ(sha256_file(folder_ / "a" / name), sha256_file(folder_ / "b" / name)) << name;
  }
}

TEST_F(CycleGanOnGpu, SynthesizesWhatTheCpuDoes) {
  run(options("a"));
  const auto gpu = load_cyclegan(folder_ / "a", {.device = "cuda"}), cpu = load_cyclegan(folder_ / "a");
  std::vector<float> source(64 * 64), target(64 * 64), on_gpu(64 * 64), on_cpu(64 * 64);
  pairs_.read(0, source, target, {});
  const uint64_t seed = 1;
  gpu->synthesize(kTask, {1, 64, 64, source}, {&seed, 1}, on_gpu);
  cpu->synthesize(kTask, {1, 64, 64, source}, {&seed, 1}, on_cpu);
  // float32 through nineteen convolutions with instance norm; the parity fixture allows 5e-5 between back ends.
  for (size_t i = 0; i < on_cpu.size(); ++i) ASSERT_NEAR(on_gpu[i], on_cpu[i], 1e-3) << i;
}

}  // namespace
}  // namespace synerbench
