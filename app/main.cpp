// The synerbench executable: parses the line, runs a verb, turns its end into an exit code. Nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <limits>
#include <new>
#include <regex>
#include <sstream>

#include "app/streams.h"
#include "app/verb.h"
#include "baselines/catalog/plugins.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "harness/core/vocabulary.h"

namespace synerbench {

static constexpr const char* kExitCodes =
    "Exit codes: 0 ok; 1 usage or configuration; 2 bad input data; 3 finished, some cases failed; 4 "
    "regression found;\n"
    "5 internal error; 130 interrupted.";

// What CLI11 has to say, through our own stream: its own would not notice that nobody got it.
static ExitCode print_help(const CLI::App& app, const CLI::Error& question) {
  std::ostringstream text;
  const int code = app.exit(question, text, text);
  write_to_stdout(text.str());
  return static_cast<ExitCode>(code);
}

// Trouble that libraries report in their own words, but that a file, a disk or a machine has caused.
static ExitCode explain(const std::exception& error) {
  const auto say_and_end = [](const std::string& text, ExitCode code) {
    constexpr size_t kLongest = 8000;
    write_to_stderr("synerbench: " + printable_lines(text, kLongest) + "\n");
    return code;
  };
  const std::string what = error.what();
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return say_and_end(what, ours->code());
  if (const auto* path = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
    const std::string second = path->path2().empty() ? "" : fmt::format(" and {}", path->path2().string());
    return say_and_end(fmt::format("{}{}: cannot be used ({})\n  {}", path->path1().string(), second,
                                   path->code().message(), path_hint(path->code())),
                       ExitCode::kBadInput);
  }
  if (dynamic_cast<const std::bad_alloc*>(&error) ||
      what.find("can't allocate memory") != std::string::npos ||
      what.find("out of memory") != std::string::npos) {
    return say_and_end(
        "out of memory\n  use fewer threads (--threads), a smaller canvas or batch, or a larger machine",
        ExitCode::kBadInput);
  }
  return say_and_end(
      fmt::format("internal error: {}\n  this is a bug; please report the command and this message", what),
      ExitCode::kInternal);
}

// CLI11 would say that a subcommand is missing, or answer --help.
static void require_known_verb(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().empty() || arguments.front().front() == '-') return;
  const std::string& name = arguments.front();
  std::vector<std::string> names;
  for (const auto& verb : verbs()) names.push_back(verb.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  const auto& left_out = verbs_left_out();
  if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) {
    throw usage_error(name, "this program was built without ITK, which this verb needs",
                      "make the slice store where ITK is and copy it here: the other verbs need no more");
  }
  throw usage_error(fmt::format("\"{}\"", name), "no such verb",
                    did_you_mean(name, names) + "\n  synerbench --help shows what is possible");
}

// "--plugin FILE", before the verb: taken off the line and put where child processes find it, too.
static std::vector<std::string> without_plugins(std::vector<std::string> arguments) {
  while (!arguments.empty() &&
         (arguments.front() == "--plugin" || arguments.front().starts_with("--plugin="))) {
    const bool apart = arguments.front() == "--plugin";
    if (apart && arguments.size() < 2)
      throw usage_error("--plugin", "names no file", "synerbench --plugin libmine.so VERB ...");
    const std::string file = apart ? arguments[1] : arguments.front().substr(std::string("--plugin=").size());
    if (file.empty() || file.find(':') != std::string::npos)
      throw usage_error("--plugin", fmt::format("\"{}\" cannot be the file of a plug-in", printable(file)),
                        "the file's name, without a colon");
    const char* before = std::getenv(kPluginsVariable);
    const std::string all = (before == nullptr || *before == '\0' ? "" : std::string(before) + ":") +
                            std::filesystem::absolute(file).string();
    ::setenv(kPluginsVariable, all.c_str(), 1);
    arguments.erase(arguments.begin(), arguments.begin() + (apart ? 2 : 1));
  }
  return arguments;
}

// "help" and "help VERB" are other words for "--help" and "VERB --help".
static std::vector<std::string> without_the_word_help(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  arguments.push_back("--help");
  return arguments;
}

// The verb that was named, or the word behind it: "store info".
static const CLI::App* innermost(const CLI::App& app, std::string& words) {
  const CLI::App* inner = &app;
  while (!inner->get_subcommands().empty()) {
    inner = inner->get_subcommands().front();
    words += inner->get_name() + " ";
  }
  return inner;
}

/// Why a text is no plain number for an option of CLI11's type `type` (UINT, INT, FLOAT); empty: it is one,
/// or CLI11 says so itself.
static std::string why_not_plain(const std::string& type, const std::string& text) {
  const char *first = text.data(), *last = first + text.size();
  const auto is_read = [&](auto value) {
    const auto [end, error] = std::from_chars(first, last, value);
    return error == std::errc() && end == last;
  };
  const bool negative = text.starts_with('-');
  const bool octal = text.size() > (negative ? 2 : 1) && text[negative ? 1 : 0] == '0';
  if (type.starts_with("UINT") && (octal || !is_read(uint64_t{0}))) {
    return fmt::format("{} is no whole number from 0 to {}", printable(text),
                       std::numeric_limits<uint64_t>::max());
  }
  if (type.starts_with("INT") && (octal || !is_read(int64_t{0})))
    return fmt::format("{} is no whole number", printable(text));
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (type.starts_with("FLOAT") && error == std::errc() && !std::isfinite(value))
    return fmt::format("{} is no number that anything can be", printable(text));
  return "";
}

