#include "harness/run/suite_pairs.h"

#include <gmock/gmock.h>

#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

class SuitePairsTest : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    store_ = std::make_unique<SliceStore>(folder_ / "store");
    suite_ = load_suite((folder_ / "suite.json").string());
  }
  std::unique_ptr<SliceStore> store_;
  Suite suite_;
};

TEST_F(SuitePairsTest, CoverTheSelectedTasksInSuiteOrderWithTheirPatients) {
  const SuitePairs all = read_suite_pairs(suite_, *store_, Split::kTest);
  ASSERT_EQ(all.entries.size(), 3u);
  ASSERT_EQ(all.tasks().size(), 3u);
  EXPECT_EQ(all.tasks()[2].task.id, suite_.tasks[2].task.id);
  EXPECT_EQ(all.tasks()[2].pairs, all.entries[2].pairs.get());
  EXPECT_EQ(all.size(), 3 * all.entries[0].pairs->size());
  EXPECT_EQ(all.entries[0].pairs->height(), 32);
  EXPECT_FALSE(all.entries[0].pairs->key(0).scan.patient.empty());
  const SuitePairs one =
      read_suite_pairs(suite_, *store_, Split::kTest, {{suite_.tasks[1].task.id}, parse_canvas("16:scale")});
  ASSERT_EQ(one.entries.size(), 1u);
  EXPECT_EQ(one.entries[0].task.id, suite_.tasks[1].task.id);
  EXPECT_EQ(one.entries[0].pairs->width(), 16);
}

TEST_F(SuitePairsTest, HonorTheSuitesSmallestForeground) {
  const int64_t before = read_suite_pairs(suite_, *store_, Split::kTrain).size();
  std::vector<double> shares;
  for (const StoredCase* stored_case : store_->cases_for(suite_.tasks[0].task, Split::kTrain)) {
    for (const double share : foreground_shares(store_->mask(*stored_case), stored_case->shape))
      shares.push_back(share);
  }
  suite_.min_foreground = *std::max_element(shares.begin(), shares.end());
  const SuitePairs few = read_suite_pairs(suite_, *store_, Split::kTrain);
  const auto kept = std::count_if(shares.begin(), shares.end(),
                                  [&](double share) { return share >= suite_.min_foreground; });
  EXPECT_EQ(few.size(), 3 * kept);
  EXPECT_LT(few.size(), before);
  EXPECT_EQ(few.provenance["min_foreground"], suite_.min_foreground);
}

TEST_F(SuitePairsTest, SayWhereTheyComeFrom) {
  const SuitePairs pairs = read_suite_pairs(suite_, *store_, Split::kTest);
  EXPECT_EQ(pairs.provenance["store"], store_->sha256());
  EXPECT_EQ(pairs.provenance["suite"]["sha256"], suite_.sha256);
  EXPECT_EQ(pairs.provenance["split"], "test");
  EXPECT_EQ(pairs.provenance["tasks"].size(), 3u);
}

TEST_F(SuitePairsTest, RefuseASelectionThatMatchesNoTask) {
  EXPECT_THAT(error_of([&] {
                read_suite_pairs(suite_, *store_, Split::kTest, {{"brain-pet-to-ct"}, {}});
              }),
              HasSubstr("brain-pet-to-ct"));
}

}  // namespace
}  // namespace synerbench
