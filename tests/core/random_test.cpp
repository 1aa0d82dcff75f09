#include "harness/core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace synerbench {
namespace {

TEST(Random, GivesTheSameNumbersForever) {
  // Golden values: a change here changes every published split, seed and phantom.
  Random random(42);
  EXPECT_EQ(random.bits(), 1546998764402558742ULL);
  EXPECT_EQ(seed_from("brain-mr-to-ct"), seed_from("brain-mr-to-ct"));
  EXPECT_NE(seed_from("a"), seed_from("b"));
}

TEST(Random, StateCanBeSavedAndRestored) {
  Random random(7);
  random.normal();
  const auto state = random.state();
  const double next = random.uniform();
  random.set_state(state);
  EXPECT_EQ(random.uniform(), next);
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  Random random(3);
  const int n = 200000;
  double u = 0, g = 0, g2 = 0;
  for (int i = 0; i < n; ++i) {
    u += random.uniform();
    const double x = random.normal();
    g += x, g2 += x * x;
  }
  EXPECT_NEAR(u / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(g / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(g2 / n, 1.0, 5 * std::sqrt(2.0 / n));
}

TEST(Random, BelowReachesEveryValueAndNoOther) {
  Random random(5);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(7));
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(*seen.rbegin(), 6u);
}

TEST(Random, ShuffleKeepsTheElements) {
  std::vector<int> values{1, 2, 3, 4, 5, 6, 7, 8};
  const auto before = values;
  Random(11).shuffle(values);
  EXPECT_NE(values, before);
  EXPECT_EQ(std::multiset<int>(values.begin(), values.end()),
            std::multiset<int>(before.begin(), before.end()));
}

TEST(CombineSeeds, DependsOnBothAndOnTheirOrder) {
  EXPECT_NE(combine_seeds(1, 2), combine_seeds(2, 1));
  EXPECT_NE(combine_seeds(1, 2), combine_seeds(1, 3));
}

}  // namespace
}  // namespace synerbench
