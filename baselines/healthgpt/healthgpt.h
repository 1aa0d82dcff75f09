// HealthGPT (Lin et al. 2025): a language model that reads visual tokens and writes either words or the codes of a picture, adapted to
// understanding and to generation by two separate plug-in sets (H-LoRA) and two depths of visual features.
//
// A re-implementation. No training code and no weights for modality conversion were ever published; docs/baselines.md lists what is published fact and
// what is this project's reconstruction.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/core/model.h"
#include "harness/train/trainable.h"
#include "harness/train/weights.h"

namespace synerbench {

/// A model ready for train() on `device`. `config` is one JSON object; every field may be left out:
///
///   preset           "official" (default): published shapes, 256 x 256; "medium": 256 x 256 on one GPU; "tiny": 64 x 64 on a CPU. Gives the other
///                    fields' defaults (below: official | medium | tiny).
///   variant          "allroutes" (default): conversion is learnt for every task of the training; "indomain": as published, only MRI <-> CT; pictures of
///                    other tasks serve the tokenizer, reconstruction and understanding, and their conversion is zero-shot
///   routes           ids of the tasks trained on; [] (default): any. The train verb fills in the suite's tasks.
///   image_size       side of the slices                                                             256 | 256 | 64
///   updates          of the whole training: what the stages are shares of, and the recipe's budget  100000 | 100000 | 10000.
///                    To train shorter, set it here; a recipe of another length moves the end, not the stages.
///   stages           {tokenizer, language, alignment, fusion, instruction}: shares that add up to 1 0.25, 0.05, 0.2, 0.05, 0.45
///   tokenizer        {width, multipliers, blocks, attention_factors, latent_channels, code_channels, codes, gn_groups} of the VQ autoencoder
///                    (harness/nn/vq_autoencoder.h); {from}: weights folder of an earlier training, or a safetensors file, to begin with (its
///                    stage may then have share 0); {lr, commitment, gradients} of its training (harness/nn/vq_training.h)
///   vision           {channels, size, patch, width, layers, heads} of the vision tower; slices are resized to `size`
///                    3, 336, 14, 1024, 24, 16 | 1, 256, 16, 384, 12, 6 | 1, 64, 8, 128, 6, 4
///   language         {width, layers, heads, mlp}          3072, 32, 32, 8192 | 512, 12, 8, 1408 | 192, 6, 6, 512
///   understanding, generation    {rank, experts, alpha} of the plug-ins: rank of all experts together
///                    64, 4, 128 and 256, 4, 512 | 16, 4, 32 and 64, 4, 128 | 8, 4, 16 and 32, 4, 64
///   base_trainable   "on": the language model goes on learning after its stage (ablation)           "off"
///   train_vision     "on": the vision tower goes on learning after the alignment                    "off"
///   lr_language      language model, words and vision tower                                         1e-3
///   lr_projector     projectors and picture tokens                                                  1e-3
///   lr_plugin        H-LoRA                                                                         2e-4 | 2e-4 | 1e-3
///   beta1, beta2, clip, warmup    Adam, largest gradient norm, share of a stage                      0.9, 0.95, 1, 0.03
///   constrained      "on": decode codes only, exactly as many as a picture has; "off" (as published): freely; a malformed picture becomes
///                    mid-grey                                                                       "on"
///   temperature      0: greedy; above: drawn from the slice's seed                                  0
///   answer           "generate", or "round_trip": the source through the tokenizer and back, the ceiling of the method when scored
///                    against the source itself                                                      "generate"
///
/// Unknown fields and impossible values: Error(kUsage) at `place`. Training on a task that is not among non-empty `routes`: Error(kUsage).
/// Until the last stage begins there is no conversion: synthesize() gives NaN, which validation scores lowest.
std::unique_ptr<Trainable> make_healthgpt(const Json& config, const std::string& device = "cpu",
                                          const std::string& place = "healthgpt configuration");

/// `config` for a training of `updates` updates, of which the stages are shares. One that gives "updates" is returned as it is.
Json fit_healthgpt(Json config, int64_t updates);

/// A weights folder (see harness/train/weights.h) with vqgan, vision_tower, language_model, fusion_layer_weights, com_hlora_weights and gen_hlora_weights.
/// options.switches may set constrained, temperature and answer. Any task can be asked for, because a route is words. Slices are evaluated
/// one at a time; slices that are not image_size squared: Error(kUsage) from synthesize(). Weights from before the last stage: Error(kBadInput).
std::unique_ptr<Synthesizer> load_healthgpt(const std::filesystem::path& folder,
                                            const LoadOptions& options = {});

}  // namespace synerbench
