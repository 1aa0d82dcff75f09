// Every target by its function: one per reader of bytes from outside.
#pragma once

#include "tests/fuzz/target.h"

namespace synerbench::fuzz {

Target authors();
Target csv();
Target documents();
Target frames();
Target inflate();
Target journal();
Target json();
Target lists();
Target metaimage();
Target model_words();
Target nifti();
Target nifti_gz();
Target outside_model();
Target png();
Target results();
Target safetensors();
Target shards();
Target studies();
Target tokenizer();
Target training_log();
Target weights();
#ifdef SYNERBENCH_FUZZ_TORCH
Target checkpoint();
#endif

}  // namespace synerbench::fuzz
