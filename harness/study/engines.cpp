#include "harness/study/engines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <map>

#include "harness/core/child_process.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/study/steps.h"

namespace synerbench {
namespace {

/// In a ninja file: "$", blanks and colons of a path.
std::string ninja_path(const std::string& path) {
  std::string text;
  for (const char c : path) text += (c == '$' || c == ' ' || c == ':' ? "$" : "") + std::string(1, c);
  return text;
}

/// In a ninja command: only "$".
std::string ninja_value(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == '$' ? "$$" : std::string(1, c);
  return text;
}

std::string stamp_path(const StudyStep& step, const std::filesystem::path& work) {
  return (folder_of(step, work) / "done.json").string();
}

}  // namespace

CommandLine StepCall::words_for(const std::string& step) const {
  CommandLine words{program.string(), "study", "step"};
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {study, step, "--work", work.string()});
  return words;
}

std::string StepCall::text_for(const std::string& step) const {
  const std::string text = shell_text(words_for(step));
  return start.empty() ? text : fmt::format("cd {} && {}", shell_word(start.string()), text);
}

std::string ninja_file(const Study& study, const StepCall& call) {
  std::string text =
      "# Written by synerbench study run; a change here is lost.\nninja_required_version = 1.3\n"
      "rule step\n  command = $words\n  description = $name\n\n";
  std::string all;
  for (const StudyStep& step : study.steps) {
    const std::string stamp = ninja_path(stamp_path(step, call.work));
    text += "build " + stamp + ": step";
    for (const std::string& needed : step.needs)
      text += " " + ninja_path(stamp_path(step_named(study, needed), call.work));
    text += fmt::format("\n  name = {}\n  words = {}\n", ninja_value(step.name),
                        ninja_value(call.text_for(step.name)));
    text += fmt::format("build {}: phony {}\n", ninja_path(step.name), stamp);
    all += " " + ninja_path(step.name);
  }
  return text + "build all: phony" + all + "\ndefault all\n";
}

std::string slurm_script(const Study& study, const StepCall& call) {
  std::string text = fmt::format(
      "#!/usr/bin/env bash\n# Written by synerbench study run --engine slurm: submits what is not finished "
      "of the study "
      "{}.\n# Every step can be done again; a step that fails keeps those behind it waiting, and SLURM says "
      "so.\n"
      "set -euo pipefail\n",
      study.name);
  std::map<std::string, size_t> jobs;
  for (const StudyStep& step : study.steps) {
    if (status_of(step, call.work).state == StepState::kDone) continue;
    std::string after;
    for (const std::string& needed : step.needs) {
      if (const auto job = jobs.find(needed); job != jobs.end())
        after += fmt::format("{}$job{}", after.empty() ? "--dependency=afterok:" : ":", job->second);
    }
    const size_t number = jobs.size() + 1;
    jobs[step.name] = number;
    text += fmt::format("job{}=$(sbatch --parsable --kill-on-invalid-dep=yes --job-name={}", number,
                        shell_word(study.name + "/" + step.name));
    for (const std::string& option : study.slurm) text += " " + shell_word(option);
    if (!after.empty()) text += " \"" + after + "\"";
    text += fmt::format(" --wrap {})\n", shell_word(call.text_for(step.name)));
  }
  return text + fmt::format("echo \"{} step{} submitted\"\n", jobs.size(), jobs.size() == 1 ? "" : "s");
}

namespace {

/// Also when there was no room for what should lie in it.
struct RemovedAtTheEnd {
  std::filesystem::path folder;
  ~RemovedAtTheEnd() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
};

}  // namespace

bool finish_with_ninja(const Study& study, const StepCall& call, const NinjaRun& how) {
  CommandLine words{"-f", "build.ninja", "-j", std::to_string(how.jobs), "-k", "0"};
  for (const std::string& name : how.only) words.push_back(step_named(study, name).name);
  // A file and a log of its own: several processes may work on one study.
  const std::filesystem::path orders = call.work / "orders";
  const std::filesystem::path order = orders / fmt::format("{}{}", kTemporaryPrefix, ::getpid());
  remove_temporary_files(orders);
  const FolderLock mine(order, "study");
  const RemovedAtTheEnd removed{order};
  write_file(order / "build.ninja", ninja_file(study, call));
  const int code = run_program(how.program, words, order);
  if (code < 0)
    throw input_error(how.program, "cannot be started",
                      "install it (Debian: ninja-build), or use --engine slurm");
  throw_if_interrupted();
  return code == 0;
}

}  // namespace synerbench
