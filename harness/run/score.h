// Scores a folder of predictions that anything may have made, exactly as run scores its models.
//
// Note [Which file is which case] For a task the files are looked for in <folder>/<task id>/, or in <folder>
// itself when only one task is scored. Below that, a file stands for a case when its path without the ending
// is
//   <dataset>/<case>       the case id. So run --keep-predictions writes it: its folder predictions/<model>
//                          can be scored as it is
//   <dataset>_<case>       the same with "_" for "/"
//   <case>                 when no other planned case of the task has that name
// Endings: .safetensors (tensor "prediction", or the only one; F32 or I16; [D, H, W] as in the store), and
// those of the image reader (.nii, .nii.gz, .mha). A folder named so, or a .zip, is a DICOM series (dicom.h):
// its files are those that are DICOM by their name, or that have a name of no known kind ("IM0001").
// A folder with a predictions.json is one of
// grand-challenge.org: see grand_challenge.h. Values are in the target's physical unit: HU, SUV, or for
// MR the reference's own units.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/data/volume.h"
#include "harness/run/execute.h"

namespace synerbench {

struct ScoreOptions {
  std::string suite;
  std::filesystem::path store;
  std::filesystem::path predictions;  // a folder, or a zip of one
  /// Of several outputs in the layout of grand-challenge.org (grand_challenge.h), the one that is scored.
  std::string output_slug;
  std::vector<std::string> tasks;  // ids or patterns; empty: all of the suite
  // the model's key and label in tables: any printable text, see parse_model_name()
  std::string name = "predictions";
  std::filesystem::path info;  // what the tables say about the model, see outside_model.h; empty: nothing
  int64_t max_cases = 0;
  std::filesystem::path out;
  int threads = 0;      // 0: all cores
  bool resume = false;  // go on in `out` after a kill; the files must be the same
  // image files on another grid: resample (declared in the identity) instead of failing
  bool resample = false;

  /// Reads .nii, .nii.gz, .mha and DICOM series (volume_io.h); empty in builds without ITK: only .safetensors
  /// is understood then.
  std::function<Volume(const std::filesystem::path&)> read_image;
  /// The grid that such a file's header promises; with it, files on another grid fail before a voxel is read.
  std::function<Geometry(const std::filesystem::path&)> read_grid;
  /// What its writer has noted in the header (gate.h); with it, MR that synth has made is refused: its values
  /// have no scale.
  std::function<std::string(const std::filesystem::path&)> read_note;
  /// Onto the reference's grid, `outside` beyond the image; needed for `resample` only.
  std::function<Volume(const Volume&, const Geometry& grid, float outside)> resample_image;
};

struct ScoreOutcome {
  RunOutcome run;
  std::vector<std::string> missing;  // "<task> <case>": no file. Such a case is failed, not left out
  // "<task> <case>: a, b": several files. Failed too: which one is meant is unknown
  std::vector<std::string> duplicates;
  std::vector<std::string> extra;  // files that stand for no planned case, below the folder
};

/// Note [No canvas] Predictions are scored on the grid of the reference, so there is no canvas to be told:
/// the identity says null for it, and such a run stands beside every run of the suite's tasks
/// (require_same_tasks).
///
/// Leaves a run folder in `out`, and predictions.csv: task, case, file, SHA-256 of every file that was scored
/// (of a series: sha256_of_image). The hash of that list is the model's weights_sha256. A prediction on
/// another grid, of another shape, with values that are not finite, unreadable, or changed while it was
/// scored is a failed case with the reason. Grids and shapes are compared by the header, before any voxel is
/// read. Error(kUsage): no file at all for any case, or no such folder.
ScoreOutcome score(const ScoreOptions& options, const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
