// Four pairs must be overfitted, through both stages: if they cannot, some gradient does not arrive.
#include <gtest/gtest.h>

#include "baselines/resvit/resvit.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "harness/train/validate.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(resvit_method());

TEST(ResVitOverfit, OverfitsFourPairs) {
  set_quiet(true);
  const TempFolder folder;
  const testing_support::SyntheticPairs pairs(4, 64, 1), none(0, 64, 2);
  const auto model = kMethod.make({{"preset", "tiny"},
                                   {"dropout", 0},
                                   {"pretrain_unit", "updates"},
                                   {"pretrain", 500},
                                   {"pretrain_decay", 500}});
  TrainOptions options;
  options.task = {"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  options.folder = folder / "a";
  options.recipe = model->recipe();
  options.recipe.decay = 1000;
  options.recipe.augmentation = Augmentation::kNone;
  train(options, *model, pairs, none);
  const auto trained = kMethod.load(options.folder);
  const double ssim = validate(*trained, options.task, pairs, "synermed-2d@1", 0).mean.value();
  EXPECT_GT(ssim, 0.95);
  RecordProperty("ssim", std::to_string(ssim));
}

}  // namespace
}  // namespace synerbench
