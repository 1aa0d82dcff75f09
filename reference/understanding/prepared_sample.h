// Instances as a model takes them: words as tokens, images at the model's size.
#pragma once

#include <optional>
#include <vector>

#include "reference/mot/packing.h"
#include "reference/tokenizer/tokenizer.h"
#include "reference/transforms/image.h"
#include "reference/transforms/resize.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// How images are prepared for a model.
struct ImageRules {
  ResizeRule vit = resize_rules::kVitUnderstanding;
  ResizeRule vae = resize_rules::kVae;
  /// The ViT sees the image already resized for the autoencoder (interleaved inferencer).
  bool vit_after_vae = false;
};
/// The rule with its limits lowered to what the position tables of a model can hold.
ResizeRule fitted(const ResizeRule& rule, int64_t stride, int64_t grid);
ImageRules fitted(const ImageRules& rules, const ModelSizes& sizes);

/// A plan whose images are ready: PlanItem::image counts them in plan order.
struct PreparedSample {
  SamplePlan plan;
  std::vector<ImageTensor> images;
  /// Of the images; nothing where an image is not, or no longer, what its origin says (augmented).
  std::vector<std::optional<ImageOrigin>> origins = {};
};
/// `rules` must fit the model (see fitted). `images_share_pixels`: max_pixels is divided by the number of ViT
/// images, as official training does.
PreparedSample prepare(const Instance& instance, const Tokenizer& tokenizer, const ImageRules& rules,
                       bool images_share_pixels = false);

}  // namespace synerbench::reference
