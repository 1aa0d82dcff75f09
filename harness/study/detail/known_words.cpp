#include "harness/study/detail/known_words.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench::detail {

void require_tasks(const JsonObject& object, const std::string& key, const Suite& suite,
                   const std::vector<std::string>& patterns) {
  std::vector<std::string> known;
  for (const SuiteQuestions& questions : suite.questions) known.push_back(questions.kind);
  for (const SuiteTask& task : suite.tasks) {
    if (suite.questions.empty()) known.push_back(task.task.id);
  }
  for (const std::string& pattern : patterns) {
    const bool matches = std::any_of(known.begin(), known.end(), [&](const std::string& id) {
      return fnmatch(pattern.c_str(), id.c_str(), 0) == 0;
    });
    if (matches) continue;
    throw object.error(key, fmt::format("the suite {} has no task \"{}\"", suite.name, pattern),
                       did_you_mean(pattern, known));
  }
}

void require_metric(const JsonObject& object, const std::string& key, const Suite& suite,
                    const ProtocolTable& protocols, const std::string& metric) {
  if (metric.empty()) return;
  std::vector<std::string> known;
  for (const std::string& id : suite.protocols) {
    for (const MetricInfo& info : protocols.at(id).info.metrics) {
      for (const std::string& name : {info.name, id + "/" + info.name}) {
        if (name == metric) return;
        if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
      }
    }
  }
  throw object.error(key, fmt::format("the suite {} does not measure \"{}\"", suite.name, metric),
                     did_you_mean(metric, known));
}

}  // namespace synerbench::detail
