// Studies: an experiment as data. One file says which store, which trainings from which seeds, which
// evaluations and which contrasts; from it follow the steps, each with the words of the verbs that do it.
//
//     {"schema": "synerbench/study", "schema_version": 1, "name": "pix2pix-or-not", "title": "...",
//      "store": {"phantom": ["--size", "tiny"], "imports": [{"layout": "brats", "tree": "brats2021"}]},
//      "suite": "quick", "canvas": "64:pad",
//      "methods": [{"name": "pix2pix", "model": "pix2pix", "config": {"preset": "tiny"}, "budget":
//        "seconds:60",
//                   "seeds": [1, 2, 3]}],
//      "evaluations": [{"name": "main", "models": ["mean", "monotone"], "trained": ["pix2pix"]}],
//      "contrasts": [{"name": "over monotone", "evaluation": "main", "candidate": "pix2pix", "baseline":
//        "monotone"}]}
//
// Note [Identity of a step] A step's identity is the SHA-256 of the words of its commands, in which the steps
// that it builds on appear with their own identities, and of the suite and store that it reads. Its folder
// bears it. So a change in the file makes new steps of what it touches and of all that follows, and leaves
// the others finished. The program's version is not part of it: the stamp of a finished step has it, and
// `study status` names steps that another version made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/command_line.h"
#include "harness/core/json.h"
#include "metrics/protocol.h"

namespace synerbench {

struct Suite;

/// What models and methods there are: who calls knows the tables. Each throws Error(kUsage) for what the
/// program does not know; its problem and hint come out with the place in the study. Empty: not looked at.
struct StudyTables {
  std::function<void(const std::string& text, const Suite& suite)> model;  // as run --model takes it
  std::function<void(const std::string& name)> method;                     // as train --model takes it
};

/// A folder below which a study keeps everything, in the words of a step's commands.
inline constexpr const char* kStudyFolder = "${work}";

struct StudyCommand {
  CommandLine words;
  // Where this file is there, an earlier call got so far, and these words go on from it.
  std::string resumes_from = {};
  CommandLine resumed = {};
};

/// One step. What it makes lies in ${work}/steps/<folder>/<name>: reports call a run by the name of its
/// folder.
struct StudyStep {
  std::string name;  // "train-pix2pix-s1", unique in the study
  // names of steps that must be finished before; they come earlier in the list
  std::vector<std::string> needs;
  std::vector<StudyCommand> commands;
  std::string identity;     // see Note [Identity of a step]
  bool opens_test = false;  // scores models on the split that a suite keeps for the test

  std::string folder() const { return name + "-" + identity.substr(0, 12); }
  /// "${work}/steps/<folder>/<name>"
  std::string out() const;
};

struct Study {
  std::string name, title, note;
  std::vector<StudyStep> steps;          // in an order in which they can be done
  std::vector<std::string> slurm;        // options of sbatch for every step
  std::string contrasts_sha256;          // of the contrasts as the file has them
  std::vector<std::string> evaluations;  // names
};

/// Reads a study and works out its steps. A path to a .json file, or the name of a study that comes with the
/// program (studies/<name>.json). Error(kUsage) with file, JSON path, seen and wanted: an unknown field,
/// method, evaluation, suite, task, metric or model, a name that is no name ([a-z0-9._-]), a circle of
/// methods, a seed twice, a contrast of a model with itself, a store that cannot be opened.
Study load_study(const std::string& name_or_path, const ProtocolTable& protocols,
                 const StudyTables& tables = {});
std::vector<std::string> embedded_study_names();

/// The words with ${work} replaced.
CommandLine words_in(const CommandLine& words, const std::filesystem::path& work);

/// Error(kUsage) with "did you mean" when there is no step of that name.
const StudyStep& step_named(const Study& study, const std::string& name);

}  // namespace synerbench
