// RCD learns four pairs by heart; and where the pairs are shifted against each other, its registration takes the shift upon itself.
#include <gtest/gtest.h>

#include <cstdio>

#include "baselines/rcd/rcd.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// Targets moved along x by three pixels, to the left and to the right in turn: no network without knowledge of the target can follow.
class Shifted final : public PairSource {
 public:
  explicit Shifted(const PairSource& pairs) : pairs_(pairs) {}
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    std::vector<float> still(target.size());
    pairs_.read(index, source, still, mask);
    const int64_t by = index % 2 == 0 ? 3 : -3, w = width();
    for (int64_t i = 0; i < height() * w; ++i) {
      const int64_t from = i % w + by;
      target[static_cast<size_t>(i)] = from < 0 || from >= w ? -1.0f : still[static_cast<size_t>(i + by)];
    }
  }
  std::string key(int64_t index) const override { return pairs_.key(index); }
  std::string patient_of(int64_t index) const override { return pairs_.patient_of(index); }

 private:
  const PairSource& pairs_;
};

double last(const TrainReport& report, const std::string& name) {
  for (const auto& [known, value] : report.losses)
    if (known == name) return value;
  ADD_FAILURE() << "no loss " << name;
  return 0;
}

struct Trained {
  TrainReport report;
  double psnr = 0;  // against `truth`
};

Trained learn(const std::string& core, const PairSource& pairs, const PairSource& truth, int64_t updates) {
  set_quiet(true);
  const TempFolder folder;
  const testing_support::SyntheticPairs none(0, 32, 2);
  const auto model = make_rcd(
      {{"preset", "tiny"}, {"core", core}, {"acds_blocks", 2}, {"lr", 1e-3}, {"lr_schedule", "recipe"}});
  TrainOptions options;
  options.task = kTask;
  options.folder = folder / "a";
  options.recipe = model->recipe();
  options.recipe.unit = BudgetUnit::kUpdates;
  options.recipe.constant = updates / 2;
  options.recipe.decay = updates / 2;
  options.recipe.batch = 4;
  options.recipe.augmentation = Augmentation::kNone;
  Trained trained{train(options, *model, pairs, none), 0};
  trained.psnr = testing_support::psnr(
      testing_support::mean_squared_error(truth, kTask, load_rcd(options.folder).get()));
  std::printf("%s: PSNR %.2f dB, mean displacement %.2f pixels\n", core.c_str(), trained.psnr,
              last(trained.report, "displacement"));
  return trained;
}

TEST(RcdOverfit, LearnsFourPairsByHeart) {
  const testing_support::SyntheticPairs pairs(4, 32, 1);
  for (const char* core : {"unet", "acds"}) EXPECT_GT(learn(core, pairs, pairs, 1200).psnr, 30) << core;
}

TEST(RcdOverfit, TheRegistrationTakesTheShiftUponItself) {
  const testing_support::SyntheticPairs pairs(4, 32, 1);
  const Trained aligned = learn("unet", pairs, pairs, 600),
                shifted = learn("unet", Shifted(pairs), pairs, 600);
  EXPECT_LT(last(aligned.report, "displacement"), 0.5);
  EXPECT_GT(last(shifted.report, "displacement"), 1.0) << "pixels; the body and its organs move by three";
}

}  // namespace
}  // namespace synerbench
