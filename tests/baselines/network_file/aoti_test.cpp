// AOTInductor packages. tests/python/aoti_test.py makes real ones where Python has a PyTorch that can; here
// is what needs none.
#include "baselines/network_file/aoti.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

TEST(AotiPackage, OfAnOlderLibTorchOrDamagedSaysWhatIsWanted) {
  const TempFolder folder;
  LoadRequest request;
  const auto refused = [&](ExitCode code) { return error_of([&] { aoti_method().load(request); }, code); };
  EXPECT_THAT(refused(ExitCode::kUsage), HasSubstr("aoti:mine.pt2"));
  request.path = folder.path();
  EXPECT_THAT(refused(ExitCode::kUsage), HasSubstr("as torch._inductor.aoti_compile_and_package writes it"));
  request.path = folder / "mine.pt2";
  write_file(request.path, "no archive");
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
  EXPECT_THAT(refused(ExitCode::kBadInput), HasSubstr("is no zip archive"));
#else
  EXPECT_THAT(refused(ExitCode::kBadInput), HasSubstr("AOTInductor packages want 2.9 or newer"));
#endif
}

}  // namespace
}  // namespace synerbench
