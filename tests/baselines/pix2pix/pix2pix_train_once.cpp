// Trains a small Pix2Pix in the folder given, going on from its checkpoint if there is one. The kill test
// starts it, kills it and starts it again.
#include <cstdio>
#include <string>

#include "baselines/pix2pix/pix2pix.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "tests/train/synthetic_pairs.h"

int main(int argc, char** argv) {
  using namespace synerbench;
  if (argc != 2) return 1;
  set_quiet(true);
  const testing_support::SyntheticPairs pairs(6, 64, 1), validation(2, 64, 2);
  try {
    const auto model =
        pix2pix_method().training->make({{"preset", "tiny"}, {"ngf", 4}, {"ndf", 4}}, "cpu", "pix2pix");
    TrainOptions options;
    options.task = {"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
    options.folder = argv[1];
    options.resume = true;
    options.recipe = model->recipe();
    options.recipe.constant = 10;
    options.recipe.decay = 10;
    options.recipe.validate_every = 5;
    options.recipe.ema_decay = 0.9;
    options.checkpoint_every = 4;
    options.log_every = 7;
    train(options, *model, pairs, validation);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 5;
  }
  return 0;
}
