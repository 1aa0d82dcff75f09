#include "reference/stages/pack_stream.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/train/augment.h"

namespace synerbench::reference {
namespace {

constexpr int kRefusals = 1000;  // samples in a row above the limit before the recipe is called wrong

void augment_alike(Augmentation augmentation, std::vector<SliceImage>& images, uint64_t seed) {
  if (augmentation == Augmentation::kNone) return;
  for (SliceImage& image : images) {
    Random random(seed);
    augment(augmentation, image.pixels, {}, image.height, image.width, random);
  }
}

}  // namespace

PackStream::PackStream(SampleSource source, const ModelSizes& sizes, const SpecialTokens& special,
                       const StageRecipe& recipe, uint64_t seed)
    : source_(std::move(source)),
      sizes_(sizes),
      special_(special),
      recipe_(recipe),
      seed_(combine_seeds(seed, seed_from("packing"))) {}

void PackStream::restore(const State& state) {
  next_draw_ = state.next_draw;
  waiting_.assign(state.waiting.begin(), state.waiting.end());
}

Pack PackStream::next() {
  Packer packer(sizes_, special_);
  Pack pack;
  int refused = 0;
  while (packer.sequence().length() < recipe_.expected_tokens) {
    const bool from_buffer = !waiting_.empty() && packer.sequence().length() < recipe_.prefer_buffer_before;
    const int64_t draw = from_buffer ? waiting_.front() : next_draw_++;
    if (from_buffer) waiting_.pop_front();
    DrawnSample drawn = source_(draw);
    const int64_t tokens = drawn.sample.plan.estimate(sizes_);
    if (tokens > recipe_.max_sample_tokens) {
      if (++refused == kRefusals) {
        throw usage_error("max_sample_tokens",
                          fmt::format("{} samples in a row are above {} tokens, the last has {}", kRefusals,
                                      recipe_.max_sample_tokens, tokens),
                          "raise the token budgets, or make the images smaller");
      }
      continue;
    }
    refused = 0;
    if (packer.sequence().length() > 0 && packer.sequence().length() + tokens > recipe_.max_tokens) {
      const bool full = static_cast<int64_t>(waiting_.size()) >= recipe_.max_buffer;
      if (from_buffer || full) {
        waiting_.push_front(draw);
        break;
      }
      waiting_.push_back(draw);
      continue;
    }
    const auto first = static_cast<int64_t>(pack.images.size());
    for (PlanItem& item : drawn.sample.plan.items) {
      if (item.image >= 0) item.image += first;
    }
    Random random(combine_seeds(seed_, static_cast<uint64_t>(draw)));
    packer.add(drawn.sample.plan, recipe_.dropout,
               {[&] { return random.uniform(); }, [&] { return random.normal(); }});
    pack.kinds.push_back(drawn.kind);
    drawn.sample.origins.resize(drawn.sample.images.size());
    for (ImageTensor& image : drawn.sample.images) pack.images.push_back(std::move(image));
    for (auto& origin : drawn.sample.origins) pack.origins.push_back(std::move(origin));
  }
  pack.sequence = packer.take();
  return pack;
}

SampleSource mixture_source(const InstanceBuilder& builder, const Tokenizer& tokenizer,
                            const StageRecipe& recipe, uint64_t seed, Augmentation augmentation) {
  const uint64_t stream = combine_seeds(seed, seed_from("samples"));
  return [&builder, &tokenizer, recipe, stream, augmentation](int64_t draw) -> DrawnSample {
    constexpr InstanceKind kKinds[] = {InstanceKind::kCts,
                                       InstanceKind::kTia,
                                       InstanceKind::kMi,
                                       InstanceKind::kMiPanel,
                                       InstanceKind::kSynthesis,
                                       InstanceKind::kVqa,
                                       InstanceKind::kCaption,
                                       InstanceKind::kTextToImage,
                                       InstanceKind::kText,
                                       InstanceKind::kPicture,
                                       InstanceKind::kPictureQuestion,
                                       InstanceKind::kPictureChoice,
                                       InstanceKind::kListChoice,
                                       InstanceKind::kPictureEdit,
                                       InstanceKind::kScanEdit};
    Random random(combine_seeds(stream, static_cast<uint64_t>(draw)));
    double total = 0;
    for (const InstanceKind kind : kKinds) total += recipe.mixture.of(kind);
    double left = random.uniform() * total;
    InstanceKind chosen = kKinds[0];
    for (const InstanceKind kind : kKinds) {
      if (recipe.mixture.of(kind) <= 0) continue;
      chosen = kind;
      left -= recipe.mixture.of(kind);
      if (left < 0) break;
    }
    Instance instance = builder.make(chosen, random);
    // Drawn pictures come in all forms already, and a flip would belie a caption.
    if (!is_drawn(chosen)) {
      augment_alike(
          augmentation, instance.images,
          combine_seeds(combine_seeds(stream, seed_from("augmentation")), static_cast<uint64_t>(draw)));
    }
    DrawnSample drawn{chosen, prepare(instance, tokenizer, recipe.images,
                                      /*images_share_pixels=*/chosen != InstanceKind::kSynthesis)};
    if (augmentation != Augmentation::kNone) drawn.sample.origins.clear();
    return drawn;
  };
}

}  // namespace synerbench::reference
