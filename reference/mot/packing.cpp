#include "reference/mot/packing.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "harness/core/error.h"
#include "reference/shape/tables.h"

namespace synerbench::reference {
namespace {

std::array<int64_t, 2> tokens_of(int64_t height, int64_t width, int64_t stride, int64_t grid,
                                 bool interpolate, const char* what) {
  const auto bad = [&](const std::string& problem) {
    return input_error(fmt::format("{} image of {} x {} pixels", what, height, width), problem,
                       "resize it by the rule of its kind first");
  };
  if (height <= 0 || width <= 0 || height % stride != 0 || width % stride != 0) {
    throw bad(fmt::format("both sides must be multiples of {}", stride));
  }
  if (!interpolate && (height / stride > grid || width / stride > grid)) {
    throw bad(fmt::format("the position table has {} tokens a side, so {} pixels are the limit", grid,
                          grid * stride));
  }
  return {height / stride, width / stride};
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

std::array<int64_t, 2> vit_tokens_of(int64_t height, int64_t width, const ModelSizes& s) {
  return tokens_of(height, width, s.vit.patch, s.vit.grid, s.interpolate_positions, "ViT");
}

std::array<int64_t, 2> vae_tokens_of(int64_t height, int64_t width, const ModelSizes& s) {
  return tokens_of(height, width, s.pixels_per_token(), s.latent_grid, s.interpolate_positions, "VAE");
}

int64_t SamplePlan::estimate(const ModelSizes& sizes) const {
  int64_t count = 0;
  for (const PlanItem& item : items) {
    count += 2;
    if (item.kind == PlanItem::Kind::kText) {
      count += static_cast<int64_t>(item.ids.size());
    } else {
      const auto [rows, columns] = item.kind == PlanItem::Kind::kVit
                                       ? vit_tokens_of(item.height, item.width, sizes)
                                       : vae_tokens_of(item.height, item.width, sizes);
      count += rows * columns;
    }
  }
  return count;
}

void Packer::add(const SamplePlan& plan, const ConditionDropout& dropout, const PackingDraws& draws) {
  const int64_t begin = sequence_.length();
  const auto labels_before = sequence_.label_ids.size();
  int64_t rope = 0;
  for (const PlanItem& item : plan.items) {
    const bool text = item.kind == PlanItem::Kind::kText, vit = item.kind == PlanItem::Kind::kVit;
    SB_CHECK(!(vit && item.learned), "a ViT image cannot be a target");
    if (item.droppable && !item.learned) {
      const double probability = text ? dropout.text : vit ? dropout.vit : dropout.vae;
      if (draws.uniform() < probability) {
        // A dropped image leaves its place in the rotary count, a dropped text does not.
        if (!text) ++rope;
        continue;
      }
    }
    if (text) {
      add_text(item, rope);
    } else if (vit) {
      add_vit(item, rope);
    } else {
      add_vae(item, rope, draws);
    }
  }
  sequence_.sample_lens.push_back(sequence_.length() - begin);
  sequence_.ce_loss_samples.resize(sequence_.label_ids.size(),
                                   static_cast<int64_t>(sequence_.sample_lens.size()) - 1);
  SB_CHECK(sequence_.label_ids.size() >= labels_before, "labels only grow");
}

void Packer::add_mark(TokenId id, int64_t rope) {
  sequence_.text_ids.push_back(id);
  sequence_.text_indexes.push_back(sequence_.length());
  sequence_.position_ids.push_back(rope);
}

void Packer::end_split(int64_t begin, SplitMode mode) {
  sequence_.split_lens.push_back(sequence_.length() - begin);
  sequence_.split_modes.push_back(mode);
}

void Packer::add_text(const PlanItem& item, int64_t& rope) {
  PackedSequence& s = sequence_;
  const int64_t begin = s.length();
  add_mark(special_.bos, rope++);
  for (const TokenId id : item.ids) add_mark(id, rope++);
  add_mark(special_.eos, rope++);
  if (item.learned) {
    // Position i predicts the token after it: from the begin mark to the last id. The end mark is predicted,
    // never a source.
    const int64_t count = static_cast<int64_t>(item.ids.size()) + 1;
    append(s.label_ids, item.ids);
    s.label_ids.push_back(special_.eos);
    for (int64_t i = 0; i < count; ++i) s.ce_loss_indexes.push_back(begin + i);
    s.ce_loss_weights.insert(s.ce_loss_weights.end(), static_cast<size_t>(count),
                             static_cast<float>(1.0 / std::sqrt(static_cast<double>(count))));
  }
  end_split(begin, SplitMode::kCausal);
}

void Packer::add_vit(const PlanItem& item, int64_t& rope) {
  PackedSequence& s = sequence_;
  const auto [rows, columns] = vit_tokens_of(item.height, item.width, sizes_);
  const int64_t begin = s.length(), count = rows * columns;
  add_mark(special_.start_of_image, rope);
  for (int64_t i = 0; i < count; ++i) s.vit_token_indexes.push_back(begin + 1 + i);
  s.position_ids.insert(s.position_ids.end(), static_cast<size_t>(count), rope);
  append(s.vit_position_ids, position_ids(rows, columns, sizes_.vit.grid, sizes_.interpolate_positions));
  s.vit_seqlens.push_back(count);
  s.vit_images.push_back(item.image);
  add_mark(special_.end_of_image, rope++);
  end_split(begin, SplitMode::kFull);
}

void Packer::add_vae(const PlanItem& item, int64_t& rope, const PackingDraws& draws) {
  PackedSequence& s = sequence_;
  const auto [rows, columns] = vae_tokens_of(item.height, item.width, sizes_);
  const int64_t begin = s.length(), count = rows * columns;
  add_mark(special_.start_of_image, rope);
  const float time =
      item.learned ? static_cast<float>(draws.normal()) : -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < count; ++i) {
    s.vae_token_indexes.push_back(begin + 1 + i);
    if (item.learned) s.mse_loss_indexes.push_back(begin + 1 + i);
    s.timesteps.push_back(time);
  }
  s.position_ids.insert(s.position_ids.end(), static_cast<size_t>(count), rope);
  append(s.latent_position_ids,
         position_ids(rows, columns, sizes_.latent_grid, sizes_.interpolate_positions));
  s.latent_shapes.push_back({rows, columns});
  s.vae_images.push_back(item.image);
  add_mark(special_.end_of_image, rope);
  // A target shares its place with the clean copy that may follow.
  if (!item.learned) ++rope;
  end_split(begin, item.learned ? SplitMode::kNoise : SplitMode::kFull);
}

}  // namespace synerbench::reference
