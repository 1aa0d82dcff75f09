// Trainings of the smallest model that uses the whole loop, and what they leave.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/train/train.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"
#include "tests/train/tiny_model.h"

namespace synerbench::testing_support {

inline const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// Everything a finished training leaves, as bytes.
struct Result {
  std::string network, helper, config, log;
  bool operator==(const Result&) const = default;
};
inline Result result_in(const std::filesystem::path& folder) {
  return {read_file(folder / "N.safetensors"), read_file(folder / "H.safetensors"),
          read_file(folder / "config.json"), read_file(folder / "log.jsonl")};
}

inline std::vector<Json> log_of(const std::filesystem::path& folder, const std::string& event) {
  std::vector<Json> lines;
  const std::string text = read_file(folder / "log.jsonl");
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    Json line = parse_json(text.substr(begin, end - begin), "log");
    if (line.at("event") == event) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

class TrainFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() { set_quiet(true); }

  /// 6 pairs in batches of 4: 2 updates per epoch, the second one of 2 pairs.
  TrainOptions options(const std::string& name, int64_t constant = 6, int64_t decay = 0) const {
    TrainOptions options;
    options.task = kTask;
    options.folder = folder_ / name;
    options.seed = 5;
    options.recipe.constant = constant;
    options.recipe.decay = decay;
    options.recipe.batch = 4;
    options.recipe.augmentation = Augmentation::kJitter;
    options.recipe.ema_decay = 0.5;
    options.recipe.validate_every = 2;
    options.log_every = 5;
    return options;
  }
  TrainReport run(const TrainOptions& options, const TinyModelHooks& hooks = {}) {
    const auto model = make_tiny_model(hooks);
    return train(options, *model, pairs_, validation_);
  }
  /// Stops at update `at` as a crash would: nothing is written after it.
  void crash(const TrainOptions& options, int64_t at) {
    TinyModelHooks hooks;
    hooks.before_update = [at](int64_t update) {
      if (update == at) throw std::runtime_error("crash");
    };
    EXPECT_THROW(run(options, hooks), std::runtime_error);
  }

  TempFolder folder_;
  SyntheticPairs pairs_{6, 32, 1}, validation_{4, 32, 2};
  const SyntheticPairs none_{0, 32, 3};
};

}  // namespace synerbench::testing_support
