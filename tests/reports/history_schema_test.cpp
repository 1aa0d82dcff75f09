// history.json against its published form, schemas/history.schema.json, by a validator that knows nothing of
// the program.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "reports/history_report.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using HistoryJson = nlohmann::json;
using HistoryAdapter = valijson::adapters::NlohmannJsonAdapter;

HistoryJson read_document(const std::filesystem::path& path) {
  std::ifstream file(path);
  return HistoryJson::parse(file);
}

/// The first thing that does not fit, or "".
std::string misfit_of(const HistoryJson& document) {
  const HistoryJson text =
      read_document(std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "schemas/history.schema.json");
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(HistoryAdapter(text), schema);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, HistoryAdapter(document), &results)) return "";
  valijson::ValidationResults::Error error;
  std::string words;
  while (results.popError(error)) {
    for (const std::string& part : error.context) words += part;
    words += ": " + error.description + "\n";
  }
  return words.empty() ? "does not fit" : words;
}

/// Two tasks of eight patients, a task of five, and a model of which no case was scored.
RunInput run_at(const std::string& name, const std::string& date, double shift) {
  RunInput run = demo_run();
  run.name = name;
  run.finished = date;
  Results& r = run.results;
  const auto kept = [](const std::string& task) {
    return task == "brain-mr-to-ct" || task == "brats-t1-to-t2" || task == "brats-t2-to-t1";
  };
  std::erase_if(r.tasks, [&](const TaskRecord& t) { return !kept(t.id); });
  std::erase_if(r.models, [](const ModelRecord& m) { return m.key != "pix2pix" && m.key != "resvit"; });
  std::erase_if(r.cases, [&](const CaseRecord& c) {
    return !kept(c.task) || (c.model != "pix2pix" && c.model != "resvit");
  });
  for (CaseRecord& record : r.cases) {
    if (record.model != "pix2pix") continue;
    for (Measure& measure : record.measures) {
      if (measure.metric == "ssim" && measure.value) *measure.value -= shift;
    }
  }
  return run;
}

TEST(SchemaOfHistories, DescribesOneThatWasJustWritten) {
  RunInput other = run_at("other", "2026-05-04T00:00:00Z", 0);
  other.results.identity["store"]["sha256"] = std::string(64, 'e');
  HistoryReportOptions options;
  const TempFolder folder;
  options.out = folder / "history";
  options.plots = false;
  options.history.bootstrap.replicates = 50;
  make_history_report({run_at("a", "2026-05-01T00:00:00Z", 0), other,
                       run_at("b", "2026-05-05T00:00:00Z", 0.01), run_at("c", "2026-05-06T00:00:00Z", 0.01)},
                      options);
  const HistoryJson history = read_document(folder / "history" / "history.json");
  EXPECT_EQ(misfit_of(history), "");
  EXPECT_EQ(history["runs"].size(), 3U);
  EXPECT_EQ(history["set_apart"].size(), 1U);
  std::set<std::string> verdicts;
  for (const HistoryJson& series : history["series"]) {
    for (const HistoryJson& change : series["changes"]) verdicts.insert(change["verdict"].get<std::string>());
  }
  EXPECT_GE(verdicts.size(), 2U) << "a history in which little happens shows little";

  // It is no empty promise: what does not belong is noticed.
  for (const auto& [key, value] : history.items()) {
    HistoryJson less = history;
    less.erase(key);
    EXPECT_NE(misfit_of(less), "") << key;
  }
  HistoryJson wrong = history;
  wrong["invented"] = 1;
  EXPECT_NE(misfit_of(wrong), "");
  wrong = history;
  wrong["series"][0]["points"][0]["invented"] = 1;
  EXPECT_NE(misfit_of(wrong), "") << "a field that no schema knows";
  wrong = history;
  wrong["series"][0]["changes"][0]["verdict"] = "worse";
  EXPECT_NE(misfit_of(wrong), "");
  wrong = history;
  wrong["series"][0]["points"][0]["mean"] = "0.8";
  EXPECT_NE(misfit_of(wrong), "");
}

}  // namespace
}  // namespace synerbench
