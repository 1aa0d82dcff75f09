// Training pairs of a store as files that anything reads: for those who train elsewhere and bring predictions
// back.
//
//   OUT/<task>/export.json    what it is: suite, store, split, canvas, sources, target, how values are coded
//   OUT/<task>/pairs.csv      a line per pair (NIfTI: per case), with its files, case, patient, slice and
//                             intensity maps
//   OUT/<task>/<dataset>/...  the files
//
// pairs.csv is written last: a folder that has one is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/data/canvas.h"
#include "harness/data/slice_store.h"
#include "harness/data/volume.h"
#include "metrics/protocol.h"

namespace synerbench {

enum class PairFormat {
  // a file per case: source [n, sources, depth, side, side] and target [n, 1, side, side], F32 in [-1, 1];
  // mask [n, 1, side, side], U8; slice [n], I64
  kSafetensors,
  kPng,    // a file per image, 16-bit gray: 0 is -1, 65535 is 1; masks 8-bit, 0 and 255. No slabs
  kNifti,  // whole volumes on their own grid, physical values; no canvas, all slices
};
std::string name_of(PairFormat format);  // "safetensors" "png" "nifti"
/// Error(kUsage) with "did you mean".
PairFormat parse_pair_format(const std::string& name);

struct ExportOptions {
  std::string suite;
  std::filesystem::path store, out;
  std::vector<std::string> tasks;  // ids or patterns; empty: all of the suite that the store has
  std::optional<Canvas> canvas;    // instead of the suite's
  Split split = Split::kTrain;
  PairFormat format = PairFormat::kSafetensors;
  int64_t neighbors = 0;  // slices on either side; safetensors only
  int64_t max_cases = 0;  // only the first of each task; 0: all
  /// Writes an image file (volume_io.h); empty in builds without ITK: NIfTI is refused then.
  std::function<void(const std::filesystem::path&, const Volume&, bool mask)> write_image;
};

struct ExportOutcome {
  int64_t tasks = 0, cases = 0, pairs = 0;  // of NIfTI, pairs are slices
};

/// The pairs are those that train learns from: the same slices, intensity maps and canvas. Error(kUsage): no
/// such task, a task without pairs, a folder that holds such an export, a format that cannot do what is
/// asked. Error(kBadInput): damaged store, full disk. Interrupts stop it between two cases.
ExportOutcome export_pairs(const ExportOptions& options,
                           const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
