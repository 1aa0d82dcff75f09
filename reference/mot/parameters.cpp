#include "reference/mot/parameters.h"

#include <ATen/ATen.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "harness/core/error.h"
#include "harness/core/half.h"
#include "harness/nn/tensors.h"
#include "reference/checkpoint/stream.h"

namespace synerbench::reference {
namespace {

/// Tells the system that the pages of a mapped tensor are not needed any more. Only whole pages inside it.
void let_go(std::span<const std::byte> bytes) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t first = (begin + page - 1) / page * page, last = (begin + bytes.size()) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

void copy_view(const at::Tensor& target, const TensorView& view) {
  // from_blob wants a mutable pointer; the tensor is only read.
  auto* data = const_cast<std::byte*>(view.bytes.data());
  const at::Tensor source =
      at::from_blob(data, target.sizes(), at::TensorOptions(nn::scalar_type_of(view.dtype)));
  target.copy_(source);
  let_go(view.bytes);
}

}  // namespace

std::string fused_name(const std::string& key) {
  std::string name = key;
  for (const char* part : {".q_proj", ".k_proj", ".v_proj"}) {
    if (const size_t at = name.find(part); at != std::string::npos) return name.replace(at, 7, ".qkv_proj");
  }
  for (const char* part : {".gate_proj", ".up_proj"}) {
    if (const size_t at = name.find(part); at != std::string::npos)
      return name.replace(at, std::strlen(part), ".gate_up_proj");
  }
  return name;
}

Parameters::Parameters(const std::vector<TensorSpec>& specs, bool fuse, at::ScalarType dtype,
                       const at::Device& device)
    : specs_(specs) {
  std::vector<std::vector<int64_t>> shapes;
  for (const TensorSpec& spec : specs_) {
    const std::string name = fuse ? fused_name(spec.key) : spec.key;
    const auto [it, fresh] = leaf_index_.emplace(name, leaves_.size());
    if (fresh) {
      leaves_.push_back({name, spec.part, {}});
      shapes.push_back(spec.shape);
      shapes.back()[0] = 0;
    }
    places_[spec.key] = {it->second, shapes[it->second][0], spec.shape[0]};
    shapes[it->second][0] += spec.shape[0];
  }
  for (size_t i = 0; i < leaves_.size(); ++i) {
    leaves_[i].value = at::empty(shapes[i], at::TensorOptions(dtype).device(device));
  }
}

const Parameters::Place& Parameters::place(const std::string& key) const {
  const auto it = places_.find(key);
  SB_CHECK(it != places_.end(), key);
  return it->second;
}

const at::Tensor& Parameters::leaf(const std::string& name) const {
  const auto it = leaf_index_.find(name);
  SB_CHECK(it != leaf_index_.end(), name);
  return leaves_[it->second].value;
}

size_t Parameters::leaf_of(const std::string& key) const { return place(key).leaf; }

at::Tensor Parameters::rows_of(const std::string& key, const at::Tensor& tensor) const {
  const Place& p = place(key);
  return tensor.narrow(0, p.row, p.rows);
}

at::Tensor Parameters::value(const std::string& key) const {
  return rows_of(key, leaves_[place(key).leaf].value.detach());
}

at::Tensor Parameters::gradient(const std::string& key) const {
  const at::Tensor& gradient = leaves_[place(key).leaf].value.grad();
  return gradient.defined() ? rows_of(key, gradient) : at::Tensor();
}

void Parameters::require_gradients(const std::function<bool(Part)>& trains) {
  for (Leaf& leaf : leaves_) leaf.value.set_requires_grad(leaf.part != Part::kTable && trains(leaf.part));
}

int64_t Parameters::count() const {
  int64_t count = 0;
  for (const Leaf& leaf : leaves_) count += leaf.value.numel();
  return count;
}

Parameters load_model_parameters(const Checkpoint& checkpoint, at::ScalarType dtype,
                                 const at::Device& device) {
  checkpoint.require_fit();
  Parameters parameters(model_tensors(checkpoint.sizes()), true, dtype, device);
  for (const TensorSpec& spec : parameters.specs()) {
    const at::Tensor target = parameters.value(spec.key);
    const bool computed = spec.part == Part::kTable && !checkpoint.has_model_tensor(spec.key);
    if (computed || (spec.key == kPatchWeightKey && checkpoint.patch_is_convolution())) {
      std::vector<float> values = model_values(checkpoint, spec);
      target.copy_(at::from_blob(values.data(), target.sizes(), at::TensorOptions(at::kFloat)));
    } else {
      copy_view(target, checkpoint.model_tensor(spec.key));
    }
  }
  return parameters;
}

Parameters load_vae_parameters(const Checkpoint& checkpoint, at::ScalarType dtype, const at::Device& device) {
  checkpoint.require_fit();
  Parameters parameters(vae_tensors(checkpoint.sizes().vae), false, dtype, device);
  for (const TensorSpec& spec : parameters.specs())
    copy_view(parameters.value(spec.key), checkpoint.vae_tensor(spec.key));
  return parameters;
}

void save_parameters(const std::filesystem::path& path, const Parameters& parameters, DType dtype,
                     const std::function<at::Tensor(const std::string& key)>& values) {
  std::vector<PlannedTensor> planned;
  for (const TensorSpec& spec : parameters.specs()) planned.push_back({spec.key, dtype, spec.shape});
  stream_safetensors(path, planned, [&](size_t i) {
    const at::Tensor host =
        values(planned[i].name).detach().to(at::kCPU, nn::scalar_type_of(dtype)).contiguous();
    std::vector<std::byte> bytes(static_cast<size_t>(host.nbytes()));
    std::memcpy(bytes.data(), host.data_ptr(), bytes.size());
    return bytes;
  });
}

}  // namespace synerbench::reference
