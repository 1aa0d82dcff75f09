#include "harness/nn/compute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

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
