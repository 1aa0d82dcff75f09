#include "harness/suite/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/vocabulary.h"
#include "harness/suite/embedded.h"

namespace synerbench {
namespace {

constexpr int64_t kSmallestCanvas = 16;
constexpr int64_t kLargestCanvas = 4096;

Canvas read_canvas(JsonObject json) {
  Canvas canvas;
  canvas.size = json.integer("size", kSmallestCanvas, kLargestCanvas);
  canvas.fit = json.choice("fit", {"pad", "scale"}) == "pad" ? Canvas::Fit::kPad : Canvas::Fit::kScale;
  json.done();
  return canvas;
}

/// "source": "MRI", or several in the order in which models see them: ["T1", "T2", "FLAIR"].
void read_sources(JsonObject& json, Task& task) {
  if (!json.raw("source").is_array()) {
    task.source = parse_modality(json.text("source"), json.where("source"));
    return;
  }
  const std::vector<std::string> names = json.texts("source");
  if (names.empty()) throw usage_error(json.where("source"), "no source", "name one modality or several");
  std::vector<Modality> sources;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string at = fmt::format("{}/{}", json.where("source"), i);
    sources.push_back(parse_modality(names[i], at));
    if (std::count(sources.begin(), sources.end(), sources.back()) > 1)
      throw usage_error(at, fmt::format("{} is named twice", names[i]), "remove one of them");
  }
  task.source = sources.front();
  task.more_sources.assign(sources.begin() + 1, sources.end());
}

/// "transfer": the id of a route with as many sources.
Task read_transfer(JsonObject& json, const Task& task) {
  const Task route = json.parsed(
      "transfer", [](const std::string& id, const std::string& place) { return parse_task(id, place); });
  if (route.id == task.id)
    throw json.error("transfer", "is the task itself", "name a route that models are trained for");
  if (route.sources().size() != task.sources().size()) {
    throw json.error("transfer",
                     fmt::format("{} has {} sources, {} has {}", route.id, route.sources().size(), task.id,
                                 task.sources().size()),
                     "a route can stand in for tasks with as many sources");
  }
  return route;
}

SuiteTask read_task(JsonObject json, const Suite& suite) {
  SuiteTask result;
  Task& task = result.task;
  task.region = json.parsed("region", parse_region);
  read_sources(json, task);
  task.target = parse_modality(json.text("target"), json.where("target"));
  const std::vector<Modality> sources = task.sources();
  if (std::find(sources.begin(), sources.end(), task.target) != sources.end()) {
    throw usage_error(json.where("target"),
                      fmt::format("source and target are both {}", name_of(task.target)),
                      "a task leads from one modality to another");
  }
  task.id = make_task_id(task.region, sources, task.target);
  const std::string id = json.text_or("id", task.id);
  if (id != task.id) {
    throw usage_error(json.where("id"), fmt::format("\"{}\" does not fit region, source and target", id),
                      fmt::format("write \"{}\", or leave the id out", task.id));
  }
  result.group = json.line("group");
  if (result.group.empty()) {
    throw usage_error(json.where("group"), "the group is empty",
                      "tasks of one group are averaged together: name it");
  }
  if (json.mark("transfer")) result.transfer = read_transfer(json, task);
  result.canvas = json.has("canvas") ? read_canvas(json.object("canvas")) : suite.canvas;
  json.done();
  return result;
}

LineageRule read_lineage(JsonObject& top) {
  std::vector<std::string> names;
  for (const LineageRuleInfo& row : lineage_rules()) names.push_back(row.name);
  const std::string name = top.choice_or("lineage", names, names.front());
  return lineage_rules()[static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin())]
      .rule;
}

SuiteQuestions read_questions(JsonObject json) {
  constexpr int64_t kMost = 10'000'000;
  SuiteQuestions questions;
  questions.kind = json.text("kind");
  questions.count = json.integer("count", 1, kMost);
  questions.seed = static_cast<uint64_t>(json.integer_or("seed", 1, 0));
  json.done();
  return questions;
}

