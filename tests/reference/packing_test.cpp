#include "reference/mot/packing.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/mot/attention_plan.h"
#include "reference/shape/tables.h"
#include "reference/vit/patchify.h"
#include "tests/reference/support/parity.h"

namespace synerbench::reference {
namespace {

using testing::Fixture;
using testing::manifest;
using testing::WorstError;

/// Sizes that packing needs, from the manifest.
ModelSizes manifest_sizes() {
  const Json& model = manifest().at("model");
  ModelSizes s;
  s.vit.patch = model.at("vit").at("patch_size").get<int64_t>();
  s.vit.grid = model.at("vit_max_num_patch_per_side").get<int64_t>();
  s.vae.multipliers = model.at("vae").at("ch_mult").get<std::vector<int64_t>>();
  s.vae.latent_channels = model.at("vae").at("z_channels").get<int64_t>();
  s.latent_patch = model.at("latent_patch_size").get<int64_t>();
  s.latent_grid = model.at("max_latent_size").get<int64_t>();
  return s;
}

SpecialTokens manifest_special() {
  const Json& ids = manifest().at("special_ids");
  return {ids.at("bos").get<TokenId>(), ids.at("eos").get<TokenId>(), ids.at("start_of_image").get<TokenId>(),
          ids.at("end_of_image").get<TokenId>()};
}

std::vector<int64_t> widened(const std::vector<TokenId>& ids) { return {ids.begin(), ids.end()}; }

std::vector<SplitMode> modes_from(const std::vector<int64_t>& codes) {
  std::vector<SplitMode> modes;
  for (const int64_t code : codes) modes.push_back(static_cast<SplitMode>(code));
  return modes;
}

/// The plan of one fixture case, by sample.
std::vector<SamplePlan> plans_of(const Fixture& fixture, const std::string& in) {
  const auto sample = fixture.integers(in + "item_sample"), type = fixture.integers(in + "item_type"),
             loss = fixture.integers(in + "item_loss"), cfg = fixture.integers(in + "item_cfg"),
             height = fixture.integers(in + "item_h"), width = fixture.integers(in + "item_w"),
             lens = fixture.integers(in + "text_lens"), ids = fixture.integers(in + "text_ids");
  std::vector<SamplePlan> plans;
  size_t text = 0, at = 0;
  for (size_t i = 0; i < sample.size(); ++i) {
    if (static_cast<size_t>(sample[i]) >= plans.size()) plans.emplace_back();
    PlanItem item{static_cast<PlanItem::Kind>(type[i]), loss[i] != 0, cfg[i] != 0, {}, height[i], width[i]};
    if (item.kind == PlanItem::Kind::kText) {
      const auto count = static_cast<size_t>(lens[text++]);
      item.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(at),
                      ids.begin() + static_cast<std::ptrdiff_t>(at + count));
      at += count;
    }
    plans[static_cast<size_t>(sample[i])].items.push_back(item);
  }
  return plans;
}

TEST(PackingParity, ListsEqualTheOfficialPackerInEveryCase) {
  NEEDS_FIXTURE("P1");
  const Fixture fixture("P1");
  WorstError worst("P1_packer (weights)");
  int cases = 0;
  for (const std::string& name : fixture.cases("in.", "item_sample")) {
    const std::string in = "in." + name + ".", out = "out." + name + ".";
    const auto probs = fixture.doubles(in + "probs"), draws = fixture.doubles(in + "draws"),
               normals = fixture.doubles(in + "normals");
    size_t draw = 0, normal = 0;
    const PackingDraws source{[&] { return draws.at(draw++); }, [&] { return normals.at(normal++); }};
    Packer packer(manifest_sizes(), manifest_special());
    for (const SamplePlan& plan : plans_of(fixture, in))
      packer.add(plan, {probs[0], probs[1], probs[2]}, source);
    const PackedSequence& s = packer.sequence();
    EXPECT_EQ(draw, draws.size()) << name;
    EXPECT_EQ(normal, normals.size()) << name;
    EXPECT_EQ(widened(s.text_ids), fixture.integers(out + "text_ids")) << name;
    EXPECT_EQ(s.text_indexes, fixture.integers(out + "text_indexes")) << name;
    EXPECT_EQ(s.position_ids, fixture.integers(out + "position_ids")) << name;
    EXPECT_EQ(s.sample_lens, fixture.integers(out + "sample_lens")) << name;
    EXPECT_EQ(widened(s.label_ids), fixture.integers(out + "label_ids")) << name;
    EXPECT_EQ(s.ce_loss_indexes, fixture.integers(out + "ce_loss_indexes")) << name;
    expect_close(s.ce_loss_weights, fixture.floats(out + "ce_loss_weights"), 1e-6, name, worst);
    EXPECT_EQ(s.vae_token_indexes, fixture.integers(out + "vae_token_indexes")) << name;
    EXPECT_EQ(s.latent_position_ids, fixture.integers(out + "latent_position_ids")) << name;
    std::vector<int64_t> shapes;
    for (const auto& shape : s.latent_shapes) shapes.insert(shapes.end(), shape.begin(), shape.end());
    EXPECT_EQ(shapes, fixture.integers(out + "latent_shapes")) << name;
    EXPECT_EQ(s.timesteps, fixture.floats(out + "timesteps")) << name;
    EXPECT_EQ(s.mse_loss_indexes, fixture.integers(out + "mse_loss_indexes")) << name;
    EXPECT_EQ(s.vit_token_indexes, fixture.integers(out + "vit_token_indexes")) << name;
    EXPECT_EQ(s.vit_seqlens, fixture.integers(out + "vit_seqlens")) << name;
    EXPECT_EQ(s.vit_position_ids, fixture.integers(out + "vit_position_ids")) << name;
    EXPECT_EQ(s.split_lens, fixture.integers(out + "split_lens")) << name;
    EXPECT_EQ(s.split_modes, modes_from(fixture.integers(out + "attn_modes"))) << name;
    EXPECT_EQ(s.ce_loss_samples.size(), s.label_ids.size());
    ++cases;
  }
  EXPECT_GE(cases, testing::at_least(16));
  std::printf("[ parity   ] P1_packer: %d cases, all integers equal\n", cases);
}

TEST(PackingParity, PaddingIsOneMoreCausalSample) {
  NEEDS_FIXTURE("P1");
  // The block-mask route of the official code pads to a fixed length with an extra causal sample; ours needs
  // no padding, so the rule is what is compared.
  const Fixture fixture("P1");
  auto lens = fixture.integers("out.pack3.split_lens"), samples = fixture.integers("out.pack3.sample_lens");
  const auto padded_lens = fixture.integers("out.pack3_padded.split_lens");
  int64_t length = 0;
  for (const int64_t len : lens) length += len;
  EXPECT_EQ(length, fixture.integer("out.pack3_padded.sequence_length"));
  lens.push_back(padded_lens.back());
  samples.push_back(padded_lens.back());
  EXPECT_EQ(lens, padded_lens);
  EXPECT_EQ(samples, fixture.integers("out.pack3_padded.sample_lens"));
  EXPECT_EQ(fixture.integers("out.pack3_padded.attn_modes").back(), static_cast<int64_t>(SplitMode::kCausal));
}

TEST(MaskParity, RuleEqualsBothOfficialMasks) {
  NEEDS_FIXTURE("M1");
  const Fixture fixture("M1");
  EXPECT_FALSE(fixture.cases("in.", "split_lens").empty());
  for (const std::string& name : fixture.cases("in.", "split_lens")) {
    auto lens = fixture.integers("in." + name + ".split_lens"),
         samples = fixture.integers("in." + name + ".sample_lens");
    auto modes = modes_from(fixture.integers("in." + name + ".attn_modes"));
    const auto compare = [&](const std::string& out) {
      const VisibilityRule rule(lens, modes, samples);
      const auto wanted = fixture.bytes(out);
      std::vector<uint8_t> seen;
      for (int64_t q = 0; q < rule.length(); ++q) {
        for (int64_t k = 0; k < rule.length(); ++k) seen.push_back(rule.sees(q, k));
      }
      EXPECT_EQ(seen, wanted) << out;
    };
    compare("out." + name + ".mask");
    const int64_t tail =
        fixture.shape("out." + name + ".mask_padded")[0] - fixture.shape("out." + name + ".mask")[0];
    lens.push_back(tail);
    modes.push_back(SplitMode::kCausal);
    samples.push_back(tail);
    compare("out." + name + ".mask_padded");
  }
}

TEST(AttentionPlan, BlocksHoldExactlyTheVisiblePairs) {
  Random random(17);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> lens, samples;
    std::vector<SplitMode> modes;
    for (uint64_t s = 1 + random.below(3); s > 0; --s) {
      int64_t sum = 0;
      for (uint64_t n = 1 + random.below(6); n > 0; --n) {
        lens.push_back(1 + static_cast<int64_t>(random.below(7)));
        modes.push_back(static_cast<SplitMode>(random.below(3)));
        sum += lens.back();
      }
      samples.push_back(sum);
    }
    const VisibilityRule rule(lens, modes, samples);
    std::vector<uint8_t> covered(static_cast<size_t>(rule.length() * rule.length()), 0);
    const auto blocks = plan_attention(lens, modes, samples, static_cast<int64_t>(random.below(20)));
    int64_t next = 0;
    for (const AttentionBlock& block : blocks) {
      ASSERT_EQ(block.queries.begin, next);
      next = block.queries.end;
      int64_t column = 0;
      for (const Range& range : block.keys) {
        for (int64_t k = range.begin; k < range.end; ++k, ++column) {
          for (int64_t q = block.queries.begin; q < block.queries.end; ++q) {
            const bool sees =
                block.mask.empty() ||
                block.mask[static_cast<size_t>((q - block.queries.begin) * block.key_count + column)];
            covered[static_cast<size_t>(q * rule.length() + k)] = sees;
          }
        }
      }
      ASSERT_EQ(column, block.key_count);
    }
    ASSERT_EQ(next, rule.length());
    for (int64_t q = 0; q < rule.length(); ++q) {
      for (int64_t k = 0; k < rule.length(); ++k)
        ASSERT_EQ(covered[static_cast<size_t>(q * rule.length() + k)] != 0, rule.sees(q, k));
    }
  }
}

