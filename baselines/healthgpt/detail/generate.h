// Answers and pictures, token by token.
#pragma once

#include "baselines/healthgpt/detail/network.h"

namespace synerbench::healthgpt {

struct GeneratedPicture {
  Ids codes;  // h * w of them, when well formed
  bool well_formed =
      true;  // false: decoding freely, the model wrote something else than h * w codes and <end_index>
};

/// The codes that answer `words` about one slice [1, 1, H, W]: greedy, or drawn from softmax(logits / temperature) with `random`. Constrained: only
/// codes can be chosen, exactly as many as a picture has. `cached`: with a key-value cache; without, the whole sequence is computed anew
/// for every token (the slow, obvious twin). `logits`: those of every step are appended. No gradient.
GeneratedPicture generate_codes(const Networks& networks, const Config& config, const at::Tensor& slice,
                                const Ids& words, Random& random, bool cached = true,
                                std::vector<at::Tensor>* logits = nullptr);

/// The words that answer a question about one slice, greedy, at most 8.
std::string answer(const Networks& networks, const at::Tensor& slice, const std::string& question);

/// Slices of `image_size`, each by itself; see healthgpt.h. A malformed picture becomes mid-grey (0).
void synthesize_slices(const Networks& networks, const Config& config, const std::string& device,
                       const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction);
ModelInfo describe(const Networks& networks, const Config& config, const std::string& weights_sha256);

}  // namespace synerbench::healthgpt
