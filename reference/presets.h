// Ways to run a checkpoint: whose defaults, and every setting that can change a number. No LibTorch.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"
#include "reference/flow/schedule.h"
#include "reference/transforms/image.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

struct Preset {
  std::string name;
  std::string label;  // in tables
  SamplerSettings sampler;
  ImageRules images;
  /// Conditions are samples of the autoencoder (official) or its mean.
  bool sample_conditions = true;
  OutputBridge output = OutputBridge::kFloatMean;
  /// UniMedVL: first let the model describe what it sees, then synthesize from instruction and description.
  bool two_pass = false;
  int64_t max_tokens = 500;  // of an answer or description, the begin mark included
  double temperature = 0.0;  // 0: the most likely token
  /// Instruction instead of the built-in one; {source}, {target} and {region} are replaced. Empty:
  /// synthesis_instruction().
  std::string instruction;
  /// Official `chat`: all images first, then the text. Off: in the order given, as in training.
  bool images_first = false;
  std::string dtype = "f32";      // of the main weights and the products: "f32" or "bf16"
  std::string vae_dtype = "f32";  // of the autoencoder
  std::string weights;            // file in the folder; empty: see CheckpointOptions
};

/// "synermedgen" (default), "bagel" (BAGEL's own editing settings), "bagel-benchmark" (its editing
/// benchmark), "unimedvl".
std::vector<std::string> preset_names();

/// One setting that can be overridden by name.
struct PresetOption {
  std::string name, meaning;
};
const std::vector<PresetOption>& preset_options();

/// The preset with the given options set; values may be JSON of the right type or texts ("4.0", "on").
/// Unknown names and impossible values: Error(kUsage) at `place`.
Preset resolve_preset(const std::string& name, const Json& overrides, const std::string& place);

/// Every setting with its value, for the journal.
Json to_json(const Preset& preset);

}  // namespace synerbench::reference
