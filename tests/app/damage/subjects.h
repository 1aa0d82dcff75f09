// What is damaged: every file that the program reads, with the command that reads it.
#pragma once

#include <string>
#include <vector>

#include "tests/app/damage/program.h"

namespace synerbench::damage {

/// What a file is, for the kinds of damage that only such files can have.
enum Trait : unsigned {
  kText = 1,
  kJson = 2,
  kNifti = 4,
  kGzip = 8,
  kMeta = 16,
  kTensors = 32,  // safetensors
  kCsv = 64,
  kLines = 128,  // a journal
  kDicom = 256,  // one slice of a series
  kPet = 512,    // a DICOM slice from which SUV are made
  kZip = 1024,
};

inline constexpr const char* kWhatItSays = "-";

/// One file and the call that reads it: a row of the table.
struct Subject {
  std::string name;     // in the table
  std::string fixture;  // folder that is copied
  std::string file;     // in it
  Words words;          // the command
  // files and folders it leaves, compared with those of the undamaged call; kWhatItSays: also its output
  Words results;
  unsigned traits = 0;
  std::string sibling = {};  // exchanged with the file in "two files swapped"
  std::string stale = {};    // of another run; takes the file's place
  /// Why a changed file may be another sound file: who vouches for it, and where it is written down what was
  /// read. Empty: every change has to be noticed.
  std::string open = {};
  bool recovers = false;  // a documented rule mends some damage
  bool refused_anyway = false;
  /// What a message may name instead of the file: the folder of a series, when a slice of it is not there.
  std::string named_by = {};
};

/// All of them. The folders that they lie in are made by fixtures.h.
std::vector<Subject> subjects();

/// Fixtures that only a program with LibTorch can make or read.
bool wants_torch(const Subject& subject);

}  // namespace synerbench::damage
