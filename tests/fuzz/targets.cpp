#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> table{
      csv(),        documents(),   frames(),      inflate(),   journal(),  json(),
      lists(),      metaimage(),   model_words(), nifti(),     nifti_gz(), outside_model(),
      results(),    safetensors(), shards(),      tokenizer(),
#ifdef SYNERBENCH_FUZZ_TORCH
      checkpoint(), weights(),
#endif
  };
  return table;
}

}  // namespace synerbench::fuzz
