#include "harness/study/steps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/core/provenance.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDamagedStamp = "remove the file; the step is then done again, from what is there";

fs::path stamp_of(const StudyStep& step, const fs::path& work) { return folder_of(step, work) / "done.json"; }
fs::path openings_in(const fs::path& work) { return work / "openings.jsonl"; }

std::string this_program() {
  const Json facts = build_provenance();
  return fmt::format("{} ({}{})", facts["version"].get<std::string>(), facts["commit"].get<std::string>(),
                     facts["dirty"].get<bool>() ? ", with uncommitted changes" : "");
}

/// Appends one line, whole or not at all. Where only a part of it has room, that part is taken back: it would
/// be a damaged list from then on. One process at a time, so that nobody's line is taken back with it.
void append_line(const fs::path& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string text = line + "\n";
  struct stat before {};
  bool written = file >= 0 && ::flock(file, LOCK_EX) == 0 && ::fstat(file, &before) == 0;
  int problem = errno;
  if (written) {
    const ssize_t count = ::write(file, text.data(), text.size());
    problem = count < 0 ? errno : ENOSPC;
    written = count == static_cast<ssize_t>(text.size());
    if (!written && count > 0 && ::ftruncate(file, before.st_size) != 0) problem = errno;
    if (written && ::fsync(file) != 0) written = false, problem = errno;
  }
  if (file >= 0) ::close(file);
  if (!written)
    throw input_error(path.string(), fmt::format("cannot be written ({})", std::strerror(problem)));
}

void note_opening(const Study& study, const StudyStep& step, const fs::path& work) {
  for (const TestOpening& known : test_openings(work)) {
    if (known.identity == step.identity) return;  // the same step, going on
  }
  append_line(openings_in(work), to_text(Json{{"step", step.name},
                                              {"identity", step.identity},
                                              {"contrasts_sha256", study.contrasts_sha256}},
                                         -1));
}

/// Waits until no other process holds the folder.
std::unique_ptr<FolderLock> lock_of(const StudyStep& step, const fs::path& work) {
  bool said = false;
  while (true) {
    try {
      return std::make_unique<FolderLock>(folder_of(step, work), "study step");
    } catch (const Error& error) {
      if (error.code() != ExitCode::kUsage || !folder_exists(folder_of(step, work))) throw;
    }
    if (!said) say("wait", fmt::format("{}: another process is doing it", step.name));
    said = true;
    throw_if_interrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

void write_stamp(const StudyStep& step, const fs::path& work, double seconds) {
  Json commands = Json::array();
  for (const StudyCommand& command : step.commands) commands.push_back(shell_text(command.words));
  write_json(stamp_of(step, work), Json{{"schema", "synerbench/study-step"},
                                        {"schema_version", 1},
                                        {"step", step.name},
                                        {"identity", step.identity},
                                        {"commands", commands},
                                        {"program", this_program()},
                                        {"seconds", seconds}});
}

}  // namespace

std::string name_of(StepState state) {
  return state == StepState::kDone ? "done" : state == StepState::kBegun ? "begun" : "to do";
}

fs::path folder_of(const StudyStep& step, const fs::path& work) { return work / "steps" / step.folder(); }
fs::path output_of(const StudyStep& step, const fs::path& work) { return folder_of(step, work) / step.name; }

StepStatus status_of(const StudyStep& step, const fs::path& work) {
  StepStatus status;
  const fs::path stamp = stamp_of(step, work);
  if (!path_exists(stamp)) {
    if (path_exists(folder_of(step, work))) status.state = StepState::kBegun;
    return status;
  }
  const Json json = read_json(stamp);
  JsonObject object(json, stamp.string(), "", ExitCode::kBadInput, kDamagedStamp);
  object.choice("schema", {"synerbench/study-step"});
  object.integer("schema_version", 1, 1);
  if (const std::string identity = object.text("identity"); identity != step.identity)
    throw object.error("identity", "is that of another step", kDamagedStamp);
  status.state = StepState::kDone;
  status.stamp = StepStamp{object.number("seconds"), object.text("program")};
  status.other_program = status.stamp->program != this_program();
  return status;
}

std::vector<TestOpening> test_openings(const fs::path& work) {
  std::vector<TestOpening> openings;
  const fs::path path = openings_in(work);
  if (!path_exists(path)) return openings;
  const std::string text = read_file(path);
  size_t begin = 0;
  for (int line = 1; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string place = fmt::format("{}:{}", path.string(), line);
    const Json json = parse_json(std::string_view(text).substr(begin, end - begin), place);
    JsonObject object(json, place, "", ExitCode::kBadInput,
                      "the list of openings is damaged; keep it from a backup");
    openings.push_back({object.text("step"), object.text("identity"), object.text("contrasts_sha256")});
    begin = end + 1;
  }
  return openings;
}

std::vector<std::string> remarks_on_openings(const Study& study, const fs::path& work) {
  const std::vector<TestOpening> openings = test_openings(work);
  std::vector<std::string> remarks, unlisted;
  for (const StudyStep& step : study.steps) {
    const bool listed = std::ranges::any_of(
        openings, [&](const TestOpening& opening) { return opening.identity == step.identity; });
    if (step.opens_test && !listed && status_of(step, work).state == StepState::kDone)
      unlisted.push_back(step.name);
  }
  if (!unlisted.empty()) {
    remarks.push_back(fmt::format("{} lacks lines: {} opened the test set and {} not in it",
                                  openings_in(work).string(), fmt::join(unlisted, ", "),
                                  unlisted.size() == 1 ? "is" : "are"));
  }
  if (openings.empty()) {
    if (unlisted.empty()) remarks.push_back("the test set was not opened yet");
    return remarks;
  }
  remarks.push_back(fmt::format(
      "models met the test set {} time{}: every run of a model on a test split counts, those of earlier "
      "versions of the study, too",
      openings.size(), openings.size() == 1 ? "" : "s"));
  size_t later = 0;
  for (const TestOpening& opening : openings) later += opening.contrasts_sha256 != study.contrasts_sha256;
  if (later > 0) {
    remarks.push_back(
        fmt::format("the contrasts were changed after the test set was opened: {} opening{} came before they "
                    "were what they are "
                    "now. Their p values are those of questions asked afterwards.",
                    later, later == 1 ? "" : "s"));
  }
  return remarks;
}

ExitCode do_step(const Study& study, const std::string& name, const fs::path& work,
                 const std::function<ExitCode(const CommandLine&)>& run) {
  const StudyStep& step = step_named(study, name);
  for (const std::string& needed : step.needs) {
    if (status_of(step_named(study, needed), work).state == StepState::kDone) continue;
    throw usage_error(name, fmt::format("step \"{}\", which it builds on, is not finished", needed),
                      "synerbench study run does all steps in their order");
  }
  const auto lock = lock_of(step, work);
  if (status_of(step, work).state == StepState::kDone) return ExitCode::kOk;
  const auto begin = std::chrono::steady_clock::now();
  if (step.opens_test) note_opening(study, step, work);
  for (const StudyCommand& command : step.commands) {
    throw_if_interrupted();
    const bool resumed = !command.resumes_from.empty() &&
                         path_exists(fs::path(words_in({command.resumes_from}, work).front()));
    const CommandLine words = words_in(resumed ? command.resumed : command.words, work);
    say("study", fmt::format("{}: synerbench {}", step.name, shell_text(words)));
    const ExitCode code = run(words);
    if (code != ExitCode::kOk) return code;
  }
  write_stamp(step, work, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  return ExitCode::kOk;
}

}  // namespace synerbench
