// A study as people look at it: what it will do, how far it is, what came out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/study/study.h"

namespace synerbench {

/// Every step with its state and its commands, as they would be typed.
std::string plan_text(const Study& study, const std::filesystem::path& work);
/// {"study", "work", "steps": [{"step", "identity", "state", "needs", "commands"}]}
Json plan_json(const Study& study, const std::filesystem::path& work);

/// How many steps are done, which are not, and how often the test set was opened.
std::string status_text(const Study& study, const std::filesystem::path& work);
/// {"study", "steps", "done", "begun", "by_another_program", "seconds", "remarks"}
Json status_json(const Study& study, const std::filesystem::path& work);

/// Names, in the order of the steps.
std::vector<std::string> unfinished_steps(const Study& study, const std::filesystem::path& work);

/// What the report steps and contrasts of a study have left so far, and what is missing, as Markdown.
std::string study_summary(const Study& study, const std::filesystem::path& work);

}  // namespace synerbench
