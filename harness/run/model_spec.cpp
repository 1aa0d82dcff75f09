#include "harness/run/model_spec.h"

#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>
#include <cctype>

#include "harness/core/error.h"
#include "harness/run/model_wrappers.h"
#include "harness/run/record.h"

namespace synerbench {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '+';
}
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_word(c); });
}

Error grammar_error(std::string_view whole, const std::string& problem, const std::string& hint = "") {
  return usage_error(
      fmt::format("model \"{}\"", whole), problem,
      hint.empty() ? "write name, name:path, name:key=value,... or wrapper(model, key=value)" : hint);
}

/// Behind the quote at `start`, if one closes it; else behind `start`: an apostrophe is a character like any.
size_t behind_quote(std::string_view text, size_t start) {
  const char quote = text[start];
  for (size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return start + 1;
}

/// The inside of a piece that is one quoted text and nothing else; another piece as it is.
std::string_view without_quotes(std::string_view piece) {
  const bool quoted = piece.size() > 2 && (piece.front() == '\'' || piece.front() == '"') &&
                      behind_quote(piece, 0) == piece.size();
  return quoted ? piece.substr(1, piece.size() - 2) : piece;
}

/// Splits at commas outside parentheses and quotes. Empty pieces are kept, so that "a,,b" can be refused.
std::vector<std::string_view> split_pieces(std::string_view text, std::string_view whole) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      pieces.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    } else if (text[i] == '\'' || text[i] == '"') {
      i = behind_quote(text, i) - 1;
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
    if (name == key) throw grammar_error(whole, fmt::format("option \"{}\" is given twice", key));
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

const Wrapper* find_wrapper(std::string_view name) {
  for (const Wrapper& wrapper : model_wrappers()) {
    if (wrapper.name == name) return &wrapper;
  }
  return nullptr;
}

std::vector<std::string> wrapper_names() {
  std::vector<std::string> names;
  for (const Wrapper& wrapper : model_wrappers()) names.push_back(wrapper.name);
  return names;
}

std::vector<std::string> names_of(const std::vector<FieldInfo>& fields) {
  std::vector<std::string> names;
  for (const FieldInfo& field : fields) names.push_back(field.name);
  return names;
}

bool declares(const std::vector<FieldInfo>& fields, const std::string& name) {
  return std::any_of(fields.begin(), fields.end(), [&](const FieldInfo& f) { return f.name == name; });
}

ModelSpec parse(std::string_view text, std::string_view whole);

std::string wanted_by(const Wrapper& wrapper) {
  const char* folder = wrapper.path.empty() ? "" : wrapper.models ? " and a folder" : "a folder";
  if (wrapper.models == 0) return folder;
  return fmt::format("{} model{}{}", wrapper.models, wrapper.models == 1 ? "" : "s", folder);
}

ModelSpec parse_wrapper(ModelSpec spec, const Wrapper& wrapper, std::string_view arguments,
                        std::string_view whole) {
  const bool folder = !wrapper.path.empty();
  for (std::string_view piece : split_pieces(arguments, whole)) {
    std::string key, value;
    if (piece.empty()) throw grammar_error(whole, fmt::format("an empty argument in {}(...)", spec.name));
    if (split_option(piece, &key, &value)) {
      const bool own = declares(wrapper.options, key) || spec.inner.empty();
      add_option(own ? spec : spec.inner.back(), key, value, whole);
    } else if (spec.inner.size() < wrapper.models) {
      spec.inner.push_back(parse(piece, whole));
    } else if (folder && spec.path.empty()) {
      spec.path = std::string(piece);
    } else {
      throw grammar_error(whole,
                          fmt::format("{}(...) does not take a further argument \"{}\"", spec.name, piece));
    }
  }
  if (spec.inner.size() < wrapper.models || (folder && spec.path.empty())) {
    throw grammar_error(whole,
                        fmt::format("{}(...) wants {}, {} found", spec.name, wanted_by(wrapper),
                                    spec.inner.size() + (spec.path.empty() ? 0 : 1)),
                        wrapper.summary);
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
    const Wrapper* wrapper = find_wrapper(spec.name);
    if (!wrapper) {
      throw grammar_error(whole, fmt::format("unknown wrapper \"{}\"", spec.name),
                          did_you_mean(spec.name, wrapper_names()));
    }
    if (rest.back() != ')') throw grammar_error(whole, "text after the closing \")\"");
    return parse_wrapper(std::move(spec), *wrapper, rest.substr(1, rest.size() - 2), whole);
  }
  if (rest.front() != ':')
    throw grammar_error(whole, fmt::format("\":\" or \"(\" is expected at \"{}\"", rest));
  for (std::string_view piece : split_pieces(rest.substr(1), whole)) {
    std::string key, value;
    if (piece.empty()) throw grammar_error(whole, "an empty option");
    if (split_option(piece, &key, &value)) {
      add_option(spec, key, value, whole);
    } else if (spec.path.empty()) {
      spec.path = std::string(without_quotes(piece));
    } else {
      throw grammar_error(whole, fmt::format("two paths: \"{}\" and \"{}\"", spec.path, piece));
    }
  }
  return spec;
}

std::string place_of(const ModelSpec& spec) { return fmt::format("model \"{}\"", spec.text); }

/// What a row is loaded with, after looking at what it takes.
LoadRequest request_for(const ModelSpec& spec, const std::vector<FieldInfo>& options, bool takes_path,
                        const std::string& device) {
  LoadRequest request{spec.path, device, Json::object(), place_of(spec)};
  for (const auto& [key, value] : spec.options) {
    if (!declares(options, key)) {
      throw usage_error(request.place, fmt::format("unknown option \"{}\" of {}", key, spec.name),
                        options.empty() ? fmt::format("{} takes no options", spec.name)
                                        : did_you_mean(key, names_of(options)));
    }
    request.options[key] = value_of_text(value);
  }
  if (!spec.path.empty() && !takes_path) {
    throw usage_error(request.place, fmt::format("{} takes no path, \"{}\" was given", spec.name, spec.path),
                      "options are written key=value");
  }
  return request;
}

/// Error(kUsage) unless every character of a text can be shown and stored.
void check_printable(std::string_view text, std::string_view what) {
  if (!utf8::is_valid(text.begin(), text.end()))
    throw usage_error(std::string(what), "a name holds bytes that are not UTF-8", "write it in UTF-8");
  if (!is_line(text))
    throw grammar_error(text, "what cannot be seen cannot be part of a model",
                        "write it without control characters, marks of direction and invisible characters");
}

/// Takes a name in double quotes off the front of `text`.
std::string take_quoted(std::string_view& text, std::string_view whole) {
  std::string name;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return name;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    name += text[i];
  }
  throw grammar_error(whole, "the quotes around the name are not closed");
}

