// Recipes and packing streams: what needs no LibTorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "harness/core/error.h"
#include "reference/manage/manage.h"
#include "reference/stages/curriculum.h"
#include "reference/stages/pack_stream.h"
#include "reference/stages/stage_recipe.h"
#include "reference/understanding/answers.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/temp_folder.h"

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

TEST(StageRecipe, SaysWhatItLearnsFrom) {
  using K = SampleKind;
  const std::vector<std::pair<std::string, std::vector<K>>> wanted{
      {"gau", {K::kGauQuestions}},
      {"ucg", {K::kSynthesis}},
      {"mixed", {K::kGauQuestions, K::kSynthesis}},
      {"recognition", {K::kRecognitionQuestions}},
      {"shuffled", {K::kShuffledQuestions}},
      {"unimedvl-unified", {K::kWords, K::kSingleSlices, K::kRecognitionQuestions, K::kSynthesis}},
      {"base-plain", {K::kPictures, K::kEdits}},
      {"base-web", {K::kPictures, K::kEdits, K::kSingleSlices, K::kRecognitionQuestions}}};
  for (const auto& [stage, kinds] : wanted) EXPECT_EQ(kinds_of(stage_recipe(stage)), kinds) << stage;
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

TEST(StageRecipe, UniMedVlsStagesFreezeAndMixAsPublished) {
  const StageRecipe foundation = stage_recipe("unimedvl-foundation"),
                    instruction = stage_recipe("unimedvl-instruction"),
                    unified = stage_recipe("unimedvl-unified");
  for (const StageRecipe* stage : {&foundation, &instruction, &unified}) {
    for (const Part part : {Part::kUnderstanding, Part::kGeneration, Part::kEmbedding, Part::kHead,
                            Part::kConnector, Part::kFlow})
      EXPECT_TRUE(stage->trains(part)) << stage->stage << " " << name_of(part);
    EXPECT_EQ(stage->trains(Part::kVit), stage == &foundation) << stage->stage;
    // Nothing about a pair but synthesis itself.
    EXPECT_EQ(stage->mixture.cts + stage->mixture.tia + stage->mixture.mi + stage->mixture.mi_panel, 0);
  }
  const auto shares = [](const StageRecipe& r) {
    const Mixture& m = r.mixture;
    return std::vector<double>{m.vqa + m.caption, m.text_to_image, m.synthesis, m.text};
  };
  EXPECT_THAT(shares(foundation), ::testing::ElementsAre(0.75, 0.25, 0, 0));
  EXPECT_THAT(shares(instruction), ::testing::ElementsAre(0.40, 0.45, 0.10, 0.05));
  EXPECT_THAT(shares(unified), ::testing::ElementsAre(0.37, 0.35, 0.25, 0.03));
}

TEST(MixtureSource, DrawsEveryKindByItsShare) {
  const testing::MadePairs pairs(2, 12, 24);
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  TempFolder folder;
  init_checkpoint(folder / "m", {.sizes = "tiny", .seed = 3});
  const Tokenizer tokenizer = Tokenizer::load(folder / "m");
  for (const auto& name : stage_names()) {
    StageRecipe recipe = stage_recipe(name);
    recipe.images = {{14, 14, 14, 1 << 20}, {16, 16, 16, 1 << 20}, false};
    recipe.instances.picture_side = 16;
    const InstanceBuilder builder({{task, &pairs}}, recipe.instances);
    const SampleSource source = mixture_source(builder, tokenizer, recipe, 7);
    std::map<InstanceKind, int> drawn;
    constexpr int kDraws = 2000;
    for (int i = 0; i < kDraws; ++i) ++drawn[source(i).kind];
    double total = 0;
    for (const auto& [kind, count] : drawn) total += recipe.mixture.of(kind);
    double listed = 0;
    for (const InstanceKind kind :
         {InstanceKind::kCts, InstanceKind::kMi, InstanceKind::kMiPanel, InstanceKind::kTia,
          InstanceKind::kSynthesis, InstanceKind::kVqa, InstanceKind::kCaption, InstanceKind::kTextToImage,
          InstanceKind::kText, InstanceKind::kPicture, InstanceKind::kPictureQuestion,
          InstanceKind::kPictureChoice, InstanceKind::kListChoice, InstanceKind::kPictureEdit,
          InstanceKind::kScanEdit})
      listed += recipe.mixture.of(kind);
    for (const auto& [kind, count] : drawn) {
      // Four standard deviations of a share of 0.5 are 0.045.
      EXPECT_NEAR(static_cast<double>(count) / kDraws, recipe.mixture.of(kind) / listed, 0.045)
          << name << " " << name_of(kind);
      EXPECT_GT(recipe.mixture.of(kind), 0) << name << " " << name_of(kind);
    }
    EXPECT_DOUBLE_EQ(total, listed) << name << ": a kind was never drawn";
  }
}

TEST(Bases, NeverSeeTwoModalitiesOfAPatient) {
  EXPECT_EQ(stage_recipe("base-plain").mixture.synthesis, 0);
  const StageRecipe web = stage_recipe("base-web");
  EXPECT_EQ(web.mixture.synthesis + web.mixture.cts + web.mixture.tia + web.mixture.mi + web.mixture.mi_panel,
            0);
  EXPECT_TRUE(web.instances.one_modality);
  const testing::MadePairs pairs(12, 4, 16);
  const InstanceBuilder builder({{{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT}, &pairs},
                                 {{"brain-ct-to-pet", "brain", Modality::kCT, Modality::kPET}, &pairs}},
                                web.instances);
  std::map<std::string, std::set<Modality>> seen;
  Random random(3);
  for (const InstanceKind kind : {InstanceKind::kVqa, InstanceKind::kCaption, InstanceKind::kTextToImage}) {
    for (int i = 0; i < 300; ++i) {
      const Instance instance = builder.make(kind, random);
      seen[instance.origins.at(0).slice.scan.patient].insert(instance.origins.at(0).modality);
    }
  }
  std::set<Modality> all;
  for (const auto& [patient, modalities] : seen) {
    EXPECT_EQ(modalities.size(), 1u) << patient;
    all.insert(modalities.begin(), modalities.end());
  }
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(all.size(), 3u) << "each modality is some patient's";
}

TEST(Bases, DrawPicturesAndEditsWithoutOrigins) {
  const testing::MadePairs pairs(3, 4, 16);
  InstanceSettings settings;
  settings.picture_side = 24;
  const InstanceBuilder builder({{{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT}, &pairs}},
                                settings);
  for (const InstanceKind kind : {InstanceKind::kPicture, InstanceKind::kPictureQuestion,
                                  InstanceKind::kPictureEdit, InstanceKind::kScanEdit}) {
    Random one(4), two(4);
    const Instance a = builder.make(kind, one), b = builder.make(kind, two);
    EXPECT_TRUE(a.origins.empty());
    const bool edit = kind == InstanceKind::kPictureEdit || kind == InstanceKind::kScanEdit;
    ASSERT_EQ(a.images.size(), edit ? 2u : 1u) << name_of(kind);
    EXPECT_EQ(a.images.back().pixels, b.images.back().pixels);
    EXPECT_EQ(a.images[0].width, kind == InstanceKind::kScanEdit ? 16 : 24);
    EXPECT_EQ(a.answer.empty(), kind != InstanceKind::kPictureQuestion);
    EXPECT_TRUE(a.items.back().learned);
  }
}

TEST(Bases, AskWithLettersAboutListsAndPictures) {
  const testing::MadePairs pairs(3, 4, 16);
  InstanceSettings settings;
  settings.picture_side = 24;
  const InstanceBuilder builder({{{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT}, &pairs}},
                                settings);
  for (const InstanceKind kind : {InstanceKind::kPictureChoice, InstanceKind::kListChoice}) {
    std::set<size_t> counts;
    std::map<std::string, int> letters;
    int answers = 0;
    Random random(4);
    for (int i = 0; i < 400; ++i) {
      const Instance instance = builder.make(kind, random);
      EXPECT_TRUE(instance.origins.empty());
      EXPECT_EQ(instance.options, 4u);
      counts.insert(instance.images.size());
      if (instance.answer.size() == 1) {
        EXPECT_EQ(score_answer(instance, "The answer is " + instance.answer + "."), 1);
        EXPECT_EQ(score_answer(instance, "E"), 0);
      }
      EXPECT_TRUE(instance.items.back().learned);
      for (const InstanceItem& item : instance.items) {
        if (!item.learned || item.text.size() > 1) continue;
        ++letters[item.text];
        ++answers;
      }
    }
    if (kind == InstanceKind::kPictureChoice) {
      EXPECT_THAT(counts, ::testing::ElementsAre(1u, 4u, 5u));
    } else {
      EXPECT_THAT(counts, ::testing::ElementsAre(0u));
    }
    ASSERT_EQ(letters.size(), 4u);
    // Four standard deviations of a share of a quarter.
    for (const auto& [letter, count] : letters)
      EXPECT_NEAR(count, answers / 4.0, 4 * std::sqrt(answers * 3.0 / 16)) << letter << " gives nothing away";
  }
}

TEST(Curriculum, NamedOnesHoldTheirStagesAndSharesAddUp) {
  const auto named = [](const char* name, const Json& common = Json::object()) {
    return curriculum_from_json({{"name", name}}, common, "test");
  };
  const Curriculum unimedvl = named("unimedvl");
  EXPECT_THAT(unimedvl.updates(275), ::testing::ElementsAre(85, 120, 70));
  EXPECT_THAT(unimedvl.updates(3), ::testing::ElementsAre(1, 1, 1));
  EXPECT_THROW(unimedvl.updates(2), Error);
  for (int64_t total = 3; total < 400; ++total) {
    const auto updates = unimedvl.updates(total);
    EXPECT_EQ(std::accumulate(updates.begin(), updates.end(), int64_t{0}), total);
  }
  const Curriculum ours = named("synermedgen");
  ASSERT_EQ(ours.stages.size(), 2u);
  EXPECT_EQ(ours.stages[0].recipe.stage, "gau");
  EXPECT_EQ(ours.stages[1].recipe.stage, "ucg");
  // "Without understanding" means just that: no question is ever asked.
  for (const auto& stage : named("bagel").stages) EXPECT_FALSE(stage.recipe.mixture.asks());
  EXPECT_EQ(named("unimedvl", {{"lr", 1e-3}}).stages[2].recipe.lr, 1e-3);
}

TEST(Curriculum, OwnOnesAreReadAndNonsenseIsRefused) {
  const auto read = [](const Json& json) { return curriculum_from_json(json, {{"lr", 1e-3}}, "test"); };
  const Curriculum own =
      read({{"stages", {{{"stage", "gau"}, {"share", 3}}, {{"stage", "ucg"}, {"lr", 2e-3}}}}});
  EXPECT_EQ(own.stages[0].recipe.lr, 1e-3);
  EXPECT_EQ(own.stages[1].recipe.lr, 2e-3);
  EXPECT_THAT(own.updates(8), ::testing::ElementsAre(6, 2));
  EXPECT_EQ(to_json(own)["stages"][1]["lr"], 2e-3);
  EXPECT_THROW(read({{"name", "unimed"}}), Error);
  EXPECT_THROW(read({{"stages", Json::array()}}), Error);
  EXPECT_THROW(read({{"stages", {{{"stage", "gau"}, {"share", 0}}}}}), Error);
  EXPECT_THROW(read({{"stages", {{{"stage", "gau"}, {"shares", 1}}}}}), Error);
}

}  // namespace
}  // namespace synerbench::reference
