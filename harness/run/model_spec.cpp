#include "harness/run/model_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "harness/core/error.h"
#include "harness/run/model_wrappers.h"

namespace synerbench {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_word(c); });
}

Error grammar_error(std::string_view whole, const std::string& problem, const std::string& hint = "") {
  return usage_error(
      fmt::format("model \"{}\"", whole), problem,
      hint.empty() ? "write name, name:path, name:key=value,... or wrapper(model, key=value)" : hint);
}

/// Splits at commas outside parentheses. Empty pieces are kept, so that "a,,b" can be refused.
std::vector<std::string_view> split_pieces(std::string_view text, std::string_view whole) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      pieces.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth < 0) {
      throw grammar_error(whole, "a \")\" without \"(\"");
    }
  }
  if (depth != 0) throw grammar_error(whole, "a \"(\" without \")\"");
  return pieces;
}

/// "key=value" -> true; a path that holds "=" after a "/" or blank is no option.
bool split_option(std::string_view piece, std::string* key, std::string* value) {
  const size_t equals = piece.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view left = trim(piece.substr(0, equals));
  if (!is_word(left) || left.find('.') != std::string_view::npos) return false;
  *key = std::string(left);
  *value = std::string(trim(piece.substr(equals + 1)));
  return true;
}

void add_option(ModelSpec& spec, std::string key, std::string value, std::string_view whole) {
  for (const auto& [name, unused] : spec.options) {
    if (name == key) throw grammar_error(whole, fmt::format("parameter \"{}\" is given twice", key));
  }
  spec.options.emplace_back(std::move(key), std::move(value));
}

/// Takes "cpu:", "cuda:" or "cuda:1:" off the front.
std::string take_device(std::string_view& text) {
  for (std::string_view kind : {"cpu", "cuda"}) {
    if (text.size() <= kind.size() || text.substr(0, kind.size()) != kind || text[kind.size()] != ':')
      continue;
    size_t end = kind.size();
    size_t digits = end + 1;
    while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
    if (kind == "cuda" && digits > end + 1 && digits < text.size() && text[digits] == ':') end = digits;
    std::string device(text.substr(0, end));
    text = trim(text.substr(end + 1));
    return device;
  }
  return "";
}

/// How a wrapper's positional arguments are read: models first, then perhaps one folder.
struct WrapperShape {
  std::string_view name;
  size_t models;
  bool folder;
};
constexpr WrapperShape kWrapperShapes[] = {
    {"check", 2, false}, {"faulty", 1, false}, {"record", 1, true}, {"replay", 0, true}};

const WrapperShape* find_shape(std::string_view name) {
  for (const WrapperShape& shape : kWrapperShapes) {
    if (shape.name == name) return &shape;
  }
  return nullptr;
}

const ModelEntry& wrapper_entry(std::string_view name) {
  const auto& entries = model_wrappers();
  return *std::find_if(entries.begin(), entries.end(), [&](const ModelEntry& e) { return e.name == name; });
}

bool declares(const ModelEntry& entry, const std::string& parameter) {
  return std::any_of(entry.parameters.begin(), entry.parameters.end(),
                     [&](const ModelParameter& p) { return p.name == parameter; });
}

ModelSpec parse(std::string_view text, std::string_view whole);

ModelSpec parse_wrapper(ModelSpec spec, const WrapperShape& shape, std::string_view arguments,
                        std::string_view whole) {
  const ModelEntry& entry = wrapper_entry(shape.name);
  for (std::string_view piece : split_pieces(arguments, whole)) {
    std::string key, value;
    if (piece.empty()) throw grammar_error(whole, fmt::format("an empty argument in {}(...)", spec.name));
    if (split_option(piece, &key, &value)) {
      if (declares(entry, key) || spec.inner.empty()) {
        add_option(spec, key, value, whole);
      } else {
        add_option(spec.inner.back(), key, value, whole);
      }
    } else if (spec.inner.size() < shape.models) {
      spec.inner.push_back(parse(piece, whole));
    } else if (shape.folder && spec.path.empty()) {
      spec.path = std::string(piece);
    } else {
      throw grammar_error(whole,
                          fmt::format("{}(...) does not take a further argument \"{}\"", spec.name, piece));
    }
  }
  if (spec.inner.size() < shape.models || (shape.folder && spec.path.empty())) {
    throw grammar_error(
        whole,
        fmt::format("{}(...) wants {}{}, {} found", spec.name,
                    shape.models == 0 ? std::string()
                                      : fmt::format("{} model{}", shape.models, shape.models == 1 ? "" : "s"),
                    shape.folder ? (shape.models ? " and a folder" : "a folder") : "",
                    spec.inner.size() + (spec.path.empty() ? 0 : 1)),
        entry.summary);
  }
  return spec;
}

