// HealthGPT (Lin et al. 2025): a language model that reads visual tokens and writes either words or the codes
// of a picture, adapted to understanding and to generation by two separate plug-in sets (H-LoRA) and two
// depths of visual features.
//
// A re-implementation. No training code and no weights for modality conversion were ever published;
// docs/baselines.md lists what is published fact and what is this project's reconstruction.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models healthgpt`, docs/baselines.md.
///
/// Training on a task that is not among non-empty `routes`: Error(kUsage). To train shorter, set "updates": a
/// recipe of another length moves the end, not the stages. Until the last stage begins there is no
/// conversion: synthesize() gives NaN, which validation scores lowest.
///
/// Weights folders hold vqgan, vision_tower, language_model, fusion_layer_weights, com_hlora_weights and
/// gen_hlora_weights. Any task can be asked for, because a route is words. Slices are evaluated one at a
/// time; slices that are not image_size squared: Error(kUsage) from synthesize(). Weights from before the
/// last stage: Error(kBadInput).
Method healthgpt_method();

}  // namespace synerbench
