// A model's scores in the form in which the Hugging Face Hub takes evaluation results: YAML files in the
// folder .eval_results of the model's repository there. schemas/eval-results.schema.json holds the form.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"

namespace synerbench {

/// What the form asks for and no run knows.
struct EvalResultsChoice {
  std::string dataset;   // id of the benchmark there: "owner/name"
  std::string model;     // key; empty where there is one model alone
  std::string revision;  // of the benchmark's repository: 40 hex digits; empty: not said
  std::string date;      // of the evaluation: "2026-05-31", or with time; empty: that of the commit there
  std::string source_url, source_name, source_user,
      source_org;  // where the numbers come from; empty: not said
};

struct EvalResults {
  std::string file;                   // ".eval_results/name.yaml"
  std::string yaml;                   // an entry per task, under the board's main metric; nothing is rounded
  std::vector<std::string> left_out;  // "<task>: 11 of 12 cases have a value": not entered
};

/// A task counts where the model is complete in it: a mean over fewer cases is no result of the benchmark.
/// With several tasks their average follows, as task "all". `notes` name metric, protocol, suite, the number
/// of patients, the interval, and whether patients are simulated. Error(kUsage) with the option's name for
/// what is no id, date, address or model, or when no task is complete.
EvalResults eval_results(const Leaderboard& board, const EvalResultsChoice& choice);

}  // namespace synerbench