/// Takes "name=" off the front of `text`; empty when it does not begin with a name.
std::string take_name(std::string_view& text) {
  const std::string_view whole = text;
  std::string name;
  if (text.starts_with('"')) {
    name = take_quoted(text, whole);
    text = trim(text);
    if (!text.starts_with('=')) throw grammar_error(whole, "\"=\" is expected behind the quoted name");
    if (trim(name).empty()) throw grammar_error(whole, "the name is empty");
  } else {
    // The equals sign comes before anything else that separates.
    const size_t mark = text.find_first_of("=:(,");
    if (mark == std::string_view::npos || text[mark] != '=') return "";
    name = std::string(trim(text.substr(0, mark)));
    if (!is_word(name)) {
      throw grammar_error(whole, fmt::format("\"{}\" cannot name a model as it is", name),
                          fmt::format("put it in double quotes: \"{}\"=...", name));
    }
    text.remove_prefix(mark);
  }
  text.remove_prefix(1);
  return name;
}

}  // namespace

ModelSpec parse_model_spec(std::string_view text) {
  const std::string_view whole = trim(text);
  check_printable(whole, "--model");
  std::string_view rest = whole;
  const std::string name = take_name(rest);
  ModelSpec spec = parse(rest, whole);
  if (!name.empty()) spec.key = name;
  return spec;
}

