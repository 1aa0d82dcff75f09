// ResViT's networks: against tensors made by the published code, and against the sizes, shapes and keys of
// the method's description.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/resvit/detail/trainer.h"
#include "baselines/resvit/detail/vit_weights.h"
#include "baselines/resvit/resvit.h"
#include "harness/core/error.h"
#include "harness/train/schedule.h"
#include "tests/baselines/support/conditional_gan_parity.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using nn::LayerContext;
using nn::NormMode;
using resvit::Trainer;
using testing::HasSubstr;
using testing_support::ParityFixture;

const testing_support::TestedMethod kMethod(resvit_method());

constexpr const char* kForward = "forward";
constexpr const char* kStep = "step";
constexpr const char* kTrace = "trace";

const LayerContext kRunning{.norm = NormMode::kRunningStats, .dropout = {}, .observe = {}};
const LayerContext kBatch{.norm = NormMode::kBatchStats, .dropout = {}, .observe = {}};

class ResVitParity : public testing_support::ConditionalGanParity<Trainer> {
 protected:
  void SetUp() override {
    fixture_ = ParityFixture::find("resvit");
    SYNERBENCH_NEEDS_FIXTURE(fixture_, "resvit");
    resvit::Config config;
    config.image_size = fixture_->number("image");
    config.grid = fixture_->number("grid");
    config.ngf = fixture_->number("ngf");
    config.mid = fixture_->number("mid");
    config.hidden = fixture_->number("hidden");
    config.mlp = fixture_->number("mlp");
    config.layers = fixture_->number("layers");
    config.heads = fixture_->number("heads");
    config.ndf = fixture_->number("ndf");
    config.n_layers_D = fixture_->number("n_layers_D");
    config.dropout = 0;
    config.lr = 2e-4;
    trainer_ = std::make_unique<Trainer>(config, "cpu");
    nn::load_network(*trainer_->generator, fixture_->file("G"), "", resvit::transformer_aliases());
    nn::load_network(*trainer_->discriminator, fixture_->file("D"));
  }
};

TEST_F(ResVitParity, ForwardInAllVariants) {
  const at::Tensor A = input(kForward, "in.A"), B = input(kForward, "in.B");
  fixture_->expect(kForward, "out.G_eval", generate(A, kRunning));
  fixture_->expect(kForward, "out.D_eval", judge(A, B, kRunning));
  fixture_->expect(kForward, "out.G_train", generate(A, kBatch));
  fixture_->expect(kForward, "out.D_train", judge(A, B, kBatch));
  fixture_->expect(kForward, "out.G_train_single", generate(A.slice(0, 0, 1), kBatch));
  c10::NoGradGuard no_grad;
  const at::Tensor encoded = trainer_->generator->encode(A, kRunning);
  fixture_->expect(kForward, "out.encoder", encoded);
  fixture_->expect(kForward, "out.art_1", trainer_->generator->art(0, encoded, kRunning));
  fixture_->expect(kForward, "out.art_2", trainer_->generator->art(1, encoded, kRunning));
  fixture_->expect_all_compared(kForward);
}

TEST_F(ResVitParity, EveryLayersOutput) {
  const at::Tensor A = input(kForward, "in.A"), B = input(kForward, "in.B");
  std::set<std::string> before;  // the transformer runs twice; the trace has its first pass
  const auto watch = [&](const std::string& network) {
    LayerContext context = kRunning;
    context.observe = [&, network](const std::string& key, const at::Tensor& output) {
      if (before.insert(network + "." + key).second)
        fixture_->expect_traced(kTrace, network + "." + key, output);
    };
    return context;
  };
  generate(A, watch("G"));
  judge(A, B, watch("D"));
  fixture_->expect_all_compared(kTrace);
}

TEST_F(ResVitParity, OneUpdate) {
  at::Tensor fake;
  const nn::ConditionalGanLosses losses =
      trainer_->step(input(kStep, "in.A"), input(kStep, "in.B"), /*dropout=*/{},
                     /*use_transformers=*/true, &fake);
  expect_update(kStep, fake, losses);
}

TEST_F(ResVitParity, LearningRateSchedule) {
  // The factor after k scheduler steps. This version steps at the end of an epoch, so epoch e runs at entry
  // e; the last entry is never used.
  const at::Tensor table = fixture_->input("lr", "table.factor_older");
  const Schedule schedule{.kind = Schedule::Kind::kLinear, .constant = 3, .decay = 4};
  at::Tensor ours = table.clone();
  for (int64_t epoch = 0; epoch < 7; ++epoch) ours[epoch] = schedule.factor(epoch);
  fixture_->expect("lr", "table.factor_older", ours);
  fixture_->expect_all_compared("lr");
}

