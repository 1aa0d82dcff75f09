// The reference model for the rest of the program: load a checkpoint folder, synthesize, ask. No LibTorch
// header is needed.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/model.h"
#include "reference/presets.h"
#include "reference/understanding/instances.h"

namespace synerbench {

struct ReferenceOptions {
  std::string preset = "synermedgen";  // see reference::preset_names()
  std::string device = "cpu";          // "cpu", "cuda", "cuda:<n>"
  Json overrides = Json::object();     // of the preset, see reference::preset_fields()
  std::string name = "reference";      // as in the table of methods
  std::string label = "";              // as printed; empty: the preset's
};

/// The model of a folder in BAGEL format (see docs/reference-model.md). One slice at a time goes through the
/// network, so a result depends neither on the batch nor on its neighbors. Not thread-safe.
///
/// Error(kBadInput) when the folder is no such checkpoint or its tensors do not fit, Error(kUsage) for
/// options.
std::unique_ptr<Synthesizer> load_reference(const std::filesystem::path& folder,
                                            const ReferenceOptions& options = {});

/// The same folder as something to ask. Not thread-safe.
class ReferenceModel {
 public:
  static std::unique_ptr<ReferenceModel> load(const std::filesystem::path& folder,
                                              const ReferenceOptions& options = {});
  virtual ~ReferenceModel() = default;

  /// Images, then the prompt -> the model's text. `seed` matters when the temperature is above 0.
  virtual std::string ask(std::span<const reference::SliceImage> images, const std::string& prompt,
                          uint64_t seed) = 0;
  /// Reads an instance up to its answer (in training order, or images first) -> the model's text.
  virtual std::string answer(const reference::Instance& instance, uint64_t seed) = 0;
  /// A slice through the autoencoder (its mean) and back, resized as for synthesis: what no synthesis of this
  /// model can be better than, except by chance.
  virtual std::vector<float> through_autoencoder(const reference::SliceImage& slice) = 0;
  /// See memory_report() in reference/memory.h.
  virtual Json memory(int64_t height, int64_t width) const = 0;
  /// Folder, sizes, settings: what the journal records.
  virtual ModelInfo info() const = 0;
};

}  // namespace synerbench
