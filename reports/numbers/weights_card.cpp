#include "reports/numbers/weights_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/lineage.h"
#include "harness/run/identity.h"
#include "reports/numbers/leaderboard.h"

namespace synerbench {
namespace {

constexpr const char* kSchema = "synerbench/weights-card";
constexpr int64_t kVersion = 1;
constexpr const char* kDamagedCard = "the file is damaged; copy the weights folder again";

/// Whether a model's record names these weights. Where its info differs between tasks it is held per task.
bool names_weights(const Json& info, const std::string& sha256) {
  if (!info.is_object()) return false;
  const auto own = info.find("weights_sha256");
  if (own != info.end() && own->is_string()) return own->get<std::string>() == sha256;
  return std::any_of(info.begin(), info.end(),
                     [&](const Json& inner) { return names_weights(inner, sha256); });
}

struct Scores {
  std::string suite, store_sha256, protocol, metric;
  size_t patients = 0;  // most of a task
  std::map<std::string, double> tasks;
};

struct Card {
  std::string name, method, weights_sha256;
  bool zero_shot = false;
  Scores expected;
};

Card read_card(const std::filesystem::path& file) {
  const Json json = read_json(file);
  JsonObject object(json, file.string(), "", ExitCode::kBadInput, kDamagedCard);
  object.choice("schema", {kSchema});
  object.integer("schema_version", kVersion, kVersion);
  Card card;
  card.name = object.line("name");
  card.method = object.text("method");
  card.weights_sha256 = object.text("weights_sha256");
  card.zero_shot = object.boolean_or("zero_shot", false);
  object.integer("parameters", 0);
  object.raw("training");
  object.raw("lineage");
  JsonObject expected = object.object("expected");
  object.done();
  card.expected.suite = expected.text("suite");
  card.expected.store_sha256 = expected.text("store_sha256");
  card.expected.protocol = expected.text("protocol");
  card.expected.metric = expected.text("metric");
  card.expected.patients = static_cast<size_t>(expected.integer("patients", 0));
  JsonObject tasks = expected.object("tasks");
  for (const auto& item : expected.raw("tasks").items())
    card.expected.tasks[item.key()] = tasks.number(item.key());
  tasks.done();
  expected.done();
  return card;
}

/// The means by task of the run's model with these weights, under the suite's first protocol and metric.
Scores scores_of(RunInput run, const std::string& sha256, const ProtocolTable& protocols) {
  const std::string place = run.folder.empty() ? run.name : run.folder.string();
  std::string key;
  std::vector<std::string> others;
  for (const ModelRecord& model : run.results.models) {
    if (names_weights(model.info, sha256)) key = model.key;
    others.push_back(model.key);
  }
  if (key.empty()) {
    throw usage_error(place, fmt::format("no model of the run has the weights {}", sha256.substr(0, 12)),
                      fmt::format("its models: {}; score these weights first, with synerbench run",
                                  fmt::join(others, ", ")));
  }
  Scores scores;
  scores.suite = run.results.identity.at("suite").at("name").get<std::string>();
  scores.store_sha256 = run.results.identity.at("store").at("sha256").get<std::string>();
  std::vector<RunInput> runs;
  runs.push_back(std::move(run));
  LeaderboardOptions options;
  options.protocols = protocols;
  const Leaderboard board = make_leaderboard(join_runs(std::move(runs), protocols), {}, options);
  const MetricBoard& main = board.main();
  scores.protocol = main.protocol.id;
  scores.metric = main.metric.name;
  const auto model = std::find_if(board.models().begin(), board.models().end(),
                                  [&](const ReportedModel& candidate) { return candidate.key == key; });
  const auto index = static_cast<size_t>(model - board.models().begin());
  for (const TaskBoard& task : main.tasks) {
    const Summary& summary = task.row_of(index).summary;
    const std::string& id = board.tasks().at(task.task).id;
    if (!summary.complete || !summary.mean) {
      throw usage_error(place,
                        fmt::format("{} has {} of {} cases of {}", key, summary.scored, summary.planned, id),
                        "finish the run first: synerbench run --resume");
    }
    scores.tasks[id] = *summary.mean;
    scores.patients = std::max(scores.patients, summary.patients.size());
  }
  return scores;
}

}  // namespace

/// Nothing that the weights went through learned synthesis; false where that is not recorded.
static bool learned_no_synthesis(const ModelInfo& info) {
  if (info.lineages.empty()) return false;
  return std::all_of(info.lineages.begin(), info.lineages.end(), [](const auto& entry) {
    const auto& trainings = entry.second->trainings;
    return entry.second->recorded() &&
           std::none_of(trainings.begin(), trainings.end(),
                        [](const auto& origin) { return origin.learned(SampleKind::kSynthesis); });
  });
}

/// What a card says of the weights themselves.
static Json facts_of(const std::string& method, const ModelInfo& info, const Json& training) {
  return {{"method", method},
          {"weights_sha256", info.weights_sha256},
          {"zero_shot", learned_no_synthesis(info)},
          {"lineage", lineages_to_json(info)},
          {"parameters", info.parameters},
          {"training", training}};
}

Json make_card(const std::string& name, const std::string& method, const ModelInfo& info,
               const Json& training, RunInput run, const ProtocolTable& protocols) {
  const Scores scores = scores_of(std::move(run), info.weights_sha256, protocols);
  Json tasks = Json::object();
  for (const auto& [task, mean] : scores.tasks) tasks[task] = mean;
  Json card{{"schema", kSchema}, {"schema_version", kVersion}, {"name", name}};
  card.update(facts_of(method, info, training));
  card["expected"] = {{"suite", scores.suite},       {"store_sha256", scores.store_sha256},
                      {"protocol", scores.protocol}, {"metric", scores.metric},
                      {"patients", scores.patients}, {"tasks", tasks}};
  return card;
}

void require_card_of(const std::filesystem::path& card, const std::string& method, const ModelInfo& info,
                     const Json& training) {
  read_card(card);
  const Json said = read_json(card), facts = facts_of(method, info, training);
  for (const auto& [field, is] : facts.items()) {
    const Json there = said.contains(field) ? said.at(field) : Json(false);  // cards before zero_shot
    if (there == is) continue;
    throw input_error(
        card.string() + ": /" + field,
        "these are not the words of these weights: " + first_difference(there, "the card", is, "the weights"),
        "the card or the weights were changed; copy the folder again, or write the card anew with synerbench "
        "weights card");
  }
}

std::string ShippedWeights::model_text() const {
  const auto quoted = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + '"';
  };
  return fmt::format("{}={}:{}", quoted(name), method, quoted(folder.string()));
}