ModelSpec parse(std::string_view text, std::string_view whole) {
  ModelSpec spec;
  text = trim(text);
  spec.text = std::string(text);
  spec.key = spec.text;
  if (text.empty()) throw grammar_error(whole, "no model named");
  spec.device = take_device(text);
  size_t end = 0;
  while (end < text.size() && is_word(text[end])) ++end;
  spec.name = std::string(text.substr(0, end));
  if (spec.name.empty()) throw grammar_error(whole, fmt::format("a name is expected at \"{}\"", text));
  std::string_view rest = trim(text.substr(end));
  if (rest.empty()) return spec;
  if (rest.front() == '(') {
    const WrapperShape* shape = find_shape(spec.name);
    if (!shape) {
      std::vector<std::string> known;
      for (const WrapperShape& s : kWrapperShapes) known.emplace_back(s.name);
      throw grammar_error(whole, fmt::format("unknown wrapper \"{}\"", spec.name),
                          did_you_mean(spec.name, known));
    }
    if (rest.back() != ')') throw grammar_error(whole, "text after the closing \")\"");
    return parse_wrapper(std::move(spec), *shape, rest.substr(1, rest.size() - 2), whole);
  }
  if (rest.front() != ':')
    throw grammar_error(whole, fmt::format("\":\" or \"(\" is expected at \"{}\"", rest));
  for (std::string_view piece : split_pieces(rest.substr(1), whole)) {
    std::string key, value;
    if (piece.empty()) throw grammar_error(whole, "an empty parameter");
    if (split_option(piece, &key, &value)) {
      add_option(spec, key, value, whole);
    } else if (spec.path.empty()) {
      spec.path = std::string(piece);
    } else {
      throw grammar_error(whole, fmt::format("two paths: \"{}\" and \"{}\"", spec.path, piece));
    }
  }
  return spec;
}

std::vector<std::string> parameter_names(const ModelEntry& entry) {
  std::vector<std::string> names;
  for (const ModelParameter& p : entry.parameters) names.push_back(p.name);
  return names;
}

void check_arguments(const ModelSpec& spec, const ModelEntry& entry) {
  for (const auto& [key, value] : spec.options) {
    if (declares(entry, key)) continue;
    throw usage_error(fmt::format("model \"{}\"", spec.text),
                      fmt::format("unknown parameter \"{}\" of {}", key, entry.name),
                      entry.parameters.empty() ? fmt::format("{} takes no parameters", entry.name)
                                               : did_you_mean(key, parameter_names(entry)));
  }
  if (!spec.path.empty() && entry.path.empty()) {
    throw usage_error(fmt::format("model \"{}\"", spec.text),
                      fmt::format("{} takes no path, \"{}\" was given", entry.name, spec.path),
                      "parameters are written key=value");
  }
}

double probability(const ModelArguments& arguments, const std::string& name) {
  const double p = arguments.number_or(name, 0);
  if (p < 0 || p > 1) {
    throw usage_error(arguments.place(), fmt::format("{}={} is no probability", name, p),
                      "give a number from 0 to 1");
  }
  return p;
}

}  // namespace

ModelSpec parse_model_spec(std::string_view text) {
  const std::string_view whole = trim(text);
  for (char c : whole) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '|') {
      throw grammar_error(whole, "control characters and \"|\" cannot be part of a model");
    }
  }
  // "key=spec": the equals sign comes before anything else that separates.
  const size_t mark = whole.find_first_of("=:(,");
  std::string key;
  std::string_view rest = whole;
  if (mark != std::string_view::npos && whole[mark] == '=') {
    key = std::string(trim(whole.substr(0, mark)));
    if (!is_word(key))
      throw grammar_error(whole, fmt::format("\"{}\" cannot name a model", key),
                          "letters, digits, \"_\", \"-\", \".\"");
    rest = whole.substr(mark + 1);
  }
  ModelSpec spec = parse(rest, whole);
  if (!key.empty()) spec.key = key;
  return spec;
}

