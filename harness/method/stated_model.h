// What a model that is not built into the program says of itself before it is asked: the READY of a program
// (docs/pipe.md), the side file of a model file (docs/models.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/core/json.h"
#include "harness/core/model.h"
#include "harness/method/stated_training.h"

namespace synerbench {

struct StatedModel {
  std::string label;                // as printed in tables
  std::string version;              // names everything that can change its answers
  std::string weights_sha256;       // 64 hex digits, or empty
  int64_t parameters = 0;           // inference parameters
  int64_t network_evaluations = 1;  // per slice
  bool deterministic = true;        // false: the result depends on the seed
  int64_t sources = 1;              // source images of a task; 0: as many as it has
  int64_t neighbors = 0;            // slices on either side
  bool volume = false;              // all slices of a case at once; neighbors is 0
  std::string canvas;               // "256:pad": no other is accepted; empty: any
  double low = -1, high = 1;        // the range of pixels, both ways
  bool trained = false;             // it says how
  StatedTraining training;
  bool operator==(const StatedModel&) const = default;

  bool usual_range() const { return low == -1 && high == 1; }
  /// Pixels in [-1, 1] to [low, high], and back, in place.
  void to_its_range(std::span<float> pixels) const;
  void from_its_range(std::span<float> pixels) const;
  /// Adds to the settings of a model what it says of its training, if it does.
  void add_training(Json& switches) const;
  /// What it wants, as the harness puts it.
  ModelInput input() const;
};

/// Error(kBadInput) at `place` for fields that are unknown or do not fit. The canvas is not read.
StatedModel read_stated_model(const Json& json, const std::string& place);

}  // namespace synerbench
