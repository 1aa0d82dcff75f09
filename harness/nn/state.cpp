#include "harness/nn/state.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/functional/instancenorm.h>  // modules/instancenorm.h needs it in 1.13
#include <torch/nn/module.h>
#include <torch/nn/modules/instancenorm.h>

#include <set>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

constexpr size_t kListed = 8;  // keys named per kind of trouble; the rest is counted

std::string without_module_prefix(std::string key) {
  constexpr std::string_view kPrefix = "module.";
  while (key.starts_with(kPrefix)) key.erase(0, kPrefix.size());
  return key;
}

std::string list_of(const std::string& kind, const std::vector<std::string>& keys) {
  if (keys.empty()) return "";
  const size_t shown = std::min(keys.size(), kListed);
  std::string text = fmt::format("{}: {}", kind, fmt::join(keys.begin(), keys.begin() + shown, ", "));
  if (keys.size() > shown) text += fmt::format(" and {} more", keys.size() - shown);
  return text;
}

std::string shape_text(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

bool is_integer(DType dtype) {
  return dtype != DType::kF64 && dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBF16;
}

/// Where each wanted tensor is in the file, and what does not fit.
struct Match {
  std::vector<std::pair<at::Tensor, std::string>> found;  // destination, name in the file
  std::vector<std::string> missing, unknown, misfit;

  void compare(const NamedTensor& wanted, const SafetensorsFile& file, const std::string& name) {
    const TensorView view = file.at(name);
    if (at::IntArrayRef(view.shape) != wanted.tensor.sizes()) {
      misfit.push_back(fmt::format("{} is {}, the network has {}", wanted.name, shape_text(view.shape),
                                   shape_text(wanted.tensor.sizes())));
    } else if (is_integer(view.dtype) == wanted.tensor.is_floating_point()) {
      misfit.push_back(fmt::format("{} is of type {}", wanted.name, name_of(view.dtype)));
    } else {
      found.emplace_back(wanted.tensor, name);
    }
  }

  void copy_or_throw(const SafetensorsFile& file, const std::string& what) const {
    if (!missing.empty() || !unknown.empty() || !misfit.empty()) {
      std::vector<std::string> lists;
      for (const auto& text :
           {list_of("missing", missing), list_of("unknown", unknown), list_of("other shape", misfit)}) {
        if (!text.empty()) lists.push_back(text);
      }
      throw input_error(
          file.path().string(),
          fmt::format("does not fit {}: {} keys missing, {} unknown, {} of another shape or type", what,
                      missing.size(), unknown.size(), misfit.size()),
          fmt::format("{}", fmt::join(lists, "\n  ")));
    }
    c10::NoGradGuard no_grad;
    for (const auto& [tensor, name] : found) tensor.detach().copy_(tensor_from(file.at(name)));
  }
};

std::set<std::string> instance_norm_buffers(const torch::nn::Module& network) {
  std::set<std::string> keys;
  for (const auto& item : network.named_modules("", /*include_self=*/false)) {
    if (!item.value()->as<torch::nn::InstanceNorm2dImpl>()) continue;
    for (const char* name : {"running_mean", "running_var", "num_batches_tracked"}) {
      keys.insert(item.key() + "." + name);
    }
  }
  return keys;
}

bool is_alias(const std::string& key, const std::vector<KeyAlias>& aliases) {
  return std::any_of(aliases.begin(), aliases.end(),
                     [&](const KeyAlias& a) { return key.starts_with(a.alias); });
}

}  // namespace

std::vector<NamedTensor> state_of(torch::nn::Module& network) {
  std::vector<NamedTensor> state;
  std::set<const void*> seen;
  const auto add = [&](const std::string& module, const std::string& name, const at::Tensor& tensor) {
    if (!tensor.defined() || !seen.insert(tensor.unsafeGetTensorImpl()).second) return;
    state.push_back({module.empty() ? name : module + "." + name, tensor});
  };
  const auto add_module = [&](const std::string& key, torch::nn::Module& module) {
    for (const auto& item : module.named_parameters(/*recurse=*/false)) add(key, item.key(), item.value());
    for (const auto& item : module.named_buffers(/*recurse=*/false)) add(key, item.key(), item.value());
  };
  add_module("", network);
  for (const auto& item : network.named_modules("", /*include_self=*/false))
    add_module(item.key(), *item.value());
  return state;
}

