// A tiny model overfits (slow, minutes of one core): one synthesis sample, through an autoencoder that
// learned its two slices, and 64 CTS questions. With SYNERBENCH_CURVES set to a folder, the curves are left
// there as CSV; docs/results/reference-tiny says how they were made.
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/core/file.h"
#include "metrics/ssim.h"
#include "reference/manage/manage.h"
#include "reference/reference.h"
#include "reference/stages/autoencoder.h"
#include "reference/stages/stage_trainer.h"
#include "reference/understanding/answers.h"
#include "tests/reference/support/anatomy.h"
#include "tests/support/one_pair.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using testing::MadeHeads;
using testing_support::OnePair;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
constexpr int64_t kSide = 32;  // of the synthesis sample

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

/// A folder in the official layout with the network's present weights; tokenizer and configurations of
/// `from`.
void leave_model(const std::filesystem::path& to, const Network& network, const std::filesystem::path& from) {
  std::filesystem::create_directories(to);
  write_configs(to, network.sizes);
  for (const char* name : kTokenizerFiles) write_file(to / name, read_file(from / name));
  for (const auto& [name, parameters] : {std::pair{"ema.safetensors", &network.parameters},
                                         std::pair{"ae.safetensors", &network.vae_parameters}}) {
    save_parameters(to / name, *parameters, DType::kF32,
                    [&](const std::string& key) { return parameters->value(key); });
  }
}

/// Updates of a stage under its own schedule; `log` sees the means over every 25.
void train_on(StageTrainer& trainer, const StageRecipe& recipe, int64_t updates,
              const std::function<void(int64_t update, double ce, double mse)>& log) {
  const Schedule schedule = recipe.schedule(updates);
  double ce = 0, mse = 0;
  for (int64_t update = 0; update < updates; ++update) {
    trainer.optimizer().set_lr(schedule.rate(recipe.lr, update));
    Random random(static_cast<uint64_t>(update));
    const Losses losses = trainer.step(random);
    ce += losses[0].second / 25;
    mse += losses[1].second / 25;
    if ((update + 1) % 25 != 0) continue;
    log(update + 1, ce, mse);
    ce = mse = 0;
  }
}

TEST(Overfit, OneSynthesisSampleIsLearnedByHeartThroughItsAutoencoder) {
  at::set_num_threads(1);
  const MadeHeads heads(2, 24, kSide);
  const OnePair pair(heads, 13);
  TempFolder folder;
  init_checkpoint(folder / "new", {.sizes = "tiny", .seed = 1});

  // The autoencoder learns the two slices of the pair, and nothing else.
  const AutoencoderSettings settings{.batch = 2, .side = kSide, .lr = 1e-3};
  const auto network = load_network(Checkpoint::open(folder / "new"));
  std::string csv = "update,mean_absolute_error\n";
  {
    AutoencoderTrainer autoencoder(*network, settings, {{kTask, &pair}});
    const Schedule schedule = AutoencoderTrainer::schedule(settings, 1500);
    double sum = 0;
    for (int64_t update = 0; update < 1500; ++update) {
      autoencoder.optimizer().set_lr(schedule.rate(settings.lr, update));
      Random random(static_cast<uint64_t>(update));
      sum += autoencoder.step(random).front().second / 25;
      if ((update + 1) % 25 != 0) continue;
      csv += fmt::format("{},{:.6g}\n", update + 1, sum);
      sum = 0;
    }
    Random random(1);
    autoencoder.measure(random);
  }
  leave_model(folder / "start", *network, folder / "new");
  leave_curve("autoencoder.csv", csv);

  std::vector<float> source(kSide * kSide), target(kSide * kSide);
  pair.read(0, source, target, {});
  ReferenceOptions small;
  small.overrides = kSmallImages;
  const double bound = ssim_of(
      ReferenceModel::load(folder / "start", small)->through_autoencoder({kSide, kSide, target}), target);
  EXPECT_GT(bound, 0.95);

  StageRecipe recipe = small_images("ucg-all");
  recipe.lr = 2e-3;
  recipe.expected_tokens = 200;  // four times and noises of the one sample per update
  recipe.max_tokens = 300;
  recipe.max_sample_tokens = 300;
  recipe.latent_cache = 1;
  const InstanceBuilder builder({{kTask, &pair}}, {});
  const Tokenizer tokenizer = Tokenizer::load(folder / "new");
  const PreparedSample sample = prepare(builder.synthesis(0, 0, 0), tokenizer, recipe.images);
  csv = "update,mse\n";
  StageTrainer trainer(
      *network, tokenizer.special(), recipe,
      [&](int64_t) -> DrawnSample {
        return {InstanceKind::kSynthesis, sample};
      },
      4396);
  train_on(trainer, recipe, 2000,
           [&](int64_t update, double, double mse) { csv += fmt::format("{},{:.6g}\n", update, mse); });
  leave_model(folder / "learned", *network, folder / "new");
  leave_curve("synthesis.csv", csv);

  ReferenceOptions run = small;
  run.overrides["text_scale"] = 1;  // nothing was left out in training, so there is nothing to guide by
  run.overrides["shift"] = 1;
  run.overrides["condition"] = "mean";
  const auto model = load_reference(folder / "learned", run);
  std::string seeds = "seed,ssim,reconstruction_bound,share\n";
  for (const uint64_t seed : {1, 2, 3}) {
    std::vector<float> out(source.size());
    model->synthesize(kTask, {1, kSide, kSide, source}, {&seed, 1}, out);
    const double reached = ssim_of(out, target);
    seeds += fmt::format("{},{:.4f},{:.4f},{:.4f}\n", seed, reached, bound, reached / bound);
    EXPECT_GT(reached, 0.95) << "seed " << seed;
  }
  std::printf("%s", seeds.c_str());
  EXPECT_LT(ssim_of(source, target), 0.5);  // what copying the source would get
  leave_curve("synthesis-ssim.csv", seeds);
}

