// synerbench tasks: the suites and their tasks.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

Json describe(const Suite& suite) {
  Json tasks = Json::array();
  for (const auto& entry : suite.tasks) {
    tasks.push_back({{"id", entry.task.id},
                     {"region", entry.task.region},
                     {"source", name_of(entry.task.source)},
                     {"target", name_of(entry.task.target)},
                     {"group", entry.group}});
    if (entry.transfer) tasks.back()["transfer"] = entry.transfer->id;
  }
  Json questions = Json::array();
  for (const SuiteQuestions& one : suite.questions)
    questions.push_back({{"kind", one.kind}, {"count", one.count}, {"seed", one.seed}});
  return {{"suite", suite.name},
          {"title", suite.title},
          {"sha256", suite.sha256},
          {"canvas", to_json(suite.canvas)},
          {"split", name_of(suite.split)},
          {"protocols", suite.protocols},
          {"lineage", info_of(suite.lineage).name},
          {"questions", questions},
          {"tasks", tasks}};
}

}  // namespace

Verb verb_tasks() {
  return {"tasks", "Look things up", "List the suites and their tasks",
          "  synerbench tasks\n  synerbench tasks --suite synermed22 --json", [](CLI::App& command) {
            struct Options {
              std::string suite;
              bool json = false;
            };
            auto options = std::make_shared<Options>();
            command.add_option("--suite", options->suite,
                               "One suite, by name or path (default: all that come with the program)");
            command.add_flag("--json", options->json, "As JSON");
            return [options] {
              std::vector<std::string> names =
                  options->suite.empty() ? embedded_suite_names() : std::vector{options->suite};
              Json list = Json::array();
              std::string text;
              for (const auto& name : names) {
                const Suite suite = load_suite(name, protocols());
                list.push_back(describe(suite));
                text += fmt::format("{}: {} ({} tasks, canvas {} {}, {})\n", suite.name, suite.title,
                                    suite.tasks.size(), suite.canvas.size,
                                    suite.canvas.fit == Canvas::Fit::kPad ? "pad" : "scale",
                                    fmt::join(suite.protocols, ", "));
                for (const SuiteQuestions& one : suite.questions)
                  text += fmt::format("  {:<24} {} questions, seed {}\n", one.kind, one.count, one.seed);
                for (const auto& entry : suite.tasks) {
                  if (!suite.questions.empty()) break;  // they are what is asked about
                  text += fmt::format("  {:<24} {:>5} -> {:<5}  {}{}\n", entry.task.id,
                                      name_of(entry.task.source), name_of(entry.task.target), entry.group,
                                      entry.transfer ? ", by transfer " + entry.transfer->id : "");
                }
                if (suite.lineage != LineageRule::kAny) {
                  const LineageRuleInfo& rule = info_of(suite.lineage);
                  text += fmt::format("  lineage {}: {}\n", rule.name, rule.meaning);
                }
                if (!suite.note.empty()) text += "  note: " + suite.note + "\n";
              }
              options->json ? print_result(list) : print_result(text);
              return ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