ModelArguments::ModelArguments(const ModelSpec& spec, std::string default_device)
    : spec_(&spec), device_(spec.device.empty() ? std::move(default_device) : spec.device) {}

std::string ModelArguments::place() const { return fmt::format("model \"{}\"", spec_->text); }

const std::string* ModelArguments::find(const std::string& name) const {
  for (const auto& [key, value] : spec_->options) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool ModelArguments::has(const std::string& name) const { return find(name) != nullptr; }

std::string ModelArguments::text_or(const std::string& name, std::string fallback) const {
  const std::string* value = find(name);
  return value ? *value : fallback;
}

double ModelArguments::number_or(const std::string& name, double fallback) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  double number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size() || !std::isfinite(number)) {
    throw usage_error(place(), fmt::format("{}={} is no number", name, *value));
  }
  return number;
}

int64_t ModelArguments::integer_or(const std::string& name, int64_t fallback) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size()) {
    throw usage_error(place(), fmt::format("{}={} is no whole number", name, *value));
  }
  return number;
}

bool ModelArguments::boolean_or(const std::string& name, bool fallback) const {
  const std::string* value = find(name);
  if (!value) return fallback;
  for (const char* yes : {"true", "1", "on", "yes"}) {
    if (*value == yes) return true;
  }
  for (const char* no : {"false", "0", "off", "no"}) {
    if (*value == no) return false;
  }
  throw usage_error(place(), fmt::format("{}={} is neither true nor false", name, *value));
}

const std::vector<ModelEntry>& model_wrappers() {
  static const std::vector<ModelEntry> wrappers = {
      {"check",
       "check(a, b, tol=1e-3): answers with a; a slice where b differs by more than tol is a failure",
       "",
       {{"tol", "1e-3", "largest allowed difference of any pixel, in model units (the range is 2 wide)"}},
       {}},
      {"faulty",
       "faulty(m, nan=0.02, throw=0.01, seed=7): lets slices fail, to try the failure paths",
       "",
       {{"nan", "0", "probability per slice of a prediction with a NaN in it"},
        {"throw", "0", "probability per slice of an exception"},
        {"hang", "0", "probability per slice of never answering"},
        {"seed", "7", "which slices are hit"},
        {"heal", "", "once this file exists, nothing fails any more"}},
       {}},
      {"record", "record(m, DIR): keeps every prediction in DIR", "folder to write to", {}, {}},
      {"replay",
       "replay(DIR): answers from what record() kept, bit for bit",
       "folder that record() wrote",
       {},
       {}},
  };
  return wrappers;
}

std::unique_ptr<Synthesizer> make_model(const ModelSpec& spec, const ModelTable& table,
                                        const std::string& default_device) {
  const ModelArguments arguments(spec, default_device);
  if (find_shape(spec.name)) {
    check_arguments(spec, wrapper_entry(spec.name));
    std::vector<std::unique_ptr<Synthesizer>> inner;
    for (const ModelSpec& model : spec.inner) inner.push_back(make_model(model, table, arguments.device()));
    if (spec.name == "replay" && !spec.path.empty()) return make_replay(spec.path);
    if (inner.empty()) {
      throw usage_error(arguments.place(), "a wrapper without its models", wrapper_entry(spec.name).summary);
    }
    if (spec.name == "check") {
      const double tolerance = arguments.number_or("tol", 1e-3);
      if (tolerance < 0) throw usage_error(arguments.place(), "tol is negative");
      return make_check(std::move(inner[0]), std::move(inner[1]), tolerance);
    }
    if (spec.name == "record") return make_recorder(std::move(inner[0]), spec.path);
    Faults faults;
    faults.nan = probability(arguments, "nan");
    faults.throws = probability(arguments, "throw");
    faults.hang = probability(arguments, "hang");
    faults.seed = static_cast<uint64_t>(arguments.integer_or("seed", 7));
    faults.heal = arguments.text_or("heal", "");
    return make_faulty(std::move(inner[0]), faults);
  }
  std::vector<std::string> known;
  for (const ModelEntry& entry : table) {
    known.push_back(entry.name);
    if (entry.name != spec.name) continue;
    check_arguments(spec, entry);
    return entry.make(arguments);
  }
  for (const WrapperShape& shape : kWrapperShapes) known.emplace_back(shape.name);
  throw usage_error(arguments.place(), fmt::format("unknown model \"{}\"", spec.name),
                    did_you_mean(spec.name, known));
}

}  // namespace synerbench
