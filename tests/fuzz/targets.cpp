#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> table{
      authors(),      csv(),         dicom(),    documents(),     frames(),       grand_challenge(),
      inflate(),      journal(),     json(),     lists(),         mapping(),      metaimage(),
      model_words(),  nifti(),       nifti_gz(), outside_model(), path_pattern(), png(),
      results(),      safetensors(), shards(),   side_file(),     studies(),      tokenizer(),
      training_log(), vocabulary(),  weights(),  zip(),
#ifdef SYNERBENCH_FUZZ_TORCH
      checkpoint(),
#endif
  };
  return table;
}

}  // namespace synerbench::fuzz
