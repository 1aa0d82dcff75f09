// The stage trainer on a new tiny model: where gradients go, resuming, the autoencoder.
#include "reference/stages/train.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "reference/checkpoint/half.h"
#include "reference/manage/manage.h"
#include "reference/stages/batch.h"
#include "tests/reference/support/pairs.h"
#include "tests/reference/support/training.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using testing::MadePairs;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

const std::filesystem::path& start_folder() {
  static const TempFolder folder;
  static const bool made = [] {
    init_checkpoint(folder / "m", {.sizes = "tiny", .seed = 3});
    return true;
  }();
  static const std::filesystem::path path = folder / "m";
  (void)made;
  return path;
}

StageRecipe quick(const std::string& stage) {
  StageRecipe recipe = stage_recipe(stage);
  recipe.images = {{56, 28, 14, 1 << 20}, {32, 32, 16, 1 << 20}, false};
  recipe.expected_tokens = 100;
  recipe.max_tokens = 400;
  recipe.max_sample_tokens = 400;
  recipe.prefer_buffer_before = 50;
  recipe.warmup = 1;
  recipe.lr = 1e-3;
  return recipe;
}

/// A pack long enough to hold every kind of a mixture of both.
StageRecipe quick_and_whole(const std::string& stage) {
  StageRecipe recipe = quick(stage);
  if (recipe.mixture.asks() && recipe.mixture.synthesises()) {
    recipe.expected_tokens = 900;
    recipe.max_tokens = 1200;
  }
  return recipe;
}

StageOptions options_for(const std::filesystem::path& to, const StageRecipe& recipe, int64_t updates) {
  StageOptions options;
  options.from = start_folder();
  options.to = to;
  options.recipe = recipe;
  options.updates = updates;
  options.log_every = 2;
  options.checkpoint_every = 0;
  return options;
}

/// Which parts of the model moved between two checkpoints.
std::map<Part, bool> moved_parts(const std::filesystem::path& before, const std::filesystem::path& after) {
  const Checkpoint a = Checkpoint::open(before), b = Checkpoint::open(after, {"model.safetensors", false});
  std::map<Part, bool> moved;
  for (const TensorSpec& spec : model_tensors(a.sizes())) {
    const auto x = a.model_tensor(spec.key), y = b.model_tensor(spec.key);
    moved[spec.part] = moved[spec.part] || to_floats(x) != to_floats(y);
  }
  return moved;
}

TEST(StageTraining, EachStageMovesExactlyItsOwnParts) {
  const MadePairs pairs(2, 12, 24);
  for (const std::string& stage : stage_names()) {
    const StageRecipe recipe = quick_and_whole(stage);
    // llm2vae starts at zero and lets no gradient through: the second update moves the generation expert.
    TempFolder folder;
    train_stage(options_for(folder / "out", recipe, 4), {{kTask, &pairs}});
    for (const auto& [part, moved] : moved_parts(start_folder(), folder / "out")) {
      EXPECT_EQ(moved, recipe.trains(part)) << stage << ": " << name_of(part);
    }
    Checkpoint::open(folder / "out").require_fit();
  }
}

/// Largest gradient of each part after one backward pass over a pack of the stage; every weight asks for one, so what is zero
/// here is zero because nothing flows, not because nobody looked.
std::map<Part, double> gradients_of(const StageRecipe& recipe, const MadePairs& pairs) {
  const Checkpoint checkpoint = Checkpoint::open(start_folder());
  const auto network = load_network(checkpoint);
  // A new model's velocity head is zero and would let nothing through either.
  network->parameters.value("llm2vae.weight").fill_(0.01);
  network->parameters.require_gradients([](Part) { return true; });
  const Tokenizer tokenizer = Tokenizer::load(start_folder());
  const InstanceBuilder builder({{kTask, &pairs}}, recipe.instances);
  PackStream stream(mixture_source(builder, tokenizer, recipe, 1), network->sizes, tokenizer.special(),
                    recipe, 1);
  const Pack pack = stream.next();
  Random random(1);
  ForwardSettings settings{{at::kFloat}};
  settings.decoder.freeze_understanding = recipe.freeze_understanding;
  const ForwardResult result =
      training_forward(pack.sequence, make_inputs(pack, *network, random), *network, settings);
  pack_loss(result, pack, recipe).total.backward();
  std::map<Part, double> largest;
  for (const auto& leaf : network->parameters.leaves()) {
    const at::Tensor& gradient = leaf.value.grad();
    const double value = gradient.defined() ? gradient.abs().max().item<double>() : 0.0;
    largest[leaf.part] = std::max(largest[leaf.part], value);
  }
  return largest;
}

