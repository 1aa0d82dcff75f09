// Stages, curricula and the autoencoder in training, on a new tiny model: where gradients go, resuming,
// lineage, what is refused.
#include "reference/family_training.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "harness/train/weights.h"
#include "reference/manage/manage.h"
#include "reference/methods.h"
#include "reference/reference.h"
#include "reference/stages/autoencoder.h"
#include "reference/stages/stage_trainer.h"
#include "tests/reference/support/pairs.h"
#include "tests/reference/support/training.h"
#include "tests/support/derived_pairs.h"
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
  if (recipe.mixture.asks() && recipe.mixture.synthesizes()) {
    recipe.expected_tokens = 900;
    recipe.max_tokens = 1200;
  }
  return recipe;
}

/// A stage in training on pairs of one task.
struct Bench {
  Bench(const MadePairs& pairs, const StageRecipe& recipe)
      : network(load_network(Checkpoint::open(start_folder()))),
        tokenizer(Tokenizer::load(start_folder())),
        builder({{kTask, &pairs}}, recipe.instances),
        trainer(*network, tokenizer.special(), recipe, mixture_source(builder, tokenizer, recipe, 1), 1) {}

  Losses update(uint64_t number) {
    Random random(number);
    return trainer.step(random);
  }

  std::unique_ptr<Network> network;
  Tokenizer tokenizer;
  InstanceBuilder builder;
  StageTrainer trainer;
};

std::vector<at::Tensor> copies(const Parameters& parameters) {
  std::vector<at::Tensor> values;
  for (const auto& leaf : parameters.leaves()) values.push_back(leaf.value.detach().clone());
  return values;
}

TEST(StageTrainer, MovesExactlyThePartsOfItsStage) {
  const MadePairs pairs(2, 12, 24);
  for (const std::string& stage : stage_names()) {
    const StageRecipe recipe = quick_and_whole(stage);
    Bench bench(pairs, recipe);
    const std::vector<at::Tensor> before = copies(bench.network->parameters),
                                  vae = copies(bench.network->vae_parameters);
    // llm2vae starts at zero and lets no gradient through: the second update moves the generation expert.
    for (uint64_t update = 0; update < 4; ++update) bench.update(update);
    std::map<Part, bool> moved;
    for (size_t i = 0; i < before.size(); ++i) {
      const auto& leaf = bench.network->parameters.leaves()[i];
      moved[leaf.part] = moved[leaf.part] || !leaf.value.equal(before[i]);
    }
    for (const auto& [part, did] : moved)
      EXPECT_EQ(did, recipe.trains(part)) << stage << ": " << name_of(part);
    for (size_t i = 0; i < vae.size(); ++i)
      EXPECT_TRUE(bench.network->vae_parameters.leaves()[i].value.equal(vae[i]));
  }
}

/// Largest gradient of each part after one backward pass over a pack of the stage. Every weight asks for one,
/// so what is zero here is zero because nothing flows, not because nobody looked.
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
      if (part == Part::kGeneration || part == Part::kFlow) flows = recipe.mixture.synthesizes();
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

const FamilyMember& member(const std::string& name) {
  for (const FamilyMember& one : family_members()) {
    if (one.name == name) return one;
  }
  throw std::logic_error(name);
}

/// A new tiny model: 6 updates of the autoencoder, then 18 of the curriculum.
constexpr int64_t kUpdates = 24;
Json tiny_config(const Json& recipe = Json::object()) {
  Json config{{"preset", "tiny"}, {"updates", kUpdates}, {"recipe", {{"warmup", 1}, {"ema_decay", 0.5}}}};
  config["recipe"].update(recipe);
  return config;
}

class FamilyTrains : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { set_quiet(true); }

  TrainOptions options(const std::string& name) const {
    TrainOptions options;
    options.folder = folder_ / name;
    options.seed = 5;
    options.log_every = 4;
    options.validation_slices = 2;
    return options;
  }
  TrainReport run(TrainOptions options, const std::string& method, const Json& config,
                  const PairSource& pairs, const Json& recipe = Json::object()) const {
    const auto model = make_family_training(member(method), config, "cpu", "test");
    options.recipe = recipe_from_json(recipe, "test", model->recipe());
    return train(options, *model, {{kTask, &pairs}}, {{kTask, &validation_}});
  }
  std::string refused(const Json& config, const Json& recipe = Json::object(),
                      const std::string& method = "synermedgen") {
    try {
      run(options("refused"), method, config, pairs_, recipe);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.what();
    }
    return "";
  }
  std::map<std::string, std::string> files(const std::string& name) const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / name))
      all[entry.path().filename().string()] = read_file(entry.path());
    return all;
  }
  std::vector<Json> log(const std::string& name, const std::string& event) const {
    std::vector<Json> lines;
    const std::string text = read_file(folder_ / name / "log.jsonl");
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      Json line = parse_json(text.substr(begin, end - begin), "log");
      if (line.at("event") == event) lines.push_back(line);
      begin = end + 1;
    }
    return lines;
  }

  TempFolder folder_;
  MadePairs pairs_{2, 12, 32}, validation_{1, 3, 32};
};

