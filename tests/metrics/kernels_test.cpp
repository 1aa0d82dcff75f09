// Equal bytes on every processor: the loops of every instruction set that this machine runs against the same
// loops one value at a time; and against a plain statement of what they compute. A set with eight lanes in
// plain C++ stands in for AVX-512 where there is none.
#include "metrics/detail/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "metrics/detail/kernels_body.h"
#include "metrics/ms_ssim.h"
#include "metrics/ssim.h"
#include "metrics/synthrad.h"
#include "metrics/window.h"
#include "tests/metrics/images.h"

namespace synerbench {
namespace {

using detail::kBlockRows;
using detail::Kernels;

/// Eight values in plain C++, each as OneLane treats it.
struct EightLanes {
  struct Eight {
    std::array<double, 8> v;
  };
  using V = Eight;
  using One = detail::OneLane<EightLanes>;
  static constexpr int kCount = 8, kSkew = 0;
  template <class Function>
  static V each(Function&& function) {
    V result;
    for (size_t i = 0; i < 8; ++i) result.v[i] = function(i);
    return result;
  }
  static V load(const double* p) {
    return each([=](size_t i) { return p[i]; });
  }
  static void store(double* p, const V& v) { std::copy(v.v.begin(), v.v.end(), p); }
  static V all(double v) {
    return each([=](size_t) { return v; });
  }
  static void pin(V&) {}
  static V add(const V& a, const V& b) {
    return each([&](size_t i) { return One::add(a.v[i], b.v[i]); });
  }
  static V sub(const V& a, const V& b) {
    return each([&](size_t i) { return One::sub(a.v[i], b.v[i]); });
  }
  static V mul(const V& a, const V& b) {
    return each([&](size_t i) { return One::mul(a.v[i], b.v[i]); });
  }
  static V div(const V& a, const V& b) {
    return each([&](size_t i) { return One::div(a.v[i], b.v[i]); });
  }
  static V fma(const V& a, const V& b, const V& c) {
    return each([&](size_t i) { return One::fma(a.v[i], b.v[i], c.v[i]); });
  }
  static V fms(const V& a, const V& b, const V& c) {
    return each([&](size_t i) { return One::fms(a.v[i], b.v[i], c.v[i]); });
  }
  static V max(const V& a, const V& b) {
    return each([&](size_t i) { return One::max(a.v[i], b.v[i]); });
  }
  static V min(const V& a, const V& b) {
    return each([&](size_t i) { return One::min(a.v[i], b.v[i]); });
  }
  static V root(const V& a) {
    return each([&](size_t i) { return One::root(a.v[i]); });
  }
  template <class Mask>
  static V keep(const V& v, const Mask* mask) {
    return each([&](size_t i) { return One::keep(v.v[i], mask + i); });
  }
  static V keep_between(const V& v, const V& key, const V& low, const V& high) {
    return each([&](size_t i) { return One::keep_between(v.v[i], key.v[i], low.v[i], high.v[i]); });
  }
  static void transpose_4x4(const double* in, int64_t stride, double* out) {
    One::transpose_4x4(in, stride, out);
  }
};

const Kernels& eight_lanes() {
  static constexpr Kernels set = detail::Loops<EightLanes>::table("eight lanes of C++");
  return set;
}

std::vector<const Kernels*> sets_here() {
  std::vector<const Kernels*> sets{&eight_lanes()};
  for (const Kernels* const* set = detail::all_kernels(); *set != nullptr; ++set) sets.push_back(*set);
  return sets;
}

const Kernels& portable() { return **detail::all_kernels(); }

std::vector<double> some_values(uint64_t seed, int64_t count) {
  return testing_images::noise({1, 1, count}, seed).voxels;
}

constexpr int64_t kCount = 203;  // no multiple of any vector's length

std::vector<std::vector<double>> products_of(const Kernels& set, const detail::Clamp* clamp,
                                             const uint8_t* inside, detail::Squares squares) {
  const std::vector<double> x = some_values(1, kCount), y = some_values(2, kCount);
  std::vector<std::vector<double>> rows(detail::kMaxMoments, std::vector<double>(kCount, -7));
  std::array<double*, detail::kMaxMoments> out{};
  for (size_t m = 0; m < rows.size(); ++m) out[m] = rows[m].data();
  set.products(x.data(), y.data(), kCount, clamp, inside, squares, out.data());
  return rows;
}

TEST(Kernels, FormTheSameProductsInEveryInstructionSet) {
  const detail::Clamp clamp{0.25, 0.6, 0.125};
  std::vector<uint8_t> inside(kCount);
  for (size_t i = 0; i < inside.size(); ++i) inside[i] = static_cast<uint8_t>(i % 3 == 0 ? 255 : i % 5 == 0);
  const std::vector<double> x = some_values(1, kCount), y = some_values(2, kCount);
  for (const Kernels* set : sets_here()) {
    for (const detail::Clamp* c : {static_cast<const detail::Clamp*>(nullptr), &clamp}) {
      for (const uint8_t* m : {static_cast<const uint8_t*>(nullptr), std::as_const(inside).data()}) {
        for (const auto squares : {detail::Squares::kTogether, detail::Squares::kApart}) {
          const auto seen = products_of(*set, c, m, squares);
          const bool apart = squares == detail::Squares::kApart;
          for (size_t i = 0; i < kCount; ++i) {
            double a = x[i], b = y[i];
            if (c != nullptr) a = std::clamp(a, c->low, c->high) - c->offset;
            if (c != nullptr) b = std::clamp(b, c->low, c->high) - c->offset;
            if (m != nullptr && m[i] == 0) a = b = 0;
            ASSERT_EQ(seen[0][i], a) << set->name;
            ASSERT_EQ(seen[1][i], b) << set->name;
            ASSERT_EQ(seen[2][i], apart ? a * a : a * a + b * b) << set->name;
            ASSERT_EQ(seen[3][i], a * b) << set->name;
            ASSERT_EQ(seen[4][i], apart ? b * b : -7) << set->name;
          }
        }
      }
    }
  }
}

TEST(Kernels, SumTheSameErrorsInEveryInstructionSet) {
  const detail::Clamp clamp{0.25, 0.6, 0};
  const std::vector<double> x = some_values(1, kCount), y = some_values(2, kCount);
  std::vector<uint8_t> inside(kCount);
  for (size_t i = 0; i < inside.size(); ++i) inside[i] = static_cast<uint8_t>(i % 3 == 0 ? 255 : i % 5 == 0);
  for (const Kernels* set : sets_here()) {
    for (const detail::Clamp* c : {static_cast<const detail::Clamp*>(nullptr), &clamp}) {
      for (const uint8_t* m : {static_cast<const uint8_t*>(nullptr), std::as_const(inside).data()}) {
        for (const double high : {0.3, std::numeric_limits<double>::infinity()}) {
          std::array<double, 8> absolute{}, squared{}, voxels{};
          double all = 0;
          for (size_t i = 0; i < kCount; ++i) {
            double a = x[i], b = y[i];
            if ((m != nullptr && m[i] == 0) || b > high) continue;
            if (c != nullptr) a = std::clamp(a, c->low, c->high);
            if (c != nullptr) b = std::clamp(b, c->low, c->high);
            absolute[i % 8] += std::abs(a - b);
            squared[i % 8] += (a - b) * (a - b);
            voxels[i % 8] += 1;
            all += 1;
          }
          detail::RowErrors seen;
          set->errors(x.data(), y.data(), kCount, c, m, -std::numeric_limits<double>::infinity(), high, seen);
          double seen_voxels = 0;
          for (size_t lane = 0; lane < 8; ++lane) {
            EXPECT_EQ(seen.absolute[lane], absolute[lane]) << set->name;
            EXPECT_EQ(seen.squared[lane], squared[lane]) << set->name;
            seen_voxels += seen.voxels[lane];
          }
          EXPECT_EQ(seen_voxels, all) << set->name;
        }
      }
    }
  }
}

TEST(Kernels, SeeEveryValueThatIsNotFinite) {
  for (const Kernels* set : sets_here()) {
    for (const int64_t count : {1, 7, 8, 16, 31, 67}) {
      std::vector<double> x = some_values(3, count);
      EXPECT_TRUE(set->finite(x.data(), count)) << set->name;
      for (double& value : x) {
        for (const double bad : {std::numeric_limits<double>::infinity(), std::nan("")}) {
          const double good = std::exchange(value, bad);
          EXPECT_FALSE(set->finite(x.data(), count)) << set->name << ", " << count;
          value = good;
        }
      }
    }
    EXPECT_TRUE(set->finite(nullptr, 0));
  }
}

TEST(Kernels, AddTheSameWindowsInEveryInstructionSet) {
  constexpr int64_t kRows = 29, kColumns = 24;
  const std::vector<double> in = some_values(3, kRows * kColumns);
  std::vector<const double*> rows;
  for (int64_t j = 0; j < kRows; ++j) rows.push_back(in.data() + j * kColumns);
  const std::vector<double> ones(13, 1.0), gaussian = window_weights({}),
                                           nine = window_weights({WindowShape::kGaussian, 9, 1, false});
  const std::vector<detail::Taps> windows{{ones.data(), 1, true},
                                          {ones.data(), 7, true},
                                          {ones.data(), 13, true},
                                          {gaussian.data(), 11, false},
                                          {nine.data(), 9, false}};
  for (const detail::Taps& taps : windows) {
    // Every number of outputs: those at the end must be what they are in the middle.
    for (int64_t outputs = 1; outputs + taps.count - 1 <= kRows; ++outputs) {
      const auto size = static_cast<size_t>(outputs * kColumns);
      std::vector<double> expected(size);
      portable().weigh(taps, in.data(), kColumns, outputs, kColumns, expected.data(), kColumns);
      for (int64_t j = 0; j < outputs; ++j) {
        for (int64_t i = 0; i < kColumns; ++i) {
          double sum = 0;
          for (int k = 0; k < taps.count; ++k) sum += taps.weights[k] * rows[static_cast<size_t>(j + k)][i];
          ASSERT_NEAR(expected[static_cast<size_t>(j * kColumns + i)], sum, 1e-13) << taps.count << " taps";
        }
      }
      for (const Kernels* set : sets_here()) {
        std::vector<double> strided(size), listed(size);
        set->weigh(taps, in.data(), kColumns, outputs, kColumns, strided.data(), kColumns);
        set->weigh_rows(taps, rows.data(), outputs, kColumns, listed.data(), kColumns);
        ASSERT_EQ(strided, expected) << set->name << ", " << taps.count << " taps, " << outputs << " outputs";
        ASSERT_EQ(listed, expected) << set->name << ", " << taps.count << " taps, " << outputs << " outputs";
      }
    }
  }
}

TEST(Kernels, AddTheSameWindowsOfABlock) {
  constexpr int64_t kRows = 29;
  const std::vector<double> rows = some_values(5, kRows * kBlockRows), gaussian = window_weights({}),
                            ones(7, 1.0);
  for (const detail::Taps& taps : {detail::Taps{gaussian.data(), 11, false}, {ones.data(), 7, true}}) {
    for (int64_t outputs = 1; outputs + taps.count - 1 <= kRows; ++outputs) {
      std::vector<double> expected(static_cast<size_t>(outputs * kBlockRows));
      portable().weigh(taps, rows.data(), kBlockRows, outputs, kBlockRows, expected.data(), kBlockRows);
      for (const Kernels* set : sets_here()) {
        const int64_t stride = kBlockRows + set->skew;
        std::vector<double> in(static_cast<size_t>(kRows * stride), -7);
        for (size_t i = 0; i < rows.size(); ++i) in[i / kBlockRows * stride + i % kBlockRows] = rows[i];
        std::vector<double> seen(expected.size());
        set->weigh_block(taps, in.data(), outputs, seen.data());
        ASSERT_EQ(seen, expected) << set->name << ", " << taps.count << " taps, " << outputs << " outputs";
      }
    }
  }
}

TEST(Kernels, LayOutABlockColumnAfterColumn) {
  constexpr int64_t kStride = 31, kColumns = 24;
  const std::vector<double> in = some_values(4, kBlockRows * kStride);
  for (const Kernels* set : sets_here()) {
    const int64_t turned = kBlockRows + set->skew;
    std::vector<double> out(static_cast<size_t>(kColumns * turned));
    set->transpose(in.data(), kStride, kColumns, out.data());
    for (int64_t c = 0; c < kColumns; ++c) {
      for (int64_t r = 0; r < kBlockRows; ++r) {
        ASSERT_EQ(out[static_cast<size_t>(c * turned + r)], in[static_cast<size_t>(r * kStride + c)])
            << set->name;
      }
    }
  }
}

/// A block of window sums of 49 voxels.
struct Block {
  static constexpr int64_t kColumns = 37;
  std::array<std::vector<double>, 5> sums;
  std::vector<uint64_t> inside;
  Block() {
    for (size_t m = 0; m < 5; ++m) {
      sums[m] = some_values(10 + m, kColumns * kBlockRows);
      for (double& value : sums[m]) value = 49 * std::abs(value) * (m < 2 ? 0.5 : 1.0);
    }
    for (size_t i = 0; i < sums[0].size(); ++i) inside.push_back(i % 3 == 0 ? ~uint64_t{0} : 0);
  }
  detail::MomentBlock view() const {
    return {kColumns, sums[0].data(), sums[1].data(), sums[2].data(), sums[3].data(), sums[4].data()};
  }
};

constexpr detail::SsimConstants kConstants{49 * 49 * 1e-4, 49 * 48 * 9e-4, 49, 0x1p-11};

TEST(Kernels, GiveTheSameSimilarityInEveryInstructionSet) {
  const Block block;
  for (const auto term : {detail::Term::kSsim, detail::Term::kContrast}) {
    for (const bool floored : {false, true}) {
      for (const uint64_t* inside : {static_cast<const uint64_t*>(nullptr), block.inside.data()}) {
        detail::BlockSums expected;
        portable().similarity(block.view(), kConstants, term, floored, inside, expected);
        // The formula as it is written, without the window's size in it.
        std::array<double, kBlockRows> whole{}, kept{};
        for (size_t i = 0; i < block.inside.size(); ++i) {
          std::array<double, 5> e{};
          for (size_t m = 0; m < 5; ++m) e[m] = block.sums[m][i] / 49;
          const double f = 49.0 / 48, vx = f * (e[2] - e[0] * e[0]), vy = f * (e[4] - e[1] * e[1]);
          const double variances =
              floored ? std::max(vx, 0.0) + std::max(vy, 0.0) : f * (e[2] - e[0] * e[0] - e[1] * e[1]);
          const double contrast = (2 * f * (e[3] - e[0] * e[1]) + 9e-4) / (variances + 9e-4);
          const double luminance = (2 * e[0] * e[1] + 1e-4) / (e[0] * e[0] + e[1] * e[1] + 1e-4);
          const double value = term == detail::Term::kSsim ? luminance * contrast : contrast;
          whole[i % kBlockRows] += value;
          if (inside != nullptr && inside[i] != 0) kept[i % kBlockRows] += value;
        }
        for (size_t r = 0; r < kBlockRows; ++r) {
          EXPECT_NEAR(expected.whole[r], whole[r], 1e-9 * (1 + std::abs(whole[r])));
          EXPECT_NEAR(expected.inside[r], kept[r], 1e-9 * (1 + std::abs(kept[r])));
        }
        for (const Kernels* set : sets_here()) {
          detail::BlockSums seen;
          set->similarity(block.view(), kConstants, term, floored, inside, seen);
          for (int r = 0; r < kBlockRows; ++r) {
            EXPECT_EQ(seen.whole[r], expected.whole[r]) << set->name;
            EXPECT_EQ(seen.inside[r], expected.inside[r]) << set->name;
          }
        }
      }
    }
  }
}

TEST(Kernels, GiveTheSameSynthRad2025TermInEveryInstructionSet) {
  const Block block;
  std::vector<double> expected(block.inside.size());
  portable().synthrad2025(block.view(), kConstants, expected.data());
  for (const Kernels* set : sets_here()) {
    std::vector<double> seen(expected.size());
    set->synthrad2025(block.view(), kConstants, seen.data());
    EXPECT_EQ(seen, expected) << set->name;
  }
}

TEST(Kernels, ANegativeVarianceCountsAsZeroWhereFloored) {
  // E[x], E[y], E[x^2], E[xy], E[y^2] with E[x^2] or E[y^2] just below the square of the mean.
  const double x = 0.5, y = 0.25, xy = 0.125, c1 = 1e-4, c2 = 9e-4;
  for (const auto& [xx, yy] : {std::pair(0.2, 0.0725), std::pair(0.26, 0.05)}) {
    const double variance_x = xx - x * x, variance_y = yy - y * y;
    ASSERT_LT(std::min(variance_x, variance_y), 0);
    std::array<std::array<double, kBlockRows>, 5> sums{};
    for (size_t m = 0; m < 5; ++m) sums[m].fill(std::array{x, y, xx, xy, yy}[m]);
    const detail::MomentBlock block{
        1, sums[0].data(), sums[1].data(), sums[2].data(), sums[3].data(), sums[4].data()};
    for (const Kernels* set : sets_here()) {
      detail::BlockSums contrast;
      set->similarity(block, {c1, c2, 1, 1}, detail::Term::kContrast, true, nullptr, contrast);
      EXPECT_DOUBLE_EQ(contrast.whole[3], c2 / (std::max(variance_x, 0.0) + std::max(variance_y, 0.0) + c2));
      // SynthRAD2025 floors what it takes the root of, and keeps the rest of the denominator as it is.
      std::array<double, kBlockRows> product{};
      set->synthrad2025(block, {c1, c2, 1, 1}, product.data());
      const double luminance = (2 * x * y + c1) / (x * x + y * y + c1);
      EXPECT_DOUBLE_EQ(product[3], luminance * std::max(c2 / (variance_x + variance_y + c2), 0.0));
    }
  }
}

/// Every metric that rests on the loops.
std::vector<double> scores_with(const Kernels* set) {
  using namespace testing_images;
  detail::use_kernels(set);
  std::vector<double> scores;
  const Picture target = anatomy({21, 45, 70}, 1), prediction = sum(target, noise({21, 45, 70}, 2), 0.1);
  const Picture slice = anatomy({1, 181, 203}, 3), other = sum(slice, noise({1, 181, 203}, 4), 0.1);
  const Stencil ball_of_volume = ball({21, 45, 70}, 0.8), disk = ball({1, 181, 203}, 0.8);
  for (const std::string& name : ssim_convention_names()) {
    for (const bool masked : {false, true}) {
      const MaskView in_volume = masked ? ball_of_volume.view() : MaskView{};
      const MaskView in_slice = masked ? disk.view() : MaskView{};
      scores.push_back(
          ssim(prediction.view(), target.view(), in_volume, ssim_convention(name, 3, 1.0)).value());
      scores.push_back(ssim(other.view(), slice.view(), in_slice, ssim_convention(name, 2, 1.0)).value());
    }
  }
  for (const std::string& name : ms_ssim_convention_names())
    scores.push_back(ms_ssim(other.view(), slice.view(), ms_ssim_convention(name, 2, 1.0)).value());
  const auto to_hu = [](double v) { return 2600 * v - 1000; };
  const Picture p = mapped(prediction, to_hu), t = mapped(target, to_hu);
  scores.push_back(synthrad2023_ssim(p.view(), t.view(), ball_of_volume.view()).value());
  scores.push_back(synthrad2025_ms_ssim(p.view(), t.view(), ball_of_volume.view()).value());
  detail::use_kernels(nullptr);
  return scores;
}

TEST(Kernels, GiveTheSameScoresInEveryInstructionSet) {
  const std::vector<double> expected = scores_with(&portable());
  for (const Kernels* set : sets_here()) EXPECT_EQ(scores_with(set), expected) << set->name;
}

}  // namespace
}  // namespace synerbench
