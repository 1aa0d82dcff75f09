// HealthGPT's settings.
#pragma once

#include <string>
#include <vector>

#include "baselines/healthgpt/detail/stages.h"
#include "harness/core/modality.h"
#include "harness/core/schema.h"
#include "harness/nn/vq_training.h"

namespace synerbench::healthgpt {

struct VisionOptions {
  int64_t channels = 3;  // a gray slice is repeated on them
  int64_t size = 336;    // slices are resized (bilinear) to this side
  int64_t patch = 14;
  int64_t width = 1024;
  int64_t layers = 24;  // of the tower; the last one is not built, because no tap is behind it
  int64_t heads = 16;
  int64_t tokens() const { return (size / patch) * (size / patch); }
};

struct LanguageOptions {
  int64_t width = 3072, layers = 32, heads = 32, mlp = 8192;
};

/// One plug-in set: `rank` is that of all `experts` together.
struct PlugInOptions {
  int64_t rank = 64, experts = 4;
  double alpha = 128;
  double scale() const { return alpha / static_cast<double>(rank) * static_cast<double>(experts); }
};

struct Config {
  std::string preset = "official";
  bool in_domain = false;           // only MRI <-> CT is converted in training
  std::vector<std::string> routes;  // task ids trained on; empty: any
  int64_t image_size = 256;
  int64_t updates = 100'000;
  Shares shares{0.25, 0.05, 0.2, 0.05, 0.45};
  nn::VqAutoencoderOptions tokenizer;  // image_channels: those of vision
  nn::VqTrainingOptions tokenizer_training;
  std::string tokenizer_from;  // weights folder or file to begin with; empty: fresh weights
  VisionOptions vision;
  LanguageOptions language;
  PlugInOptions understanding, generation;
  bool base_trainable = false;  // the language model also learns after its stage
  bool train_vision = false;    // the vision tower also learns after the alignment
  double lr_language = 1e-3;    // language model, words, head; vision tower
  double lr_projector = 1e-3;   // projectors, picture tokens
  double lr_plugin = 2e-4;
  double beta1 = 0.9, beta2 = 0.95;
  double clip = 1;          // largest norm of all gradients together
  double warmup = 0.03;     // share of a stage
  bool constrained = true;  // decode codes only, exactly as many as a picture has
  double temperature = 0;   // 0: greedy
  bool round_trip = false;  // answer with the source's own codes, decoded: the reconstruction bound

  int64_t grid() const;  // side of the code map
  int64_t picture_tokens() const { return grid() * grid(); }
  Stages stages() const { return {updates, shares}; }
};

const Schema<Config>& fields();

/// Whether a training converts between the task's modalities, or reconstructs only.
bool converts(const Config& config, const Task& task);

}  // namespace synerbench::healthgpt
