// Networks that are files. The files are made here, from TorchScript's own source text.
#include "baselines/network_file/torchscript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include "baselines/command/command.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/lineage.h"
#include "harness/core/zip.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

class TorchScriptFile : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "mine.pt"; }
  void save(const std::string& forward, bool weight = false) const {
    torch::jit::Module module("mine");
    if (weight) module.register_parameter("w", at::full({3}, 2.0f), false);
    module.define(forward);
    module.save(file().string());
  }
  void say(const Json& json) const { write_file(file().string() + ".json", to_text(json)); }
  std::unique_ptr<Synthesizer> load(const Json& options = Json::object()) const {
    LoadRequest request;
    request.path = file();
    request.options = options;
    return torchscript_method().load(request);
  }
  std::string refused(ExitCode code = ExitCode::kBadInput) const {
    return error_of([&] { load(); }, code);
  }
  static std::vector<float> ramp(size_t count) {
    std::vector<float> pixels(count);
    for (size_t i = 0; i < count; ++i) pixels[i] = static_cast<float>(i % 17) / 8.0f - 1.0f;
    return pixels;
  }
  static std::vector<float> answer(Synthesizer& model, const SliceBatch& batch, int64_t out,
                                   uint64_t first_seed = 1) {
    std::vector<uint64_t> seeds;
    for (int64_t i = 0; i < out; ++i) seeds.push_back(first_seed + static_cast<uint64_t>(i));
    std::vector<float> prediction(static_cast<size_t>(out * batch.height * batch.width));
    model.synthesize({}, batch, seeds, prediction);
    return prediction;
  }
  static std::string failure(Synthesizer& model, const SliceBatch& batch, int64_t out = 1) {
    try {
      answer(model, batch, out);
    } catch (const std::runtime_error& problem) {
      return problem.what();
    }
    return "";
  }
  TempFolder folder_;
};

TEST_F(TorchScriptFile, OneSliceOfOneSourceWithoutASideFile) {
  save("def forward(self, x):\n  return -0.5 * x\n");
  const auto model = load();
  EXPECT_EQ(model->info().label, "mine");
  EXPECT_EQ(model->info().weights_sha256, sha256_file(file()));
  EXPECT_EQ(model->info().parameters, 0);
  EXPECT_EQ(model->info().input.sources, 1);
  EXPECT_TRUE(model->info().lineages.empty());
  const std::vector<float> pixels = ramp(2 * 5 * 7);
  const auto got = answer(*model, {2, 5, 7, pixels}, 2);
  for (size_t i = 0; i < pixels.size(); ++i) EXPECT_EQ(got[i], -0.5f * pixels[i]);
}

