// Edges tell how two volumes lie against each other, whatever their values are.
#include "harness/data/alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace synerbench {
namespace {

using Shape = std::array<int64_t, 3>;
constexpr std::array<double, 3> kSpacing{3, 2, 2};
const Shape kShape{16, 48, 48};  // 16 x 24 x 24 cells

/// Soft lumps in a soft ball: an anatomy that follows from `seed`. No two turns of it are alike.
std::vector<float> anatomy(unsigned seed, const Shape& shape = kShape) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(0, 1);
  std::vector<std::array<double, 3>> centers(60);
  for (auto& center : centers) {
    for (size_t axis = 0; axis < 3; ++axis) center[axis] = place(random) * static_cast<double>(shape[axis]);
  }
  std::vector<float> values;
  for (int64_t d = 0; d < shape[0]; ++d) {
    for (int64_t h = 0; h < shape[1]; ++h) {
      for (int64_t w = 0; w < shape[2]; ++w) {
        double value = 0;
        for (const auto& [x, y, z] : centers) {
          const double a = (static_cast<double>(d) - x) / 3, b = (static_cast<double>(h) - y) / 4,
                       c = (static_cast<double>(w) - z) / 4;
          value += std::exp(-a * a - b * b - c * c);
        }
        values.push_back(static_cast<float>(value));
      }
    }
  }
  return values;
}

/// The same anatomy on another scanner: dark where it was bright, and more.
std::vector<float> other_contrast(std::vector<float> values) {
  for (float& value : values) value = 500 + 300 * std::cos(2.5F * value);
  return values;
}

std::vector<float> laid(const std::vector<float>& values, const Turn& turn, const Shape& shape = kShape) {
  std::vector<float> out(values.size());
  size_t next = 0;
  for (int64_t d = 0; d < shape[0]; ++d) {
    for (int64_t h = 0; h < shape[1]; ++h) {
      for (int64_t w = 0; w < shape[2]; ++w) {
        Shape from{d, h, w};
        for (size_t axis = 0; axis < 3; ++axis) {
          if (turn.mirrored[axis]) from[axis] = shape[axis] - 1 - from[axis];
        }
        if (turn.exchanged) std::swap(from[1], from[2]);
        out[next++] = values[static_cast<size_t>((from[0] * shape[1] + from[1]) * shape[2] + from[2])];
      }
    }
  }
  return out;
}

TEST(Edges, AgreeBetweenContrastsOfOneAnatomyAndNotBetweenTwo) {
  const Edges one(anatomy(1), kShape, kSpacing), two(anatomy(2), kShape, kSpacing),
      other(other_contrast(anatomy(1)), kShape, kSpacing);
  EXPECT_NEAR(one.agreement(one), 1, 1e-6);
  EXPECT_GT(one.agreement(other), 0.6);
  EXPECT_LT(one.agreement(two), 0.5);
  const Edges flat(std::vector<float>(anatomy(1).size(), 7), kShape, kSpacing);
  EXPECT_EQ(one.agreement(flat), 0);
}

TEST(Edges, FindEveryTurn) {
  const Edges wanted(anatomy(1), kShape, kSpacing);
  EXPECT_FALSE(misfit_of(wanted, Edges(other_contrast(anatomy(1)), kShape, kSpacing)));
  ASSERT_EQ(turns_of(kShape).size(), 15u);
  for (const Turn& turn : turns_of(kShape)) {
    const auto misfit = misfit_of(wanted, Edges(other_contrast(laid(anatomy(1), turn)), kShape, kSpacing));
    ASSERT_TRUE(misfit) << turn.text({"D", "H", "W"});
    EXPECT_EQ(misfit->turn, turn) << turn.text({"D", "H", "W"}) << " and "
                                  << misfit->turn.text({"D", "H", "W"});
    EXPECT_GT(misfit->agreement, kMisfit * misfit->as_it_is);
  }
}

TEST(Edges, OfUnrelatedVolumesFavorNoTurn) {
  for (unsigned seed = 2; seed < 8; ++seed) {
    EXPECT_FALSE(misfit_of(Edges(anatomy(1), kShape, kSpacing), Edges(anatomy(seed), kShape, kSpacing)))
        << seed;
  }
}

TEST(Edges, OfFewCellsSayNothing) {
  const Shape thin{1, 48, 48};
  const std::vector<float> slice = anatomy(1, thin);
  const Edges wanted(slice, thin, kSpacing);
  EXPECT_FALSE(wanted.enough());
  const Turn turn{{false, false, true}, false};
  EXPECT_FALSE(misfit_of(wanted, Edges(laid(slice, turn, thin), thin, kSpacing)));
  EXPECT_EQ(turns_of(thin).size(), 7u) << "one slice has no other end";
  EXPECT_EQ(turns_of({6, 40, 48}).size(), 7u) << "rows and columns of other numbers are not exchanged";
}

TEST(Turn, IsToldInWords) {
  const std::array<const char*, 3> axes{"slices", "rows", "columns"};
  EXPECT_EQ((Turn{}).text(axes), "as it is");
  EXPECT_EQ((Turn{{true, false, true}, false}).text(axes), "mirrored along slices and columns");
  EXPECT_EQ((Turn{{}, true}).text(axes), "with rows and columns exchanged");
  EXPECT_EQ((Turn{{true, false, false}, true}).text(axes),
            "with rows and columns exchanged and mirrored along slices");
}

}  // namespace
}  // namespace synerbench
