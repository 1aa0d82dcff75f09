#include "baselines/catalog/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/catalog/catalog.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;

FieldInfo field(const std::string& name) {
  FieldInfo info;
  info.name = name;
  info.type = "number";
  info.fallback = "1";
  info.meaning = "what " + name + " means";
  return info;
}

Method plain_method() {
  Method method;
  method.name = "plain";
  method.label = "Plain";
  method.summary = "does nothing";
  return method;
}

Method learned_method() {
  Method method = plain_method();
  method.name = "learned";
  method.label = "Learned";
  method.path = "weights folder";
  method.needs = "a checkpoint";
  method.options = {field("clip")};
  method.training.emplace();
  method.training->routes = Routes::kPair;
  method.training->config = {field("width")};
  method.training->config.front().other_presets = {{"tiny", "2"}, {"empty", ""}};
  method.training->config.front().option = true;
  return method;
}

Wrapper a_wrapper() {
  Wrapper wrapper;
  wrapper.name = "around";
  wrapper.summary = "goes around a model";
  wrapper.options = {field("depth")};
  return wrapper;
}

TEST(Listing, OfAllHasALineForWhatItIsHowItIsRunAndEveryOption) {
  EXPECT_EQ(
      models_text({plain_method(), learned_method()}, {a_wrapper()}),
      "models\n"
      "  plain      Plain: does nothing\n"
      "  learned    Learned: does nothing  [train]\n"
      "             learned:PATH  weights folder\n"
      "             clip=...  what clip means (default: 1)\n"
      "\n"
      "wrappers: a model around models, wherever a model may stand\n"
      "  around     goes around a model\n"
      "             depth=...  what depth means (default: 1)\n"
      "\n"
      "Any model may be named: mine=pix2pix:runs/p2p; a device may stand in front: cuda:pix2pix:runs/p2p\n"
      "synerbench models NAME shows the fields of a model's configuration\n");
}

TEST(Listing, OfOneMethodSaysWhatATrainingCoversAndWhichPresetsChangeAField) {
  EXPECT_EQ(
      method_page(learned_method()),
      "learned: Learned\n"
      "  does nothing\n"
      "  needs a checkpoint\n"
      "\n"
      "to run: learned:PATH, PATH is a weights folder\n"
      "\n"
      "options of running, learned:PATH,name=value\n"
      "  clip  (number; default 1)\n"
      "      what clip means\n"
      "\n"
      "to train: one training covers both directions between two modalities. Fields of --config, each may be "
      "left out\n"
      "  width  (number; default 1, tiny 2)  [option]\n"
      "      what width means\n");
  EXPECT_EQ(method_page(plain_method()), "plain: Plain\n  does nothing\n");
}

TEST(Listing, AsJsonKeepsWhatTheTextSays) {
  const Json list = models_json({plain_method(), learned_method()}, {a_wrapper()});
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0]["kind"], "model");
  EXPECT_EQ(list[0]["trainable"], false);
  EXPECT_FALSE(list[0].contains("config"));
  EXPECT_EQ(list[1]["covers"], "pair");
  EXPECT_EQ(list[1]["needs"], "a checkpoint");
  EXPECT_EQ(list[1]["parameters"][0],
            (Json{{"name", "clip"}, {"values", "number"}, {"default", "1"}, {"meaning", "what clip means"}}));
  EXPECT_EQ(list[1]["config"][0]["presets"]["tiny"], "2");
  EXPECT_EQ(list[2]["kind"], "wrapper");
}

TEST(Listing, NamesEveryRowOfTheTables) {
  const std::string text = models_text(methods(), model_wrappers());
  for (const Method& method : methods()) EXPECT_THAT(text, HasSubstr("\n  " + method.name + " "));
  for (const Wrapper& wrapper : model_wrappers()) EXPECT_THAT(text, HasSubstr("\n  " + wrapper.name + " "));
}

}  // namespace
}  // namespace synerbench
