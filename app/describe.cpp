#include "app/describe.h"

#include <utility>

#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/suite/suite.h"
#include "reports/formats/format.h"
#include "reports/pictures/window.h"

namespace synerbench {
namespace {

/// "TEXT:{axial,coronal}": CLI11 tells the values that it checks in no other way.
std::vector<std::string> checked_choices(const std::string& type) {
  const size_t from = type.find('{'), to = type.rfind('}');
  std::vector<std::string> choices;
  if (from == std::string::npos || to == std::string::npos || to < from) return choices;
  std::string word;
  for (const char c : type.substr(from + 1, to - from - 1) + ",") {
    if (c != ',') {
      word += c;
    } else if (!word.empty()) {
      choices.push_back(std::exchange(word, ""));
    }
  }
  return choices;
}

/// Values of options that any verb may have and that are names in a table: offered, though a path or a longer
/// description of a model is taken, too.
std::vector<std::string> known_choices(const std::string& verb, const std::string& option) {
  std::vector<std::string> names;
  if (option == "--suite") {
    names = embedded_suite_names();
  } else if (option == "--protocol") {
    names = protocols().ids();
  } else if (option == "--format" && verb == "report") {
    for (const ReportFormat& format : report_formats()) names.push_back(format.name);
  } else if (option == "--window") {
    names = {"auto", "full"};
    for (const WindowInfo& window : ct_windows()) names.push_back(window.name);
  } else if (option == "--model") {
    for (const auto& method : methods()) names.push_back(method.name);
  }
  return names;
}

CommandOption described(const CLI::Option& option, const std::string& verb) {
  CommandOption out;
  out.positional = option.get_positional();
  if (out.positional) {
    out.names = {option.get_name(true)};
  } else {
    for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  }
  const bool takes = option.get_items_expected_max() > 0;
  if (takes) {
    const std::string type = option.get_type_name();
    out.choices = checked_choices(type);
    for (const std::string& name : out.names) {
      const std::vector<std::string> known = known_choices(verb, name);
      out.choices.insert(out.choices.end(), known.begin(), known.end());
    }
    out.value = type.substr(0, type.find(':'));
    out.repeats = option.get_expected_max() > 1;
    out.fallback = option.get_default_str();
    while (out.fallback.size() > 1 && out.fallback.front() == '"' && out.fallback.back() == '"')
      out.fallback = out.fallback.substr(1, out.fallback.size() - 2);
  }
  out.required = option.get_required();
  out.meaning = option.get_description();
  return out;
}

CommandPage described_command(const CLI::App& command, const std::string& verb) {
  CommandPage page{
      command.get_name(), command.get_description(), command.get_group(), command.get_footer(), {}, {}};
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_group().empty()) page.options.push_back(described(*option, verb));
  }
  for (const CLI::App* inner : command.get_subcommands([](const CLI::App*) { return true; }))
    page.inner.push_back(described_command(*inner, verb.empty() ? inner->get_name() : verb));
  return page;
}

}  // namespace

CommandPage describe(const CLI::App& command) { return described_command(command, ""); }

}  // namespace synerbench
