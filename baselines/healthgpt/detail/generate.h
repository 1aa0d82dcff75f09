// Answers and pictures, token by token.
#pragma once

#include "baselines/healthgpt/detail/network.h"
#include "harness/nn/trained_model.h"

namespace synerbench::healthgpt {

struct GeneratedPicture {
  Ids codes;  // h * w of them, when well formed
  // false: decoding freely, the model wrote something else than h * w codes and <end_index>
  bool well_formed = true;
};

/// The codes that answer `words` about one slice [1, 1, H, W]: greedy, or drawn from softmax(logits /
/// temperature) with `random`. Constrained: only codes can be chosen, exactly as many as a picture has.
/// `cached`: with a key-value cache; without, the whole sequence is computed anew for every token (slow and
/// obvious). `logits`: those of every step are appended. No gradient.
GeneratedPicture generate_codes(const Networks& networks, const Config& config, const at::Tensor& slice,
                                const Ids& words, Random& random, bool cached = true,
                                std::vector<at::Tensor>* logits = nullptr);

/// The words that answer a question about one slice, greedy, at most 8.
std::string answer(const Networks& networks, const at::Tensor& slice, const std::string& question);

/// The model that is scored: networks in training or trained. Slices are of `image_size`, each by itself; a
/// malformed picture becomes mid-gray (0).
class PictureSynthesizer final : public nn::TrainedModel<Config, std::shared_ptr<const Networks>> {
 public:
  using TrainedModel::TrainedModel;
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;
};

}  // namespace synerbench::healthgpt