std::vector<ShippedWeights> shipped_weights(const std::filesystem::path& folder) {
  std::vector<ShippedWeights> found;
  if (!folder_exists(folder)) return found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!file_exists(entry.path() / kCardFile)) continue;
    const Card card = read_card(entry.path() / kCardFile);
    found.push_back({card.name, card.method, entry.path(), card.zero_shot});
  }
  std::sort(found.begin(), found.end(),
            [](const ShippedWeights& a, const ShippedWeights& b) { return a.folder < b.folder; });
  return found;
}

std::vector<CardScore> scores_against_card(const std::filesystem::path& card, RunInput run,
                                           const ProtocolTable& protocols) {
  const Card said = read_card(card);
  const std::string place = run.folder.empty() ? run.name : run.folder.string();
  const Scores seen = scores_of(std::move(run), said.weights_sha256, protocols);
  const auto require_same = [&](const std::string& what, const std::string& wanted, const std::string& is) {
    if (wanted == is) return;
    throw usage_error(place, fmt::format("the {} is {}, the card's {}", what, is, wanted),
                      fmt::format("scores of different {}s cannot be compared; {} says how they were made",
                                  what, card.string()));
  };
  require_same("suite", said.expected.suite, seen.suite);
  require_same("store", said.expected.store_sha256, seen.store_sha256);
  require_same("protocol", said.expected.protocol, seen.protocol);
  require_same("metric", said.expected.metric, seen.metric);
  std::vector<CardScore> scores;
  for (const auto& [task, mean] : said.expected.tasks) {
    const auto found = seen.tasks.find(task);
    if (found != seen.tasks.end()) scores.push_back({task, mean, found->second});
  }
  if (scores.empty()) {
    throw usage_error(place, fmt::format("has none of the tasks of which {} speaks", card.string()),
                      "score one of them: without a number nothing is held against the card");
  }
  return scores;
}

}  // namespace synerbench