TEST_F(ResVitParity, AFileIsWrittenUnderAllThePublishedKeys) {
  const TempFolder folder;
  nn::save_network(folder / "G.safetensors", *trainer_->generator, {}, resvit::transformer_aliases());
  const SafetensorsFile written(folder / "G.safetensors"), published = fixture_->file("G");
  EXPECT_THAT(written.names(), testing::UnorderedElementsAreArray(published.names()));
  for (const std::string& name : published.names()) {
    EXPECT_TRUE(at::equal(nn::tensor_from(written.at(name)), nn::tensor_from(published.at(name)))) << name;
  }
}

// The shared transformer: what the two blocks send back adds up, and the optimizer moves it once.
TEST_F(ResVitParity, TheSharedTransformersGradientIsTheSumOverBothBlocks) {
  resvit::GeneratorImpl& G = *trainer_->generator;
  const at::Tensor A = input(kForward, "in.A");
  const auto gradients = [&](bool first, bool second) {
    G.zero_grad();
    at::Tensor x = G.encode(A, kBatch).detach();
    // Weighted sums, so that no gradient vanishes by symmetry.
    at::Tensor loss = at::zeros({});
    const at::Tensor weights = at::arange(x.numel(), at::kFloat).reshape(x.sizes()).sin();
    if (first) loss = loss + (G.art(0, x, kBatch) * weights).sum();
    if (second) loss = loss + (G.art(5, x, kBatch) * weights).sum();
    loss.backward();
    std::map<std::string, at::Tensor> copies;
    for (const auto& named : nn::parameters_of(*G.transformer_encoder)) {
      copies[named.name] = named.tensor.grad().clone();
    }
    return copies;
  };
  const auto both = gradients(true, true), one = gradients(true, false), other = gradients(false, true);
  for (const auto& [name, gradient] : both) {
    const at::Tensor sum = one.at(name) + other.at(name);
    const double scale =
        std::max(one.at(name).abs().max().item<double>(), other.at(name).abs().max().item<double>());
    EXPECT_LT((gradient - sum).abs().max().item<double>(), 1e-5 * scale + 1e-6) << name;
    EXPECT_FALSE(at::equal(one.at(name), other.at(name))) << name;
  }
  std::set<const void*> parameters;
  for (const auto& named : nn::parameters_of(G)) {
    EXPECT_TRUE(parameters.insert(named.tensor.data_ptr()).second) << named.name << " is listed twice";
  }
}

int64_t generator_parameters(const resvit::Config& config) {
  resvit::Generator generator(resvit::generator_options(config));
  return nn::parameter_count(*generator);
}