TEST(AttentionPlan, ImagesAloneNeedNoMask) {
  const std::vector<int64_t> lens = {300, 300, 10}, samples = {610};
  const std::vector<SplitMode> modes = {SplitMode::kFull, SplitMode::kNoise, SplitMode::kCausal};
  const auto blocks = plan_attention(lens, modes, samples);
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_TRUE(blocks[0].mask.empty());
  EXPECT_TRUE(blocks[1].mask.empty());
  EXPECT_EQ(blocks[1].key_count, 600);
  EXPECT_EQ(blocks[2].keys, (std::vector<Range>{{0, 300}, {600, 610}}));  // the noised split is not seen
}

TEST(Packing, RefusesImagesThatDoNotFit) {
  ModelSizes s = named_sizes("tiny");
  Packer packer(s, {1, 2, 3, 4});
  const PackingDraws draws{[] { return 1.0; }, [] { return 0.0; }};
  EXPECT_THROW(packer.add({{{PlanItem::Kind::kVit, false, false, {}, 15, 14}}}, {}, draws), Error);
  EXPECT_THROW(packer.add({{{PlanItem::Kind::kVae, false, false, {}, 16, 16 * 9}}}, {}, draws), Error);
}

TEST(TablesParity, SinCosTablesAndRotaryFrequencies) {
  NEEDS_FIXTURE("T1");
  const Fixture fixture("T1");
  WorstError worst("T1_tables");
  int tables = 0;
  for (const std::string& name : fixture.names("out.sincos.")) {
    long grid = 0, width = 0;
    ASSERT_EQ(std::sscanf(name.c_str(), "out.sincos.g%ld_h%ld", &grid, &width), 2) << name;
    expect_close(sincos_table(grid, width), fixture.floats(name), 1e-6, name, worst);
    ++tables;
  }
  EXPECT_GE(tables, testing::at_least(4));
  const double theta = manifest().at("model").at("llm").at("rope_theta").get<double>();
  const auto frequencies = fixture.floats("out.inv_freq");
  expect_close(rope_frequencies(2 * static_cast<int64_t>(frequencies.size()), theta), frequencies, 1e-6,
               "inv_freq", worst);
  std::vector<float> features;
  for (const float t : fixture.floats("in.t")) {
    const auto row = time_features(t);
    features.insert(features.end(), row.begin(), row.end());
  }
  expect_close(features, fixture.floats("out.time_freq"), 1e-6, "time_freq", worst);
}

