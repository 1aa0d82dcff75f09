// A network of moderate size must be able to overfit a few pairs: if it cannot, some gradient does not
// arrive.
#include <gtest/gtest.h>

#include <cstdio>

#include "baselines/rcd/rcd.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(rcd_method());

TEST(RcdOverfit, OverfitsFourPairs) {
  set_quiet(true);
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const testing_support::SyntheticPairs pairs(4, 32, 1), none(0, 32, 2);
  for (const std::string core : {"unet", "acds"}) {
    const TempFolder folder;
    const auto model = kMethod.make(
        {{"preset", "tiny"}, {"core", core}, {"acds_blocks", 2}, {"lr", 1e-3}, {"lr_schedule", "recipe"}});
    TrainOptions options;
    options.task = task;
    options.folder = folder / "a";
    options.recipe = model->recipe();
    options.recipe.unit = BudgetUnit::kUpdates;
    options.recipe.constant = 600;
    options.recipe.decay = 600;
    options.recipe.batch = 4;
    options.recipe.augmentation = Augmentation::kNone;
    const TrainReport report = train(options, *model, pairs, none);
    const auto trained = kMethod.load(options.folder);
    const double learned =
        testing_support::psnr(testing_support::mean_squared_error(pairs, task, trained.get()));
    ASSERT_EQ(report.losses.back().first, "displacement");
    const double moved = report.losses.back().second;
    std::printf("%s: PSNR %.2f dB, mean displacement %.2f pixels\n", core.c_str(), learned, moved);
    EXPECT_GT(learned, 30) << core;
    EXPECT_LT(moved, 0.5) << core << ": pixels; these pairs are aligned";
  }
}

}  // namespace
}  // namespace synerbench
