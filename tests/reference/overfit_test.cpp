// A tiny model learns one synthesis sample by heart, up to its autoencoder's ceiling (slow: a minute of one core).
// With SYNERBENCH_CURVES set to a folder, the curves are left there as CSV; docs/results/reference-tiny says how they were made.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "harness/core/file.h"
#include "metrics/ssim.h"
#include "reference/checkpoint/manage.h"
#include "reference/network/network.h"
#include "reference/reference.h"
#include "reference/stages/train.h"
#include "tests/reference/support/anatomy.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using testing::MadeHeads;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
constexpr int64_t kSide = 32;  // of the synthesis sample: every update encodes its images again

void leave_curve(const std::string& name, const std::string& csv) {
  if (const char* folder = std::getenv("SYNERBENCH_CURVES"); folder && *folder)
    write_file(std::filesystem::path(folder) / name, csv);
}

/// wang2004 on slices in [-1, 1].
double ssim_of(const std::vector<float>& a, const std::vector<float>& b) {
  const std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
  return ssim({x.data(), 1, kSide, kSide}, {y.data(), 1, kSide, kSide}, {},
              ssim_convention("wang2004", 2, 2.0))
      .value();
}

/// The target through the autoencoder's mean and back: no synthesis can be better than that, except by chance.
std::vector<float> through_autoencoder(const std::filesystem::path& model, const std::vector<float>& slice) {
  const at::NoGradGuard no_grad;
  const auto network = load_network(Checkpoint::open(model));
  at::Tensor image = at::empty({1, 3, kSide, kSide});
  for (int64_t channel = 0; channel < 3; ++channel)
    std::memcpy(image.data_ptr<float>() + channel * kSide * kSide, slice.data(),
                slice.size() * sizeof(float));
  const at::Tensor out = network->vae.decode(network->vae.latent(network->vae.moments(image), {}))
                             .mean(1)
                             .clamp(-1, 1)
                             .contiguous();
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

/// Images of 32 pixels for the autoencoder (4 tokens), of 56 for the ViT (16 patches).
StageRecipe small_images(const std::string& stage) {
  StageRecipe recipe = stage_recipe(stage);
  recipe.images = {{56, 56, 14, 1 << 20}, {kSide, kSide, 16, 1 << 20}, false};
  recipe.dropout = {0, 0, 0};
  recipe.ema_decay = 0;
  recipe.warmup = 20;
  recipe.cosine = true;
  recipe.min_lr = 1e-5;
  return recipe;
}
const Json kSmallImages = {{"vit_min", 56}, {"vit_max", 56}, {"vae_min", kSide}, {"vae_max", kSide}};

TEST(Overfit, OneSynthesisSampleReachesTheAutoencodersCeiling) {
  at::set_num_threads(1);
  const MadeHeads heads(2, 24, kSide);
  TempFolder folder;
  init_checkpoint(folder / "new", {.sizes = "tiny", .seed = 1});

  AutoencoderOptions autoencoder;
  autoencoder.from = folder / "new";
  autoencoder.to = folder / "start";
  autoencoder.updates = 500;
  autoencoder.batch = 2;
  autoencoder.side = kSide;
  autoencoder.lr = 2e-3;
  autoencoder.log_every = 25;
  std::string csv = "update,mean_absolute_error\n";
  train_autoencoder(autoencoder, {{kTask, &heads}},
                    [&](int64_t update, double loss) { csv += fmt::format("{},{:.6g}\n", update, loss); });
  leave_curve("autoencoder.csv", csv);

  constexpr int64_t kIndex = 13;
  std::vector<float> source(kSide * kSide), target(kSide * kSide);
  heads.read(kIndex, source, target, {});
  const double ceiling = ssim_of(through_autoencoder(folder / "start", target), target);

  StageOptions options;
  options.from = folder / "start";
  options.recipe = small_images("ucg-all");
  options.recipe.lr = 2e-3;
  options.recipe.expected_tokens = 100;  // two times and noises of the one sample per update
  options.recipe.max_tokens = 200;
  options.recipe.max_sample_tokens = 200;
  options.checkpoint_every = 0;
  const InstanceBuilder builder({{kTask, &heads}}, {});
  const Tokenizer tokenizer = Tokenizer::load(options.from);
  const SampleSource always_the_same = [&](int64_t) -> DrawnSample {
    return {InstanceKind::kSynthesis,
            prepare(builder.synthesis(0, kIndex, 0), tokenizer, options.recipe.images)};
  };
  options.to = folder / "learned";
  options.updates = 1000;
  options.log_every = 25;
  csv = "update,mse\n";
  train_stage_on(options, always_the_same,
                 [&](const StageLine& line) { csv += fmt::format("{},{:.6g}\n", line.update, line.mse); });
  leave_curve("synthesis.csv", csv);

  ReferenceOptions run;
  run.switches = kSmallImages;
  run.switches["text_scale"] = 1;  // nothing was left out in training, so there is nothing to guide by
  run.switches["shift"] = 1;
  run.switches["condition"] = "mean";
  const auto model = load_reference(folder / "learned", run);
  std::string seeds = "seed,ssim,ceiling,share\n";
  for (const uint64_t seed : {1, 2, 3}) {
    std::vector<float> out(source.size());
    model->synthesize(kTask, {1, kSide, kSide, source}, {&seed, 1}, out);
    const double reached = ssim_of(out, target);
    seeds += fmt::format("{},{:.4f},{:.4f},{:.4f}\n", seed, reached, ceiling, reached / ceiling);
    EXPECT_GT(reached, 0.95 * ceiling) << "seed " << seed;
  }
  std::printf("%s", seeds.c_str());
  // The autoencoder had seconds, not hours, so its ceiling is low; but it is far from what the source itself would get.
  EXPECT_GT(ceiling, 0.4);
  EXPECT_LT(ssim_of(source, target), 0.5 * ceiling);
  leave_curve("synthesis-ssim.csv", seeds);
}

}  // namespace
}  // namespace synerbench::reference