std::vector<NamedTensor> parameters_of(torch::nn::Module& network) {
  std::vector<NamedTensor> parameters = state_of(network);
  std::erase_if(parameters, [](const NamedTensor& named) { return !named.tensor.requires_grad(); });
  return parameters;
}

std::vector<NamedTensor> parameters_of(torch::nn::Module& network, const std::string& prefix) {
  std::vector<NamedTensor> parameters = parameters_of(network);
  for (NamedTensor& named : parameters) named.name = prefix + "." + named.name;
  return parameters;
}

void set_requires_grad(torch::nn::Module& network, bool required) {
  for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(required);
}

// Frozen parameters count, buffers do not; a shared parameter is one.
int64_t parameter_count(torch::nn::Module& network) {
  std::set<const c10::TensorImpl*> seen;
  int64_t count = 0;
  for (const at::Tensor& parameter : network.parameters()) {
    if (seen.insert(parameter.unsafeGetTensorImpl()).second) count += parameter.numel();
  }
  return count;
}

void save_network(const std::filesystem::path& path, torch::nn::Module& network,
                  const std::map<std::string, std::string>& metadata, const std::vector<KeyAlias>& aliases) {
  std::vector<NamedTensor> tensors = state_of(network);
  const size_t count = tensors.size();
  for (const KeyAlias& alias : aliases) {
    for (size_t i = 0; i < count; ++i) {
      if (!tensors[i].name.starts_with(alias.canonical)) continue;
      NamedTensor copy{alias.alias + tensors[i].name.substr(alias.canonical.size()), tensors[i].tensor};
      tensors.push_back(std::move(copy));
    }
  }
  write_tensors(path, tensors, metadata);
}

void load_network(torch::nn::Module& network, const SafetensorsFile& file, const std::string& prefix,
                  const std::vector<KeyAlias>& aliases) {
  std::map<std::string, std::string> in_file;  // key without prefixes -> name in the file
  for (const std::string& name : file.names()) {
    if (!name.starts_with(prefix)) continue;
    const std::string key = without_module_prefix(name.substr(prefix.size()));
    const auto [first, fresh] = in_file.emplace(key, name);
    if (!fresh) {
      throw input_error(file.path().string(), fmt::format("{} and {} are the same key", first->second, name),
                        "the file mixes two exports; convert it again");
    }
  }
  Match match;
  std::set<std::string> wanted;
  for (const NamedTensor& named : state_of(network)) {
    wanted.insert(named.name);
    const auto place = in_file.find(named.name);
    if (place != in_file.end()) {
      match.compare(named, file, place->second);
    } else if (!named.name.ends_with("num_batches_tracked")) {
      match.missing.push_back(named.name);
    }
  }
  const std::set<std::string> obsolete = instance_norm_buffers(network);
  for (const auto& [key, name] : in_file) {
    if (!wanted.contains(key) && !obsolete.contains(key) && !is_alias(key, aliases))
      match.unknown.push_back(name);
  }
  match.copy_or_throw(file, "this network");
}

void load_tensors(const std::vector<NamedTensor>& tensors, const SafetensorsFile& file,
                  const std::string& prefix, const std::string& what) {
  Match match;
  std::set<std::string> wanted;
  for (const NamedTensor& named : tensors) {
    const std::string name = prefix + named.name;
    wanted.insert(name);
    if (file.contains(name)) {
      match.compare(named, file, name);
    } else {
      match.missing.push_back(name);
    }
  }
  for (const std::string& name : file.names()) {
    if (name.starts_with(prefix) && !wanted.contains(name)) match.unknown.push_back(name);
  }
  match.copy_or_throw(file, what);
}

}  // namespace synerbench::nn
