// Recipes and packing streams: what needs no LibTorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "harness/core/error.h"
#include "reference/stages/pack_stream.h"
#include "reference/stages/stage_recipe.h"

namespace synerbench::reference {
namespace {

/// Samples of one learned text each; the length follows from the draw number.
DrawnSample text_sample(int64_t draw) {
  Random random(static_cast<uint64_t>(draw) + 99);
  PlanItem item;
  item.learned = true;
  item.ids.assign(random.below(60), static_cast<TokenId>(draw % 200));
  return {InstanceKind::kMi, {{{item}}, {}}};
}

StageRecipe small_budget() {
  StageRecipe recipe = stage_recipe("gau");
  recipe.expected_tokens = 100;
  recipe.max_tokens = 120;
  recipe.max_sample_tokens = 58;
  recipe.prefer_buffer_before = 80;
  recipe.max_buffer = 3;
  return recipe;
}

PackStream stream(const StageRecipe& recipe) {
  return PackStream(text_sample, named_sizes("tiny"), {1, 2, 3, 4}, recipe, 5);
}

TEST(PackStream, PacksStayWithinTheirBudgetAndWasteLittle) {
  PackStream packs = stream(small_budget());
  int64_t total = 0;
  for (int i = 0; i < 300; ++i) {
    const Pack pack = packs.next();
    EXPECT_LE(pack.sequence.length(), 120);
    EXPECT_GT(pack.sequence.length(), 60);
    EXPECT_EQ(pack.kinds.size(), pack.sequence.sample_lens.size());
    for (const int64_t length : pack.sequence.sample_lens) EXPECT_LE(length, 58);
    total += pack.sequence.length();
    EXPECT_LE(packs.state().waiting.size(), 4u);
  }
  EXPECT_GT(total, 300 * 95);
}

TEST(PackStream, NoSampleIsLostOrUsedTwice) {
  PackStream packs = stream(small_budget());
  std::vector<int> seen(2000, 0);
  // Marks 1 and 2 frame the ids; the ids name the draw (modulo 200, so count per class).
  int64_t used = 0;
  for (int i = 0; i < 100; ++i) used += static_cast<int64_t>(packs.next().sequence.sample_lens.size());
  const auto state = packs.state();
  int64_t left_out = 0;
  for (int64_t draw = 0; draw < state.next_draw; ++draw)
    left_out += text_sample(draw).sample.plan.estimate(named_sizes("tiny")) > 58;
  EXPECT_EQ(used + static_cast<int64_t>(state.waiting.size()) + left_out, state.next_draw);
}

TEST(PackStream, GoesOnFromItsStateAsIfNeverStopped) {
  PackStream one = stream(small_budget()), two = stream(small_budget());
  for (int i = 0; i < 17; ++i) one.next();
  two.restore(one.state());
  for (int i = 0; i < 20; ++i) {
    const Pack a = one.next(), b = two.next();
    ASSERT_EQ(a.sequence.text_ids, b.sequence.text_ids);
    ASSERT_EQ(a.sequence.sample_lens, b.sequence.sample_lens);
  }
}

TEST(PackStream, ABudgetThatNothingFitsIsNamed) {
  StageRecipe recipe = small_budget();
  recipe.max_sample_tokens = 1;
  PackStream packs = stream(recipe);
  EXPECT_THROW(packs.next(), Error);
}

TEST(StageRecipe, StagesTrainWhatTheAuthorsFigureShows) {
  const StageRecipe gau = stage_recipe("gau"), ucg = stage_recipe("ucg");
  for (const Part part :
       {Part::kUnderstanding, Part::kEmbedding, Part::kHead, Part::kConnector, Part::kVit}) {
    EXPECT_TRUE(gau.trains(part)) << name_of(part);
    EXPECT_FALSE(ucg.trains(part)) << name_of(part);
  }
  for (const Part part : {Part::kGeneration, Part::kFlow}) {
    EXPECT_FALSE(gau.trains(part)) << name_of(part);
    EXPECT_TRUE(ucg.trains(part)) << name_of(part);
  }
  for (const auto& name : stage_names()) {
    EXPECT_FALSE(stage_recipe(name).trains(Part::kTable));
    EXPECT_FALSE(stage_recipe(name).trains(Part::kVae));
  }
  EXPECT_TRUE(ucg.freeze_understanding);
}

TEST(StageRecipe, JsonGoesThereAndBackAndRefusesNonsense) {
  for (const auto& name : stage_names()) {
    Json json = to_json(stage_recipe(name));
    EXPECT_EQ(to_json(stage_recipe_from_json(json, "test")), json);
  }
  EXPECT_EQ(stage_recipe_from_json({{"stage", "ucg"}, {"lr", 1e-3}}, "test").lr, 1e-3);
  EXPECT_THROW(stage_recipe_from_json({{"stage", "gua"}}, "test"), Error);
  EXPECT_THROW(stage_recipe_from_json({{"learning_rate", 1e-3}}, "test"), Error);
  EXPECT_THROW(stage_recipe_from_json({{"mixture", {{"cts", 0}}}}, "test"), Error);
  EXPECT_THROW(stage_recipe_from_json({{"ema_decay", 1.0}}, "test"), Error);
}

}  // namespace
}  // namespace synerbench::reference
