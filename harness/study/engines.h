// The order of a study's steps, for engines that know how to keep one: ninja on one machine, SLURM on a
// cluster.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/study/study.h"

namespace synerbench {

/// What a line that does one step needs: the program, the study as it was named, the folder of the study.
struct StepCall {
  std::filesystem::path program, work;
  std::string study;                   // a name, or an absolute path
  std::vector<std::string> more = {};  // words for every step, such as "-q"
  /// Where the relative paths of the study begin: suites, plug-ins, files of models. Empty: where the engine
  /// is.
  std::filesystem::path start = {};
  CommandLine words_for(const std::string& step) const;
  /// The same for a shell, from `start`.
  std::string text_for(const std::string& step) const;
};

/// A build file for ninja: one edge per step, from the stamps of what it needs to its own. Which steps are
/// finished is decided by `study step`, by identity; ninja only keeps the order.
std::string ninja_file(const Study& study, const StepCall& call);

struct NinjaRun {
  int jobs = 1;                   // steps side by side
  std::vector<std::string> only;  // these steps and what they need; empty: all
  std::string program = "ninja";
};
/// Does the steps that are not finished, through ninja, and says whether all went well; a step that failed
/// has not kept the others from being done. Several processes may do so in one folder. Error(kUsage): a step
/// that the study does not have; Error(kBadInput): ninja cannot be started; Error(kInterrupted).
bool finish_with_ninja(const Study& study, const StepCall& call, const NinjaRun& how);

/// A shell script that submits the steps that are not finished to SLURM, each with `--dependency=afterok:` on
/// those that it needs.
std::string slurm_script(const Study& study, const StepCall& call);

}  // namespace synerbench
