// Overfits four pairs: see tests/baselines/bbdm/bbdm_overfit_test.cpp. Here two routes share one network, so
// the route must arrive as well: the second asks for the negative of the first's target.
#include <gtest/gtest.h>

#include "baselines/flow_unet/flow_unet.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "harness/train/validate.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/derived_pairs.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(flow_unet_method());

TEST(FlowUnetOverfit, OverfitsFourPairsOnTwoRoutes) {
  set_quiet(true);
  const TempFolder folder;
  const Task straight{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const Task inverse{"brain-mr-to-cbct", "brain", Modality::kMRI, Modality::kCBCT};
  const testing_support::SyntheticPairs pairs(2, 32, 1);
  const testing_support::ChangedPairs inverted(pairs, [](auto, auto target) {
    for (float& value : target) value = -value;
  });
  // Half the width and side of the tiny preset: a minute or two of one core.
  const auto model = kMethod.make({{"preset", "tiny"},
                                   {"width", 16},
                                   {"head_width", 16},
                                   {"gn_groups", 8},
                                   {"lr", 2e-3},
                                   {"routes", {straight.id, inverse.id}}});
  TrainOptions options;
  options.folder = folder / "a";
  options.recipe = model->recipe();
  options.recipe.constant = 450;
  options.recipe.decay = 450;
  options.recipe.batch = 4;
  options.recipe.augmentation = Augmentation::kNone;
  options.recipe.ema_decay = 0.98;
  options.recipe.ema_start = 0;
  train(options, *model, {{straight, &pairs}, {inverse, &inverted}}, {});
  const auto trained = kMethod.load(options.folder);
  for (const auto& [task, source] :
       {std::pair<Task, const PairSource*>{straight, &pairs}, {inverse, &inverted}}) {
    const double ssim = validate(*trained, task, *source, "synermed-2d@1", 0).mean.value();
    std::printf("%s: SSIM %.4f\n", task.id.c_str(), ssim);
    EXPECT_GT(ssim, 0.95) << task.id;
  }
}

}  // namespace
}  // namespace synerbench
