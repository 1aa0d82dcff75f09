// synerbench models: what can be run, what can be trained, with all options and fields, and the wrappers
// around models.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "harness/run/model_wrappers.h"

namespace synerbench {
namespace {

Json describe(const std::vector<FieldInfo>& fields) {
  Json list = Json::array();
  for (const FieldInfo& field : fields) {
    list.push_back({{"name", field.name},
                    {"values", field.type},
                    {"default", field.fallback},
                    {"meaning", field.meaning}});
    for (const auto& [preset, value] : field.other_presets) list.back()["presets"][preset] = value;
  }
  return list;
}

Json describe(const Method& method) {
  Json json{{"name", method.name},
            {"kind", "model"},
            {"label", method.label},
            {"summary", method.summary},
            {"path", method.path},
            {"trainable", method.training.has_value()},
            {"parameters", describe(method.options)}};
  if (method.training) {
    json["covers"] = name_of(method.training->routes);
    json["config"] = describe(method.training->config);
  }
  if (!method.needs.empty()) json["needs"] = method.needs;
  return json;
}

Json describe(const Wrapper& wrapper) {
  return {{"name", wrapper.name}, {"kind", "wrapper"},  {"summary", wrapper.summary},
          {"path", wrapper.path}, {"trainable", false}, {"parameters", describe(wrapper.options)}};
}

/// Two lines a field: what it takes, then what it means.
std::string lines_of(const std::vector<FieldInfo>& fields) {
  std::string text;
  for (const FieldInfo& field : fields) {
    std::string fallback = field.fallback;
    for (const auto& [preset, value] : field.other_presets)
      if (!value.empty()) fallback += fmt::format("{}{} {}", fallback.empty() ? "" : ", ", preset, value);
    text += fmt::format("  {}  ({}{}){}\n      {}\n", field.name, field.type,
                        fallback.empty() ? "" : "; default " + fallback, field.option ? "  [option]" : "",
                        field.meaning);
  }
  return text;
}

const char* coverage(Routes routes) {
  return routes == Routes::kTask   ? "one task"
         : routes == Routes::kPair ? "both directions between two modalities"
                                   : "all tasks of a suite";
}

/// Everything about one method.
std::string page_of(const Method& method) {
  std::string text = fmt::format("{}: {}\n  {}\n", method.name, method.label, method.summary);
  if (!method.needs.empty()) text += fmt::format("  needs {}\n", method.needs);
  if (!method.path.empty())
    text += fmt::format("\nto run: {}:PATH, PATH is a {}\n", method.name, method.path);
  if (!method.options.empty())
    text +=
        fmt::format("\noptions of running, {}:PATH,name=value\n{}", method.name, lines_of(method.options));
  if (method.training) {
    text += fmt::format("\nto train: one training covers {}. Fields of --config, each may be left out\n{}",
                        coverage(method.training->routes), lines_of(method.training->config));
  }
  return text;
}

template <class Row>
std::string line_of(const Row& row, const std::string& summary) {
  std::string text = fmt::format("  {:<10} {}\n", row.name, summary);
  if (!row.path.empty()) text += fmt::format("             {}:PATH  {}\n", row.name, row.path);
  for (const FieldInfo& option : row.options)
    text +=
        fmt::format("             {}=...  {} (default: {})\n", option.name, option.meaning, option.fallback);
  return text;
}

std::string list_of_all() {
  std::string text = "models\n";
  for (const Method& method : methods()) {
    text += line_of(
        method, fmt::format("{}: {}{}", method.label, method.summary, method.training ? "  [train]" : ""));
  }
  text += "\nwrappers: a model around models, wherever a model may stand\n";
  for (const Wrapper& wrapper : model_wrappers()) text += line_of(wrapper, wrapper.summary);
  return text +
         "\nAny model may be named: mine=pix2pix:runs/p2p; a device may stand in front: "
         "cuda:pix2pix:runs/p2p\n"
         "synerbench models NAME shows the fields of a model's configuration\n";
}

ExitCode show(const std::string& name, bool json) {
  if (!name.empty()) {
    const Method& method = find_method(methods(), name, "models");
    json ? print_result(describe(method)) : print_result(page_of(method));
    return ExitCode::kOk;
  }
  if (!json) {
    print_result(list_of_all());
    return ExitCode::kOk;
  }
  Json list = Json::array();
  for (const Method& method : methods()) list.push_back(describe(method));
  for (const Wrapper& wrapper : model_wrappers()) list.push_back(describe(wrapper));
  print_result(list);
  return ExitCode::kOk;
}

}  // namespace

Verb verb_models() {
  return {"models", "Look things up", "List the models and the wrappers around them, with their parameters",
          "  synerbench models\n  synerbench models pix2pix", [](CLI::App& command) {
            auto name = std::make_shared<std::string>();
            auto json = std::make_shared<bool>(false);
            command.add_option("name", *name, "Only this model, with the fields of its configuration");
            command.add_flag("--json", *json, "As JSON");
            return [=] { return show(*name, *json); };
          }};
}

}  // namespace synerbench
