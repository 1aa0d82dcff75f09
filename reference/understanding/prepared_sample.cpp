#include "reference/understanding/prepared_sample.h"

#include <algorithm>

namespace synerbench::reference {
ResizeRule fitted(const ResizeRule& rule, int64_t stride, int64_t grid) {
  ResizeRule out = rule;
  out.stride = stride;
  out.max_size = std::min(rule.max_size / stride * stride, grid * stride);
  out.min_size = std::min(rule.min_size, out.max_size);
  return out;
}

ImageRules fitted(const ImageRules& rules, const ModelSizes& sizes) {
  return {fitted(rules.vit, sizes.vit.patch, sizes.vit.grid),
          fitted(rules.vae, sizes.pixels_per_token(), sizes.latent_grid), rules.vit_after_vae};
}

PreparedSample prepare(const Instance& instance, const Tokenizer& tokenizer, const ImageRules& rules,
                       bool images_share_pixels) {
  using Kind = PlanItem::Kind;
  PreparedSample sample;
  int64_t vit_images = 0;
  for (const InstanceItem& item : instance.items) vit_images += item.kind == Kind::kVit;
  for (const InstanceItem& item : instance.items) {
    PlanItem out;
    out.kind = item.kind;
    out.learned = item.learned;
    out.droppable = item.droppable;
    if (item.kind == Kind::kText) {
      out.ids = tokenizer.encode(item.text);
    } else {
      const SliceImage& slice = instance.images.at(item.image);
      Image8 image = image_of_slice(slice.pixels, slice.height, slice.width);
      if (item.kind == Kind::kVit && rules.vit_after_vae)
        image = resize_bicubic(image, target_size({image.height, image.width}, rules.vae));
      const bool vit = item.kind == Kind::kVit;
      sample.images.push_back(
          transform(image, vit ? rules.vit : rules.vae, vit && images_share_pixels ? vit_images : 1));
      sample.origins.push_back(
          item.image < instance.origins.size() ? std::optional(instance.origins[item.image]) : std::nullopt);
      out.image = static_cast<int64_t>(sample.images.size()) - 1;
      out.height = sample.images.back().height;
      out.width = sample.images.back().width;
    }
    sample.plan.items.push_back(std::move(out));
  }
  return sample;
}

}  // namespace synerbench::reference
