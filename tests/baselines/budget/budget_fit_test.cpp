// A budget fitted to each method that has lengths of its own: its phases end with the training, in their
// published proportions.
#include <gtest/gtest.h>

#include "baselines/bbdm/bbdm.h"
#include "baselines/healthgpt/healthgpt.h"
#include "baselines/rcd/rcd.h"
#include "baselines/resvit/resvit.h"
#include "baselines/syndiff/syndiff.h"
#include "harness/train/budget.h"
#include "harness/train/trainable.h"

namespace synerbench {
namespace {

/// Configuration and recipe as the train verb makes them.
std::pair<Json, Recipe> fitted(const Method& method, const Json& config, int64_t updates) {
  const std::unique_ptr<Trainable> model = method.training->make(config, "cpu", "here");
  return {model->config(), fitted_recipe(model->recipe(), updates)};
}

TEST(BudgetOf, ResVitGivesTwoThirdsToTheFirstStageAndNeverDecaysInIt) {
  for (const int64_t updates : {6, 7, 8, 100, 1001, 2999}) {
    const auto [config, recipe] =
        fitted(resvit_method(), resvit_method().training->fit({{"preset", "tiny"}}, updates), updates);
    const auto first = config["pretrain"].get<int64_t>() + config["pretrain_decay"].get<int64_t>();
    EXPECT_EQ(config["pretrain_unit"], "updates");
    EXPECT_EQ(first, updates / 3 * 2);
    EXPECT_GE(recipe.constant, first) << updates;
    EXPECT_EQ(recipe.constant + recipe.decay, updates);
    EXPECT_NEAR(static_cast<double>(recipe.decay), static_cast<double>(updates) / 6, 1) << updates;
  }
  EXPECT_EQ(resvit_method().training->fit({{"pretrain", 5}}, 100), (Json{{"pretrain", 5}}))
      << "given lengths stay";
}

TEST(BudgetOf, HealthGptStagesAreSharesOfIt) {
  const auto [config, recipe] =
      fitted(healthgpt_method(), healthgpt_method().training->fit({{"preset", "tiny"}}, 200), 200);
  EXPECT_EQ(config["updates"], 200);
  EXPECT_EQ(recipe.constant, 200);
  EXPECT_EQ(recipe.decay, 0);
  EXPECT_EQ(healthgpt_method().training->fit({{"updates", 5}}, 100)["updates"], 5);
}

TEST(BudgetOf, SynDiffsCosineAndRcdsPolynomialEndWithTheTraining) {
  const auto [syndiff, with_ema] =
      fitted(syndiff_method(), syndiff_method().training->fit({{"preset", "tiny"}}, 300), 300);
  EXPECT_EQ(syndiff["cosine_period"], 300);
  EXPECT_EQ(syndiff["cosine_unit"], "updates");
  EXPECT_EQ(with_ema.constant, 300);
  EXPECT_LE(1 / (1 - with_ema.ema_decay), 30.001);
  const auto [rcd, recipe] = fitted(rcd_method(), rcd_method().training->fit({{"preset", "tiny"}}, 300), 300);
  EXPECT_EQ(rcd["poly_period"], 300);
  EXPECT_EQ(rcd["poly_unit"], "updates");
  EXPECT_EQ(recipe.constant, 300);
  EXPECT_EQ(syndiff_method().training->fit({{"cosine_period", 5}}, 100), (Json{{"cosine_period", 5}}));
  EXPECT_EQ(rcd_method().training->fit({{"poly_unit", "epochs"}}, 100), (Json{{"poly_unit", "epochs"}}));
}

TEST(BudgetOf, BbdmTrainsItsAutoencoderInAQuarterUnlessItIsLoaded) {
  const Json latent = bbdm_method().training->fit({{"preset", "tiny-latent"}}, 400);
  EXPECT_EQ(latent["autoencoder"]["updates"], 100);
  EXPECT_EQ(fitted(bbdm_method(), latent, 400).second.constant, 400);
  EXPECT_FALSE(
      bbdm_method()
          .training->fit({{"preset", "tiny-latent"}, {"autoencoder", {{"from", "x"}}}}, 400)["autoencoder"]
          .contains("updates"));
  EXPECT_EQ(bbdm_method().training->fit({{"preset", "tiny-latent"}, {"autoencoder", {{"updates", 7}}}},
                                        400)["autoencoder"]["updates"],
            7);
  EXPECT_EQ(bbdm_method().training->fit({{"preset", "tiny-latent"}, {"normalize_latent", true}},
                                        400)["statistics_updates"],
            40);
  const Json pixel{{"preset", "tiny"}};
  EXPECT_EQ(bbdm_method().training->fit(pixel, 400), pixel);
  const Recipe recipe = fitted(bbdm_method(), pixel, 4000).second;
  EXPECT_NEAR(static_cast<double>(recipe.ema_start), 0.075 * 4000, 1)
      << "the published share of the training";
}

}  // namespace
}  // namespace synerbench
