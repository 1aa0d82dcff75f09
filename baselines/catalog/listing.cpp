#include "baselines/catalog/listing.h"

#include <fmt/format.h>

namespace synerbench {
namespace {

Json fields_json(const std::vector<FieldInfo>& fields) {
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

template <class Row>
std::string line_of(const Row& row, const std::string& summary) {
  std::string text = fmt::format("  {:<10} {}\n", row.name, summary);
  if (!row.path.empty()) text += fmt::format("             {}:PATH  {}\n", row.name, row.path);
  for (const FieldInfo& option : row.options)
    text +=
        fmt::format("             {}=...  {} (default: {})\n", option.name, option.meaning, option.fallback);
  return text;
}

}  // namespace

Json to_json(const Method& method) {
  Json json{{"name", method.name},
            {"kind", "model"},
            {"label", method.label},
            {"summary", method.summary},
            {"path", method.path},
            {"trainable", method.training.has_value()},
            {"parameters", fields_json(method.options)}};
  if (method.training) {
    json["covers"] = name_of(method.training->routes);
    json["config"] = fields_json(method.training->config);
  }
  if (!method.needs.empty()) json["needs"] = method.needs;
  return json;
}

Json to_json(const Wrapper& wrapper) {
  return {{"name", wrapper.name}, {"kind", "wrapper"},  {"summary", wrapper.summary},
          {"path", wrapper.path}, {"trainable", false}, {"parameters", fields_json(wrapper.options)}};
}

std::string method_page(const Method& method) {
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

std::string models_text(const MethodTable& table, const std::vector<Wrapper>& wrappers) {
  std::string text = "models\n";
  for (const Method& method : table) {
    text += line_of(
        method, fmt::format("{}: {}{}", method.label, method.summary, method.training ? "  [train]" : ""));
  }
  text += "\nwrappers: a model around models, wherever a model may stand\n";
  for (const Wrapper& wrapper : wrappers) text += line_of(wrapper, wrapper.summary);
  return text +
         "\nAny model may be named: mine=pix2pix:runs/p2p; a device may stand in front: "
         "cuda:pix2pix:runs/p2p\n"
         "synerbench models NAME shows the fields of a model's configuration\n";
}

Json models_json(const MethodTable& table, const std::vector<Wrapper>& wrappers) {
  Json list = Json::array();
  for (const Method& method : table) list.push_back(to_json(method));
  for (const Wrapper& wrapper : wrappers) list.push_back(to_json(wrapper));
  return list;
}

}  // namespace synerbench