/// "questions", and "pairs": the suite whose slices they are about.
void read_questions(JsonObject& top, const ProtocolTable& protocols, Suite& suite) {
  for (JsonObject& one : top.objects("questions")) {
    suite.questions.push_back(read_questions(one));
    const std::string& kind = suite.questions.back().kind;
    for (size_t i = 0; i + 1 < suite.questions.size(); ++i) {
      if (suite.questions[i].kind == kind)
        throw one.error("kind", fmt::format("\"{}\" is asked twice", kind), "remove one of them");
    }
  }
  if (suite.questions.empty())
    throw usage_error(top.where("questions"), "no question",
                      "name a kind and how many: see the page on understanding");
  const std::string pairs = top.text("pairs");
  Suite other;
  try {
    other = load_suite(pairs, protocols);
  } catch (const Error& error) {
    throw usage_error(top.where("pairs"), error.problem(), error.hint());
  }
  if (!other.questions.empty())
    throw usage_error(top.where("pairs"), fmt::format("{} asks questions itself", pairs),
                      "name a suite of tasks");
  suite.tasks = other.tasks;
  suite.canvas = other.canvas;
  suite.min_foreground = other.min_foreground;
  suite.sha256 = sha256_hex(suite.sha256 + "\n" + other.sha256);
}

Suite read_suite(const std::string& bytes, const std::string& place, const ProtocolTable& protocols) {
  const Json json = parse_json(bytes, place, ExitCode::kUsage);  // a suite is configuration
  JsonObject top(json, place, "");
  top.choice("schema", {"synerbench/suite"});
  const int64_t version = top.integer("schema_version");
  if (version != 1) {
    throw usage_error(top.where("schema_version"), fmt::format("version {} is not understood", version),
                      "this program reads 1");
  }
  Suite suite;
  suite.sha256 = sha256_hex(bytes);
  declare_vocabulary_of(top);  // before any region or modality is read
  suite.name = top.line("name");
  suite.title = top.line("title");
  suite.note = top.text_or("note", "");
  const std::string split = top.choice_or("split", {"train", "validation", "test"}, "test");
  suite.split = split == "train" ? Split::kTrain : split == "validation" ? Split::kValidation : Split::kTest;
  suite.lineage = read_lineage(top);
  const bool asks = top.mark("questions");
  if (asks) {
    read_questions(top, protocols, suite);
  } else {
    suite.canvas = read_canvas(top.object("canvas"));
  }
  suite.min_foreground = top.number_or("min_foreground", suite.min_foreground);
  if (suite.min_foreground < 0 || suite.min_foreground > 1) {
    throw usage_error(top.where("min_foreground"), fmt::format("{} is no share", suite.min_foreground),
                      "give a number from 0 to 1: the smallest share of mask pixels of a scored slice");
  }
  suite.protocols = top.texts("protocols");
  const std::vector<std::string> known = protocols.ids();
  if (suite.protocols.empty()) {
    throw usage_error(top.where("protocols"), "no protocol", did_you_mean("", known));
  }
  for (size_t i = 0; i < suite.protocols.size(); ++i) {
    const std::string at = fmt::format("{}/{}", top.where("protocols"), i);
    const std::string& id = suite.protocols[i];
    if (std::find(known.begin(), known.end(), id) == known.end()) {
      throw usage_error(at, fmt::format("unknown protocol \"{}\"", id), did_you_mean(id, known));
    }
    if ((protocols.at(id).info.dimensions == 0) != asks) {
      throw usage_error(at,
                        asks ? fmt::format("\"{}\" compares images, and this suite asks questions", id)
                             : fmt::format("\"{}\" scores answers, and this suite asks no question", id),
                        "synerbench metrics lists them");
    }
    if (std::find(suite.protocols.begin(), suite.protocols.begin() + static_cast<std::ptrdiff_t>(i), id) !=
        suite.protocols.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw usage_error(at, fmt::format("protocol \"{}\" is listed twice", id), "remove one of them");
    }
  }
  if (asks) {
    top.done();
    return suite;
  }
  std::map<std::string, size_t> seen;
  const std::vector<JsonObject> tasks = top.objects("tasks");
  for (size_t i = 0; i < tasks.size(); ++i) {
    suite.tasks.push_back(read_task(tasks[i], suite));
    const auto [first, fresh] = seen.emplace(suite.tasks.back().task.id, i);
    if (!fresh) {
      throw usage_error(fmt::format("{}: /tasks/{}", place, i),
                        fmt::format("task \"{}\" is already /tasks/{}", first->first, first->second),
                        "remove one of them");
    }
  }
  if (suite.tasks.empty()) throw usage_error(top.where("tasks"), "no task", "a suite runs at least one");
  top.done();
  return suite;
}

}  // namespace

const std::vector<LineageRuleInfo>& lineage_rules() {
  static const std::vector<LineageRuleInfo> rows{
      {LineageRule::kAny, "any", "a model may have learned from anything but the scored patients"},
      {LineageRule::kZeroShot, "zero-shot",
       "neither a model nor what it was built on may have learned synthesis between two modalities of a "
       "patient of the suite's data sets"},
      {LineageRule::kUnseen, "unseen",
       "neither a model nor what it was built on may have seen a patient of the suite's data sets in any "
       "way"}};
  return rows;
}

