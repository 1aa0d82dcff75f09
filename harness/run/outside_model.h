// What a person says about a model whose predictions are scored (score --info model.json), so that it stands
// in every table beside those that were run: size, training, time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/model.h"
#include "harness/core/schema.h"
#include "harness/method/stated_training.h"

namespace synerbench {

struct OutsideModel {
  std::string label;  // empty: as the run names it
  int64_t parameters = 0;
  int64_t network_evaluations = 0;
  bool deterministic = true;
  double seconds_per_slice = 0;  // of inference; 0: not said
  std::string device;            // that these were measured on
  Json settings = Json::object();
  bool trained = false;  // `training` was given
  StatedTraining training;
};

/// Reads such a file. Error(kUsage) with file and place for what does not fit, Error(kBadInput) when it is no
/// JSON.
OutsideModel read_outside_model(const std::filesystem::path& file);
/// Its fields, for documents and help.
std::vector<FieldInfo> outside_model_fields();

/// What the tables are told: switches that hold the settings, and the training as weights of `train` say it.
/// `label` is that of the run.
ModelInfo info_of(const OutsideModel& model, const std::string& label);

}  // namespace synerbench
