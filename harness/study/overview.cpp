#include "harness/study/overview.h"

#include <fmt/format.h>

#include "harness/core/file.h"
#include "harness/study/steps.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> commands_of(const StudyStep& step, const fs::path& work) {
  std::vector<std::string> lines;
  for (const StudyCommand& command : step.commands)
    lines.push_back("synerbench " + shell_text(words_in(command.words, work)));
  return lines;
}

struct StudyProgress {
  size_t done = 0, begun = 0, others = 0;
  double seconds = 0;
  std::string missing;  // a line per step
};

StudyProgress progress_of(const Study& study, const fs::path& work) {
  StudyProgress progress;
  for (const StudyStep& step : study.steps) {
    const StepStatus status = status_of(step, work);
    progress.done += status.state == StepState::kDone;
    progress.begun += status.state == StepState::kBegun;
    progress.others += status.other_program;
    if (status.stamp) progress.seconds += status.stamp->seconds;
    if (status.state != StepState::kDone)
      progress.missing += fmt::format("{:<6} {}\n", name_of(status.state), step.name);
  }
  return progress;
}

}  // namespace

std::string plan_text(const Study& study, const fs::path& work) {
  std::string text;
  for (const StudyStep& step : study.steps) {
    const StepStatus status = status_of(step, work);
    text += fmt::format("{:<6} {}{}\n", name_of(status.state), step.name,
                        status.other_program ? "   (by " + status.stamp->program + ")" : "");
    for (const std::string& line : commands_of(step, work)) text += "         " + line + "\n";
  }
  return text;
}

Json plan_json(const Study& study, const fs::path& work) {
  Json steps = Json::array();
  for (const StudyStep& step : study.steps) {
    steps.push_back({{"step", step.name},
                     {"identity", step.identity},
                     {"state", name_of(status_of(step, work).state)},
                     {"needs", step.needs},
                     {"commands", commands_of(step, work)}});
  }
  return {{"study", study.name}, {"work", work.string()}, {"steps", steps}};
}

std::string status_text(const Study& study, const fs::path& work) {
  const StudyProgress progress = progress_of(study, work);
  std::string text = fmt::format("{} of {} steps done, {} begun, {:.0f} s so far\n{}", progress.done,
                                 study.steps.size(), progress.begun, progress.seconds, progress.missing);
  if (progress.others > 0)
    text += fmt::format(
        "note: {} step{} done by another version of the program; remove a step's folder below {} to do it "
        "again\n",
        progress.others, progress.others == 1 ? " was" : "s were", (work / "steps").string());
  for (const std::string& remark : remarks_on_openings(study, work)) text += "note: " + remark + "\n";
  return text;
}

Json status_json(const Study& study, const fs::path& work) {
  const StudyProgress progress = progress_of(study, work);
  return {{"study", study.name},
          {"steps", study.steps.size()},
          {"done", progress.done},
          {"begun", progress.begun},
          {"by_another_program", progress.others},
          {"seconds", progress.seconds},
          {"remarks", remarks_on_openings(study, work)}};
}

std::vector<std::string> unfinished_steps(const Study& study, const fs::path& work) {
  std::vector<std::string> names;
  for (const StudyStep& step : study.steps) {
    if (status_of(step, work).state != StepState::kDone) names.push_back(step.name);
  }
  return names;
}

std::string study_summary(const Study& study, const fs::path& work) {
  std::string text = fmt::format("# {}\n", study.title);
  if (!study.note.empty()) text += "\n" + study.note + "\n";
  std::string reports, contrasts, missing;
  for (const StudyStep& step : study.steps) {
    if (status_of(step, work).state != StepState::kDone) {
      missing += "- " + step.name + "\n";
      continue;
    }
    const fs::path out = output_of(step, work);
    if (step.name.starts_with("report-"))
      reports += fmt::format("- {}\n", (out / "leaderboard.html").string());
    if (step.name.starts_with("contrast-"))
      contrasts += fmt::format("\n### {}\n\n{}", step.name.substr(9), read_file(out / "comparison.md"));
  }
  if (!reports.empty()) text += "\n## Reports\n\n" + reports;
  if (!contrasts.empty()) text += "\n## Contrasts\n" + contrasts;
  text += "\n## Test set\n\n";
  for (const std::string& remark : remarks_on_openings(study, work)) text += "- " + remark + "\n";
  if (!missing.empty()) text += "\n## Not finished\n\n" + missing;
  return text;
}

}  // namespace synerbench
