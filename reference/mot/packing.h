// One training sequence made of several samples: which token stands where, what it may see, what is learned.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "reference/shape/sizes.h"
#include "reference/tokenizer/tokenizer.h"

namespace synerbench::reference {

/// How the tokens of a split see each other. The numbers are those of the official code.
enum class SplitMode : int64_t {
  kCausal = 0,  // text: earlier tokens of the split
  kFull = 1,    // a condition image: the whole split
  kNoise = 2,   // a target image: the whole split; invisible to every other split
};

/// One item of a sample's plan; becomes one split unless it is dropped.
struct PlanItem {
  enum class Kind { kText = 0, kVit = 1, kVae = 2 };
  Kind kind = Kind::kText;
  bool learned = false;           // text: its ids are predicted; VAE image: it is the noised target
  bool droppable = false;         // a condition that training may leave out (classifier-free guidance)
  std::vector<TokenId> ids = {};  // of text, without begin and end marks
  int64_t height = 0, width = 0;  // of images, pixels after the transform
  /// Which image the caller means; passed through to the lists of images in the pack.
  int64_t image = -1;
};

struct SamplePlan {
  std::vector<PlanItem> items;
  /// Tokens without dropout, as the official loop estimates them: text ids and image tokens, and 2 per item.
  int64_t estimate(const ModelSizes& sizes) const;
};

/// Probabilities of leaving out a droppable item.
struct ConditionDropout {
  double text = 0.1, vit = 0.3, vae = 0.3;
};

/// A random source for packing: the order of draws is that of the official packer.
struct PackingDraws {
  std::function<double()> uniform;  // one per droppable item; dropped when below its probability
  std::function<double()> normal;   // one per target image; its time is sigmoid(normal)
};

/// The packed lists. T tokens, all indices are positions in the sequence.
struct PackedSequence {
  std::vector<TokenId> text_ids;      // [text tokens], marks included
  std::vector<int64_t> text_indexes;  // [text tokens]
  std::vector<int64_t> position_ids;  // [T] rotary positions; every sample starts at 0
  std::vector<int64_t> sample_lens;   // tokens per sample
  std::vector<int64_t> split_lens;    // tokens per split
  std::vector<SplitMode> split_modes;
  std::vector<TokenId> label_ids;          // [learned text tokens] the token that follows
  std::vector<int64_t> ce_loss_indexes;    // [learned text tokens]
  std::vector<float> ce_loss_weights;      // 1/sqrt(tokens of the answer)
  std::vector<int64_t> vit_token_indexes;  // [ViT tokens]
  std::vector<int64_t> vit_position_ids;   // [ViT tokens] rows of the ViT tables
  std::vector<int64_t> vit_seqlens;        // tokens per ViT image
  std::vector<int64_t> vit_images;         // PlanItem::image per ViT image
  std::vector<int64_t> vae_token_indexes;  // [VAE tokens]
  std::vector<int64_t> latent_position_ids;
  std::vector<std::array<int64_t, 2>> latent_shapes;  // per VAE image: token rows, token columns
  std::vector<int64_t> vae_images;                    // PlanItem::image per VAE image
  std::vector<float> timesteps;                       // [VAE tokens] before the sigmoid; -inf for conditions
  std::vector<int64_t> mse_loss_indexes;              // [target tokens]
  /// Which sample of the pack each loss token belongs to.
  std::vector<int64_t> ce_loss_samples;

  int64_t length() const { return static_cast<int64_t>(position_ids.size()); }
};

/// Adds samples to a sequence, one after the other.
class Packer {
 public:
  Packer(const ModelSizes& sizes, const SpecialTokens& special) : sizes_(sizes), special_(special) {}
  /// Image sides must be multiples of the patch (ViT) or of pixels_per_token() (VAE) and fit the position
  /// tables: Error(kBadInput).
  void add(const SamplePlan& plan, const ConditionDropout& dropout, const PackingDraws& draws);
  const PackedSequence& sequence() const { return sequence_; }
  PackedSequence take() { return std::move(sequence_); }

 private:
  void add_text(const PlanItem& item, int64_t& rope);
  void add_vit(const PlanItem& item, int64_t& rope);
  void add_vae(const PlanItem& item, int64_t& rope, const PackingDraws& draws);
  void add_mark(TokenId id, int64_t rope);
  void end_split(int64_t begin, SplitMode mode);

  ModelSizes sizes_;
  SpecialTokens special_;
  PackedSequence sequence_;
};

/// Tokens of an image: rows and columns. Errors as in Packer::add.
std::array<int64_t, 2> vit_tokens_of(int64_t height, int64_t width, const ModelSizes& sizes);
std::array<int64_t, 2> vae_tokens_of(int64_t height, int64_t width, const ModelSizes& sizes);

}  // namespace synerbench::reference
