#include "baselines/resvit/detail/network.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/padding.h>

#include "harness/core/error.h"
#include "harness/nn/init.h"

namespace synerbench::resvit {
namespace {

using nn::run_layers;
using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::ConvTranspose2d;
using torch::nn::ConvTranspose2dOptions;
using torch::nn::ModuleList;
using torch::nn::ReflectionPad2d;
using torch::nn::ReLU;

void finish(ModuleList& layers, int64_t channels, bool activate = true) {
  layers->push_back(BatchNorm2d(channels));
  if (activate) layers->push_back(ReLU());
}

void push_conv(ModuleList& layers, int64_t in, int64_t out, int64_t size, int64_t stride, int64_t padding) {
  layers->push_back(Conv2d(Conv2dOptions(in, out, size).stride(stride).padding(padding).bias(false)));
}

void push_up(ModuleList& layers, int64_t in, int64_t out) {
  layers->push_back(
      ConvTranspose2d(ConvTranspose2dOptions(in, out, 3).stride(2).padding(1).output_padding(1).bias(false)));
  finish(layers, out);
}

void push_down(ModuleList& layers, int64_t in, int64_t out) {
  push_conv(layers, in, out, 3, 2, 1);
  finish(layers, out);
}

bool has_transformer_at(size_t index) { return index == 0 || index == 5; }  // art_1 and art_6

}  // namespace

EmbeddingsImpl::EmbeddingsImpl(const GeneratorOptions& options) : dropout_(options.transformer.dropout) {
  positional_encoding = register_parameter(
      "positional_encoding", at::zeros({1, options.grid * options.grid, options.transformer.hidden}));
  patch_embeddings =
      register_module("patch_embeddings", Conv2d(Conv2dOptions(options.mid, options.transformer.hidden, 1)));
}

at::Tensor EmbeddingsImpl::forward(const at::Tensor& x, const nn::LayerContext& context,
                                   const std::string& key) {
  const at::Tensor patches = nn::run_layer(*patch_embeddings, x, context, key + ".patch_embeddings");
  return apply_dropout(patches.flatten(2).transpose(1, 2) + positional_encoding, dropout_, context, key);
}

CompressionImpl::CompressionImpl(int64_t input, int64_t output) {
  skip_ = register_module("skip", ModuleList());
  push_conv(skip_, input, output, 1, 1, 0);
  finish(skip_, output, /*activate=*/false);
  block_ = register_module("block", ModuleList());
  push_conv(block_, input, output, 3, 1, 1);
  finish(block_, output);
  push_conv(block_, output, output, 3, 1, 1);
  finish(block_, output, /*activate=*/false);
}

at::Tensor CompressionImpl::forward(const at::Tensor& x, const nn::LayerContext& context,
                                    const std::string& key) {
  return at::relu(run_layers(*block_, x, context, key + ".block") +
                  run_layers(*skip_, x, context, key + ".skip"));
}

ArtBlockImpl::ArtBlockImpl(const GeneratorOptions& options, bool has_transformer) : grid_(options.grid) {
  const int64_t width = 4 * options.ngf;
  if (has_transformer) {
    downsample_ = register_module("downsample", ModuleList());
    push_down(downsample_, width, 2 * width);
    push_down(downsample_, 2 * width, options.mid);
    embeddings_ = register_module("embeddings", std::make_shared<EmbeddingsImpl>(options));
    upsample_ = register_module("upsample", ModuleList());
    push_up(upsample_, options.transformer.hidden, 2 * width);
    push_up(upsample_, 2 * width, width);
    cc_ = register_module("cc", Compression(2 * width, width));
  }
  residual_cnn_ = register_module("residual_cnn", ModuleList());
  residual_cnn_->push_back(nn::ResnetBlock(width, nn::Norm::kBatch));
}

at::Tensor ArtBlockImpl::transformed(const at::Tensor& x, TransformerImpl& transformer,
                                     const nn::LayerContext& context, const std::string& key) {
  const at::Tensor down = run_layers(*downsample_, x, context, key + ".downsample");
  SB_CHECK(down.size(2) == grid_ && down.size(3) == grid_, "slices of 16 * grid pixels a side");
  const at::Tensor tokens = transformer.forward(embeddings_->forward(down, context, key + ".embeddings"),
                                                context, "transformer_encoder");
  const at::Tensor map = tokens.transpose(1, 2).reshape({x.size(0), tokens.size(2), grid_, grid_});
  const at::Tensor up = run_layers(*upsample_, map, context, key + ".upsample");
  return cc_->forward(at::cat({up, x}, 1), context, key + ".cc");
}

at::Tensor ArtBlockImpl::forward(const at::Tensor& x, TransformerImpl* transformer,
                                 const nn::LayerContext& context, const std::string& key) {
  const at::Tensor y = transformer ? transformed(x, *transformer, context, key) : x;
  return residual_cnn_->at<nn::ResnetBlockImpl>(0).forward(y, context, key + ".residual_cnn.0");
}

GeneratorImpl::GeneratorImpl(const GeneratorOptions& options) {
  const int64_t ngf = options.ngf;
  if (options.has_transformer) {
    transformer_encoder = register_module("transformer_encoder", Transformer(options.transformer));
  }
  const auto list = [&](const std::string& name) { return register_module(name, ModuleList()); };
  encoder_[0] = list("encoder_1");
  encoder_[0]->push_back(ReflectionPad2d(3));
  push_conv(encoder_[0], options.input_channels, ngf, 7, 1, 0);
  finish(encoder_[0], ngf);
  encoder_[1] = list("encoder_2");
  push_down(encoder_[1], ngf, 2 * ngf);
  encoder_[2] = list("encoder_3");
  push_down(encoder_[2], 2 * ngf, 4 * ngf);
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks[i] = register_module("art_" + std::to_string(i + 1),
                                ArtBlock(options, options.has_transformer && has_transformer_at(i)));
  }
  decoder_[0] = list("decoder_1");
  push_up(decoder_[0], 4 * ngf, 2 * ngf);
  decoder_[1] = list("decoder_2");
  push_up(decoder_[1], 2 * ngf, ngf);
  decoder_[2] = list("decoder_3");
  decoder_[2]->push_back(ReflectionPad2d(3));
  decoder_[2]->push_back(Conv2d(Conv2dOptions(ngf, options.output_channels, 7)));
  decoder_[2]->push_back(torch::nn::Tanh());
}