TEST(StageTraining, GradientsAreExactlyZeroWhereNothingMayFlow) {
  const MadePairs pairs(2, 12, 24);
  const std::set<Part> reads = {Part::kUnderstanding, Part::kEmbedding, Part::kConnector, Part::kVit};
  for (const std::string& stage : stage_names()) {
    StageRecipe recipe = quick_and_whole(stage);
    recipe.dropout = {0, 0, 0};  // a condition that is left out takes no gradient either
    const auto largest = gradients_of(recipe, pairs);
    for (const auto& [part, value] : largest) {
      bool flows = false;
      if (reads.contains(part)) flows = !recipe.freeze_understanding;
      if (part == Part::kHead) flows = recipe.mixture.asks();
      if (part == Part::kGeneration || part == Part::kFlow) flows = recipe.mixture.synthesises();
      EXPECT_EQ(value > 0, flows) << stage << ": " << name_of(part) << " " << value;
      if (!flows) {
        EXPECT_EQ(value, 0.0) << stage << ": " << name_of(part);
      }
      if (recipe.trains(part)) {
        EXPECT_TRUE(flows) << stage << ": " << name_of(part);
      }
    }
  }
}

TEST(StageTraining, KilledAndResumedGivesTheSameBytes) {
  const MadePairs pairs(2, 12, 24);
  for (const std::string stage : {"mixed", "ucg"}) {
    TempFolder folder;
    StageOptions whole = options_for(folder / "whole", quick(stage), 6);
    whole.log_every = 4;
    train_stage(whole, {{kTask, &pairs}});
    StageOptions parts = whole;
    parts.to = folder / "parts";
    parts.checkpoint_every = 3;
    // Stop by an exception in the middle, after the checkpoint of update 3.
    int64_t drawn = 0;
    const Tokenizer tokenizer = Tokenizer::load(start_folder());
    const InstanceBuilder builder({{kTask, &pairs}}, parts.recipe.instances);
    const SampleSource source = mixture_source(builder, tokenizer, parts.recipe, parts.seed);
    const auto failing = [&](int64_t draw) {
      if (std::filesystem::exists(parts.to / "training.safetensors") && ++drawn > 2)
        throw std::runtime_error("power cut");
      return source(draw);
    };
    EXPECT_THROW(train_stage_on(parts, failing), std::runtime_error);
    EXPECT_THROW(train_stage(parts, {{kTask, &pairs}}), Error);  // unfinished: say resume
    parts.resume = true;
    const StageReport report = train_stage_on(parts, source);
    EXPECT_EQ(report.resumed_at, 3);
    for (const char* name : {"model.safetensors", "ema.safetensors", "log.jsonl", "training.json"}) {
      EXPECT_TRUE(read_file(folder / "whole" / name) == read_file(folder / "parts" / name))
          << stage << " " << name;
    }
    EXPECT_THROW(train_stage(parts, {{kTask, &pairs}}), Error);  // finished
  }
}

Curriculum short_curriculum() {
  Curriculum curriculum = curriculum_from_json({{"name", "unimedvl"}}, Json::object(), "test");
  for (auto& stage : curriculum.stages) {
    const StageRecipe base = quick(stage.recipe.stage);
    stage.recipe.images = base.images;
    stage.recipe.expected_tokens = base.expected_tokens;
    stage.recipe.max_tokens = base.max_tokens;
    stage.recipe.max_sample_tokens = base.max_sample_tokens;
    stage.recipe.warmup = 1;
    stage.recipe.lr = 1e-3;
    stage.recipe.ema_decay = 0.5;
    stage.recipe.latent_cache = 1;
  }
  return curriculum;
}

