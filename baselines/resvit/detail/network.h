// ResViT's generator: encoder, nine aggregated residual transformer (ART) blocks, decoder.
#pragma once

#include <array>

#include <torch/nn/modules/conv.h>

#include "baselines/resvit/detail/transformer.h"
#include "harness/nn/resnet_generator.h"
#include "harness/nn/state.h"

namespace synerbench::resvit {

struct GeneratorOptions {
  int64_t input_channels = 1, output_channels = 1;
  int64_t ngf = 64;
  int64_t mid = 1024;  // channels before the patch embedding
  int64_t grid = 16;   // patches along a side; slices are 16 * grid pixels wide and high
  TransformerOptions transformer;
  bool has_transformer = true;  // false: res_cnn
};

/// [1, grid^2, hidden] positions, 1 x 1 patches. Keys: positional_encoding, patch_embeddings.
class EmbeddingsImpl : public torch::nn::Module {
 public:
  explicit EmbeddingsImpl(const GeneratorOptions& options);
  /// [N, mid, grid, grid] -> tokens [N, grid^2, hidden]
  at::Tensor forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key);

  at::Tensor positional_encoding;
  torch::nn::Conv2d patch_embeddings{nullptr};

 private:
  double dropout_;
};

/// Channel compression: main branch of two 3x3 convolutions, shortcut of one 1x1, sum, ReLU. Keys:
/// skip.{0,1}, block.{0,1,3,4}.
class CompressionImpl : public torch::nn::Module {
 public:
  CompressionImpl(int64_t input, int64_t output);
  at::Tensor forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key);

 private:
  torch::nn::ModuleList skip_, block_;
};
TORCH_MODULE(Compression);

/// An ART block: with a transformer, down by 4, embedding, transformer, up by 4, compression of [that,
/// input]; then, always, a residual block. The transformer belongs to the generator, which lends it to two
/// blocks.
class ArtBlockImpl : public torch::nn::Module {
 public:
  ArtBlockImpl(const GeneratorOptions& options, bool has_transformer);
  /// [N, 4 ngf, h, w] -> same. `transformer` null: the residual block alone, which is all that res_cnn has.
  at::Tensor forward(const at::Tensor& x, TransformerImpl* transformer, const nn::LayerContext& context,
                     const std::string& key);
  /// Null in a block without transformer.
  const std::shared_ptr<EmbeddingsImpl>& embeddings() const { return embeddings_; }

 private:
  at::Tensor transformed(const at::Tensor& x, TransformerImpl& transformer, const nn::LayerContext& context,
                         const std::string& key);

  int64_t grid_;
  torch::nn::ModuleList downsample_{nullptr}, upsample_{nullptr}, residual_cnn_{nullptr};
  std::shared_ptr<EmbeddingsImpl> embeddings_;
  Compression cc_{nullptr};
};
TORCH_MODULE(ArtBlock);

/// Keys: transformer_encoder.*, encoder_{1,2,3}.*, art_{1..9}.*, decoder_{1,2,3}.*. Batch norm everywhere.
/// The transformer is registered once, here; published files repeat it under the names of the two blocks that
/// use it (see transformer_aliases).
class GeneratorImpl : public torch::nn::Module {
 public:
  static constexpr size_t kBlocks = 9;
  explicit GeneratorImpl(const GeneratorOptions& options);

  /// [N, C, H, W] in [-1, 1] -> [N, output_channels, H, W] in (-1, 1). With transformers H = W = 16 grid;
  /// without, multiples of 4 from 8 up. `use_transformers` false: as res_cnn would compute with the weights
  /// they share.
  at::Tensor forward(const at::Tensor& source, const nn::LayerContext& context, bool use_transformers = true);

  // The parts of forward(): a test looks between them.
  at::Tensor encode(const at::Tensor& source, const nn::LayerContext& context);
  at::Tensor art(size_t index, const at::Tensor& x, const nn::LayerContext& context,
                 bool use_transformers = true);

  /// LibTorch's own initialization, Xavier in the transformer's MLPs, zero position tables.
  void initialize(Random& random);

  Transformer transformer_encoder{nullptr};  // null in res_cnn
  std::array<ArtBlock, kBlocks> blocks{ArtBlock{nullptr}, ArtBlock{nullptr}, ArtBlock{nullptr},
                                       ArtBlock{nullptr}, ArtBlock{nullptr}, ArtBlock{nullptr},
                                       ArtBlock{nullptr}, ArtBlock{nullptr}, ArtBlock{nullptr}};

 private:
  std::array<torch::nn::ModuleList, 3> encoder_{
      torch::nn::ModuleList{nullptr}, torch::nn::ModuleList{nullptr}, torch::nn::ModuleList{nullptr}};
  std::array<torch::nn::ModuleList, 3> decoder_{
      torch::nn::ModuleList{nullptr}, torch::nn::ModuleList{nullptr}, torch::nn::ModuleList{nullptr}};
};
TORCH_MODULE(Generator);

/// For nn::load_network and nn::save_network.
const std::vector<nn::KeyAlias>& transformer_aliases();

}  // namespace synerbench::resvit