TEST(TablesParity, PositionIdsPlainAndInterpolated) {
  NEEDS_FIXTURE("T1");
  const Fixture fixture("T1");
  EXPECT_FALSE(fixture.names("in.posid.").empty());
  for (const std::string& name : fixture.names("in.posid.")) {
    const auto k = fixture.integers(name);  // height, width, patch, side
    const std::string out = "out" + name.substr(2);
    EXPECT_EQ(position_ids(k[0] / k[2], k[1] / k[2], k[3], false), fixture.integers(out + ".plain")) << name;
    EXPECT_EQ(position_ids(k[0] / k[2], k[1] / k[2], k[3], true), fixture.integers(out + ".interp")) << name;
  }
}

TEST(PatchifyParity, OrdersOfPatchesAndLatentTokens) {
  NEEDS_FIXTURE("T2");
  const Fixture fixture("T2");
  const ModelSizes s = manifest_sizes();
  const auto image = fixture.shape("in.image"), latent = fixture.shape("in.latent");
  EXPECT_EQ(patchify(fixture.floats("in.image"), image[0], image[1], image[2], s.vit.patch),
            fixture.floats("out.patches"));
  const auto tokens = patchify(fixture.floats("in.latent"), latent[0], latent[1], latent[2], s.latent_patch);
  EXPECT_EQ(tokens, fixture.floats("out.tokens"));
  EXPECT_EQ(unpatchify(tokens, latent[0], latent[1], latent[2], s.latent_patch),
            fixture.floats("out.latent_back"));
}

}  // namespace
}  // namespace synerbench::reference
