#include "tests/baselines/support/gpu_test.h"

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "tests/baselines/support/model_test.h"

namespace synerbench::testing_support {

void GpuTest::SetUp() {
  set_quiet(true);
  try {
    nn::check_device("cuda", "test");
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
}

Training GpuTest::training(std::function<std::unique_ptr<Trainable>()> make) const {
  Training training{std::move(make), {}, {{task_, &pairs_}}, {{task_, &validation_}}};
  training.options.device = "cuda";
  Recipe& recipe = training.options.recipe;
  recipe.unit = BudgetUnit::kUpdates;
  recipe.constant = 20;
  recipe.decay = 20;
  recipe.batch = 2;
  recipe.augmentation = Augmentation::kFlip;
  recipe.validate_every = 10;
  recipe.ema_decay = 0.9;
  return training;
}

void GpuTest::expect_synthesizes_what_the_cpu_does(const Training& training, const TestedMethod& method,
                                                   double tolerance) const {
  run(training, folder_ / "weights");
  const auto gpu = method.load(folder_ / "weights", Json::object(), "cuda"),
             cpu = method.load(folder_ / "weights");
  const std::vector<float> source = slices_of(pairs_, 1);
  const std::vector<float> on_gpu = synthesize(*gpu, task_, source, {1}),
                           on_cpu = synthesize(*cpu, task_, source, {1});
  for (size_t i = 0; i < on_cpu.size(); ++i) ASSERT_NEAR(on_gpu[i], on_cpu[i], tolerance) << "pixel " << i;
}

}  // namespace synerbench::testing_support
