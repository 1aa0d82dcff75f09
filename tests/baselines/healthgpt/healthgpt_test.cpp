// HealthGPT: H-LoRA against its definition, decoding with and without a cache, stages, settings, weights,
// resume.
#include "baselines/healthgpt/healthgpt.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "baselines/healthgpt/detail/generate.h"
#include "harness/core/file.h"
#include "harness/nn/state.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace healthgpt;
using namespace testing_support;
using testing::HasSubstr;

const TestedMethod kMethod(healthgpt_method());

const Task kThere{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kOther{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
constexpr int64_t kSide = 16;

const Json kMini = {
    {"preset", "tiny"},
    {"image_size", kSide},
    {"updates", 10},
    {"stages",
     {{"tokenizer", 0.2}, {"language", 0.2}, {"alignment", 0.2}, {"fusion", 0.2}, {"instruction", 0.2}}},
    {"tokenizer",
     {{"width", 8},
      {"multipliers", {1, 2, 2}},
      {"gn_groups", 4},
      {"codes", 16},
      {"latent_channels", 4},
      {"code_channels", 4}}},
    {"vision", {{"size", kSide}, {"patch", 4}, {"width", 16}, {"layers", 3}, {"heads", 2}}},
    {"language", {{"width", 16}, {"layers", 2}, {"heads", 2}, {"mlp", 24}}},
    {"understanding", {{"rank", 4}, {"experts", 2}, {"alpha", 8}}},
    {"generation", {{"rank", 8}, {"experts", 2}, {"alpha", 16}}}};

/// Objects within are changed too, not replaced.
Json with(Json config, const Json& fields) {
  config.update(fields, /*merge_objects=*/true);
  return config;
}

Config parsed(const Json& json) { return fields().read(json, "test"); }

at::Tensor noise_of(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return nn::random_normal(shape, 0, 1, random, at::kCPU);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

at::Tensor tensor_named(torch::nn::Module& network, const std::string& name) {
  for (const nn::NamedTensor& named : nn::state_of(network)) {
    if (named.name == name) return named.tensor.detach();
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

/// Fresh weights in which the plug-ins, which start silent, say something.
void stir(Networks& networks, uint64_t seed) {
  Random random(seed);
  networks.initialize(random);
  for (const NetworkHandle& handle : networks.handles()) {
    for (const nn::NamedTensor& named : nn::state_of(*handle.network)) {
      if (named.name.find("lora_B") == std::string::npos) continue;
      named.tensor.detach().copy_(nn::random_normal(named.tensor.sizes(), 0, 0.2, random, at::kCPU));
    }
  }
}

TEST(HLora, IsSilentWhenFreshAndSpeaksAfterwards) {
  const Config config = parsed(kMini);
  Networks networks(config, "cpu");
  Random random(1);
  networks.initialize(random);
  const at::Tensor x = noise_of({2, 7, 16}, 2);
  c10::NoGradGuard no_grad;
  const at::Tensor bare = networks.language->forward(x, nullptr);
  EXPECT_TRUE(at::equal(networks.language->forward(x, networks.generation.get()), bare));
  EXPECT_TRUE(at::equal(networks.language->forward(x, networks.understanding.get()), bare));
  stir(networks, 1);
  const at::Tensor generating = networks.language->forward(x, networks.generation.get());
  EXPECT_GT(largest_difference(generating, bare), 0.01);
  EXPECT_GT(largest_difference(generating, networks.language->forward(x, networks.understanding.get())),
            0.01);
}

TEST(HLora, EqualsTheRoutedSumOverExpertsWrittenOut) {
  for (const int64_t experts : {1, 2, 4}) {
    const PlugInOptions options{.rank = 8, .experts = experts, .alpha = 12};
    HLora plug_in(6, 5, options);
    const at::Tensor a = tensor_named(plug_in, "lora_A.weight"), b = tensor_named(plug_in, "lora_B.weight"),
                     route = tensor_named(plug_in, "lora_route.weight");
    a.copy_(noise_of(a.sizes(), 1));
    b.copy_(noise_of(b.sizes(), 2));
    route.copy_(noise_of(route.sizes(), 3));
    const at::Tensor x = noise_of({3, 6}, 4);
    at::Tensor wanted = at::zeros({3, 5});
    const int64_t rank = options.rank / experts;
    for (int64_t token = 0; token < 3; ++token) {
      const at::Tensor weights = at::softmax(at::mv(route, x[token]), 0);
      for (int64_t i = 0; i < experts; ++i) {
        const at::Tensor low = at::mv(a.narrow(0, i * rank, rank), x[token]);
        wanted[token].add_(weights[i] * 12.0 / 8.0 * static_cast<double>(experts) *
                           at::mv(b.narrow(1, i * rank, rank), low));
      }
    }
    EXPECT_LT(largest_difference(plug_in.delta(x), wanted), 1e-4) << experts << " experts";
    if (experts > 1) continue;
    const at::Tensor lora = 12.0 / 8.0 * at::mm(at::mm(x, a.t()), b.t());
    EXPECT_LT(largest_difference(plug_in.delta(x), lora), 1e-4) << "one expert is a LoRA with alpha / r";
  }
}

TEST(Decoder, SeesNothingThatComesLater) {
  Networks networks(parsed(kMini), "cpu");
  stir(networks, 3);
  c10::NoGradGuard no_grad;
  const at::Tensor x = noise_of({1, 9, 16}, 1);
  at::Tensor changed = x.clone();
  changed.narrow(1, 6, 3).copy_(noise_of({1, 3, 16}, 2));
  const at::Tensor before = networks.language->forward(x, networks.generation.get()),
                   after = networks.language->forward(changed, networks.generation.get());
  EXPECT_TRUE(at::equal(before.narrow(1, 0, 6), after.narrow(1, 0, 6)));
  EXPECT_GT(largest_difference(before[0][6], after[0][6]), 1e-3);
}

TEST(Generation, WithACacheEqualsWithout) {
  for (const char* constrained : {"on", "off"}) {
    const Config config = parsed(with(kMini, {{"constrained", constrained}}));
    Networks networks(config, "cpu");
    stir(networks, 4);
    const at::Tensor slice = noise_of({1, 1, kSide, kSide}, 5);
    const Ids words = Vocabulary::get().encode(conversion_text(Modality::kMRI, Modality::kCT, 1));
    std::vector<at::Tensor> fast, slow;
    Random one(1), two(1);
    const GeneratedPicture a = generate_codes(networks, config, slice, words, one, true, &fast);
    const GeneratedPicture b = generate_codes(networks, config, slice, words, two, false, &slow);
    EXPECT_EQ(a.codes, b.codes);
    ASSERT_EQ(fast.size(), slow.size());
    for (size_t i = 0; i < fast.size(); ++i)
      EXPECT_LT(largest_difference(fast[i], slow[i]), 2e-5) << constrained << ", step " << i;
    EXPECT_EQ(a.well_formed, config.constrained) << "an untrained model writes no picture by itself";
    if (config.constrained) {
      EXPECT_EQ(a.codes.size(), 16u);
    }
  }
}

TEST(Words, QuestionsAreAboutOneImageAndParaphrasesOfOneLength) {
  const Vocabulary& vocabulary = Vocabulary::get();
  for (int p = 0; p < kParaphrases; ++p) {
    for (int q = 0; q < kQuestions; ++q) {
      const auto question = static_cast<Question>(q);
      const std::string text = question_text(question, p);
      EXPECT_EQ(vocabulary.encode(text).size(), vocabulary.encode(question_text(question, 0)).size());
      EXPECT_EQ(vocabulary.decode(vocabulary.encode(text)), text);
      for (const char* word : {"convert", "into", "its", "version", "pair", "CT", "MRI"})
        EXPECT_THAT(" " + text + " ", testing::Not(HasSubstr(std::string(" ") + word + " ")));
    }
    EXPECT_EQ(vocabulary.encode(conversion_text(Modality::kCT, Modality::kPET, p)).size(), 8u);
    EXPECT_EQ(vocabulary.encode(reconstruction_text(p)).size(), 3u);
  }
  std::set<std::string> routes;
  for (const Modality a : all_modalities())
    for (const Modality b : all_modalities()) routes.insert(conversion_text(a, b, 0));
  EXPECT_EQ(routes.size(), all_modalities().size() * all_modalities().size());
  EXPECT_EQ(answer_text(Question::kCaption, "head-neck", Modality::kMRI), "axial MRI of head-neck");
}

TEST(HealthGptStages, ShareTheBudget) {
  const Stages stages(1000, {0.25, 0.05, 0.2, 0.05, 0.45});
  EXPECT_EQ(stages.first(Stage::kTokenizer), 0);
  EXPECT_EQ(stages.first(Stage::kLanguage), 250);
  EXPECT_EQ(stages.first(Stage::kAlignment), 300);
  EXPECT_EQ(stages.first(Stage::kFusion), 500);
  EXPECT_EQ(stages.first(Stage::kInstruction), 550);
  EXPECT_EQ(stages.length(Stage::kInstruction), 450);
  const Stages without(100, {0, 0, 0.5, 0, 0.5});
  EXPECT_EQ(without.first(Stage::kAlignment), 0);
  EXPECT_EQ(without.first(Stage::kInstruction), 50);
}

TEST(HealthGptStages, ArePhasesWithSchedulesOfTheirOwn) {
  const auto model = kMethod.make({{"preset", "tiny"}, {"updates", 1000}});
  const auto lengths = [&](int64_t updates) {
    std::vector<int64_t> all;
    for (const Phase& phase : model->phases(updates)) all.push_back(phase.updates);
    return all;
  };
  EXPECT_EQ(lengths(1000), (std::vector<int64_t>{250, 50, 200, 50, 450}));
  EXPECT_EQ(lengths(280), (std::vector<int64_t>{250, 30, 0, 0, 0})) << "broken off early";
  EXPECT_EQ(lengths(2000), (std::vector<int64_t>{250, 50, 200, 50, 1450})) << "the last goes on";
  for (const Phase& phase : model->phases(1000)) {
    EXPECT_EQ(phase.synthesizes, phase.name == "instruction") << phase.name;
    EXPECT_EQ(phase.schedule.length, phase.updates) << phase.name;
  }
  // A rise over 3 % of 450 updates, over a cosine to 0.
  const Schedule last = model->phases(2000).back().schedule;
  EXPECT_NEAR(last.factor(0), 1 / 13.5, 1e-12);
  EXPECT_NEAR(last.factor(225), 0.5, 1e-12);
  EXPECT_EQ(last.factor(450), 0);
  EXPECT_EQ(last.factor(1449), 0);
}

class HealthGpt : public ModelTest {
 protected:
  TrainOptions options(const std::string& name, const Trainable& model) const {
    TrainOptions options;
    options.folder = folder_ / name;
    options.recipe = model.recipe();
    options.recipe.batch = 2;
    return options;
  }
  std::filesystem::path trained(const std::string& name, const Json& config) {
    const auto model = kMethod.make(config);
    train(options(name, *model), *model, {{kThere, &pairs_}, {kOther, &others_}}, {});
    return folder_ / name;
  }
  std::vector<float> slices() const { return slices_of(pairs_); }

  const SyntheticPairs pairs_{4, kSide, 1}, others_{4, kSide, 5};
};

TEST_F(HealthGpt, SizesEqualThePublishedOnes) {
  const Config official = parsed(Json::object());
  const auto count = [](torch::nn::Module& module) { return nn::parameter_count(module); };
  const PlugIn generation(official.language, official.vision.width, official.generation);
  EXPECT_EQ(count(generation->adapters()), 404'881'408);
  EXPECT_EQ(count(generation->projector()), 12'589'056);
  const PlugIn understanding(official.language, official.vision.width, official.understanding);
  EXPECT_EQ(count(understanding->adapters()), 102'891'520);
  EXPECT_EQ(official.generation.scale(), 8);
  EXPECT_EQ(official.understanding.scale(), 8);
  EXPECT_EQ(official.picture_tokens(), 1024);
  EXPECT_EQ(official.vision.tokens(), 576);
  EXPECT_EQ(PictureTokens{official.tokenizer.codes}.count(), 8195);
  // The published tokenizer is of the Gumbel kind: beside the same network it has a layer from latents to
  // 8192 logits. Together 69.0 million.
  nn::VqAutoencoder tokenizer(official.tokenizer);
  EXPECT_EQ(count(*tokenizer), 66'890'627);
  EXPECT_NEAR(static_cast<double>(count(*tokenizer) + 256 * 8192 + 8192), 69.0e6, 0.05e6);
  nn::VqAutoencoderOptions two_blocks = parsed({{"preset", "tiny"}}).tokenizer;
  two_blocks.blocks = 2;
  EXPECT_NEAR(static_cast<double>(count(*nn::VqAutoencoder(two_blocks))), 4.3e6, 0.05e6);

  const auto tiny = kMethod.make({{"preset", "tiny"}});
  const ModelInfo info = tiny->synthesizer().info();
  const std::vector<std::pair<std::string, int64_t>> parts{
      {"vqgan", 3'223'633},           {"vision_tower", 1'008'384},
      {"language_model", 2'656'704},  {"fusion_layer_weights", 119'808},
      {"com_hlora_weights", 235'392}, {"gen_hlora_weights", 677'760}};
  std::vector<std::pair<std::string, int64_t>> seen;
  for (const NetworkHandle& handle : tiny->networks()) seen.emplace_back(handle.name, count(*handle.network));
  EXPECT_EQ(seen, parts);
  EXPECT_EQ(info.parameters, 7'921'681);  // the specification wants 3 to 8 million with the tokenizer
  EXPECT_EQ(info.network_evaluations, 64);
  EXPECT_TRUE(info.deterministic);
  for (const char* preset : {"tiny", "medium", "official"}) {
    const Json complete = fields().write(parsed({{"preset", preset}}));
    EXPECT_EQ(fields().write(parsed(complete)), complete);
  }
}

TEST_F(HealthGpt, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) {
    return error_of([&] { kMethod.make(with(kMini, config)); });
  };
  EXPECT_THAT(refused({{"preset", "large"}}), HasSubstr("healthgpt configuration: /preset"));
  EXPECT_THAT(refused({{"route", Json::array()}}), HasSubstr("did you mean \"routes\"?"));
  EXPECT_THAT(refused({{"stages", {{"fusion", 0.5}}}}), HasSubstr("add up to 1.3"));
  EXPECT_THAT(refused({{"stages", {{"tokenizer", 0}, {"language", 0.4}}}}),
              HasSubstr("the tokenizer is neither trained nor loaded"));
  EXPECT_THAT(refused({{"stages", {{"instruction", 0}, {"language", 0.4}}}}),
              HasSubstr("no update is left for instruction"));
  EXPECT_THAT(refused({{"stages", {{"alignment", 0}, {"language", 0.4}}}}),
              HasSubstr("no update is left for alignment"));
  EXPECT_THAT(refused({{"generation", {{"rank", 7}}}}), HasSubstr("/generation/rank: 7 is no multiple of 2"));
  EXPECT_THAT(refused({{"language", {{"heads", 3}}}}), HasSubstr("/language/heads"));
  EXPECT_THAT(refused({{"vision", {{"patch", 5}}}}), HasSubstr("/vision/patch: 5 does not divide size 16"));
  EXPECT_THAT(refused({{"tokenizer", {{"gn_groups", 3}}}}), HasSubstr("/tokenizer/width"));
  EXPECT_THAT(refused({{"tokenizer", {{"from", "nowhere"}}}}), HasSubstr("\"nowhere\" is not there"));
  EXPECT_THAT(refused({{"image_size", 18}}), HasSubstr("18 is no multiple of 4"));
  EXPECT_THAT(refused({{"temperature", -1}}), HasSubstr("/temperature"));
  EXPECT_THAT(refused({{"variant", "indomain"}, {"routes", {"brats-t1-to-t2"}}}),
              HasSubstr("\"indomain\" without a task between MRI and CT"));
}

TEST_F(HealthGpt, OnlyTheAllRouteVariantConvertsEverything) {
  const Task back{"pelvis-ct-to-mr", "pelvis", Modality::kCT, Modality::kMRI};
  const Config all = parsed(kMini), published = parsed(with(kMini, {{"variant", "indomain"}}));
  for (const Task& task : {kThere, back}) {
    EXPECT_TRUE(converts(all, task));
    EXPECT_TRUE(converts(published, task));
  }
  EXPECT_TRUE(converts(all, kOther));
  EXPECT_FALSE(converts(published, kOther));
  const auto bound = kMethod.make(with(kMini, {{"routes", {"brain-mr-to-ct"}}}));
  Random random(1);
  const std::vector<float> pixels(kSide * kSide);
  EXPECT_THAT(error_of([&] {
                bound->train_step(kOther, {1, kSide, kSide, pixels, pixels}, random);
              }),
              HasSubstr("no route for task \"brats-t1-to-t2\""));
}

TEST_F(HealthGpt, EveryStageMovesItsOwnNetworks) {
  const auto model = kMethod.make(kMini);
  Random random(1);
  model->initialize(random);
  std::vector<float> source(kSide * kSide), target(kSide * kSide);
  pairs_.read(0, source, target, {});
  using Names = std::set<std::string>;
  const std::vector<Names> wanted{{"vqgan"},
                                  {"language_model", "words"},
                                  {"vision_tower", "pictures", "com_hlora_weights", "gen_hlora_weights"},
                                  {"words", "pictures"},
                                  {"com_hlora_weights", "gen_hlora_weights"}};
  const auto state = [&] {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const NetworkHandle& handle : model->networks()) {
      for (const nn::NamedTensor& named : nn::state_of(*handle.network)) {
        std::string group = handle.name;
        if (group == "fusion_layer_weights")
          group = named.name.find("picture") == std::string::npos ? "words" : "pictures";
        tensors.emplace_back(group, named.tensor.detach().clone());
      }
    }
    return tensors;
  };
  for (int64_t update = 0; update < 10; ++update) {
    if (update % 2 == 0) model->begin_phase(static_cast<size_t>(update / 2));
    if (update == 4) {
      // Picture tokens start as the mean word.
      torch::nn::Module& words = *model->networks()[3].network;
      const at::Tensor mean = tensor_named(words, "model.embed_tokens.weight").mean(0);
      EXPECT_LT(largest_difference(tensor_named(words, "model.picture_tokens.weight")[7], mean), 1e-6);
    }
    for (nn::Optimizer* optimizer : model->optimizers()) optimizer->set_lr(optimizer->base_lr());
    const auto before = state();
    const Losses losses = model->train_step(kThere, {1, kSide, kSide, source, target}, random);
    const auto after = state();
    Names moved;
    for (size_t i = 0; i < before.size(); ++i) {
      if (!at::equal(before[i].second, after[i].second)) moved.insert(before[i].first);
    }
    EXPECT_EQ(moved, wanted[static_cast<size_t>(update / 2)]) << "update " << update;
    model->update_end(update, losses);
  }
}

TEST_F(HealthGpt, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  const auto folder = trained("a", kMini);
  for (const Json& changes : {Json::object(), Json{{"temperature", "1.5"}}}) {
    SCOPED_TRACE(to_text(changes, -1));
    const auto model = kMethod.load(folder, changes);
    expect_independent_of_batch_and_threads(*model, kThere, slices());
  }
}

TEST_F(HealthGpt, RouteSeedAndOptionsDoWhatTheySay) {
  const auto folder = trained("a", kMini);
  serve_any_task(folder);
  const std::vector<float> pixels = slices();
  const auto result = [&](const Task& task, const Json& changes, uint64_t seed) {
    return synthesize(*kMethod.load(folder, changes), task, pixels, {seed, seed, seed});
  };
  const auto plain = result(kThere, Json::object(), 1);
  EXPECT_EQ(result(kThere, Json::object(), 2), plain) << "greedy decoding has no chance in it";
  EXPECT_NE(result(kThere, {{"temperature", 2}}, 1), result(kThere, {{"temperature", 2}}, 2));
  EXPECT_EQ(result(kThere, {{"constrained", "off"}}, 1), std::vector<float>(pixels.size(), 0.0f))
      << "a malformed picture is mid-gray";
  const auto round_trip = result(kThere, {{"answer", "round_trip"}}, 1);
  EXPECT_EQ(round_trip, result(kOther, {{"answer", "round_trip"}}, 2));
  EXPECT_NE(round_trip, plain);
  const auto drawn = kMethod.load(folder, {{"temperature", 2}});
  EXPECT_FALSE(drawn->info().deterministic);
  const Task unseen{"wb-pet-to-ct", "wb", Modality::kPET, Modality::kCT};
  EXPECT_NO_THROW(result(unseen, Json::object(), 1)) << "a route is words";
  EXPECT_THAT(error_of([&] { kMethod.load(folder, {{"updates", 1}}); }), HasSubstr("is no inference option"));
  EXPECT_THAT(refusal_of_slice(*kMethod.load(folder), kThere, 16, 32),
              HasSubstr("the weights are for 16 x 16"));
}

TEST_F(HealthGpt, LoadedWeightsSynthesizeWhatTheTrainedModelDid) {
  const auto model = kMethod.make(with(kMini, {{"variant", "indomain"}}));
  train(options("a", *model), *model, {{kThere, &pairs_}, {kOther, &others_}}, {});
  const auto loaded = kMethod.load(folder_ / "a");
  for (const Task& task : {kThere, kOther})
    EXPECT_EQ(synthesize(*loaded, task, slices(), {1, 2, 3}),
              synthesize(model->synthesizer(), task, slices(), {1, 2, 3}));
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  EXPECT_EQ(loaded->info().switches.at("variant"), "indomain");

  // Its tokenizer serves another training, which then needs no stage for it.
  const auto next = kMethod.make(with(kMini, {{"tokenizer", {{"from", (folder_ / "a").string()}}},
                                              {"stages", {{"tokenizer", 0}, {"instruction", 0.4}}}}));
  train(options("b", *next), *next, {{kThere, &pairs_}}, {});
  EXPECT_EQ(sha256_file(folder_ / "b/vqgan.safetensors"), sha256_file(folder_ / "a/vqgan.safetensors"));
}

TEST_F(HealthGpt, WeightsFromBeforeTheLastStageAreRefused) {
  const auto model = kMethod.make(kMini);
  TrainOptions training = options("a", *model);
  training.recipe.constant = 8;
  train(training, *model, {{kThere, &pairs_}}, {});
  EXPECT_TRUE(std::isfinite(synthesize(model->synthesizer(), kThere, slices(), {1, 2, 3})[0]));
  EXPECT_THAT(error_of([&] { kMethod.load(folder_ / "a"); }, ExitCode::kBadInput),
              HasSubstr("before the instruction stage, which begins after 8"));
}

// Between any two updates, among them all four changes of stage.
TEST_F(HealthGpt, ResumesToEqualBytesWhereverItStopped) {
  TrainOptions all = options("", *kMethod.make(kMini));
  all.recipe.ema_decay = 0.9;
  all.recipe.ema_start = 3;
  std::vector<Stop> stops;
  for (int64_t update = 1; update < 10; ++update) stops.push_back({.before_update = update});
  expect_resume_is_exact({[] { return kMethod.make(kMini); }, all, {{kThere, &pairs_}}}, folder_.path(),
                         stops);
}

}  // namespace
}  // namespace synerbench
