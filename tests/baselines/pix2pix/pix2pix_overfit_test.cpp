// A network of moderate size must be able to overfit a few pairs: if it cannot, some gradient does not
// arrive.
#include <gtest/gtest.h>

#include "baselines/pix2pix/pix2pix.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(pix2pix_method());

TEST(Pix2PixOverfit, OverfitsFourPairs) {
  set_quiet(true);
  const TempFolder folder;
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const testing_support::SyntheticPairs pairs(4, 64, 1), none(0, 64, 2);
  const auto model = kMethod.make({{"preset", "tiny"}, {"ngf", 16}, {"dropout", false}});
  TrainOptions options;
  options.task = task;
  options.folder = folder / "a";
  options.recipe = model->recipe();
  options.recipe.unit = BudgetUnit::kUpdates;
  options.recipe.constant = 1500;
  options.recipe.decay = 1500;
  options.recipe.augmentation = Augmentation::kNone;
  train(options, *model, pairs, none);
  const auto trained = kMethod.load(options.folder);
  const double copy = testing_support::psnr(testing_support::mean_squared_error(pairs, task, nullptr));
  const double learned =
      testing_support::psnr(testing_support::mean_squared_error(pairs, task, trained.get()));
  EXPECT_GT(learned, 30) << "PSNR of copying the source: " << copy << " dB";
}

}  // namespace
}  // namespace synerbench
