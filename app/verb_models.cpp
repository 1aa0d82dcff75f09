// synerbench models: what can be run, what can be trained, and the wrappers around them.
#include <fmt/format.h>

#include <algorithm>

#include "app/model_table.h"
#include "app/verb.h"
#include "harness/run/model_wrappers.h"

namespace synerbench {
namespace {

bool trainable(const std::string& name) {
  return std::any_of(trainable_table().begin(), trainable_table().end(),
                     [&](const auto& entry) { return entry.name == name; });
}

// `Row`: Method or Wrapper.
template <class Row>
Json describe(const Row& entry, const char* kind) {
  Json parameters = Json::array();
  for (const FieldInfo& option : entry.options)
    parameters.push_back({{"name", option.name}, {"default", option.fallback}, {"meaning", option.meaning}});
  return {{"name", entry.name},
          {"kind", kind},
          {"summary", entry.summary},
          {"path", entry.path},
          {"trainable", trainable(entry.name)},
          {"parameters", parameters}};
}

template <class Row>
std::string line_of(const Row& entry) {
  std::string text =
      fmt::format("  {:<10} {}{}\n", entry.name, entry.summary, trainable(entry.name) ? "  [train]" : "");
  if (!entry.path.empty()) text += fmt::format("             {}:PATH  {}\n", entry.name, entry.path);
  for (const FieldInfo& parameter : entry.options) {
    text += fmt::format("             {}=...  {} (default: {})\n", parameter.name, parameter.meaning,
                        parameter.fallback);
  }
  return text;
}

}  // namespace

Verb verb_models() {
  return {"models", "Look things up", "List the models and the wrappers around them, with their parameters",
          "  synerbench models\n  synerbench models --json", [](CLI::App& command) {
            auto json = std::make_shared<bool>(false);
            command.add_flag("--json", *json, "As JSON");
            return [json] {
              Json list = Json::array();
              std::string text = "models\n";
              for (const auto& entry : model_table())
                list.push_back(describe(entry, "model")), text += line_of(entry);
              text += "\nwrappers: a model around models, wherever a model may stand\n";
              for (const auto& entry : model_wrappers())
                list.push_back(describe(entry, "wrapper")), text += line_of(entry);
              text +=
                  "\nAny model may be named: mine=pix2pix:runs/p2p; a device may stand in front: "
                  "cuda:pix2pix:runs/p2p\n";
              *json ? print_result(list) : print_result(text);
              return ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
