// The weights of a model: official keys outside, few large tensors inside.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "reference/checkpoint/checkpoint.h"
#include "reference/shape/keys.h"

namespace synerbench::reference {

/// Weights by official key. Matrices that multiply the same input (q, k and v; gate and up) are stored below
/// each other in one leaf tensor, so that one product serves them all; under its key each is a view of its
/// rows. The optimizer works on the leaves.
class Parameters {
 public:
  struct Leaf {
    std::string name;  // "…self_attn.qkv_proj.weight", or the key when there is one
    Part part = Part::kUnderstanding;
    at::Tensor value;
  };

  Parameters() = default;
  /// Uninitialized storage. `fuse` = false keeps every key its own leaf (the autoencoder).
  Parameters(const std::vector<TensorSpec>& specs, bool fuse, at::ScalarType dtype, const at::Device& device);

  const std::vector<TensorSpec>& specs() const { return specs_; }
  std::vector<Leaf>& leaves() { return leaves_; }
  const std::vector<Leaf>& leaves() const { return leaves_; }
  /// By leaf name; an unknown one is a failed check.
  const at::Tensor& leaf(const std::string& name) const;
  bool has_leaf(const std::string& name) const { return leaf_index_.contains(name); }

  /// View of a key's values, detached. Writing through it changes the weights.
  at::Tensor value(const std::string& key) const;
  /// View of a key's gradient; undefined when its leaf has none.
  at::Tensor gradient(const std::string& key) const;
  /// The rows of `tensor`, shaped like the key's leaf, that belong to `key`: for averages and moments of a
  /// leaf.
  at::Tensor rows_of(const std::string& key, const at::Tensor& tensor) const;
  size_t leaf_of(const std::string& key) const;

  void require_gradients(const std::function<bool(Part)>& trains);
  int64_t count() const;  // values

 private:
  struct Place {
    size_t leaf = 0;
    int64_t row = 0, rows = 0;
  };
  const Place& place(const std::string& key) const;
  std::vector<TensorSpec> specs_;
  std::vector<Leaf> leaves_;
  std::unordered_map<std::string, Place> places_;
  std::unordered_map<std::string, size_t> leaf_index_;
};

/// Name of the leaf that holds a key: "…q_proj_moe_gen.weight" -> "…qkv_proj_moe_gen.weight".
std::string fused_name(const std::string& key);

/// Copies the tensors of a checkpoint that must fit (require_fit). Converts to `dtype` on the way. The pages
/// of each tensor's file are let go after it was copied, so the peak is the weights and one tensor.
Parameters load_model_parameters(const Checkpoint& checkpoint, at::ScalarType dtype,
                                 const at::Device& device);
Parameters load_vae_parameters(const Checkpoint& checkpoint, at::ScalarType dtype, const at::Device& device);

/// Writes parameters under their official keys. `values` gives what is written for a key (weights, averages).
void save_parameters(const std::filesystem::path& path, const Parameters& parameters, DType dtype,
                     const std::function<at::Tensor(const std::string& key)>& values);

}  // namespace synerbench::reference