TEST_F(FamilyTrains, AutoencoderAndStagesInOneTraining) {
  const TrainReport report = run(options("w"), "synermedgen", tiny_config(), pairs_);
  EXPECT_EQ(report.updates, kUpdates);
  const Json phases = log("w", "start").front().at("phases");
  ASSERT_EQ(phases.size(), 3u);
  EXPECT_EQ(phases[0], (Json{{"phase", "autoencoder"}, {"updates", 6}}));
  EXPECT_EQ(phases[1]["phase"], "gau");
  EXPECT_EQ(phases[2]["phase"], "ucg");
  // Each phase has lines of its own, and only one that learns synthesis is validated and can be selected.
  std::set<std::string> seen;
  for (const Json& line : log("w", "losses")) seen.insert(line.at("phase").get<std::string>());
  EXPECT_EQ(seen, (std::set<std::string>{"autoencoder", "gau", "ucg"}));
  ASSERT_FALSE(log("w", "validation").empty());
  for (const Json& line : log("w", "validation")) EXPECT_EQ(line.at("phase"), "ucg");
  EXPECT_GT(report.selected_update, 6 + phases[1]["updates"].get<int64_t>());
  ASSERT_TRUE(report.selected_score.has_value());
  const Json config = read_json(folder_ / "w/config.json");
  EXPECT_EQ(config["method"], "synermedgen");
  EXPECT_EQ(config["training"]["images_seen"], report.images_seen);
  EXPECT_GT(report.images_seen, kUpdates);
  EXPECT_NE(read_json(folder_ / "w/vae_config.json")["scale_factor"], 1.0);
  EXPECT_NO_THROW(Checkpoint::open(folder_ / "w").require_fit());
}

TEST_F(FamilyTrains, KilledAnywhereAndResumedGivesTheSameBytes) {
  const Json config = tiny_config();
  TrainOptions whole = options("whole");
  whole.checkpoint_every = 5;
  run(whole, "unimedvl", config, pairs_);
  const auto wanted = files("whole");
  EXPECT_FALSE(wanted.contains("checkpoint.safetensors"));
  int killed = 0;
  for (const int64_t reads : {3, 14, 40, 90, 150}) {
    const std::string name = "parts" + std::to_string(reads);
    TrainOptions parts = whole;
    parts.folder = folder_ / name;
    try {
      run(parts, "unimedvl", config, testing_support::Breaking(pairs_, reads));
    } catch (const std::runtime_error&) {
      ++killed;
    }
    parts.resume = true;
    run(parts, "unimedvl", config, pairs_);
    EXPECT_TRUE(files(name) == wanted) << "killed at read " << reads;
  }
  EXPECT_GE(killed, 4);
}

TEST_F(FamilyTrains, FromABaseKeepsItsAutoencoderAndRecordsIt) {
  Json config = tiny_config();
  config["base"] = start_folder().string();
  config["curriculum"] = "ucg";
  run(options("w"), "synermedgen", config, pairs_);
  const Json made = read_json(folder_ / "w/config.json");
  const Checkpoint base = Checkpoint::open(start_folder()), weights = Checkpoint::open(folder_ / "w");
  EXPECT_EQ(made["config"]["base_sha256"], base.weights_sha256());
  for (const TensorSpec& spec : vae_tensors(base.sizes().vae)) {
    const TensorView a = base.vae_tensor(spec.key), b = weights.vae_tensor(spec.key);
    EXPECT_TRUE(std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end())) << spec.key;
  }
  EXPECT_EQ(weights.sizes(), base.sizes());
  config["base_sha256"] = std::string(64, '0');
  EXPECT_THAT(refused(config), ::testing::HasSubstr("/base_sha256"));
}