TEST_F(TorchScriptFile, EqualsTheSameNetworkBehindThePipe) {
  save("def forward(self, x):\n  return -x\n");
  LoadRequest request;
  request.path = EXAMPLE_MODEL;
  const auto piped = command_method().load(request);
  const Task task{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
  const std::vector<float> pixels = ramp(3 * 8 * 8);
  std::vector<float> over_pipe(pixels.size());
  const std::vector<uint64_t> seeds{1, 2, 3};
  piped->synthesize(task, {3, 8, 8, pixels}, seeds, over_pipe);
  EXPECT_EQ(answer(*load(), {3, 8, 8, pixels}, 3), over_pipe);
}

TEST_F(TorchScriptFile, TheSideFileSaysWhatItWants) {
  save("def forward(self, x):\n  return x[:, 0:1] + x[:, 1:2] * self.w[0]\n", true);
  say({{"label", "Two in"},
       {"sources", 2},
       {"low", 0},
       {"high", 1},
       {"canvas", "16:pad"},
       {"version", "3"},
       {"network_evaluations", 2}});
  const auto model = load();
  const ModelInfo info = model->info();
  EXPECT_EQ(info.label, "Two in");
  EXPECT_EQ(info.parameters, 3) << "counted";
  EXPECT_EQ(info.network_evaluations, 2);
  EXPECT_EQ(info.input.sources, 2);
  EXPECT_EQ(info.switches["version"], "3");
  EXPECT_EQ(info.canvases[kEveryTask]["size"], 16);
  std::vector<float> pixels(2 * 64, -1.0f);            // background is 0 for it
  std::fill(pixels.begin() + 64, pixels.end(), 0.0f);  // the middle: 0.5, doubled by w
  EXPECT_EQ(answer(*model, {1, 8, 8, pixels, 2}, 1), std::vector<float>(64, 1.0f));
}

TEST_F(TorchScriptFile, SlabsAndVolumesHaveADepth) {
  save("def forward(self, x):\n  return x.mean(2)\n");
  say({{"neighbors", 1}});
  const std::vector<float> pixels = ramp(3 * 16);
  const auto slab = answer(*load(), {1, 4, 4, pixels, 1, 3}, 1);
  for (size_t i = 0; i < 16; ++i)
    EXPECT_NEAR(slab[i], (pixels[i] + pixels[16 + i] + pixels[32 + i]) / 3, 1e-6);
  save("def forward(self, x):\n  return -x.flip(2)\n");
  say({{"volume", true}});
  const auto volume = answer(*load(), {1, 4, 4, pixels, 1, 3}, 3);
  for (size_t i = 0; i < 16; ++i) EXPECT_EQ(volume[i], -pixels[32 + i]);
}

TEST_F(TorchScriptFile, ASliceDoesNotDependOnItsBatchOrOnWhatRanBefore) {
  save("def forward(self, x):\n  return torch.clamp(x + torch.rand_like(x), -1.0, 1.0)\n");
  say({{"deterministic", false}});
  const auto model = load();
  EXPECT_FALSE(model->info().deterministic);
  const std::vector<float> pixels = ramp(2 * 36);
  const auto both = answer(*model, {2, 6, 6, pixels}, 2, 7);
  const auto second = answer(*model, {1, 6, 6, std::span(pixels).subspan(36)}, 1, 8);
  EXPECT_TRUE(std::equal(second.begin(), second.end(), both.begin() + 36));
  EXPECT_NE(answer(*model, {1, 6, 6, std::span(pixels).subspan(36)}, 1, 9), second);
}

TEST_F(TorchScriptFile, MayTakeABatchAtOnce) {
  // Adds the number of slices it sees: shows what it is sent.
  save("def forward(self, x):\n  return x * 0.0 + 0.1 * float(x.size(0))\n");
  const std::vector<float> pixels = ramp(4 * 16);
  EXPECT_FLOAT_EQ(answer(*load(), {4, 4, 4, pixels}, 4)[0], 0.1f);
  const auto model = load({{"batch", true}});
  EXPECT_FLOAT_EQ(answer(*model, {4, 4, 4, pixels}, 4)[63], 0.4f);
  EXPECT_EQ(model->info().switches["batch"], true);
}

TEST_F(TorchScriptFile, AnAnswerOfAnotherShapeNamesBoth) {
  const std::vector<float> pixels = ramp(64);
  const SliceBatch batch{1, 8, 8, pixels};
  save("def forward(self, x):\n  return x[:, :, :4]\n");
  EXPECT_THAT(failure(*load(), batch), HasSubstr("forward gave [1, 1, 4, 8], [1, 1, 8, 8] is wanted"));
  save("def forward(self, x):\n  return x.reshape(4, 16)\n");
  EXPECT_THAT(failure(*load(), batch), HasSubstr("forward gave [4, 16], [1, 1, 8, 8] is wanted"));
  save("def forward(self, x):\n  return [x]\n");
  EXPECT_THAT(failure(*load(), batch), HasSubstr("a tensor is wanted"));
  save("def forward(self, x):\n  return torch.cat([x, x], 5)\n");
  EXPECT_THAT(failure(*load(), batch), HasSubstr("forward of [1, 1, 8, 8] failed: "));
  save("def forward(self, x):\n  return x.double()\n");
  EXPECT_EQ(failure(*load(), batch), "") << "other number types are fine";
}

TEST_F(TorchScriptFile, IsRefusedBeforeTheRunWhenItDoesNotTakeItsCanvas) {
  save("def forward(self, x):\n  return x[:, :, ::2]\n");
  say({{"canvas", "16:pad"}});
  EXPECT_THAT(refused(), HasSubstr("does not take slices of its canvas, 16:pad: forward gave [1, 1, 8, 16]"));
  say({{"canvas", "2048:pad"}, {"sources", 1024}, {"neighbors", 1024}});
  EXPECT_THAT(refused(), HasSubstr("mine.pt.json: 1024 sources of 2049 slices on a canvas of 2048:pad"));
  say({{"canvas", "eight"}});
  EXPECT_THAT(refused(), HasSubstr("mine.pt.json: /canvas"));
  say({{"sorces", 2}});
  EXPECT_THAT(refused(), HasSubstr("sources"));
}

TEST_F(TorchScriptFile, OfAnotherHashThanTheSideFileSaysIsRefused) {
  save("def forward(self, x):\n  return x\n");
  say({{"weights_sha256", std::string(64, 'a')}});
  EXPECT_THAT(refused(), HasSubstr("mine.pt.json says aaaa"));
  say({{"weights_sha256", sha256_file(file())}});
  EXPECT_NO_THROW(load());
}

TEST_F(TorchScriptFile, DamageIsFoundAtEveryByteThatCounts) {
  save("def forward(self, x):\n  return x * self.w[0]\n", true);
  const std::string sound = read_file(file());
  // LibTorch itself takes a file with a changed weight without a word.
  const float two = 2.0f;
  const std::string bytes(reinterpret_cast<const char*>(&two), sizeof two);
  const size_t at = sound.find(bytes + bytes + bytes);
  ASSERT_NE(at, std::string::npos);
  std::string changed = sound;
  changed[at + 2] ^= 1;
  write_file(file(), changed);
  EXPECT_NO_THROW(torch::jit::load(file().string()));
  EXPECT_THAT(refused(), HasSubstr("is damaged"));
  for (const size_t cut : {sound.size() - 1, sound.size() / 2, size_t{10}, size_t{0}}) {
    write_file(file(), sound.substr(0, cut));
    EXPECT_THAT(refused(), HasSubstr("mine.pt")) << cut;
  }
  write_file(file(), "no archive at all");
  EXPECT_THAT(refused(), HasSubstr("is no zip archive"));
}

TEST_F(TorchScriptFile, WhatIsNoNetworkSaysWhatIsWanted) {
  torch::jit::Module empty("mine");
  empty.save(file().string());
  EXPECT_THAT(refused(), HasSubstr("no method \"forward\""));
  const std::vector<char> values = torch::jit::pickle_save(at::ones({2}));  // what torch.save writes
  write_file(file(), std::string_view(values.data(), values.size()));
  const std::string problem = refused();
  EXPECT_THAT(problem, HasSubstr("not a state dict"));
  EXPECT_THAT(problem, Not(HasSubstr("\n  File"))) << "no trace";
  LoadRequest request;
  EXPECT_THAT(error_of([&] { torchscript_method().load(request); }, ExitCode::kUsage),
              HasSubstr("torchscript:mine.pt"));
  request.path = folder_.path();
  EXPECT_THAT(error_of([&] { torchscript_method().load(request); }, ExitCode::kUsage),
              HasSubstr("is no file"));
  request.path = file();
  request.options = {{"bach", true}};
  EXPECT_THAT(error_of([&] { torchscript_method().load(request); }, ExitCode::kUsage), HasSubstr("batch"));
}

}  // namespace
}  // namespace synerbench
