#include "baselines/resvit/detail/vit_weights.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>

#include "harness/core/error.h"
#include "harness/nn/tensors.h"

namespace synerbench::resvit {
namespace {

/// Reads arrays and remembers where each is to go; copies only when all of them fitted.
class Import {
 public:
  Import(GeneratorImpl& generator, const SafetensorsFile& file) : file_(file) {
    for (const nn::NamedTensor& named : nn::state_of(generator)) ours_.emplace(named.name, named.tensor);
  }

  at::Tensor read(const std::string& name) const {
    if (!file_.contains(name)) {
      throw input_error(
          file_.path().string(), fmt::format("has no \"{}\"", name),
          "wanted: a vision transformer under its published array names, see docs/baselines.md");
    }
    return nn::tensor_from(file_.at(name)).to(at::kFloat);
  }

  void put(const std::string& key, const at::Tensor& values, const std::string& from) {
    const at::Tensor& place = ours_.at(key);
    if (values.sizes() != place.sizes()) {
      throw input_error(file_.path().string(),
                        fmt::format("\"{}\" becomes [{}], {} is [{}]", from, fmt::join(values.sizes(), ", "),
                                    key, fmt::join(place.sizes(), ", ")),
                        "the file is of a transformer of another size");
    }
    found_.emplace_back(place, values);
  }

  /// A kernel is [inputs..., outputs...], with `inputs` leading input axes; a linear layer's weight is
  /// [outputs, inputs].
  void linear(const std::string& key, const std::string& from, int64_t inputs) {
    const at::Tensor kernel = read(from + "/kernel");
    int64_t rows = 1;
    for (int64_t axis = 0; axis < std::min(inputs, kernel.dim()); ++axis) rows *= kernel.size(axis);
    put(key + ".weight", kernel.reshape({rows, -1}).t(), from + "/kernel");
    put(key + ".bias", read(from + "/bias").flatten(), from + "/bias");
  }

  void norm(const std::string& key, const std::string& from) {
    put(key + ".weight", read(from + "/scale").flatten(), from + "/scale");
    put(key + ".bias", read(from + "/bias").flatten(), from + "/bias");
  }

  bool has(const std::string& key) const { return ours_.contains(key); }
  const at::Tensor& place(const std::string& key) const { return ours_.at(key); }
  const SafetensorsFile& file() const { return file_; }

  void copy() const {
    c10::NoGradGuard no_grad;
    for (const auto& [place, values] : found_) place.detach().copy_(values);
  }

 private:
  const SafetensorsFile& file_;
  std::map<std::string, at::Tensor> ours_;
  std::vector<std::pair<at::Tensor, at::Tensor>> found_;
};

int64_t side_of(int64_t tokens) {
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(tokens))));
  return side * side == tokens ? side : 0;
}

/// `table` [1, n or 1 + n, hidden] for a grid of `wanted` tokens.
at::Tensor resized_positions(const at::Tensor& table, int64_t wanted, const std::string& place) {
  at::Tensor positions = table;
  // A square count is a table without class token; else the first row is one.
  if (side_of(positions.size(1)) == 0) positions = positions.slice(1, 1);
  const int64_t from = side_of(positions.size(1)), to = side_of(wanted);
  if (from == 0) {
    throw input_error(place, fmt::format("a position table of {} rows is no square grid", table.size(1)));
  }
  if (from == to) return positions;
  const at::Tensor map = positions.transpose(1, 2).reshape({1, positions.size(2), from, from});
  return at::upsample_bilinear2d(map, {to, to}, /*align_corners=*/true).flatten(2).transpose(1, 2);
}

}  // namespace

void load_vit(GeneratorImpl& generator, const SafetensorsFile& file) {
  SB_CHECK(!generator.transformer_encoder.is_empty(), "a generator with a transformer");
  Import import(generator, file);
  for (int64_t i = 0; import.has(fmt::format("transformer_encoder.layer.{}.attn.query.weight", i)); ++i) {
    const std::string ours = fmt::format("transformer_encoder.layer.{}.", i);
    const std::string theirs = fmt::format("Transformer/encoderblock_{}/", i);
    const std::string attention = theirs + "MultiHeadDotProductAttention_1/";
    import.norm(ours + "attention_norm", theirs + "LayerNorm_0");
    import.norm(ours + "ffn_norm", theirs + "LayerNorm_2");
    for (const char* name : {"query", "key", "value"})
      import.linear(ours + "attn." + name, attention + name, 1);
    import.linear(ours + "attn.out", attention + "out", 2);
    import.linear(ours + "ffn.fc1", theirs + "MlpBlock_3/Dense_0", 1);
    import.linear(ours + "ffn.fc2", theirs + "MlpBlock_3/Dense_1", 1);
  }
  import.norm("transformer_encoder.encoder_norm", "Transformer/encoder_norm");

  const std::string table_name = "Transformer/posembed_input/pos_embedding";
  const at::Tensor table = import.read(table_name), kernel = import.read("embedding/kernel");
  if (table.dim() != 3 || kernel.dim() != 4) {
    throw input_error(file.path().string(), "a position table has 3 axes and a patch embedding 4",
                      "wanted: a vision transformer under its published array names, see docs/baselines.md");
  }
  for (const char* block : {"art_1.embeddings.", "art_6.embeddings."}) {
    const std::string positions = std::string(block) + "positional_encoding";
    import.put(positions, resized_positions(table, import.place(positions).size(1), file.path().string()),
               table_name);
    import.put(std::string(block) + "patch_embeddings.weight", kernel.permute({3, 2, 0, 1}),
               "embedding/kernel");
    import.put(std::string(block) + "patch_embeddings.bias", import.read("embedding/bias").flatten(),
               "embedding/bias");
  }
  import.copy();
}

}  // namespace synerbench::resvit