TEST_F(FamilyTrains, RecordsTheLineageOfItsStages) {
  using K = SampleKind;
  // A base that saw pictures alone, questions on it, synthesis on these.
  Json config = tiny_config();
  config["curriculum"] = "base-plain";
  config["autoencoder"]["pictures"] = 1;
  run(options("base"), "bagel", config, pairs_);
  config = tiny_config();
  config["base"] = (folder_ / "base").string();
  config["curriculum"] = "gau";
  run(options("gau"), "synermedgen", config, pairs_);
  config["base"] = (folder_ / "gau").string();
  config["curriculum"] = "ucg";
  run(options("ucg"), "synermedgen", config, pairs_);
  const Lineage lineage = *read_weights_config(folder_ / "ucg", "synermedgen").lineage;
  ASSERT_EQ(lineage.trainings.size(), 3u);
  EXPECT_EQ(lineage.trainings[0].samples, std::vector<K>{K::kSynthesis});
  EXPECT_EQ(lineage.trainings[0].synthesis, (std::vector<LearnedRoute>{{"made", kTask.id}}));
  EXPECT_EQ(lineage.trainings[1].samples, std::vector<K>{K::kGauQuestions});
  EXPECT_TRUE(lineage.trainings[1].synthesis.empty());
  EXPECT_EQ(lineage.trainings[1].data_sets, std::vector<std::string>{"made"});
  EXPECT_EQ(lineage.trainings[2].model, "bagel");
  EXPECT_EQ(lineage.trainings[2].samples, (std::vector<K>{K::kPictures, K::kEdits}));
  EXPECT_TRUE(lineage.trainings[2].data_sets.empty()) << "it has seen no patient";
  // As a method and as a checkpoint.
  LoadRequest request;
  request.path = folder_ / "ucg";
  for (const char* method : {"synermedgen", "reference"}) {
    const ModelInfo info = find_method(reference_methods(), method, "test").load(request)->info();
    EXPECT_EQ(to_json(*lineage_for(info, "any-task")), to_json(lineage)) << method;
    EXPECT_TRUE(info.tasks.empty()) << "it can be asked for any task";
  }
  // In the official layout they are the same weights, and learned from the same.
  convert_checkpoint(folder_ / "ucg", folder_ / "converted", {});
  request.path = folder_ / "converted";
  Lineage same = lineage;
  same.trainings.front().weights_sha256 = Checkpoint::open(folder_ / "converted").weights_sha256();
  const ModelInfo info = find_method(reference_methods(), "reference", "test").load(request)->info();
  ASSERT_TRUE(lineage_for(info, "any-task"));
  EXPECT_EQ(to_json(*lineage_for(info, "any-task")), to_json(same));
  config["base"] = (folder_ / "converted").string();
  run(options("on"), "synermedgen", config, pairs_);
  EXPECT_EQ(read_weights_config(folder_ / "on", "synermedgen").lineage->trainings.size(), 4u);
}

TEST_F(FamilyTrains, LineageOfABaseThatNobodyRecordedIsUnknown) {
  Json config = tiny_config();
  config["base"] = start_folder().string();
  config["curriculum"] = "shuffled";
  run(options("w"), "shuffled", config, pairs_);
  const Lineage lineage = *read_weights_config(folder_ / "w", "shuffled").lineage;
  ASSERT_EQ(lineage.trainings.size(), 2u);
  EXPECT_EQ(lineage.trainings[0].samples, std::vector<SampleKind>{SampleKind::kShuffledQuestions});
  EXPECT_FALSE(lineage.trainings[1].recorded);
  EXPECT_EQ(lineage.trainings[1].weights_sha256, Checkpoint::open(start_folder()).weights_sha256());
}

TEST_F(FamilyTrains, WeightsLoadAsTheMethodAndAsACheckpoint) {
  Json config = tiny_config();
  config["base"] = start_folder().string();
  config["curriculum"] = "ucg";
  run(options("w"), "synermedgen", config, pairs_);
  const MethodTable rows = reference_methods();
  LoadRequest request;
  request.path = folder_ / "w";
  const auto method = find_method(rows, "synermedgen", "test").load(request);
  request.options = read_json(folder_ / "w/config.json")["config"]["generation"];
  const auto checkpoint = find_method(rows, "reference", "test").load(request);
  const ModelInfo info = method->info();
  EXPECT_EQ(info.name, "synermedgen");
  EXPECT_EQ(info.label, "SynerMedGen");
  EXPECT_EQ(info.switches["training"]["updates"], kUpdates);
  Json settings = info.switches;
  settings.erase("training");
  EXPECT_EQ(checkpoint->info().switches, settings);
  std::vector<float> source(32 * 32), target(source), a(source), b(source);
  validation_.read(0, source, target, {});
  const uint64_t seed = 7;
  method->prepare(kTask, validation_);
  method->synthesize(kTask, {1, 32, 32, source}, {&seed, 1}, a);
  checkpoint->synthesize(kTask, {1, 32, 32, source}, {&seed, 1}, b);
  EXPECT_EQ(a, b);
}