// CLI11 reads numbers as strtoull does: -1 and 2^64 become 2^64 - 1, 010 is 8, and nan lies in every range. A
// number that is another one than was asked for is a wrong result.
static void require_plain_numbers(CLI::App& app) {
  static constexpr int kMostThreads = 1024;
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options()) {
      const std::string type = option->get_type_name();
      if (!type.starts_with("UINT") && !type.starts_with("INT") && !type.starts_with("FLOAT")) continue;
      option->check([type](const std::string& text) { return why_not_plain(type, text); }, "");
      if (!option->check_lname("threads") && !option->check_lname("jobs")) continue;
      option->check(
          [](const std::string& text) {
            int64_t value = 0;
            const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
            return read.ec == std::errc() && value <= kMostThreads
                       ? std::string()
                       : fmt::format("{} is more than {}", printable(text), kMostThreads);
          },
          "");
    }
    require_plain_numbers(*command);
  }
}

// CLI11 prints the largest double, all 309 digits of it, where a number only has to be positive.
static std::string without_endless_ranges(const std::string& message) {
  static const std::regex range(R"(Value (.*) not in range 0\.0+ to 1797\d+\.0+)");
  std::smatch parts;
  if (!std::regex_search(message, parts, range)) return message;
  const std::string seen = parts[1];
  const bool zero = seen.find_first_not_of("+-0.") == std::string::npos;
  return parts.prefix().str() +
         fmt::format("{} is {}", seen, zero ? "not above 0" : "no number, or below what is possible");
}

// What CLI11 could not parse, with the option that was probably meant.
static Error parse_error(const CLI::App& app, const CLI::ParseError& error) {
  std::string words;
  const CLI::App* inner = innermost(app, words);
  const std::string help = fmt::format("synerbench {}--help shows what is possible", words);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr)
    return usage_error(words.empty() ? "" : words.substr(0, words.size() - 1),
                       without_endless_ranges(error.what()), help);
  std::vector<std::string> names;
  for (const CLI::App* command = inner; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (std::find(names.begin(), names.end(), "--" + name) == names.end()) names.push_back("--" + name);
      }
    }
  }
  for (const std::string& word : app.remaining(true)) {
    if (word.size() < 2 || word.front() != '-') continue;
    const std::string option = word.substr(0, word.find('='));
    return usage_error(option, fmt::format("synerbench {}has no such option", words),
                       did_you_mean(option, names) + "\n  " + help);
  }
  return usage_error("", error.what(), help);
}

ExitCode run_command_line(const std::vector<std::string>& line) {
  // Who says nothing wants to know what there is to say.
  const std::vector<std::string> own = without_plugins(line);
  const auto arguments = own.empty() ? std::vector<std::string>{"--help"} : without_the_word_help(own);
  require_known_verb(arguments);
  CLI::App app{"SynerBench: benchmark and reference implementations for cross-modal medical image synthesis.",
               "synerbench"};
  app.set_version_flag("--version", [] {
    const Json facts = build_provenance();
    return fmt::format("synerbench {} ({}{})", facts["version"].get<std::string>(),
                       facts["commit"].get<std::string>(),
                       facts["dirty"].get<bool>() ? ", with uncommitted changes" : "");
  });
  app.require_subcommand(1);
  std::string plugin;  // without_plugins() has read it; here it is for --help
  app.add_option("--plugin", plugin, "Before the verb: a shared library with models and protocols of yours")
      ->type_name("FILE");
  app.footer(std::string("synerbench VERB --help shows a verb's options and two examples.\n") + kExitCodes);

  std::function<ExitCode()> action;
  bool quiet = false;
  std::vector<std::string> vocabularies;
  for (const auto& verb : verbs()) {
    CLI::App* command = app.add_subcommand(verb.name, verb.summary)->group(verb.audience);
    command->footer("Examples:\n" + verb.examples);
    command->add_flag("-q,--quiet", quiet, "No chatter on stderr; results and errors only");
    command
        ->add_option(
            "--vocabulary", vocabularies,
            "JSON file that adds regions and modalities; stores, suites and mappings bring their own")
        ->allow_extra_args(false);
    auto run = verb.setup(*command);
    command->callback([&action, run] { action = run; });
  }
  require_plain_numbers(app);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 wants them reversed
  } catch (const CLI::CallForHelp& help) {
    return print_help(app, help);
  } catch (const CLI::CallForAllHelp& help) {
    return print_help(app, help);
  } catch (const CLI::CallForVersion& version) {
    return print_help(app, version);
  } catch (const CLI::ParseError& error) {
    throw parse_error(app, error);
  }
  if (quiet) set_quiet(true);
  for (const std::string& file : vocabularies) declare_vocabulary_file(file);
  install_interrupt_handler();
  return action();
}

}  // namespace synerbench

int main(int argc, char** argv) {
  synerbench::prepare_streams();
  try {
    return static_cast<int>(synerbench::run_command_line({argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    return static_cast<int>(synerbench::explain(error));
  }
}
