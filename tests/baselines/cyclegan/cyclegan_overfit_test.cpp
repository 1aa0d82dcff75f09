// What CycleGAN can overfit. Its losses never compare G_A(A) with the paired B, so it cannot overfit pairs:
// every mapping whose images look like B and that can be undone is as good as the right one (two tissues may
// change places, a gray level may be off). What its losses do compare is G_B(G_A(A)) with A: that must be
// learned.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "baselines/cyclegan/cyclegan.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "harness/train/validate.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/derived_pairs.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const testing_support::TestedMethod kMethod(cyclegan_method());

const Task kForth{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kBack{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};

/// Pairs of a there-and-back journey: what `there` makes of the source, and the source.
testing_support::ChangedPairs journey(const PairSource& pairs, const Task& task, Synthesizer& there) {
  return {pairs, [&](std::span<float> source, std::span<float> target) {
            const uint64_t seed = 1;
            there.synthesize(task, {1, pairs.height(), pairs.width(), source}, {&seed, 1}, target);
            std::swap_ranges(source.begin(), source.end(), target.begin());
          }};
}

/// The source as it is: the trivial model to beat.
class Copy final : public Synthesizer {
 public:
  ModelInfo info() const override { return {}; }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    std::copy(source.pixels.begin(), source.pixels.end(), prediction.begin());
  }
};

TEST(CycleGanOverfit, LearnsTheWayThereAndBack) {
  set_quiet(true);
  const TempFolder folder;
  const testing_support::SyntheticPairs pairs(4, 64, 1);
  const auto model = kMethod.make({{"preset", "tiny"}, {"pair", {"MRI", "CT"}}, {"ngf", 16}});
  TrainOptions options;
  options.folder = folder / "a";
  options.recipe = model->recipe();
  options.recipe.unit = BudgetUnit::kUpdates;
  options.recipe.constant = 2000;
  options.recipe.decay = 2000;
  options.recipe.augmentation = Augmentation::kNone;
  train(options, *model, {{kForth, &pairs}}, {});

  Synthesizer& trained = model->synthesizer();
  Copy copy;
  const auto ssim = [](Synthesizer& model, const Task& task, const PairSource& pairs) {
    return validate(model, task, pairs, "synermed-2d@1", 0).mean.value();
  };
  const testing_support::Reversed back(pairs);
  const auto there_and_back = journey(pairs, kForth, trained), back_and_there = journey(back, kBack, trained);
  const double copied = ssim(copy, kForth, pairs);
  const double forth_ssim = ssim(trained, kForth, pairs), back_ssim = ssim(trained, kBack, back);
  const double cycle_A = ssim(trained, kBack, there_and_back),
               cycle_B = ssim(trained, kForth, back_and_there);
  fmt::print("SSIM: copy {:.4f}, A to B {:.4f}, B to A {:.4f}, A to B to A {:.4f}, B to A to B {:.4f}\n",
             copied, forth_ssim, back_ssim, cycle_A, cycle_B);
  EXPECT_GT(cycle_A, 0.95);
  EXPECT_GT(cycle_B, 0.95);
  EXPECT_GT(forth_ssim, copied);
  EXPECT_GT(back_ssim, copied);
}

}  // namespace
}  // namespace synerbench
