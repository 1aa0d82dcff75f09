// The reference model as it is written on a command line: reference:FOLDER,preset=NAME,setting=value.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/run/model_spec.h"
#include "reference/evaluation/question_run.h"
#include "reference/presets.h"
#include "reference/reference.h"

namespace synerbench {

struct ReferenceSpec {
  std::filesystem::path folder;
  ReferenceOptions options;
  reference::Preset preset;  // the options resolved
};

/// Error(kUsage) for another model, an unknown preset, setting or value. Nothing is opened.
ReferenceSpec parse_reference(const std::string& text, const std::string& device);

/// A model of a suite that asks; Error(kUsage) in a program without LibTorch.
reference::AskedModel load_asked(const ModelSpec& spec, const std::string& device);

}  // namespace synerbench