const LineageRuleInfo& info_of(LineageRule rule) { return lineage_rules().at(static_cast<size_t>(rule)); }

Suite load_suite(const std::string& name_or_path, const ProtocolTable& protocols) {
  const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json");
  if (is_path) {
    std::string bytes;
    try {
      bytes = read_file(name_or_path);
    } catch (const Error& error) {
      throw usage_error(error.place(), error.problem(), error.hint());
    }
    return read_suite(bytes, name_or_path, protocols);
  }
  for (const EmbeddedFile& embedded : embedded_suites()) {
    if (embedded.name == name_or_path)
      return read_suite(std::string(embedded.bytes), fmt::format("suites/{}.json", name_or_path), protocols);
  }
  throw usage_error("suite", fmt::format("unknown suite \"{}\"", name_or_path),
                    did_you_mean(name_or_path, embedded_suite_names()) +
                        "\n  a suite of your own is given as a path to a .json file");
}

void require_tasks(const Suite& suite) {
  if (suite.questions.empty()) return;
  throw usage_error("suite " + suite.name, "it asks questions, and runs no tasks",
                    "name a suite of tasks; synerbench run --suite " + suite.name + " asks its questions");
}

std::vector<std::string> embedded_suite_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& suite : embedded_suites()) names.emplace_back(suite.name);
  return names;
}

Finding check_suites(const ProtocolTable& protocols) {
  const std::vector<std::string> names = embedded_suite_names();
  size_t tasks = 0;
  for (const std::string& name : names) {
    const Suite suite = load_suite(name, protocols);
    if (suite.questions.empty()) tasks += suite.tasks.size();
  }
  return {"tables", Finding::Verdict::kOk,
          fmt::format("{} suites with {} tasks, {} protocols", names.size(), tasks, protocols.rows().size())};
}

Task parse_task(const std::string& id, const std::string& place) {
  const auto modality_of = [](std::string_view text) {
    const std::vector<Modality> all = known_modalities();
    const auto at = std::find_if(all.begin(), all.end(), [&](Modality m) { return id_of(m) == text; });
    return at == all.end() ? std::optional<Modality>() : *at;
  };
  for (const std::string& region : known_regions()) {
    const size_t to = id.rfind("-to-");
    if (!id.starts_with(region + "-") || to == std::string::npos || to <= region.size()) continue;
    std::vector<Modality> sources;
    std::string_view rest = std::string_view(id).substr(region.size() + 1, to - region.size() - 1);
    bool known = true;
    for (size_t plus = 0; known && plus != std::string_view::npos;) {
      plus = rest.find('+');
      const auto source = modality_of(rest.substr(0, plus));
      known = source && std::find(sources.begin(), sources.end(), *source) == sources.end();
      if (known) sources.push_back(*source);
      if (plus != std::string_view::npos) rest.remove_prefix(plus + 1);
    }
    const auto target = modality_of(std::string_view(id).substr(to + 4));
    if (!known || !target || std::find(sources.begin(), sources.end(), *target) != sources.end()) continue;
    return {id, region, sources.front(), *target, {sources.begin() + 1, sources.end()}};
  }
  throw usage_error(
      place, fmt::format("unknown task \"{}\"", id),
      "<region>-<source>-to-<target>, for example brain-mr-to-ct, with several sources "
      "brats-t1+t2-to-flair; synerbench tasks lists those of the suites, and --vocabulary FILE adds "
      "regions and modalities");
}

Canvas parse_canvas(const std::string& text) {
  const auto wrong = [&] {
    return usage_error("canvas", fmt::format("\"{}\" is no canvas", text),
                       fmt::format("write SIZE:pad or SIZE:scale, SIZE from {} to {}; 256:pad",
                                   kSmallestCanvas, kLargestCanvas));
  };
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon > 4) throw wrong();
  Canvas canvas;
  canvas.size = 0;
  for (char c : text.substr(0, colon)) {
    if (c < '0' || c > '9') throw wrong();
    canvas.size = canvas.size * 10 + (c - '0');
  }
  const std::string fit = text.substr(colon + 1);
  if (canvas.size < kSmallestCanvas || canvas.size > kLargestCanvas || (fit != "pad" && fit != "scale"))
    throw wrong();
  canvas.fit = fit == "pad" ? Canvas::Fit::kPad : Canvas::Fit::kScale;
  return canvas;
}

}  // namespace synerbench
