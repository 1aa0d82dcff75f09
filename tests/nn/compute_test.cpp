#include "harness/nn/compute.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "harness/core/error.h"
#include "harness/nn/matrix_buffers.h"

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

// OpenBLAS would ask for its buffer for ever, in the middle of the work.
TEST(MatrixBuffers, AreRefusedAtOnceWhereTheyHaveNoRoom) {
  if (::dlsym(RTLD_DEFAULT, "blas_memory_alloc") == nullptr) GTEST_SKIP() << "no OpenBLAS";
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &usual), 0);
  const rlimit small{64 << 20, usual.rlim_max};  // less than what is in use: nothing more can be had
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &small), 0);
  std::string message;
  ExitCode code = ExitCode::kOk;
  try {
    take_matrix_buffers(4, "here");
  } catch (const Error& error) {
    message = error.what();
    code = error.code();
  }
  ::setrlimit(RLIMIT_AS, &usual);
  EXPECT_EQ(code, ExitCode::kBadInput);
  EXPECT_THAT(message, testing::HasSubstr("here: out of memory: no room for a buffer of 128 MiB"));
  EXPECT_NO_THROW(take_matrix_buffers(4, "here"));  // without a limit there is nothing to refuse
}

TEST(Threads, AreWhatWasSet) {
  set_compute_threads(1);
  EXPECT_EQ(compute_threads(), 1);
  EXPECT_EQ(compute_provenance("cpu").at("threads"), 1);
  EXPECT_EQ(compute_provenance("cpu").at("libtorch"), libtorch_version());
}

}  // namespace
}  // namespace synerbench::nn
