#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> table{
      authors(),    csv(),         documents(),   frames(),  inflate(),   journal(),      json(),
      lists(),      metaimage(),   model_words(), nifti(),   nifti_gz(),  png(),          outside_model(),
      results(),    safetensors(), shards(),      studies(), tokenizer(), training_log(), weights(),
#ifdef SYNERBENCH_FUZZ_TORCH
      checkpoint(),
#endif
  };
  return table;
}

}  // namespace synerbench::fuzz
