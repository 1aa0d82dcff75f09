// Kinds of damage: what disks, copies, people and other programs do to a file.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/random.h"
#include "tests/app/damage/subjects.h"

namespace synerbench::damage {

/// Damaged forms of one file's bytes.
using Variants = std::vector<std::string>;

/// A file in its folder, and the folder that holds files of other runs.
struct Site {
  std::filesystem::path file, folder, stale;
};

/// One kind: a row of the table. Either `bytes` or `place` is there.
struct Damage {
  std::string name;
  unsigned needs = 0;  // traits, all of them
  /// Damaged forms of the sound bytes; none where the kind does not apply.
  std::function<Variants(const std::string& bytes, const Subject&, Random&)> bytes = {};
  /// Or what is done to the file in its folder. False: does not apply.
  std::function<bool(const Site& site, const Subject&)> place = {};
};

/// All of them, in the order of the table.
std::vector<Damage> damages();

/// The parts that damages() is put together from: of any bytes, of a file's place in its folder, of text and
/// JSON, of images, of DICOM and archives, of tensors, of lists and journals.
std::vector<Damage> damages_of_bytes();
std::vector<Damage> damages_of_places();
std::vector<Damage> damages_of_text();
std::vector<Damage> damages_of_json();
std::vector<Damage> damages_of_images();
std::vector<Damage> damages_of_dicom();
std::vector<Damage> damages_of_zip();
std::vector<Damage> damages_of_tensors();
std::vector<Damage> damages_of_lines();

}  // namespace synerbench::damage
