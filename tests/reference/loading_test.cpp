// The peak of memory while a checkpoint of two gigabytes is loaded (slow: the file has to be made first).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/file.h"
#include "reference/checkpoint/stream.h"
#include "reference/manage/manage.h"
#include "reference/network/network.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

/// "VmHWM" and the like from /proc/self/status, in bytes.
int64_t status_bytes(const std::string& field) {
  const std::string status = read_file("/proc/self/status");
  const size_t at = status.find(field + ":");
  return at == std::string::npos ? 0 : std::stoll(status.substr(at + field.size() + 1)) * 1024;
}

/// A model of about 2 GB: a wide language model, the tiny rest.
ModelSizes two_gigabytes() {
  ModelSizes sizes = named_sizes("tiny");
  sizes.llm = {8192, 2048, 8192, 4, 16, 4, 1e-6, 1e6};
  return sizes;
}

TEST(LoadingLarge, PeaksBelowElevenTenthsOfTheFile) {
  const ModelSizes sizes = two_gigabytes();
  TempFolder folder;
  write_configs(folder.path(), sizes);
  std::vector<PlannedTensor> planned, vae;
  for (const TensorSpec& spec : model_tensors(sizes)) planned.push_back({spec.key, DType::kF32, spec.shape});
  for (const TensorSpec& spec : vae_tensors(sizes.vae)) vae.push_back({spec.key, DType::kF32, spec.shape});
  const auto filled = [](const std::vector<PlannedTensor>& list) {
    return [&list](size_t i) {
      size_t count = 4;
      for (const int64_t side : list[i].shape) count *= static_cast<size_t>(side);
      return std::vector<std::byte>(count, std::byte{1});
    };
  };
  stream_safetensors(folder / "ema.safetensors", planned, filled(planned));
  stream_safetensors(folder / "ae.safetensors", vae, filled(vae));
  const auto size = static_cast<int64_t>(std::filesystem::file_size(folder / "ema.safetensors") +
                                         std::filesystem::file_size(folder / "ae.safetensors"));
  ASSERT_GT(size, int64_t{2'000'000'000});

  // In a child: its peak is its own, and starts where a process with LibTorch starts.
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    at::set_num_threads(1);
    const int64_t before = status_bytes("VmRSS");
    double growth = -1;
    {
      const auto network = load_network(Checkpoint::open(folder.path()));
      growth = static_cast<double>(status_bytes("VmHWM") - before);
      if (network->parameters.value("llm2vae.weight").flatten()[0].item<float>() == 0) growth = -2;
    }
    const ssize_t written = ::write(channel[1], &growth, sizeof growth);
    ::_exit(written == sizeof growth ? 0 : 1);
  }
  double growth = 0;
  ASSERT_EQ(::read(channel[0], &growth, sizeof growth), static_cast<ssize_t>(sizeof growth));
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(channel[0]);
  ::close(channel[1]);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const double ratio = growth / static_cast<double>(size);
  std::printf("[ memory   ] file %.3f GB, peak %.3f GB: %.3f times\n", static_cast<double>(size) / 1e9,
              growth / 1e9, ratio);
  EXPECT_GT(ratio, 0.9);  // it was read at all
  EXPECT_LT(ratio, 1.1);
}

}  // namespace
}  // namespace synerbench::reference
