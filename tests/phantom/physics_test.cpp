#include "suites/phantom/physics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace synerbench::phantom {
namespace {

Geometry cube(int64_t side, double spacing) {
  Geometry grid;
  grid.size = {side, side, side};
  grid.spacing = {spacing, spacing, spacing};
  const double corner = -0.5 * spacing * static_cast<double>(side - 1);
  grid.origin = {corner, corner, corner};
  return grid;
}

Volume filled(const Geometry& grid, float value) {
  return {grid, std::vector<float>(static_cast<size_t>(grid.count()), value)};
}

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments(const std::vector<float>& values) {
  double sum = 0, square = 0;
  for (float v : values) sum += static_cast<double>(v);
  const double mean = sum / static_cast<double>(values.size());
  for (float v : values) square += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
  return {mean, std::sqrt(square / static_cast<double>(values.size()))};
}

// ---- CT ---------------------------------------------------------------------------------------------------

TEST(Ct, ShowsEachTissueAtItsHounsfieldUnits) {
  const TissueTable& table = typical_tissues();
  const Channel channel = ct_channel(table);
  EXPECT_EQ(channel.value[static_cast<size_t>(Tissue::kAir)], -1000);
  EXPECT_EQ(channel.value[static_cast<size_t>(Tissue::kFat)], -100);
  EXPECT_EQ(channel.value[static_cast<size_t>(Tissue::kLiver)], 60);
  EXPECT_EQ(channel.value[static_cast<size_t>(Tissue::kCortical)], 1100);
}

TEST(Ct, NoiseHasTheDeviationAskedForAndNoBias) {
  const Geometry grid = cube(32, 2);
  CtOptions options;
  options.noise_hu = 20;
  options.couch = false;
  options.seed = 4;
  const std::vector<float> inside(static_cast<size_t>(grid.count()), 1);
  const Moments m = moments(simulate_ct(filled(grid, 60), inside, options, 2).voxels);
  EXPECT_NEAR(m.mean, 60, 1);
  EXPECT_NEAR(m.deviation, 20, 1.5);
}

TEST(Ct, IsClippedToTwelveBits) {
  const Geometry grid = cube(8, 2);
  CtOptions options;
  options.noise_hu = 200;
  options.couch = false;
  const std::vector<float> inside(static_cast<size_t>(grid.count()), 1);
  for (float v : simulate_ct(filled(grid, -1000), inside, options, 1).voxels) ASSERT_GE(v, -1024);
  for (float v : simulate_ct(filled(grid, 3000), inside, options, 1).voxels) ASSERT_LE(v, 3071);
}

TEST(Ct, CouchLiesUnderTheBodyAndNeverInsideIt) {
  const Geometry grid = cube(48, 5);
  Volume hu = filled(grid, -1000);
  std::vector<float> inside(hu.voxels.size());
  for (int64_t k = 0; k < 48; ++k) {
    for (int64_t j = 10; j < 30; ++j) {
      for (int64_t i = 10; i < 38; ++i)
        inside[static_cast<size_t>((k * 48 + j) * 48 + i)] = 1,
                                                       hu.voxels[static_cast<size_t>((k * 48 + j) * 48 + i)] =
                                                           40;
    }
  }
  add_couch(hu, inside, Couch{}, 2);
  int couch = 0;
  for (int64_t k = 0; k < 48; ++k) {
    for (int64_t j = 0; j < 48; ++j) {
      for (int64_t i = 0; i < 48; ++i) {
        const auto at = static_cast<size_t>((k * 48 + j) * 48 + i);
        if (inside[at] > 0) {
          ASSERT_EQ(hu.voxels[at], 40);
        } else if (hu.voxels[at] > -950) {
          ++couch;
          ASSERT_GE(j, 28)
              << "the body lies on the couch, whose sides bend up a little (y grows toward the back)";
        }
      }
    }
  }
  EXPECT_GT(couch, 1000);
}

// ---- MR ---------------------------------------------------------------------------------------------------

// Expected values computed by hand from the equations in MrSequence's comments.
TEST(MrSignal, FollowsTheEquations) {
  using Kind = MrSequence::Kind;
  const TissueTable& table = typical_tissues();
  EXPECT_NEAR(mr_signal({Kind::kSpinEcho, 500, 10, 0, 90, false}, table[Tissue::kWhite]), 0.3492757308, 1e-9);
  EXPECT_NEAR(mr_signal({Kind::kInversionRecovery, 9000, 115, 2400, 90, false}, table[Tissue::kFluid]),
              0.0073414469, 1e-9);
  EXPECT_NEAR(mr_signal({Kind::kInversionRecovery, 9000, 115, 2400, 90, false}, table[Tissue::kGray]),
              0.2181437441, 1e-9);
  EXPECT_NEAR(mr_signal({Kind::kGradientEcho, 8, 3.2, 0, 14, false}, table[Tissue::kFat]), 0.1087023717,
              1e-9);
  EXPECT_NEAR(mr_signal({Kind::kBalanced, 3, 1.5, 0, 55, false}, table[Tissue::kBlood]), 0.1860961067, 1e-9);
  EXPECT_EQ(mr_signal({Kind::kSpinEcho, 500, 10, 0, 90, false}, table[Tissue::kAir]), 0);
}

TEST(MrSignal, IsNulledAtTheInversionTimeOfTheTissue) {
  MrSequence late{MrSequence::Kind::kInversionRecovery, 1500, 3, 0, 90, true};
  const TissueProperties& muscle = typical_tissues()[Tissue::kMyocardium];
  late.ti = muscle.t1_contrast * std::log(2 / (1 + std::exp(-late.tr / muscle.t1_contrast)));
  EXPECT_NEAR(mr_signal(late, muscle), 0, 1e-12);
  EXPECT_GT(std::abs(mr_signal(late, typical_tissues()[Tissue::kScar])), 0.1) << "scar stays bright";
}

TEST(MrSignal, HasTheContrastsThatItsNamesPromise) {
  using Kind = MrSequence::Kind;
  const TissueTable& t = typical_tissues();
  const MrSequence t1{Kind::kSpinEcho, 500, 12, 0, 90, false}, t2{Kind::kSpinEcho, 4200, 95, 0, 90, false},
      flair{Kind::kInversionRecovery, 9000, 115, 2400, 90, false};
  MrSequence t1c = t1;
  t1c.contrast = true;
  EXPECT_GT(mr_signal(t1, t[Tissue::kWhite]), mr_signal(t1, t[Tissue::kGray]));
  EXPECT_GT(mr_signal(t1, t[Tissue::kGray]), mr_signal(t1, t[Tissue::kFluid]));
  EXPECT_GT(mr_signal(t2, t[Tissue::kFluid]), mr_signal(t2, t[Tissue::kGray]));
  EXPECT_GT(mr_signal(t2, t[Tissue::kGray]), mr_signal(t2, t[Tissue::kWhite]));
  EXPECT_GT(mr_signal(flair, t[Tissue::kEdema]), 1.2 * mr_signal(flair, t[Tissue::kGray]));
  EXPECT_LT(std::abs(mr_signal(flair, t[Tissue::kFluid])), 0.1 * mr_signal(flair, t[Tissue::kGray]));
  // Enhancement is not written in the native image: the rim looks like the rest of the tumor before the
  // agent.
  EXPECT_NEAR(mr_signal(t1, t[Tissue::kRim]) / mr_signal(t1, t[Tissue::kTumor]), 1, 0.03);
  EXPECT_GT(mr_signal(t1c, t[Tissue::kRim]), 1.8 * mr_signal(t1c, t[Tissue::kTumor]));
}

TEST(Rician, BackgroundHasTheRayleighMean) {
  double sum = 0;
  constexpr int kCount = 200000;
  for (uint64_t i = 0; i < kCount; ++i) sum += rician_at(5, i, 0, 3);
  EXPECT_NEAR(sum / kCount, 3 * std::sqrt(std::numbers::pi / 2), 0.02);  // standard error 0.0044
}

TEST(Rician, TendsToTheSignalWhenTheNoiseIsSmall) {
  double sum = 0;
  for (uint64_t i = 0; i < 20000; ++i) sum += rician_at(5, i, 100, 1);
  EXPECT_NEAR(sum / 20000, 100 + 0.5 / 100, 0.03);  // sqrt(s^2 + sigma^2), nearly
}

TEST(Mr, BiasSpansWhatIsAskedForAndGainScalesAll) {
  const Geometry grid = cube(40, 5);
  const std::vector<float> inside(static_cast<size_t>(grid.count()), 1);
  MrOptions options;
  options.snr = 1e9;
  options.bias = 0.35;
  options.gain = 700;
  options.seed = 8;
  const Volume mr = simulate_mr(filled(grid, 0.5f), inside, options, 2);
  const auto [low, high] = std::minmax_element(mr.voxels.begin(), mr.voxels.end());
  EXPECT_NEAR(*high / *low, 1.35, 0.001);
  EXPECT_NEAR(std::sqrt(*high * *low), 350, 1);
}

TEST(Mr, MagnitudeHidesTheSignOfInversion) {
  const Geometry grid = cube(6, 5);
  const std::vector<float> inside(static_cast<size_t>(grid.count()), 1);
  MrOptions options;
  options.snr = 1e9;
  EXPECT_EQ(simulate_mr(filled(grid, -0.4f), inside, options, 1).voxels,
            simulate_mr(filled(grid, 0.4f), inside, options, 1).voxels);
}

TEST(Mr, CoarseMatrixBlursInThePlaneAndCancelsOppositeSigns) {
  const Geometry grid = cube(15, 5);
  const std::vector<float> inside(static_cast<size_t>(grid.count()), 1);
  Volume signal = filled(grid, -0.2f);
  for (int64_t i = 0; i < 15; ++i) signal.voxels[static_cast<size_t>((7 * 15 + 7) * 15 + i)] = 0.8f;  // a row
  MrOptions options;
  options.snr = 1e9;
  options.bias = 0;
  options.gain = 1;
  const Volume sharp = simulate_mr(signal, inside, options, 1);
  options.psf_voxels = 0.8;
  const Volume soft = simulate_mr(signal, inside, options, 2);
  EXPECT_NEAR(sharp.at(7, 6, 7), 0.2, 1e-4);
  EXPECT_LT(soft.at(7, 7, 7), 0.5) << "the row spreads over its neighbors";
  EXPECT_LT(soft.at(7, 6, 7), 0.1) << "and nearly cancels their signal, which has the other sign";
  EXPECT_NEAR(soft.at(7, 7, 8), 0.2, 1e-4) << "the next slice is left alone";
}

TEST(Mr, StrippedImagesKeepTheBrainsShareOfAnEdgeVoxel) {
  const Geometry grid = cube(8, 5);
  std::vector<float> inside(static_cast<size_t>(grid.count()), 1);
  Volume signal = filled(grid, 0.4f);
  inside[5] = 0.3f;
  signal.voxels[5] = 0.3f * 0.4f;  // as render() mixes it
  inside[6] = 0.02f;
  signal.voxels[6] = 0.02f * 0.4f;
  MrOptions options;
  options.background = false;
  options.snr = 1e9;
  options.bias = 0;
  const Volume mr = simulate_mr(signal, inside, options, 1);
  EXPECT_NEAR(mr.voxels[5] / mr.voxels[0], 0.3, 1e-3);
  EXPECT_EQ(mr.voxels[6], 0);
}

TEST(Mr, StrippedImagesAreExactlyZeroOutside) {
  const Geometry grid = cube(8, 5);
  std::vector<float> inside(static_cast<size_t>(grid.count()), 0);
  inside[3] = 1;
  MrOptions options;
  options.background = false;
  const Volume mr = simulate_mr(filled(grid, 0.4f), inside, options, 1);
  for (size_t v = 0; v < inside.size(); ++v) EXPECT_EQ(mr.voxels[v] > 0, v == 3);
}

// ---- PET --------------------------------------------------------------------------------------------------

TEST(Pet, SpreadsAPointOverItsPointSpreadAndKeepsItsActivity) {
  const Geometry grid = cube(41, 2);
  Volume uptake = filled(grid, 0);
  uptake.voxels[static_cast<size_t>((20 * 41 + 20) * 41 + 20)] = 1000;
  PetOptions options;
  options.psf_mm = 5.6;
  options.noise = 0;
  const Volume pet = simulate_pet(uptake, options, 2);
  double sum = 0, spread = 0;
  for (int64_t k = 0; k < 41; ++k) {
    for (int64_t j = 0; j < 41; ++j) {
      for (int64_t i = 0; i < 41; ++i) {
        const double value = static_cast<double>(pet.at(i, j, k)), x = 2.0 * static_cast<double>(i - 20);
        sum += value;
        spread += value * x * x;
      }
    }
  }
  EXPECT_NEAR(sum, 1000, 0.5);
  // Variance of the point spread plus that of averaging over a voxel (2 mm squared over 12).
  const double fwhm = std::sqrt(spread / sum - 4.0 / 12) * 2 * std::sqrt(2 * std::log(2.0));
  EXPECT_NEAR(fwhm, 5.6, 0.12);
}

TEST(Pet, NoiseGrowsWithActivityAndIsCorrelated) {
  const Geometry grid = cube(40, 2);
  PetOptions options;
  options.noise = 0.1;
  options.seed = 3;
  const Volume low = simulate_pet(filled(grid, 2), options, 2),
               high = simulate_pet(filled(grid, 8), options, 2);
  EXPECT_NEAR(moments(low.voxels).deviation, 0.2, 0.03);
  EXPECT_NEAR(moments(high.voxels).deviation / moments(low.voxels).deviation, 2, 0.1);
  double product = 0, square = 0;
  for (int64_t k = 0; k < 40; ++k) {
    for (int64_t j = 0; j < 40; ++j) {
      for (int64_t i = 0; i + 1 < 40; ++i) {
        const double a = static_cast<double>(low.at(i, j, k)) - 2,
                     b = static_cast<double>(low.at(i + 1, j, k)) - 2;
        product += a * b;
        square += a * a;
      }
    }
  }
  EXPECT_GT(product / square, 0.5) << "neighboring voxels of a reconstruction go up and down together";
}

// ---- resampling -------------------------------------------------------------------------------------------

TEST(CubicResampling, ReturnsTheSamplesOnTheirOwnGridAndRampsBetweenThem) {
  Geometry grid = cube(12, 3);
  Volume volume = filled(grid, 0);
  for (size_t v = 0; v < volume.voxels.size(); ++v)
    volume.voxels[v] = static_cast<float>(100 * normal_at(1, v));
  const Volume same = resample_cubic(volume, grid, -1024, 2);
  for (size_t v = 0; v < volume.voxels.size(); ++v) ASSERT_NEAR(same.voxels[v], volume.voxels[v], 0.02);
  Geometry inner = grid;
  inner.size = {5, 5, 5};
  inner.spacing = {2.2, 2.2, 2.2};
  inner.origin = {-4.3, -4.4, -4.5};
  for (int64_t k = 0; k < 12; ++k) {
    for (int64_t j = 0; j < 12; ++j) {
      for (int64_t i = 0; i < 12; ++i) {
        const Vec3 p = point_of(grid, i, j, k);
        volume.voxels[static_cast<size_t>((k * 12 + j) * 12 + i)] =
            static_cast<float>(p.x - 2 * p.y + 3 * p.z);
      }
    }
  }
  const Volume ramp = resample_cubic(volume, inner, -1024, 1);
  for (int64_t i = 0; i < 5; ++i) {
    const Vec3 p = point_of(inner, i, 2, 3);
    EXPECT_NEAR(ramp.at(i, 2, 3), p.x - 2 * p.y + 3 * p.z, 0.5);  // the mirrored edge bends the ramp a little
  }
}

TEST(CubicResampling, OvershootsAtEdgesAndFillsOutside) {
  Geometry grid = cube(16, 1);
  Volume step = filled(grid, -1000);
  for (int64_t k = 0; k < 16; ++k) {
    for (int64_t j = 0; j < 16; ++j) {
      for (int64_t i = 8; i < 16; ++i) step.voxels[static_cast<size_t>((k * 16 + j) * 16 + i)] = 1000;
    }
  }
  Geometry fine = grid;
  fine.size = {80, 1, 1};
  fine.spacing = {0.25, 1, 1};
  fine.origin = {-10, 0.5, 0.5};
  const Volume out = resample_cubic(step, fine, -1024, 1);
  const auto [low, high] = std::minmax_element(out.voxels.begin(), out.voxels.end());
  EXPECT_GT(*high, 1050) << "third-order splines ring, as in the real CTres";
  EXPECT_LT(*low, -1050);
  EXPECT_EQ(out.voxels.front(), -1024);
}

TEST(Render, DoesNotDependOnTheNumberOfThreads) {
  const auto anatomy = make_anatomy("brain", 2);
  const Geometry grid = grid_over(anatomy->field(), {24, 28, 10});
  const std::vector<Channel> channels{ct_channel(typical_tissues())};
  const Rendering one = render(*anatomy, grid, channels, {}, 1),
                  two = render(*anatomy, grid, channels, {}, 2);
  EXPECT_EQ(one.channels[0].voxels, two.channels[0].voxels);
  EXPECT_EQ(one.inside, two.inside);
  EXPECT_EQ(one.label, two.label);
}

}  // namespace
}  // namespace synerbench::phantom
