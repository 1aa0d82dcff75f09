// Ways to run a checkpoint: whose defaults, and every setting that can change a number. No LibTorch.
#pragma once

#include <string>

#include "harness/core/json.h"
#include "harness/core/schema.h"
#include "reference/flow/schedule.h"
#include "reference/transforms/image.h"
#include "reference/understanding/instances.h"
#include "reference/understanding/prepared_sample.h"

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

/// Every setting. Presets: "synermedgen" (default), "bagel" (BAGEL's own editing settings), "bagel-benchmark"
/// (its editing benchmark), "unimedvl".
const Schema<Preset>& preset_fields();

/// The preset with the given switches applied; values may be JSON of the right type or texts ("4.0", "on",
/// "yes"). Unknown names and impossible values: Error(kUsage) at `place`.
Preset resolve_preset(const std::string& name, const Json& switches, const std::string& place);

/// Every setting with its value, for the journal; the sizes that images are cut into follow from the preset.
Json to_json(const Preset& preset);

}  // namespace synerbench::reference
