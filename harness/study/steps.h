// Doing the steps of a study: which are finished, how one is done, how often the test set was opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/json.h"
#include "harness/study/study.h"

namespace synerbench {

enum class StepState { kToDo, kBegun, kDone };
std::string name_of(StepState state);  // "to do", "begun", "done"

/// What a step's stamp says; it is written last, so a step with a stamp is whole.
struct StepStamp {
  double seconds = 0;   // of the call that finished it
  std::string program;  // version and commit that did it
};

struct StepStatus {
  StepState state = StepState::kToDo;
  std::optional<StepStamp> stamp;  // of a finished step
  bool other_program = false;      // finished by another version than this program
};

/// Error(kBadInput) for a stamp that is damaged or belongs to another step.
StepStatus status_of(const StudyStep& step, const std::filesystem::path& work);

/// The folder of a step below `work`, and in it that of what the step makes.
std::filesystem::path folder_of(const StudyStep& step, const std::filesystem::path& work);
std::filesystem::path output_of(const StudyStep& step, const std::filesystem::path& work);

/// One time that models met a test set: written before the first score of a step is made.
struct TestOpening {
  std::string step, identity, contrasts_sha256;
};
/// In the order in which they happened. Error(kBadInput) for a damaged line.
std::vector<TestOpening> test_openings(const std::filesystem::path& work);
/// "the test set was opened 14 times ..." and, where it is so, that the contrasts have changed since the
/// first.
std::vector<std::string> remarks_on_openings(const Study& study, const std::filesystem::path& work);

/// Does a step that is not finished, and stamps it. Another process that does the same step is waited for.
/// `run` carries out the words of a verb. The code of the first command that does not end well, else kOk;
/// then the step is left as it is, to go on from. Error(kUsage) when a step that it needs is not finished.
ExitCode do_step(const Study& study, const std::string& name, const std::filesystem::path& work,
                 const std::function<ExitCode(const CommandLine&)>& run);

}  // namespace synerbench
