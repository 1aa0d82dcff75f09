#include "harness/nn/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/nn/compute.h"

namespace synerbench::nn {
namespace {

TEST(LinearDecay, IsConstantThenLinearAndEndsAtZero) {
  const LinearDecay schedule{.constant = 100, .decay = 100};
  EXPECT_EQ(schedule.factor(0), 1.0);
  EXPECT_EQ(schedule.factor(98), 1.0);
  EXPECT_DOUBLE_EQ(schedule.factor(99), 1.0 - 1.0 / 101);
  EXPECT_DOUBLE_EQ(schedule.factor(150), 1.0 - 52.0 / 101);
  EXPECT_EQ(schedule.factor(199), 0.0);
  for (int64_t e = 1; e < 200; ++e) EXPECT_LE(schedule.factor(e), schedule.factor(e - 1));
}

TEST(LinearDecay, WithoutDecayNeverFalls) {
  const LinearDecay schedule{.constant = 3, .decay = 0};
  for (int64_t e = 0; e < 5; ++e) EXPECT_EQ(schedule.factor(e), 1.0);
}

TEST(Device, UnknownAndAbsentOnesAreRefusedWithTheNextStep) {
  EXPECT_NO_THROW(check_device("cpu", "here"));
  for (const std::string name : {"gpu", "cuda:", "cuda:x", "CPU", ""}) {
    try {
      check_device(name, "here");
      ADD_FAILURE() << name << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_THAT(error.what(), testing::HasSubstr("unknown device \"" + name + "\""));
    }
  }
  EXPECT_THROW(check_device("cuda:99", "here"), Error);
}

TEST(Threads, AreWhatWasSet) {
  set_compute_threads(1);
  EXPECT_EQ(compute_threads(), 1);
  EXPECT_EQ(compute_provenance("cpu").at("threads"), 1);
  EXPECT_EQ(compute_provenance("cpu").at("libtorch"), libtorch_version());
}

}  // namespace
}  // namespace synerbench::nn