TEST(ResVitSizes, AreThePublishedOnes) {
  const auto config = [](const Json& json) { return resvit::fields().read(json, "test"); };
  {
    resvit::Generator base(resvit::generator_options(config(Json::object())));
    EXPECT_EQ(nn::parameter_count(*base), 123'441'537);
    EXPECT_EQ(nn::parameter_count(*base->transformer_encoder), 85'056'000);
    size_t transformer_keys = 0;
    const auto state = nn::state_of(*base);
    for (const auto& named : state) transformer_keys += named.name.starts_with("transformer_encoder.");
    EXPECT_EQ(transformer_keys, 194u);
    EXPECT_EQ(state.size() + 2 * transformer_keys, 812u);
  }
  EXPECT_EQ(generator_parameters(config({{"preset", "large"}})), 343'712'129);
  EXPECT_EQ(generator_parameters(config({{"variant", "res_cnn"}})), 11'370'881);
  EXPECT_EQ(generator_parameters(config({{"preset", "tiny"}})), 654'001);
  EXPECT_EQ(
      generator_parameters(config(
          {{"preset", "tiny"}, {"ngf", 16}, {"mid", 256}, {"hidden", 128}, {"mlp", 512}, {"layers", 4}})),
      2'997'345);
  const auto discriminator = [&](const Json& json) {
    return nn::parameter_count(*Trainer(config(json), "cpu").discriminator);
  };
  EXPECT_EQ(discriminator({{"preset", "tiny"}}), 11'113);
  EXPECT_EQ(discriminator({{"preset", "tiny"}, {"ndf", 64}, {"n_layers_D", 3}}), 2'764'609);
}

// The published network on 256 x 256; and a source of two images, whose discriminator sees three.
TEST(ResVitShapes, AreThePublishedOnes) {
  c10::NoGradGuard no_grad;
  resvit::Config config = resvit::fields().read({{"preset", "official"},
                                                 {"ngf", 2},
                                                 {"mid", 8},
                                                 {"hidden", 8},
                                                 {"mlp", 8},
                                                 {"layers", 1},
                                                 {"heads", 2},
                                                 {"ndf", 2},
                                                 {"input_channels", 2}},
                                                "test");
  Trainer trainer(config, "cpu");
  Random random(1);
  const at::Tensor source = nn::random_normal({1, 2, 256, 256}, 0, 1, random, at::kCPU);
  const at::Tensor fake = trainer.generator->forward(source, kBatch);
  EXPECT_EQ(fake.sizes(), (std::vector<int64_t>{1, 1, 256, 256}));
  EXPECT_EQ(trainer.discriminator->forward(at::cat({source, fake}, 1), kBatch).sizes(),
            (std::vector<int64_t>{1, 1, 30, 30}));
}

TEST(ResVitTwoSources, TrainAsOne) {
  const resvit::Config config =
      resvit::fields().read({{"preset", "tiny"}, {"ngf", 2}, {"input_channels", 2}}, "test");
  Trainer trainer(config, "cpu");
  Random random(1);
  trainer.generator->initialize(random);
  const at::Tensor source = nn::random_normal({2, 2, 64, 64}, 0, 1, random, at::kCPU),
                   target = source.slice(1, 1, 2).tanh();
  const double first = trainer.step(source, target, {}).G_L1;
  double last = first;
  for (int i = 0; i < 8; ++i) last = trainer.step(source, target, {}).G_L1;
  EXPECT_LT(last, first);
}

// While it pre-trains, the full generator is res_cnn: same results, no gradient in what only the transformers
// use.
TEST(ResVitPretraining, IsTheConvolutionalNetworks) {
  const Json tiny = {{"preset", "tiny"}, {"ngf", 4}};
  Json convolutional = tiny;
  convolutional["variant"] = "res_cnn";
  convolutional["lr"] = 2e-4;
  Json full = tiny;
  full["lr"] = 2e-4;
  Trainer with(resvit::fields().read(full, "test"), "cpu"),
      without(resvit::fields().read(convolutional, "test"), "cpu");
  Random random(1);
  with.generator->initialize(random);
  std::map<std::string, at::Tensor> shared, only_here;
  const auto ours = nn::state_of(*with.generator);
  {
    c10::NoGradGuard no_grad;
    std::map<std::string, at::Tensor> theirs;
    for (const auto& named : nn::state_of(*without.generator)) theirs[named.name] = named.tensor;
    for (const auto& named : ours) {
      const auto found = theirs.find(named.name);
      if (found == theirs.end()) {
        only_here[named.name] = named.tensor.clone();
      } else {
        found->second.copy_(named.tensor);
        shared[named.name] = found->second;
      }
    }
    EXPECT_EQ(shared.size(), theirs.size()) << "every key of res_cnn is one of ResViT's";
    const auto D = nn::state_of(*with.discriminator), other_D = nn::state_of(*without.discriminator);
    for (size_t i = 0; i < D.size(); ++i) other_D[i].tensor.copy_(D[i].tensor);
  }
  const at::Tensor source = nn::random_normal({1, 1, 64, 64}, 0, 1, random, at::kCPU), target = source.tanh();
  for (int i = 0; i < 3; ++i) {
    const auto a = with.step(source, target, {}, /*use_transformers=*/false),
               b = without.step(source, target, {});
    EXPECT_EQ(a.G, b.G) << i;
  }
  for (const auto& named : ours) {
    if (shared.contains(named.name)) {
      EXPECT_TRUE(at::equal(named.tensor, shared[named.name])) << named.name;
    } else {
      EXPECT_TRUE(at::equal(named.tensor, only_here[named.name])) << named.name << " moved";
    }
  }
}

// The change of stage: the generator goes on with what it has, the discriminator and both optimizers are new.
TEST(ResVitStages, TheSecondBeginsWithAFreshDiscriminatorAndFreshMoments) {
  const auto model = kMethod.make(
      {{"preset", "tiny"}, {"ngf", 2}, {"pretrain_unit", "updates"}, {"pretrain", 2}, {"pretrain_decay", 0}});
  Random random(1);
  model->initialize(random);
  model->begin_phase(0);
  const auto copy = [&](size_t network) {
    std::map<std::string, at::Tensor> tensors;
    for (const auto& named : nn::state_of(*model->networks()[network].network))
      tensors[named.name] = named.tensor.detach().clone();
    return tensors;
  };
  const auto moved = [](const auto& a, const auto& b) {
    int64_t count = 0;
    for (const auto& [name, tensor] : a) count += !at::equal(tensor, b.at(name));
    return count;
  };
  const auto newborn_D = copy(1);
  const std::vector<float> image(64 * 64, 0.25f);
  for (int64_t update = 0; update < 2; ++update) model->train_step({}, {1, 64, 64, image, image}, random);
  const auto G = copy(0), D = copy(1);
  for (const nn::Optimizer* optimizer : model->optimizers()) {
    EXPECT_EQ(optimizer->base_lr(), 2e-4);
    EXPECT_EQ(optimizer->state().back().tensor.max().item<int64_t>(), 2);
  }
  model->begin_phase(1);
  EXPECT_EQ(moved(G, copy(0)), 0);
  const auto second_D = copy(1);
  EXPECT_GT(moved(D, second_D), 0);
  EXPECT_FALSE(at::equal(second_D.at("model.2.weight"), newborn_D.at("model.2.weight"))) << "drawn anew";
  EXPECT_EQ(second_D.at("model.3.num_batches_tracked").item<int64_t>(), 0);
  for (const nn::Optimizer* optimizer : model->optimizers()) {
    EXPECT_EQ(optimizer->base_lr(), 1e-3);
    for (const auto& named : optimizer->state())
      EXPECT_EQ(named.tensor.abs().max().item<double>(), 0) << named.name;
  }
  model->train_step({}, {1, 64, 64, image, image}, random);
  int64_t transformers = 0;
  for (const auto& [name, tensor] : copy(0)) {
    transformers += name.starts_with("transformer_encoder.") && !at::equal(tensor, G.at(name));
  }
  EXPECT_GT(transformers, 0) << "the second stage trains the transformer";
}

/// A ViT as it is published, with every value chosen so that its place can be recognized.
class PublishedVit : public testing::Test {
 protected:
  static constexpr int64_t kHidden = 8, kHeads = 2, kMlp = 12, kMid = 6;
  static resvit::Config config() {
    return resvit::fields().read({{"preset", "tiny"},
                                  {"ngf", 2},
                                  {"hidden", kHidden},
                                  {"heads", kHeads},
                                  {"mlp", kMlp},
                                  {"mid", kMid},
                                  {"layers", 1},
                                  {"image_size", 64},
                                  {"grid", 4}},
                                 "test");
  }
  std::vector<nn::NamedTensor> arrays(int64_t positions) {
    Random random(7);
    const auto normal = [&](at::IntArrayRef shape) {
      return nn::random_normal(shape, 0, 1, random, at::kCPU);
    };
    const std::string block = "Transformer/encoderblock_0/",
                      attention = block + "MultiHeadDotProductAttention_1/";
    std::vector<nn::NamedTensor> list;
    for (const char* name : {"LayerNorm_0", "LayerNorm_2"}) {
      list.push_back({block + name + "/scale", normal({kHidden})});
      list.push_back({block + name + "/bias", normal({kHidden})});
    }
    for (const char* name : {"query", "key", "value"}) {
      list.push_back({attention + name + "/kernel", normal({kHidden, kHeads, kHidden / kHeads})});
      list.push_back({attention + name + "/bias", normal({kHeads, kHidden / kHeads})});
    }
    list.push_back({attention + "out/kernel", normal({kHeads, kHidden / kHeads, kHidden})});
    list.push_back({attention + "out/bias", normal({kHidden})});
    list.push_back({block + "MlpBlock_3/Dense_0/kernel", normal({kHidden, kMlp})});
    list.push_back({block + "MlpBlock_3/Dense_0/bias", normal({kMlp})});
    list.push_back({block + "MlpBlock_3/Dense_1/kernel", normal({kMlp, kHidden})});
    list.push_back({block + "MlpBlock_3/Dense_1/bias", normal({kHidden})});
    list.push_back({"Transformer/encoder_norm/scale", normal({kHidden})});
    list.push_back({"Transformer/encoder_norm/bias", normal({kHidden})});
    list.push_back({"Transformer/posembed_input/pos_embedding", normal({1, positions, kHidden})});
    list.push_back({"embedding/kernel", normal({1, 1, kMid, kHidden})});
    list.push_back({"embedding/bias", normal({kHidden})});
    list.push_back({"head/kernel", normal({kHidden, 3})});  // a classifier: of no use here
    return list;
  }
  std::map<std::string, at::Tensor> loaded(const std::vector<nn::NamedTensor>& list) {
    nn::write_tensors(folder_ / "vit.safetensors", list);
    resvit::Generator generator(resvit::generator_options(config()));
    resvit::load_vit(*generator, SafetensorsFile(folder_ / "vit.safetensors"));
    std::map<std::string, at::Tensor> state;
    for (const auto& named : nn::state_of(*generator)) state[named.name] = named.tensor;
    return state;
  }
  static at::Tensor find(const std::vector<nn::NamedTensor>& list, const std::string& name) {
    for (const auto& named : list) {
      if (named.name.ends_with(name)) return named.tensor;
    }
    return {};
  }
  TempFolder folder_;
};

TEST_F(PublishedVit, GoesToItsPlaces) {
  const auto list = arrays(16);
  auto state = loaded(list);
  const std::string layer = "transformer_encoder.layer.0.";
  // A key's projection, element by element: output (head h, dimension d) of input i.
  const at::Tensor kernel = find(list, "key/kernel"), weight = state[layer + "attn.key.weight"];
  for (int64_t i = 0; i < kHidden; ++i) {
    for (int64_t h = 0; h < kHeads; ++h) {
      for (int64_t d = 0; d < kHidden / kHeads; ++d) {
        EXPECT_EQ(weight[h * (kHidden / kHeads) + d][i].item<float>(), kernel[i][h][d].item<float>());
      }
    }
  }
  const at::Tensor out_kernel = find(list, "out/kernel"), out_weight = state[layer + "attn.out.weight"];
  EXPECT_EQ(out_weight[3][6].item<float>(), out_kernel[1][2][3].item<float>());
  EXPECT_TRUE(at::equal(state[layer + "ffn.fc1.weight"], find(list, "Dense_0/kernel").t()));
  EXPECT_TRUE(at::equal(state[layer + "ffn.fc2.bias"], find(list, "Dense_1/bias")));
  EXPECT_TRUE(at::equal(state[layer + "attention_norm.weight"], find(list, "LayerNorm_0/scale")));
  EXPECT_TRUE(at::equal(state[layer + "ffn_norm.bias"], find(list, "LayerNorm_2/bias")));
  EXPECT_TRUE(at::equal(state["transformer_encoder.encoder_norm.weight"], find(list, "encoder_norm/scale")));
  for (const std::string block : {"art_1.embeddings.", "art_6.embeddings."}) {
    EXPECT_TRUE(at::equal(state[block + "positional_encoding"], find(list, "pos_embedding"))) << block;
    EXPECT_EQ(state[block + "patch_embeddings.weight"][2][5][0][0].item<float>(),
              find(list, "embedding/kernel")[0][0][5][2].item<float>());
  }
}

TEST_F(PublishedVit, LosesItsClassTokenAndItsGridIsResized) {
  const auto with_token = arrays(17);
  auto state = loaded(with_token);
  EXPECT_TRUE(at::equal(state["art_1.embeddings.positional_encoding"],
                        find(with_token, "pos_embedding").slice(1, 1)));
  const auto finer = arrays(50);  // 7 x 7 and a token: corners stay corners, the middle is an average
  state = loaded(finer);
  const at::Tensor before = find(finer, "pos_embedding").slice(1, 1).reshape({7, 7, kHidden}),
                   after = state["art_6.embeddings.positional_encoding"].reshape({4, 4, kHidden});
  EXPECT_TRUE(at::allclose(after[0][0], before[0][0]));
  EXPECT_TRUE(at::allclose(after[3][0], before[6][0]));
  EXPECT_TRUE(at::allclose(after[1][2], before[2][4], 1e-5, 1e-6));  // 6 / 3 = 2 steps of the finer grid each
  EXPECT_TRUE(at::equal(state["art_1.embeddings.positional_encoding"],
                        state["art_6.embeddings.positional_encoding"]));
}

TEST_F(PublishedVit, OfAnotherSizeIsRefused) {
  auto list = arrays(16);
  list[4].tensor = at::zeros({kHidden, kHeads, 3});
  try {
    loaded(list);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_THAT(error.what(),
                HasSubstr("becomes [6, 8], transformer_encoder.layer.0.attn.query.weight is [8, 8]"));
  }
  list = arrays(16);
  list.erase(list.begin());
  EXPECT_THROW(loaded(list), Error);
}

}  // namespace
}  // namespace synerbench
