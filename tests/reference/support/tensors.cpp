#include "tests/reference/support/tensors.h"

#include "tests/support/temp_folder.h"

namespace synerbench::reference::testing {
namespace {

/// The checkpoint folder; the small copy has no autoencoder, so one with arbitrary weights of the right shape
/// is made.
std::unique_ptr<Network> load() {
  if (has_fixture("autoencoder weights")) return load_network(Checkpoint::open(model_folder()));
  TempFolder folder;
  for (const auto& entry : std::filesystem::directory_iterator(model_folder())) {
    std::filesystem::copy_file(entry.path(), folder / entry.path().filename().string());
  }
  const Json& model = manifest().at("model").at("vae");
  const VaeSizes sizes{model.at("ch").get<int64_t>(), model.at("ch_mult").get<std::vector<int64_t>>(),
                       model.at("num_res_blocks").get<int64_t>(), model.at("z_channels").get<int64_t>()};
  std::vector<std::vector<float>> values;
  std::vector<TensorToWrite> tensors;
  for (const TensorSpec& spec : vae_tensors(sizes)) {
    values.emplace_back(static_cast<size_t>(spec.count()), 0.01f);
    tensors.push_back({spec.key, DType::kF32, spec.shape, bytes_of(std::span<const float>(values.back()))});
  }
  write_safetensors(folder / "ae.safetensors", tensors);
  return load_network(Checkpoint::open(folder.path()));
}

}  // namespace

const Network& fixture_network() {
  static const std::unique_ptr<Network> network = load();
  return *network;
}

std::unique_ptr<Network> copy_of_fixture_network() { return load(); }

}  // namespace synerbench::reference::testing