TEST_F(FamilyTrains, RefusesWhatDoesNotFit) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refused({{"preset", "official"}}), HasSubstr("/base"));
  EXPECT_THAT(refused(tiny_config({{"warmup", 2000}})), HasSubstr("a warm-up of 2000 updates does not fit"));
  EXPECT_THAT(refused(tiny_config({{"ema_decay", 0.9999}})), HasSubstr("an average over 10000 updates"));
  EXPECT_THAT(refused(tiny_config({{"lr", -1}})), HasSubstr("/lr"));
  EXPECT_THAT(refused(tiny_config(), {{"decay", 3}}), HasSubstr("recipe: /decay"));
  EXPECT_THAT(refused(tiny_config(), {{"unit", "epochs"}}), HasSubstr("recipe: /unit"));
  EXPECT_THAT(refused(tiny_config(), {{"pairing", "random_slice"}}), HasSubstr("recipe: /pairing"));
  Json config = tiny_config();
  config["autoencoder"]["side"] = 4096;
  EXPECT_THAT(refused(config), HasSubstr("crops of 4096 pixels do not fit"));
  config = tiny_config();
  config["generation"]["points"] = 1;
  EXPECT_THAT(refused(config), HasSubstr("points"));
  config = tiny_config();
  config["curriculum"] = "unimed";
  EXPECT_THAT(refused(config), HasSubstr("unimedvl"));
}

TEST(Family, TheDocumentationHasTheTableOfFields) {
  const std::filesystem::path path = std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "docs/reference-model.md";
  const std::string text = read_file(path), begin = "<!-- fields of the family -->\n",
                    end = "<!-- end of the family -->\n",
                    table = "\n" +
                            to_markdown(
                                find_method(reference_methods(), "synermedgen", "test").training->config) +
                            "\n";
  const size_t from = text.find(begin), to = text.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << path;
  const size_t first = from + begin.size();
  if (std::getenv("SYNERBENCH_UPDATE_GOLDEN"))
    return write_file(path, text.substr(0, first) + table + text.substr(to));
  EXPECT_EQ(text.substr(first, to - first), table) << "run this test with SYNERBENCH_UPDATE_GOLDEN=1";
}

TEST_F(FamilyTrains, AugmentationOfTheRecipeIsUsed) {
  run(options("plain"), "bagel", tiny_config(), pairs_);
  run(options("flipped"), "bagel", tiny_config(), pairs_, {{"augmentation", "flip"}});
  EXPECT_NE(files("plain")["ema.safetensors"], files("flipped")["ema.safetensors"]);
}

TEST_F(FamilyTrains, SlicesOfATrainingAreKnownBeforeIt) {
  const auto model = make_family_training(member("synermedgen"), tiny_config(), "cpu", "test");
  const Recipe recipe = model->recipe();
  const std::vector<TaskPairs> tasks{{kTask, &pairs_}};
  model->begin({tasks, recipe, 5, kUpdates});
  const TrainReport report = run(options("w"), "synermedgen", tiny_config(), pairs_);
  EXPECT_EQ(model->slices_in(kUpdates), report.images_seen);
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

TEST(StageTrainer, AccumulatesPacks) {
  const MadePairs pairs(2, 12, 24);
  StageRecipe recipe = quick("gau");
  recipe.accumulation = 2;
  Bench bench(pairs, recipe);
  const Losses losses = bench.update(0);
  EXPECT_EQ(losses.back().first, "tokens");
  EXPECT_GT(losses.back().second, 2 * 100);
}

TEST(Autoencoder, LearnsAndMeasuresItsLatents) {
  const MadePairs pairs(2, 6, 32);
  const auto network = load_network(Checkpoint::open(start_folder()));
  const std::vector<at::Tensor> before = copies(network->parameters);
  AutoencoderTrainer trainer(*network, {.batch = 2, .side = 16, .lr = 2e-3}, {{kTask, &pairs}});
  EXPECT_EQ(network->sizes.vae.scale, 1.0);
  double first = 0, last = 0;
  for (uint64_t update = 0; update < 30; ++update) {
    Random random(update);
    const double loss = trainer.step(random).front().second;
    if (update < 10) first += loss;
    if (update >= 20) last += loss;
  }
  EXPECT_LT(last, first);
  Random random(1);
  trainer.measure(random);
  EXPECT_NE(network->sizes.vae.scale, 1.0);
  EXPECT_EQ(network->vae.sizes().scale, network->sizes.vae.scale);
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(network->parameters.leaves()[i].value.equal(before[i]));
}

}  // namespace
}  // namespace synerbench::reference
