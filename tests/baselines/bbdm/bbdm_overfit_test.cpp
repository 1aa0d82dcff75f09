// A denoiser of moderate size must be able to overfit a few pairs: if it cannot, some gradient does not
// arrive, or the sampler does not walk where the training put the target.
#include <gtest/gtest.h>

#include "baselines/bbdm/bbdm.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "harness/train/validate.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(bbdm_method());

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

double ssim_after(const Json& config, int64_t updates, const std::filesystem::path& folder) {
  set_quiet(true);
  const testing_support::SyntheticPairs pairs(4, 32, 1), none(0, 32, 2);
  const auto model = kMethod.make(config);
  TrainOptions options;
  options.task = kTask;
  options.folder = folder;
  options.recipe = model->recipe();
  options.recipe.constant = updates / 2;
  options.recipe.decay = updates / 2;
  options.recipe.batch = 4;
  options.recipe.augmentation = Augmentation::kNone;
  options.recipe.validate_every = updates;
  train(options, *model, pairs, none);
  const auto trained = kMethod.load(folder);
  const double ssim = validate(*trained, kTask, pairs, "synermed-2d@1", 0).mean.value();
  std::printf("SSIM %.4f, PSNR %.2f dB (copying the source: %.2f dB)\n", ssim,
              testing_support::psnr(testing_support::mean_squared_error(pairs, kTask, trained.get())),
              testing_support::psnr(testing_support::mean_squared_error(pairs, kTask, nullptr)));
  return ssim;
}

TEST(BbdmOverfit, OverfitsFourPairs) {
  const TempFolder folder;
  // Half the width and side of the tiny preset: a minute or two of one core.
  const Json config = {{"preset", "tiny"}, {"width", 16}, {"head_width", 16}, {"gn_groups", 8}, {"lr", 2e-3}};
  EXPECT_GT(ssim_after(config, 2000, folder / "a"), 0.95);
}

}  // namespace
}  // namespace synerbench