TEST(Overfit, SixtyFourQuestionsAreLearnedByHeart) {
  at::set_num_threads(1);
  constexpr int64_t kQuestions = 64;
  const MadeHeads heads(64, 24, 64);  // so many that hardly two questions are about one head
  TempFolder folder;
  init_checkpoint(folder / "new", {.sizes = "tiny", .seed = 1});
  const InstanceBuilder builder({{kTask, &heads}}, {});
  const Tokenizer tokenizer = Tokenizer::load(folder / "new");
  const auto network = load_network(Checkpoint::open(folder / "new"));
  StageRecipe recipe = small_images("gau");
  recipe.lr = 2e-3;
  recipe.expected_tokens = 1000;  // six questions
  recipe.max_tokens = 1400;
  recipe.max_sample_tokens = 700;
  recipe.prefer_buffer_before = 0;
  std::vector<Instance> questions;
  std::vector<PreparedSample> samples;
  for (uint64_t i = 0; i < kQuestions; ++i) {
    Random random(i);
    questions.push_back(builder.make(InstanceKind::kCts, random));
    samples.push_back(prepare(questions.back(), tokenizer, recipe.images));
  }
  std::string csv = "update,ce\n";
  StageTrainer trainer(
      *network, tokenizer.special(), recipe,
      [&](int64_t draw) -> DrawnSample {
        return {InstanceKind::kCts, samples[static_cast<size_t>(draw % kQuestions)]};
      },
      4396);
  train_on(trainer, recipe, 4000,
           [&](int64_t update, double ce, double) { csv += fmt::format("{},{:.6g}\n", update, ce); });
  leave_model(folder / "learned", *network, folder / "new");
  leave_curve("questions.csv", csv);

  ReferenceOptions run;
  run.overrides = kSmallImages;
  run.overrides["max_tokens"] = 8;
  const auto before = ReferenceModel::load(folder / "new", run),
             after = ReferenceModel::load(folder / "learned", run);
  double untrained = 0, right = 0;
  for (const Instance& question : questions) {
    untrained += score_answer(question, before->answer(question, 1));
    right += score_answer(question, after->answer(question, 1));
  }
  const std::string result =
      fmt::format("questions,right_untrained,right_trained\n{},{},{}\n", kQuestions, untrained, right);
  std::printf("%s", result.c_str());
  leave_curve("questions-right.csv", result);
  EXPECT_LT(untrained, 32);
  EXPECT_EQ(right, kQuestions);
}

}  // namespace
}  // namespace synerbench::reference