TEST(TrainCurriculum, KilledInItsSecondStageAndResumedGivesTheSameBytes) {
  const MadePairs pairs(2, 12, 24);
  const Curriculum curriculum = short_curriculum();
  TempFolder folder;
  StageOptions whole = options_for(folder / "whole", {}, 12);
  whole.checkpoint_every = 2;
  const auto reports = train_curriculum(whole, curriculum, {{kTask, &pairs}});
  ASSERT_EQ(reports.size(), 3u);
  StageOptions parts = whole;
  parts.to = folder / "parts";
  const auto stop = [&](size_t stage, const StageLine& line) {
    if (stage == 1 && line.update >= 4) throw std::runtime_error("power cut");
  };
  EXPECT_THROW(train_curriculum(parts, curriculum, {{kTask, &pairs}}, stop), std::runtime_error);
  EXPECT_THROW(train_curriculum(parts, curriculum, {{kTask, &pairs}}), Error);  // unfinished: say resume
  parts.resume = true;
  Curriculum other = curriculum;
  other.stages[0].recipe.lr = 2e-3;
  EXPECT_THROW(train_curriculum(parts, other, {{kTask, &pairs}}), Error);  // its first stage was another one
  const auto resumed = train_curriculum(parts, curriculum, {{kTask, &pairs}});
  EXPECT_EQ(resumed[0].resumed_at, resumed[0].updates);
  EXPECT_EQ(resumed[1].resumed_at, 2);
  for (const char* stage : {"1-unimedvl-foundation", "2-unimedvl-instruction", "."}) {
    for (const char* name : {"model.safetensors", "ema.safetensors", "log.jsonl", "training.json"}) {
      EXPECT_TRUE(read_file(folder / "whole" / stage / name) == read_file(folder / "parts" / stage / name))
          << stage << "/" << name;
    }
  }
  EXPECT_THROW(train_curriculum(parts, curriculum, {{kTask, &pairs}}), Error);  // finished
}

TEST(LatentCache, ChangesNothingAndEncodesEveryImageOnce) {
  const MadePairs pairs(1, 6, 32);
  const Checkpoint checkpoint = Checkpoint::open(start_folder());
  const auto network = load_network(checkpoint);
  const Tokenizer tokenizer = Tokenizer::load(start_folder());
  StageRecipe recipe = quick("ucg");
  recipe.dropout = {0, 0, 0};
  const InstanceBuilder builder({{kTask, &pairs}}, recipe.instances);
  PackStream stream(mixture_source(builder, tokenizer, recipe, 1), network->sizes, tokenizer.special(),
                    recipe, 1);
  LatentCache large(1 << 20), none(0), one_image(200 * sizeof(float) * 4);
  int64_t images = 0;
  for (uint64_t update = 0; update < 12; ++update) {
    const Pack pack = stream.next();
    images += static_cast<int64_t>(pack.sequence.vae_images.size());
    Random a(update), b(update), c(update), d(update);
    const PackedInputs x = make_inputs(pack, *network, a, &large), y = make_inputs(pack, *network, b, &none),
                       z = make_inputs(pack, *network, c, &one_image), w = make_inputs(pack, *network, d);
    EXPECT_TRUE(x.latents.equal(y.latents));
    EXPECT_TRUE(x.latents.equal(z.latents));
    EXPECT_TRUE(x.noise.equal(w.noise));
    EXPECT_LT((x.latents - w.latents).abs().max().item<double>(), 1e-5);  // encoded in a batch
  }
  EXPECT_LE(large.encoded(), 12);  // six sources, six targets
  EXPECT_EQ(none.encoded(), images);
  EXPECT_GT(one_image.encoded(), large.encoded());
}