std::string parse_model_name(std::string_view text) {
  const std::string_view whole = trim(text);
  check_printable(whole, "--name");
  if (whole.empty()) throw usage_error("--name", "the name is empty", "give the model a name for the tables");
  if (!whole.starts_with('"')) return std::string(whole);
  std::string_view rest = whole;
  std::string name = take_quoted(rest, whole);
  if (!trim(rest).empty())
    throw usage_error("--name", fmt::format("text behind the quoted name: \"{}\"", rest),
                      "put all of it in quotes");
  if (trim(name).empty())
    throw usage_error("--name", "the name is empty", "give the model a name for the tables");
  return name;
}

std::vector<ModelSpec> parse_model_specs(const std::vector<std::string>& texts) {
  if (texts.empty())
    throw usage_error("models", "no model named",
                      "name one or more: --model mean --model line; synerbench models lists them");
  std::vector<ModelSpec> specs;
  for (const std::string& text : texts) {
    specs.push_back(parse_model_spec(text));
    for (size_t i = 0; i + 1 < specs.size(); ++i) {
      if (file_name_of(specs[i].key) == file_name_of(specs.back().key)) {
        throw usage_error("models", fmt::format("model \"{}\" is named twice", specs.back().key),
                          "give one of them a name of its own: other=" + specs.back().text);
      }
    }
  }
  return specs;
}

/// A wrapper's request, after looking at what it wraps.
static LoadRequest wrapper_request(const ModelSpec& spec, const Wrapper& wrapper, const std::string& device) {
  LoadRequest request = request_for(spec, wrapper.options, !wrapper.path.empty(), device);
  if (spec.inner.size() < wrapper.models || (!wrapper.path.empty() && spec.path.empty()))
    throw usage_error(request.place, fmt::format("{} without its {}", spec.name, wanted_by(wrapper)),
                      wrapper.summary);
  return request;
}

/// Error(kUsage) with "did you mean" when no row has the name.
static const Method& method_of(const ModelSpec& spec, const MethodTable& table) {
  std::vector<std::string> known;
  for (const Method& method : table) {
    if (method.name == spec.name) return method;
    known.push_back(method.name);
  }
  for (const std::string& name : wrapper_names()) known.push_back(name);
  throw usage_error(place_of(spec), fmt::format("unknown model \"{}\"", spec.name),
                    did_you_mean(spec.name, known));
}

void require_known(const ModelSpec& spec, const MethodTable& table) {
  if (const Wrapper* wrapper = find_wrapper(spec.name)) {
    wrapper_request(spec, *wrapper, "");
    for (const ModelSpec& model : spec.inner) require_known(model, table);
    return;
  }
  const Method& method = method_of(spec, table);
  request_for(spec, method.options, !method.path.empty(), "");
}

std::unique_ptr<Synthesizer> make_model(const ModelSpec& spec, const MethodTable& table,
                                        const std::string& default_device, const MadeFor& made_for) {
  const std::string device = spec.device.empty() ? default_device : spec.device;
  if (const Wrapper* wrapper = find_wrapper(spec.name)) {
    const LoadRequest request = wrapper_request(spec, *wrapper, device);
    std::vector<std::unique_ptr<Synthesizer>> inner;
    for (const ModelSpec& model : spec.inner) inner.push_back(make_model(model, table, device, made_for));
    return wrapper->make(std::move(inner), request);
  }
  const Method& method = method_of(spec, table);
  LoadRequest request = request_for(spec, method.options, !method.path.empty(), device);
  request.run.timeout = made_for.timeout;
  if (!made_for.run_folder.empty())
    request.run.log = made_for.run_folder / "logs" / (file_name_of(spec.key) + ".txt");
  return method.load(request);
}

}  // namespace synerbench
