// Overfits four pairs. What the method can reach at most is what its tokenizer makes of the targets
// themselves; both are measured. And it must tell modalities apart when it is asked.
#include <gtest/gtest.h>

#include "baselines/healthgpt/detail/generate.h"
#include "baselines/healthgpt/healthgpt.h"
#include "harness/core/progress.h"
#include "harness/nn/state.h"
#include "harness/train/train.h"
#include "harness/train/validate.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/derived_pairs.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(healthgpt_method());

TEST(HealthGptOverfit, ReachesItsReconstructionBoundOnFourPairsAndNamesModalities) {
  set_quiet(true);
  const TempFolder folder;
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  constexpr int64_t kSide = 32;
  const testing_support::SyntheticPairs pairs(4, kSide, 1);
  const auto model = kMethod.make(
      {{"preset", "tiny"},
       {"image_size", kSide},
       {"updates", 1600},
       {"stages",
        {{"tokenizer", 0.4}, {"language", 0.05}, {"alignment", 0.2}, {"fusion", 0.05}, {"instruction", 0.3}}},
       {"tokenizer",
        {{"width", 16}, {"multipliers", {1, 2, 2}}, {"gn_groups", 8}, {"codes", 64}, {"lr", 2e-3}}},
       {"vision", {{"size", kSide}, {"patch", 4}, {"width", 32}, {"layers", 3}, {"heads", 2}}},
       {"language", {{"width", 64}, {"layers", 2}, {"heads", 4}, {"mlp", 128}}},
       {"lr_plugin", 3e-3},
       {"lr_projector", 2e-3},
       {"routes", {task.id}}});
  TrainOptions options;
  options.folder = folder / "a";
  options.recipe = model->recipe();
  options.recipe.batch = 4;
  options.recipe.augmentation = Augmentation::kNone;
  options.log_every = 100;
  const TrainReport report = train(options, *model, {{task, &pairs}}, {});
  const auto ssim = [&](const Json& changes, const PairSource& source) {
    return validate(*kMethod.load(options.folder, changes), task, source, "synermed-2d@1", 0).mean.value();
  };
  // A round trip is scored on the targets themselves.
  const testing_support::ChangedPairs targets(
      pairs, [](auto source, auto target) { std::copy(target.begin(), target.end(), source.begin()); });
  const double bound = ssim({{"answer", "round_trip"}}, targets), reached = ssim(Json::object(), pairs);
  std::printf("tokenizer's round trip: SSIM %.4f, generated: SSIM %.4f (%.0f s)\n", bound, reached,
              report.seconds);
  EXPECT_GT(bound, 0.9);
  EXPECT_GT(reached, bound - 0.02);

  // The trained networks, asked about single slices.
  const healthgpt::Config config = healthgpt::fields().read(model->config(), "test");
  healthgpt::Networks networks(config, "cpu");
  for (const NetworkHandle& handle : networks.handles())
    nn::load_network(*handle.network, SafetensorsFile(options.folder / (handle.name + ".safetensors")));
  std::vector<float> source(kSide * kSide), target(kSide * kSide);
  int right = 0;
  for (int64_t i = 0; i < pairs.size(); ++i) {
    pairs.read(i, source, target, {});
    for (const auto& [pixels, name] : {std::pair(&source, "MRI"), std::pair(&target, "CT")}) {
      const at::Tensor slice = nn::image_batch(*pixels, 1, kSide, kSide, at::kCPU);
      right += healthgpt::answer(networks, slice,
                                 healthgpt::question_text(healthgpt::Question::kModality, 0)) == name;
    }
  }
  std::printf("modality named: %d of %lld\n", right, static_cast<long long>(2 * pairs.size()));
  EXPECT_GE(right, 7);
}

}  // namespace
}  // namespace synerbench
