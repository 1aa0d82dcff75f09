// What the tests of learned models share: a fixture, slices, settings, and the files of a training. What
// every model promises is in promises.h.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/train/train.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::testing_support {

/// Quiet, on one thread, with a folder of its own.
class ModelTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  /// The model's own recipe for so many updates at the full rate, validated at the end, into folder_ / name.
  TrainOptions short_training(const std::string& name, const Trainable& model, int64_t updates) const;

  TempFolder folder_;
};

/// `config` with other values of some fields.
Json with(Json config, const Json& fields);

/// The sources of the first pairs, one after the other.
std::vector<float> slices_of(const PairSource& pairs, int64_t count = 3);

/// What the model makes of square slices, as many as there are seeds.
std::vector<float> synthesize(Synthesizer& model, const Task& task, const std::vector<float>& pixels,
                              const std::vector<uint64_t>& seeds);

/// The message with which the model refuses a slice of this size.
std::string refusal_of_slice(Synthesizer& model, const Task& task, int64_t height, int64_t width);

/// The lines of a training's log of one kind: "losses", "validation".
std::vector<Json> log_lines(const std::filesystem::path& folder, const std::string& event);

/// Peak signal-to-noise ratio of the model over all pairs; of copying the source without a model.
double psnr_on(const PairSource& pairs, const Task& task, Synthesizer* model);

/// A config.json as one writes it by hand for published weights: networks by name, in <name>.safetensors
/// where no file is named.
struct PublishedNetwork {
  std::string name, file;
};
void write_weights_config(const std::filesystem::path& folder, const std::string& method, const Json& config,
                          const std::vector<PublishedNetwork>& networks);

/// Damages a file in the least way.
void flip_last_bit(const std::filesystem::path& file);

}  // namespace synerbench::testing_support
