// What is said about memory against what the allocator counts in a training step.
#include "reference/memory.h"

#include <ATen/ATen.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include <cmath>

#include "reference/manage/manage.h"
#include "reference/network/forward.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

/// Bytes the allocator holds, counted from the moment it is made.
class Counter final : public c10::MemoryReportingInfoBase {
 public:
#if TORCH_VERSION_MAJOR >= 2
  using Total = size_t;
#else
  using Total = int64_t;
#endif
  void reportMemoryUsage(void*, int64_t size, Total, Total, c10::Device) override {
    live += size;
    peak = std::max(peak, live);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t live = 0, peak = 0;
};

PlanItem image(PlanItem::Kind kind, int64_t height, int64_t width, bool learned = false) {
  PlanItem item;
  item.kind = kind;
  item.learned = learned;
  item.height = height;
  item.width = width;
  return item;
}
PlanItem text(size_t count, bool learned = false) {
  PlanItem item;
  item.learned = learned;
  item.ids.assign(count, 7);
  return item;
}

struct Case {
  const char* name;
  ModelSizes sizes;
  int64_t vae, vit;
};

class Activations : public ::testing::TestWithParam<bool> {};

TEST_P(Activations, AreWhatTheAllocatorCounts) {
  ModelSizes odd = named_sizes("tiny");  // other proportions, so that no term hides behind another
  odd.llm = {300, 96, 320, 3, 6, 3, 1e-6, 1e6};
  odd.vit = {48, 80, 3, 3, 14, 10, 1e-6};
  for (const auto& [name, sizes, vae, vit] :
       {Case{"tiny", named_sizes("tiny"), 128, 112}, Case{"odd", odd, 96, 126}}) {
    const bool recompute = GetParam();
    Packer packer(sizes, {1, 2, 3, 4});
    const PackingDraws draws{[] { return 1.0; }, [] { return 0.0; }};
    packer.add({{image(PlanItem::Kind::kVae, vae, vae), image(PlanItem::Kind::kVit, vit, vit), text(20),
                 image(PlanItem::Kind::kVae, vae, vae, true)}},
               {}, draws);
    packer.add({{image(PlanItem::Kind::kVit, vit, vit), text(12), text(2, true)}}, {}, draws);
    const PackedSequence pack = packer.take();
    const auto network = empty_network(sizes);
    for (auto& leaf : network->parameters.leaves()) leaf.value.fill_(0.01);
    network->parameters.require_gradients([](Part) { return true; });
    const auto latents = static_cast<int64_t>(pack.vae_token_indexes.size()),
               patches = static_cast<int64_t>(pack.vit_token_indexes.size());
    const PackedInputs inputs{at::ones({patches, 3 * 14 * 14}), at::ones({latents, sizes.token_channels()}),
                              at::zeros({latents, sizes.token_channels()})};
    ForwardSettings settings{{at::kFloat}};
    settings.decoder.checkpoint_layers = recompute;

    const auto counter = std::make_shared<Counter>();
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
    const ForwardResult result = training_forward(pack, inputs, *network, settings);
    const at::Tensor loss = mse_loss(result) + ce_loss(result);
    const int64_t kept = counter->live;
    ActivationMemory said = activation_memory(sizes, pack, recompute);
    // Of a recomputed step the forward pass keeps only the inputs of the layers.
    if (recompute) said.decoder = sizes.llm.layers * pack.length() * sizes.llm.hidden * 4;
    const double ratio = static_cast<double>(kept) / static_cast<double>(said.total());
    std::printf("[ memory   ] %s%s: %.3f MiB counted, %.3f said\n", name, recompute ? ", recomputed" : "",
                static_cast<double>(kept) / (1 << 20), static_cast<double>(said.total()) / (1 << 20));
    EXPECT_NEAR(ratio, 1.0, 0.03) << name;
    loss.backward();
  }
}
INSTANTIATE_TEST_SUITE_P(Memory, Activations, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Recomputed" : "Kept"; });

TEST(Memory, OfTheReleasedSizeIsKnownFromItsHeaders) {
  TempFolder folder;
  init_checkpoint(folder / "m", {.sizes = "bagel-7b", .dtype = "bf16", .headers_only = true});
  const Preset preset = resolve_preset("synermedgen", {{"dtype", "bf16"}}, "test");
  const Json report = memory_of_folder(folder / "m", preset, 240, 240);
  EXPECT_EQ(report.at("weights_bytes").get<int64_t>(), 2 * 14607260128);
  EXPECT_EQ(report.at("cache_bytes_per_token").get<int64_t>(), 2 * 28 * 4 * 128 * 2);
  EXPECT_EQ(report.at("latent_tokens").get<int64_t>(), 32 * 32);  // 240 -> 512 pixels, 16 a token
  EXPECT_EQ(report.at("vit_tokens").get<int64_t>(), 27 * 27);     // 240 -> 378 pixels, 14 a patch
  EXPECT_GT(report.at("training").at("activation_bytes").get<int64_t>(),
            report.at("training").at("activation_bytes_recomputed").get<int64_t>());
  EXPECT_NE(memory_text(report).find("KV cache        56.0 KiB a token"), std::string::npos)
      << memory_text(report);
}

}  // namespace
}  // namespace synerbench::reference
