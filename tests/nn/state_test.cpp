// Networks on disk: official key names, strict loading.
#include "harness/nn/state.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/nn/init.h"
#include "harness/nn/patchgan.h"
#include "tests/support/temp_folder.h"

namespace synerbench::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PatchGan small_patchgan(uint64_t seed, Norm norm = Norm::kBatch) {
  PatchGan network(PatchGanOptions{.input_channels = 2, .width = 4, .layers = 1, .norm = norm});
  Random random(seed);
  initialize_normal(*network, 0.5, random);
  return network;
}

std::vector<std::string> names_of(const std::vector<NamedTensor>& tensors) {
  std::vector<std::string> names;
  for (const NamedTensor& named : tensors) names.push_back(named.name);
  return names;
}

bool equal_states(torch::nn::Module& a, torch::nn::Module& b) {
  const auto left = state_of(a), right = state_of(b);
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].name != right[i].name || !at::equal(left[i].tensor, right[i].tensor)) return false;
  }
  return true;
}

/// The network's state, changed by the caller, as a file.
SafetensorsFile file_of(const TempFolder& folder, const std::vector<NamedTensor>& tensors) {
  write_tensors(folder / "w.safetensors", tensors);
  return SafetensorsFile(folder / "w.safetensors");
}

std::string message_of(torch::nn::Module& network, const SafetensorsFile& file) {
  try {
    load_network(network, file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    return error.what();
  }
  return "nothing was thrown";
}

TEST(State, HasThePublishedKeysInTheirOrder) {
  PatchGan network = small_patchgan(1);
  EXPECT_THAT(names_of(state_of(*network)),
              ElementsAre("model.0.weight", "model.0.bias", "model.2.weight", "model.3.weight",
                          "model.3.bias", "model.3.running_mean", "model.3.running_var",
                          "model.3.num_batches_tracked", "model.5.weight", "model.5.bias"));
}

TEST(State, ComesBackFromTheDiskUnchanged) {
  const TempFolder folder;
  PatchGan written = small_patchgan(1), read = small_patchgan(2);
  EXPECT_FALSE(equal_states(*written, *read));
  save_network(folder / "D.safetensors", *written);
  load_network(*read, SafetensorsFile(folder / "D.safetensors"));
  EXPECT_TRUE(equal_states(*written, *read));
}

TEST(State, IgnoresAnyNumberOfModulePrefixes) {
  const TempFolder folder;
  for (const std::string prefix : {"module.", "module.module."}) {
    PatchGan written = small_patchgan(1), read = small_patchgan(2);
    std::vector<NamedTensor> tensors = state_of(*written);
    for (NamedTensor& named : tensors) named.name = prefix + named.name;
    load_network(*read, file_of(folder, tensors));
    EXPECT_TRUE(equal_states(*written, *read)) << prefix;
  }
}

TEST(State, RefusesTheSameKeyWithAndWithoutPrefix) {
  const TempFolder folder;
  PatchGan network = small_patchgan(1);
  std::vector<NamedTensor> tensors = state_of(*network);
  tensors.push_back({"module.model.0.bias", tensors[1].tensor});
  EXPECT_THAT(message_of(*network, file_of(folder, tensors)), HasSubstr("are the same key"));
}

TEST(State, ListsEveryKeyThatDoesNotFitAndLeavesTheNetworkAlone) {
  const TempFolder folder;
  PatchGan network = small_patchgan(1), before = small_patchgan(1);
  PatchGan source = small_patchgan(2);
  std::vector<NamedTensor> tensors = state_of(*source);
  tensors[0].tensor = at::zeros({4, 3, 4, 4});    // another shape
  tensors[3].tensor = at::zeros({8}, at::kLong);  // another type
  tensors[1].name = "model.0.offset";             // unknown, and model.0.bias missing
  const std::string message = message_of(*network, file_of(folder, tensors));
  EXPECT_THAT(message,
              HasSubstr("w.safetensors: does not fit this network: 1 keys missing, 1 unknown, 2 of another"));
  EXPECT_THAT(message, HasSubstr("missing: model.0.bias"));
  EXPECT_THAT(message, HasSubstr("unknown: model.0.offset"));
  EXPECT_THAT(message, HasSubstr("model.0.weight is [4, 3, 4, 4], the network has [4, 2, 4, 4]"));
  EXPECT_THAT(message, HasSubstr("model.3.weight is of type I64"));
  EXPECT_TRUE(equal_states(*network, *before));
}

TEST(State, AcceptsFilesOfOldLibraryVersions) {
  const TempFolder folder;
  PatchGan batch = small_patchgan(1), batch_read = small_patchgan(2);
  std::vector<NamedTensor> tensors = state_of(*batch);
  std::erase_if(tensors,
                [](const NamedTensor& named) { return named.name.ends_with("num_batches_tracked"); });
  load_network(*batch_read, file_of(folder, tensors));
  EXPECT_TRUE(equal_states(*batch, *batch_read));

  PatchGan instance = small_patchgan(1, Norm::kInstance), instance_read = small_patchgan(2, Norm::kInstance);
  tensors = state_of(*instance);
  tensors.push_back({"model.3.running_mean", at::zeros({4})});  // layer 3 is the instance norm
  tensors.push_back({"model.3.running_var", at::ones({4})});
  load_network(*instance_read, file_of(folder, tensors));
  EXPECT_TRUE(equal_states(*instance, *instance_read));
  tensors.push_back({"model.2.running_var", at::ones({4})});  // layer 2 is a convolution
  EXPECT_THAT(message_of(*instance_read, file_of(folder, tensors)),
              HasSubstr("unknown: model.2.running_var"));
}

TEST(State, WritesAndSkipsAliases) {
  const TempFolder folder;
  const std::vector<KeyAlias> aliases{{"copy.a.", "model.0."}, {"copy.b.", "model.0."}};
  PatchGan written = small_patchgan(1), read = small_patchgan(2);
  save_network(folder / "w.safetensors", *written, {}, aliases);
  const SafetensorsFile file(folder / "w.safetensors");
  EXPECT_TRUE(file.contains("copy.a.weight"));
  EXPECT_TRUE(file.contains("copy.b.bias"));
  load_network(*read, file, "", aliases);
  EXPECT_TRUE(equal_states(*written, *read));
  EXPECT_THAT(message_of(*read, file), HasSubstr("4 unknown"));
}

TEST(State, CountsFrozenParametersToo) {
  PatchGan network = small_patchgan(1);
  const int64_t count = parameter_count(*network);
  set_requires_grad(*network, false);
  EXPECT_EQ(parameter_count(*network), count);
  EXPECT_TRUE(parameters_of(*network).empty());
}

TEST(State, ListsAModuleWithTwoParentsOnce) {
  struct Parent : torch::nn::Module {};
  Parent parent;
  PatchGan shared = small_patchgan(1);
  parent.register_module("first", shared.ptr());
  parent.register_module("second", shared.ptr());
  EXPECT_EQ(parameters_of(parent).size(), parameters_of(*shared).size());
  EXPECT_EQ(parameter_count(parent), parameter_count(*shared));
  EXPECT_EQ(parameters_of(parent).front().name, "first.model.0.weight");
  EXPECT_EQ(parent.parameters().size(), 2 * shared->parameters().size())
      << "LibTorch changed: the helper may go";
}

TEST(State, KeepsEveryTypeOfTensor) {
  const TempFolder folder;
  const std::vector<NamedTensor> tensors{{"a", at::arange(6, at::kLong).reshape({2, 3})},
                                         {"b", at::full({}, 1.5, at::kDouble)},
                                         {"c", at::ones({3}, at::kByte)},
                                         {"d", at::empty({0, 4}, at::kFloat)}};
  const SafetensorsFile file = file_of(folder, tensors);
  for (const NamedTensor& named : tensors) {
    const at::Tensor back = tensor_from(file.at(named.name));
    EXPECT_EQ(back.scalar_type(), named.tensor.scalar_type());
    EXPECT_EQ(back.sizes(), named.tensor.sizes());
    EXPECT_TRUE(at::equal(back, named.tensor));
  }
}

TEST(Tensors, PixelsGoInAndOutInRowMajorOrder) {
  const std::vector<float> pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const at::Tensor batch = image_batch(pixels, 2, 2, 3, at::kCPU);
  EXPECT_EQ(batch.sizes(), at::IntArrayRef({2, 1, 2, 3}));
  EXPECT_EQ(batch.index({1, 0, 1, 0}).item<float>(), 10);
  std::vector<float> back(6);
  copy_pixels(batch.slice(0, 1, 2).transpose(2, 3), back);  // not contiguous
  EXPECT_THAT(back, ElementsAre(7, 10, 8, 11, 9, 12));
}

}  // namespace
}  // namespace synerbench::nn
