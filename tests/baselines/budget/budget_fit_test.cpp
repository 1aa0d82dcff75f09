// A budget fitted to each method that has lengths of its own: its phases end with the training, in their published proportions.
#include <gtest/gtest.h>

#include "baselines/bbdm/bbdm.h"
#include "baselines/healthgpt/healthgpt.h"
#include "baselines/rcd/rcd.h"
#include "baselines/resvit/resvit.h"
#include "baselines/syndiff/syndiff.h"
#include "harness/train/budget.h"

namespace synerbench {
namespace {

/// Configuration and recipe as the train verb makes them.
template <class Make>
std::pair<Json, Recipe> fitted(Make make, const Json& config, int64_t updates) {
  const std::unique_ptr<Trainable> model = make(config, "cpu", "here");
  return {model->config(), fitted_recipe(model->recipe(), updates)};
}

TEST(BudgetOf, ResVitGivesTwoThirdsToTheFirstStageAndNeverDecaysInIt) {
  for (const int64_t updates : {6, 7, 8, 100, 1001, 2999}) {
    const auto [config, recipe] = fitted(make_resvit, fit_resvit({{"preset", "tiny"}}, updates), updates);
    const auto first = config["pretrain"].get<int64_t>() + config["pretrain_decay"].get<int64_t>();
    EXPECT_EQ(config["pretrain_unit"], "updates");
    EXPECT_EQ(first, updates / 3 * 2);
    EXPECT_GE(recipe.constant, first) << updates;
    EXPECT_EQ(recipe.constant + recipe.decay, updates);
    EXPECT_NEAR(static_cast<double>(recipe.decay), static_cast<double>(updates) / 6, 1) << updates;
  }
  EXPECT_EQ(fit_resvit({{"pretrain", 5}}, 100), (Json{{"pretrain", 5}})) << "given lengths stay";
}

TEST(BudgetOf, HealthGptStagesAreSharesOfIt) {
  const auto [config, recipe] = fitted(make_healthgpt, fit_healthgpt({{"preset", "tiny"}}, 200), 200);
  EXPECT_EQ(config["updates"], 200);
  EXPECT_EQ(recipe.constant, 200);
  EXPECT_EQ(recipe.decay, 0);
  EXPECT_EQ(fit_healthgpt({{"updates", 5}}, 100)["updates"], 5);
}

TEST(BudgetOf, SynDiffsCosineAndRcdsPolynomialEndWithTheTraining) {
  const auto [syndiff, with_ema] = fitted(make_syndiff, fit_syndiff({{"preset", "tiny"}}, 300), 300);
  EXPECT_EQ(syndiff["cosine_period"], 300);
  EXPECT_EQ(syndiff["cosine_unit"], "updates");
  EXPECT_EQ(with_ema.constant, 300);
  EXPECT_LE(1 / (1 - with_ema.ema_decay), 30.001);
  const auto [rcd, recipe] = fitted(make_rcd, fit_rcd({{"preset", "tiny"}}, 300), 300);
  EXPECT_EQ(rcd["poly_period"], 300);
  EXPECT_EQ(rcd["poly_unit"], "updates");
  EXPECT_EQ(recipe.constant, 300);
  EXPECT_EQ(fit_syndiff({{"cosine_period", 5}}, 100), (Json{{"cosine_period", 5}}));
  EXPECT_EQ(fit_rcd({{"poly_unit", "epochs"}}, 100), (Json{{"poly_unit", "epochs"}}));
}

TEST(BudgetOf, BbdmTrainsItsAutoencoderInAQuarterUnlessItIsLoaded) {
  const Json latent = fit_bbdm({{"preset", "tiny-latent"}}, 400);
  EXPECT_EQ(latent["autoencoder"]["updates"], 100);
  EXPECT_EQ(fitted(make_bbdm, latent, 400).second.constant, 400);
  EXPECT_FALSE(
      fit_bbdm({{"preset", "tiny-latent"}, {"autoencoder", {{"from", "x"}}}}, 400)["autoencoder"].contains(
          "updates"));
  EXPECT_EQ(
      fit_bbdm({{"preset", "tiny-latent"}, {"autoencoder", {{"updates", 7}}}}, 400)["autoencoder"]["updates"],
      7);
  EXPECT_EQ(fit_bbdm({{"preset", "tiny-latent"}, {"normalize_latent", true}}, 400)["statistics_updates"], 40);
  const Json pixel{{"preset", "tiny"}};
  EXPECT_EQ(fit_bbdm(pixel, 400), pixel);
  const Recipe recipe = fitted(make_bbdm, pixel, 4000).second;
  EXPECT_NEAR(static_cast<double>(recipe.ema_start), 0.075 * 4000, 1)
      << "the published share of the training";
}

}  // namespace
}  // namespace synerbench
