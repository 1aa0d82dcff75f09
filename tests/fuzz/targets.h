// Every target by its function: one per reader of bytes from outside.
#pragma once

#include "tests/fuzz/target.h"

namespace synerbench::fuzz {

Target authors();
Target csv();
Target dicom();
Target documents();
Target frames();
Target grand_challenge();
Target inflate();
Target journal();
Target json();
Target lists();
Target mapping();
Target metaimage();
Target model_words();
Target nifti();
Target nifti_gz();
Target outside_model();
Target path_pattern();
Target png();
Target results();
Target safetensors();
Target shards();
Target side_file();
Target studies();
Target tokenizer();
Target training_log();
Target vocabulary();
Target weights();
Target zip();
#ifdef SYNERBENCH_FUZZ_TORCH
Target checkpoint();
#endif

}  // namespace synerbench::fuzz