at::Tensor GeneratorImpl::encode(const at::Tensor& source, const nn::LayerContext& context) {
  at::Tensor x = source;
  for (size_t i = 0; i < encoder_.size(); ++i)
    x = run_layers(*encoder_[i], x, context, "encoder_" + std::to_string(i + 1));
  return x;
}

at::Tensor GeneratorImpl::art(size_t index, const at::Tensor& x, const nn::LayerContext& context,
                              bool use_transformers) {
  TransformerImpl* transformer = use_transformers && transformer_encoder && has_transformer_at(index)
                                     ? transformer_encoder.get()
                                     : nullptr;
  return blocks[index]->forward(x, transformer, context, "art_" + std::to_string(index + 1));
}

at::Tensor GeneratorImpl::forward(const at::Tensor& source, const nn::LayerContext& context,
                                  bool use_transformers) {
  at::Tensor x = encode(source, context);
  for (size_t i = 0; i < kBlocks; ++i) x = art(i, x, context, use_transformers);
  for (size_t i = 0; i < decoder_.size(); ++i)
    x = run_layers(*decoder_[i], x, context, "decoder_" + std::to_string(i + 1));
  return x;
}

void GeneratorImpl::initialize(Random& random) {
  c10::NoGradGuard no_grad;
  nn::initialize_fan_in(*this, random);
  if (transformer_encoder) transformer_encoder->initialize(random);
  for (const ArtBlock& block : blocks) {
    if (block->embeddings()) block->embeddings()->positional_encoding.zero_();
  }
}

const std::vector<nn::KeyAlias>& transformer_aliases() {
  static const std::vector<nn::KeyAlias> aliases{{"art_1.transformer.", "transformer_encoder."},
                                                 {"art_6.transformer.", "transformer_encoder."}};
  return aliases;
}

}  // namespace synerbench::resvit