TEST(StageTraining, ResumingAnotherTrainingIsRefused) {
  const MadePairs pairs(2, 12, 24);
  TempFolder folder;
  StageOptions options = options_for(folder / "a", quick("gau"), 6);
  options.checkpoint_every = 2;
  set_quiet(true);
  const auto stop = [&](const StageLine& line) {
    if (line.update >= 4) throw std::runtime_error("stop");
  };
  EXPECT_THROW(train_stage(options, {{kTask, &pairs}}, stop), std::runtime_error);
  options.resume = true;
  options.recipe.lr = 2e-3;
  try {
    train_stage(options, {{kTask, &pairs}});
    FAIL() << "resumed with another learning rate";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("\"recipe\" differs"));
  }
}

TEST(StageTraining, RecomputingLayersChangesNoGradient) {
  NEEDS_FIXTURE("F1");
  const testing::Fixture f("F1");
  const auto a = testing::copy_of_fixture_network(), b = testing::copy_of_fixture_network();
  const PackedSequence s = testing::sequence_from(f);
  ForwardSettings settings{{at::kFloat}};
  for (const bool frozen : {false, true}) {
    settings.decoder.freeze_understanding = frozen;
    for (Network* n : {a.get(), b.get()}) {
      n->parameters.require_gradients([](Part) { return true; });
      for (auto& leaf : n->parameters.leaves()) leaf.value.mutable_grad().reset();
      settings.decoder.checkpoint_layers = n == b.get();
      const ForwardResult result = training_forward(s, testing::inputs_from(f, s, *n), *n, settings);
      (mse_loss(result) + ce_loss(result)).backward();
    }
    for (size_t i = 0; i < a->parameters.leaves().size(); ++i) {
      const at::Tensor &x = a->parameters.leaves()[i].value.grad(),
                       &y = b->parameters.leaves()[i].value.grad();
      const double norm = x.defined() ? x.norm().item<double>() : 0;
      EXPECT_EQ(norm == 0, !y.defined() || y.norm().item<double>() == 0) << a->parameters.leaves()[i].name;
      if (norm > 1e-4) {
        EXPECT_LT((x - y).norm().item<double>() / norm, 1e-5) << a->parameters.leaves()[i].name;
      }
    }
  }
}

TEST(StageTraining, AccumulatedPacksAverageTheirGradients) {
  // One update over two packs equals the mean of the two packs' gradients; the loss of the log is their mean too.
  const MadePairs pairs(2, 12, 24);
  TempFolder folder;
  StageRecipe recipe = quick("gau");
  recipe.accumulation = 2;
  std::vector<StageLine> lines;
  StageOptions options = options_for(folder / "a", recipe, 2);
  options.log_every = 1;
  train_stage(options, {{kTask, &pairs}}, [&](const StageLine& line) { lines.push_back(line); });
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_GT(lines[0].tokens, 2 * 100);
  EXPECT_EQ(lines[0].lr, 0.0);  // warm-up starts at zero
}

TEST(Autoencoder, LearnsAndLeavesAUsableModel) {
  const MadePairs pairs(2, 6, 32);
  TempFolder folder;
  AutoencoderOptions options;
  options.from = start_folder();
  options.to = folder / "out";
  options.updates = 30;
  options.batch = 2;
  options.side = 16;
  options.log_every = 10;
  options.lr = 2e-3;
  const AutoencoderReport report = train_autoencoder(options, {{kTask, &pairs}});
  EXPECT_LT(report.last_loss, report.first_loss);
  const Checkpoint checkpoint = Checkpoint::open(folder / "out");
  checkpoint.require_fit();
  EXPECT_EQ(checkpoint.sizes().vae.scale, report.scale);
  for (const auto& [part, moved] : [&] {
         std::map<Part, bool> m;
         const Checkpoint before = Checkpoint::open(start_folder());
         for (const TensorSpec& spec : model_tensors(before.sizes())) {
           m[spec.part] = m[spec.part] || to_floats(before.model_tensor(spec.key)) !=
                                              to_floats(checkpoint.model_tensor(spec.key));
         }
         return m;
       }()) {
    EXPECT_FALSE(moved) << name_of(part);
  }
}

}  // namespace
}  // namespace synerbench::reference
