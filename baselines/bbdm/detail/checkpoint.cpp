#include "baselines/bbdm/detail/checkpoint.h"

#include <optional>

#include "harness/core/safetensors.h"
#include "harness/nn/state.h"

namespace synerbench::bbdm {
namespace {

/// The beginning of `name` that is any number of "module.", then `part`, then again any number of "module.";
/// none when it is another.
std::optional<std::string> beginning(const std::string& name, const std::vector<std::string>& parts) {
  size_t at = 0;
  const auto skip_modules = [&] {
    while (name.compare(at, 7, "module.") == 0) at += 7;
  };
  skip_modules();
  for (const std::string& part : parts) {
    if (name.compare(at, part.size(), part) != 0) return {};
    at += part.size();
    skip_modules();
  }
  return name.substr(0, at);
}

/// The first of `layouts` that a key of the file begins with, as it is spelled there.
std::string prefix_in(const SafetensorsFile& file, const std::vector<std::vector<std::string>>& layouts) {
  for (const auto& layout : layouts) {
    for (const std::string& name : file.names()) {
      if (const auto prefix = beginning(name, layout)) return *prefix;
    }
  }
  return "";
}

}  // namespace

void load_denoiser(nn::AdmUnet& denoiser, const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  const std::string part = "denoise_fn.";
  nn::load_network(*denoiser, file, prefix_in(file, {{"ema.", part}, {"model.", part}, {part}}));
}

void load_autoencoder(nn::VqAutoencoder& autoencoder, const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  const std::string prefix = prefix_in(file, {{"model.", "vqgan."}, {"vqgan."}, {"encoder."}});
  const std::string start = prefix.ends_with("encoder.") ? prefix.substr(0, prefix.size() - 8) : prefix;
  const auto children = autoencoder->named_children();
  for (const std::string& name : autoencoder->parts())
    nn::load_network(*children[name], file, start + name + ".");
}

}  // namespace synerbench::bbdm
