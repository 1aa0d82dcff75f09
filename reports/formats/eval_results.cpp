#include "reports/formats/eval_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "harness/core/error.h"
#include "harness/core/json.h"

namespace synerbench {
namespace {

void require_form(const std::string& text, const char* option, const char* form, const char* wanted) {
  constexpr size_t kLongest = 500;
  if (text.empty() || (text.size() <= kLongest && std::regex_match(text, std::regex(form)))) return;
  throw usage_error(option, fmt::format("\"{}\" is not what is wanted", printable(text)), wanted);
}

void check(const EvalResultsChoice& choice) {
  if (choice.dataset.empty())
    throw usage_error("--dataset", "no benchmark is named",
                      "the id of its data set there: --dataset OWNER/NAME");
  require_form(choice.dataset, "--dataset", "[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*",
               "the id of a data set there: OWNER/NAME");
  require_form(choice.revision, "--revision", "[0-9a-f]{40}", "40 of the digits 0-9 and a-f: a commit");
  require_form(choice.date, "--date",
               "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
               "(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
               "a date, 2026-05-31, or one with time, 2026-05-31T12:00:00Z");
  require_form(choice.source_url, "--source-url", "https?://[^\\s\"]+", "an address: https://...");
  for (const auto& [option, name] :
       {std::pair{"--source-user", &choice.source_user}, {"--source-org", &choice.source_org}})
    require_form(*name, option, "[A-Za-z0-9][A-Za-z0-9._-]*", "the name of an account there");
  if (printable(choice.source_name) != choice.source_name)
    throw usage_error("--source-name", "holds what cannot be printed", "write plain text");
  const bool named = !choice.source_name.empty() || !choice.source_user.empty() || !choice.source_org.empty();
  if (named && choice.source_url.empty())
    throw usage_error("--source-url", "is missing", "the form wants an address for every source");
}

size_t chosen_model(const Leaderboard& board, const std::string& key) {
  std::vector<std::string> keys;
  for (const ReportedModel& model : board.models()) keys.push_back(model.key);
  if (key.empty() && keys.size() == 1) return 0;
  if (key.empty())
    throw usage_error("--model", fmt::format("the runs hold {} models, and none is named", keys.size()),
                      "a repository there is of one model: --model " + keys.front());
  const auto at = std::find(keys.begin(), keys.end(), key);
  if (at == keys.end())
    throw usage_error("--model", fmt::format("no model \"{}\" in the runs", printable(key)),
                      did_you_mean(key, keys));
  return static_cast<size_t>(at - keys.begin());
}

/// A text in double quotes, which YAML reads as JSON does.
std::string quoted(const std::string& text) { return to_text(Json(text), -1); }

/// A number that is one for every reader: YAML 1.1 takes "1e-05" for a text, and "1.0e-05" for a number.
std::string number(double value) {
  std::string text = to_text(Json(value), -1);
  if (text.find('.') == std::string::npos) {
    const size_t exponent = text.find('e');
    text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
  }
  return text;
}

std::string entry(const EvalResultsChoice& choice, const std::string& task, double value,
                  const std::string& notes) {
  std::string text =
      fmt::format("- dataset:\n    id: {}\n    task_id: {}\n", quoted(choice.dataset), quoted(task));
  const auto field = [&](const char* indent, const char* name, const std::string& given) {
    if (!given.empty()) text += fmt::format("{}{}: {}\n", indent, name, quoted(given));
  };
  field("    ", "revision", choice.revision);
  text += fmt::format("  value: {}\n", number(value));
  field("  ", "date", choice.date);
  if (!choice.source_url.empty()) {
    text += "  source:\n";
    field("    ", "url", choice.source_url);
    field("    ", "name", choice.source_name);
    field("    ", "user", choice.source_user);
    field("    ", "org", choice.source_org);
  }
  field("  ", "notes", notes);
  return text;
}

/// "SSIM body under synermed-2d@2, mean over 12 patients, 95 % interval [0.98, 0.99], suite quick, simulated
/// patients".
std::string notes_of(const Leaderboard& board, const std::string& over,
                     const std::optional<Interval>& interval) {
  const MetricBoard& main = board.main();
  std::string text =
      fmt::format("{}{} under {}, mean over {}", main.metric.label,
                  main.metric.unit.empty() ? "" : " in " + main.metric.unit, main.protocol.id, over);
  if (interval)
    text += fmt::format(", {:g} % interval [{:.{}f}, {:.{}f}]", 100 * board.bootstrap.confidence,
                        interval->low, main.metric.decimals, interval->high, main.metric.decimals);
  const Json& identity = board.runs.shared_identity;
  if (identity.contains("suite") && identity["suite"].is_object() && identity["suite"].contains("name") &&
      identity["suite"]["name"].is_string())
    text += ", suite " + identity["suite"]["name"].get<std::string>();
  if (!simulated_data(board.runs).empty()) text += ", simulated patients";
  return text;
}

}  // namespace

EvalResults eval_results(const Leaderboard& board, const EvalResultsChoice& choice) {
  check(choice);
  const size_t model = chosen_model(board, choice.model);
  EvalResults results;
  results.file = fmt::format(".eval_results/{}.yaml", choice.dataset.substr(choice.dataset.find('/') + 1));
  const MetricBoard& main = board.main();
  for (const TaskBoard& task : main.tasks) {
    const std::string& id = board.tasks()[task.task].id;
    const Summary& s = task.row_of(model).summary;
    if (!s.complete || !s.mean) {
      results.left_out.push_back(fmt::format("{}: {} of {} cases have a value", id, s.scored, s.planned));
      continue;
    }
    const size_t patients = s.patients.size();
    results.yaml +=
        entry(choice, id, *s.mean,
              notes_of(board, fmt::format("{} patient{}", patients, patients == 1 ? "" : "s"), s.interval));
  }
  if (results.yaml.empty())
    throw usage_error("--model",
                      fmt::format("no task is complete, the first is {}",
                                  results.left_out.empty() ? "not there" : results.left_out.front()),
                      "a result needs a value for every case of a task");
  if (main.tasks.size() > 1 && !main.averages.empty()) {
    const AverageRow& row = main.averages.back().row_of(model);
    if (row.complete && row.mean)
      results.yaml +=
          entry(choice, "all", *row.mean, notes_of(board, fmt::format("{} tasks", row.tasks), row.interval));
  }
  return results;
}

}  // namespace synerbench
