#include "harness/nn/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/nn/compute.h"

namespace synerbench::nn {
namespace {

using ::testing::HasSubstr;

TEST(LibtorchMachine, IsThreeFindingsThatNameVersionThreadsAndDevice) {
  const int before = compute_threads();
  const std::vector<Finding> findings = check_libtorch(1);
  set_compute_threads(before);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].what, "libtorch");
  EXPECT_THAT(findings[0].detail, HasSubstr("\"libtorch\":\"" + libtorch_version() + "\""));
  EXPECT_THAT(findings[0].detail, HasSubstr("\"threads\":1"));
  EXPECT_THAT(findings[1].detail, HasSubstr("with 1 threads"));
  EXPECT_EQ(findings[2].what, "gpu");
  EXPECT_NE(findings[2].verdict, Finding::Verdict::kBad) << "no GPU is no fault of the machine";
}

}  // namespace
}  // namespace synerbench::nn
