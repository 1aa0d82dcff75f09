// Parity with the published evaluations, on real files: every number of the reference table, in both
// directions.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/metrics/reference_table.h"

namespace synerbench {
namespace {

using Rows = std::vector<ReferenceRow> (*)(const std::filesystem::path&);

void expect_rows(Rows rows, size_t wanted) {
  const std::filesystem::path real = SYNERBENCH_SHARED_DIR "/data/real";
  if (!std::filesystem::exists(real)) GTEST_SKIP() << "the real files are not here: " << real;
  const std::vector<ReferenceRow> table = rows(real);
  EXPECT_EQ(table.size(), wanted) << "rows appeared or vanished";
  for (const ReferenceRow& row : table) {
    EXPECT_NEAR(row.ours, published_value(row), row.tolerance)
        << row.section << " " << row.quantity << " " << row.case_name;
  }
}

TEST(Parity, SsimConventionsOnRealMr) { expect_rows(contrast_rows, 46); }
TEST(Parity, SynthRadMetricsOnRealCt) { expect_rows(synthrad_rows, 36); }
TEST(Parity, TrivialMrToCtBaselines) { expect_rows(baseline_rows, 30); }
TEST(Parity, CtResampledToThePetGrid) { expect_rows(resampling_rows, 27); }
TEST(Parity, DiceAndSurfaceDistances) { expect_rows(segmentation_rows, 14); }
TEST(Parity, PitfallsOnRealMr) { expect_rows(pitfall_rows, 16); }

}  // namespace
}  // namespace synerbench
