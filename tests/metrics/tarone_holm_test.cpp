#include "metrics/tarone_holm.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <vector>

#include "metrics/statistics.h"

namespace synerbench {
namespace {

size_t rejected(const std::vector<double>& p, double limit) {
  size_t n = 0;
  for (const double v : p) n += v <= limit ? 1 : 0;
  return n;
}

TEST(TaroneHolm, IsHolmWhereEveryTestCanReachAnything) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<double> uniform(0, 0.05);
  for (int n = 0; n < 200; ++n) {
    std::vector<double> p(1 + n % 12);
    for (double& v : p) v = uniform(generator) * uniform(generator) * 20;
    const std::vector<double> least(p.size(), 0.0), adjusted = holm(p);
    size_t by_holm = 0;
    for (const double v : adjusted) by_holm += v <= 0.05 ? 1 : 0;
    EXPECT_EQ(rejected(p, tarone_holm_limit(p, least, 0.05)), by_holm);
  }
}

TEST(TaroneHolm, DoesNotPayForTestsThatCannotReject) {
  // One test of many patients and 20 of six, whose p is 0.031 at best: Holm would ask for 0.05 / 21.
  std::vector<double> p{0.01}, least{1e-6};
  p.resize(21, 0.5);
  least.resize(21, 0.03125);
  EXPECT_EQ(tarone_holm_limit(p, least, 0.05), 0.05 / 2) << "at 0.05 / 2 only the first can reject";
  EXPECT_GT(holm(p).front(), 0.05);
}

TEST(TaroneHolm, GoesOnStepByStep) {
  // The first leaves the family; then the second is held against 0.05 / 1.
  const std::vector<double> p{0.001, 0.04}, least{0.0, 0.0};
  EXPECT_EQ(tarone_holm_limit(p, least, 0.05), 0.05);
  EXPECT_EQ(tarone_holm_limit(std::vector<double>{0.03, 0.04}, least, 0.05), 0.025);
  EXPECT_EQ(tarone_holm_limit({}, {}, 0.05), 0.05);
}

TEST(TaroneHolm, RefusesWhatIsNoFamily) {
  const std::vector<double> two{0.1, 0.2}, one{0.1}, above{0.3, 0.1};
  EXPECT_THROW(tarone_holm_limit(two, one, 0.05), std::invalid_argument);
  EXPECT_THROW(tarone_holm_limit(two, above, 0.05), std::invalid_argument);
  EXPECT_THROW(tarone_holm_limit(one, one, 1), std::invalid_argument);
}

}  // namespace
}  // namespace synerbench
