#include "harness/core/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {
namespace {

void check_finite(const Json& json, const std::string& pointer) {
  if (json.is_number_float()) {
    SB_CHECK(std::isfinite(json.get<double>()),
             "a value that is not finite was about to be written as JSON at " + pointer);
  } else if (json.is_structured()) {
    size_t index = 0;
    for (auto it = json.begin(); it != json.end(); ++it, ++index) {
      check_finite(*it, pointer + "/" + (json.is_object() ? it.key() : std::to_string(index)));
    }
  }
}

const char* kind_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a text";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "a whole number";
    case Json::value_t::number_float:
      return "a number";
    default:
      return "null";
  }
}

constexpr size_t kManyKeys = 24;   // from so many on, keys are looked up in a table
constexpr size_t kShownKey = 100;  // bytes of a key in a message

/// Builds the document as the parser goes. Json's own builder looks through all keys of an object for each
/// new one, which takes a minute for 100,000, takes the last of two equal keys, and knows no limit.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  struct Trouble {
    std::optional<size_t> byte;  // of the text
    std::string pointer;         // in the document, when there is no byte
    std::string problem, hint;
  };

  bool null() override { return put(Json()); }
  bool boolean(bool value) override { return put(Json(value)); }
  bool number_integer(Json::number_integer_t value) override { return put(Json(value)); }
  bool number_unsigned(Json::number_unsigned_t value) override { return put(Json(value)); }
  bool number_float(Json::number_float_t value, const Json::string_t&) override { return put(Json(value)); }
  bool string(Json::string_t& value) override { return put(Json(std::move(value))); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(Json::string_t& name) override {
    Level& level = levels_.back();
    auto& object = level.value->get_ref<Json::object_t&>();
    if (object.size() == kManyKeys) {
      for (const auto& [known, value] : object) level.keys.insert(known);
    }
    const bool fresh = object.size() >= kManyKeys
                           ? level.keys.insert(name).second
                           : std::none_of(object.begin(), object.end(),
                                          [&](const auto& entry) { return entry.first == name; });
    if (!fresh) {
      trouble_ = {{},
                  pointer() + "/" + printable(name, kShownKey),
                  "this key appears twice in one object",
                  "keep one of the two: which one counts is a guess"};
      return false;
    }
    object.emplace_back(name, Json());
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    const bool number = error.id == kNumberOverflow;
    trouble_ = {position > 0 ? position - 1 : 0, "",
                number ? "the number that ends here is too large" : "not valid JSON here",
                number
                    ? "the largest is 1.797e308"
                    : "a comma, quote or bracket is missing or too many; any JSON checker will point at it"};
    return false;
  }

  Json take() { return std::move(root_); }
  const Trouble& trouble() const { return trouble_; }

 private:
  struct Level {
    Json* value = nullptr;
    std::unordered_set<std::string> keys;  // of an object with many
  };

  Json* place(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *levels_.back().value;
    if (parent.is_array()) {
      auto& list = parent.get_ref<Json::array_t&>();
      list.push_back(std::move(value));
      return &list.back();
    }
    Json& slot = parent.get_ref<Json::object_t&>().back().second;  // that key() has made
    slot = std::move(value);
    return &slot;
  }

  bool put(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (levels_.size() == kMostJsonLevels) {
      trouble_ = {{},
                  pointer().substr(0, kShownKey) + "...",
                  fmt::format("more than {} lists and objects lie inside each other", kMostJsonLevels),
                  "no document that is read here needs that; the file is damaged or not what it should be"};
      return false;
    }
    Json* const at = place(std::move(value));
    levels_.push_back({at, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  /// Of the value that is open.
  std::string pointer() const {
    std::string text;
    for (size_t i = 0; i + 1 < levels_.size(); ++i) {
      const Json& value = *levels_[i].value;
      text += "/" + (value.is_array()
                         ? std::to_string(value.size() - 1)
                         : printable(value.get_ref<const Json::object_t&>().back().first, kShownKey));
    }
    return text;
  }

  Json root_;
  std::vector<Level> levels_;
  Trouble trouble_;
};

/// The document, or what is wrong with it.
std::optional<Builder::Trouble> build(std::string_view text, Json* json) {
  if (text.size() > kMostJsonBytes) {
    return Builder::Trouble{{},
                            "",
                            fmt::format("{} bytes of JSON, at most {} are read", text.size(), kMostJsonBytes),
                            "the file is damaged or not what it should be"};
  }
  // The parser takes a byte 0 for the end of the text and believes what stands before it.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    return Builder::Trouble{zero, "", "a byte 0, which JSON does not have",
                            "the file is damaged; copy it again"};
  Builder builder;
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return builder.trouble();
  *json = builder.take();
  return {};
}

}  // namespace

Json parse_json(std::string_view text, const std::string& place, ExitCode kind) {
  Json json;
  const auto trouble = build(text, &json);
  if (!trouble) return json;
  if (!trouble->byte) {
    throw Error(kind, trouble->pointer.empty() ? place : place + ": " + trouble->pointer, trouble->problem,
                trouble->hint);
  }
  const size_t end = std::min(text.size(), *trouble->byte);
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
  const size_t start = text.rfind('\n', end > 0 ? end - 1 : 0);
  const size_t column = end - (start == std::string::npos || start >= end ? 0 : start + 1) + 1;
  throw Error(kind, fmt::format("{}:{}:{}", place, line, column), trouble->problem, trouble->hint);
}

std::optional<Json> try_parse_json(std::string_view text) {
  Json json;
  if (build(text, &json)) return std::nullopt;
  return json;
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path, kMostJsonBytes), path.string());
}

Json json_of_option(const std::string& text, const std::string& place) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{' ? parse_json(text, place, ExitCode::kUsage)
                                                          : read_json(text);
}

std::string to_text(const Json& json, int indent) {
  check_finite(json, "");
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void write_json(const std::filesystem::path& path, const Json& json, int indent) {
  write_file(path, to_text(json, indent) + "\n");
}

JsonObject::JsonObject(const Json& json, std::string file, std::string pointer, ExitCode kind,
                       const char* remedy)
    : json_(&json), file_(std::move(file)), pointer_(std::move(pointer)), kind_(kind), remedy_(remedy) {
  if (!json.is_object()) throw error("", fmt::format("an object {{...}} is wanted, {} found", kind_of(json)));
}

Error JsonObject::error(const std::string& key, std::string problem, std::string hint) const {
  const std::string place = key.empty() ? file_ + ": " + (pointer_.empty() ? "/" : pointer_) : where(key);
  if (*remedy_) hint += (hint.empty() ? "" : "\n  ") + std::string(remedy_);
  return Error(kind_, place, std::move(problem), std::move(hint));
}

std::string JsonObject::where(const std::string& key) const {
  return file_ + ": " + pointer_ + "/" + printable(key, kShownKey);
}

const Json* JsonObject::find(const std::string& key) const {
  if (json_->size() < kManyKeys) {
    const auto at = json_->find(key);
    return at == json_->end() ? nullptr : &*at;
  }
  if (!index_) {
    auto index = std::make_shared<std::unordered_map<std::string_view, const Json*>>();
    for (const auto& [name, value] : json_->get_ref<const Json::object_t&>()) index->emplace(name, &value);
    index_ = std::move(index);
  }
  const auto at = index_->find(key);
  return at == index_->end() ? nullptr : at->second;
}

bool JsonObject::has(const std::string& key) const { return find(key) != nullptr; }

bool JsonObject::mark(const std::string& key) {
  used_.push_back(key);
  return has(key);
}

const Json& JsonObject::require(const std::string& key) {
  const Json* const value = find(key);
  if (value == nullptr) {
    std::vector<std::string> present;
    for (auto entry = json_->begin(); entry != json_->end(); ++entry) present.push_back(entry.key());
    throw error("", fmt::format("\"{}\" is missing", key), present.empty() ? "" : did_you_mean(key, present));
  }
  used_.push_back(key);
  return *value;
}

const Json& JsonObject::raw(const std::string& key) { return require(key); }

std::string JsonObject::text(const std::string& key) {
  const Json& value = require(key);
  if (!value.is_string()) throw error(key, fmt::format("a text is wanted, {} found", kind_of(value)));
  return value.get<std::string>();
}

std::string JsonObject::text_or(const std::string& key, std::string fallback) {
  used_.push_back(key);  // known, there or not
  return has(key) ? text(key) : fallback;
}

std::string JsonObject::line(const std::string& key) {
  const std::string value = text(key);
  if (!is_line(value))
    throw error(key, fmt::format("\"{}\" holds what cannot be seen in a line of text", printable(value)));
  return value;
}

std::string JsonObject::line_or(const std::string& key, std::string fallback) {
  used_.push_back(key);
  return has(key) ? line(key) : fallback;
}

std::string JsonObject::choice(const std::string& key, const std::vector<std::string>& allowed) {
  const std::string value = text(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    throw error(key, fmt::format("unknown value \"{}\"", printable(value)), did_you_mean(value, allowed));
  }
  return value;
}

std::string JsonObject::choice_or(const std::string& key, const std::vector<std::string>& allowed,
                                  std::string fallback) {
  used_.push_back(key);  // known, there or not
  return has(key) ? choice(key, allowed) : fallback;
}

int64_t JsonObject::integer(const std::string& key, int64_t lowest, int64_t highest) {
  const Json& value = require(key);
  if (!value.is_number_integer())
    throw error(key, fmt::format("a whole number is wanted, {} found", kind_of(value)));
  if (value.is_number_unsigned() &&
      value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    throw error(key, fmt::format("{} is too large", value.get<uint64_t>()));
  }
  const auto number = value.get<int64_t>();
  if (number < lowest || number > highest) {
    throw error(key, fmt::format("{} is outside {} .. {}", number, lowest, highest));
  }
  return number;
}

int64_t JsonObject::integer_or(const std::string& key, int64_t fallback, int64_t lowest, int64_t highest) {
  used_.push_back(key);  // known, there or not
  return has(key) ? integer(key, lowest, highest) : fallback;
}

double JsonObject::number(const std::string& key) {
  const Json& value = require(key);
  if (!value.is_number()) throw error(key, fmt::format("a number is wanted, {} found", kind_of(value)));
  return value.get<double>();
}

double JsonObject::number_or(const std::string& key, double fallback) {
  used_.push_back(key);  // known, there or not
  return has(key) ? number(key) : fallback;
}

bool JsonObject::boolean_or(const std::string& key, bool fallback) {
  used_.push_back(key);  // known, there or not
  if (!has(key)) return fallback;
  const Json& value = require(key);
  if (!value.is_boolean()) throw error(key, fmt::format("true or false is wanted, {} found", kind_of(value)));
  return value.get<bool>();
}

std::vector<std::string> JsonObject::texts(const std::string& key) {
  const Json& value = require(key);
  if (!value.is_array()) throw error(key, fmt::format("a list of texts is wanted, {} found", kind_of(value)));
  std::vector<std::string> list;
  for (size_t i = 0; i < value.size(); ++i) {
    if (!value[i].is_string()) {
      throw error(key + "/" + std::to_string(i),
                  fmt::format("a text is wanted, {} found", kind_of(value[i])));
    }
    list.push_back(value[i].get<std::string>());
  }
  return list;
}

std::vector<std::string> JsonObject::texts_or(const std::string& key, std::vector<std::string> fallback) {
  used_.push_back(key);  // known, there or not
  return has(key) ? texts(key) : fallback;
}

JsonObject JsonObject::object(const std::string& key) {
  return JsonObject(require(key), file_, pointer_ + "/" + printable(key, kShownKey), kind_, remedy_);
}

std::vector<JsonObject> JsonObject::objects(const std::string& key) {
  const Json& value = require(key);
  if (!value.is_array()) throw error(key, fmt::format("a list is wanted, {} found", kind_of(value)));
  std::vector<JsonObject> list;
  for (size_t i = 0; i < value.size(); ++i)
    list.emplace_back(value[i], file_, fmt::format("{}/{}/{}", pointer_, key, i), kind_, remedy_);
  return list;
}

void JsonObject::done() const {
  std::vector<std::string> known = used_;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (auto it = json_->begin(); it != json_->end(); ++it) {
    if (!std::binary_search(known.begin(), known.end(), it.key()))
      throw error(it.key(), "this key is not known here", did_you_mean(it.key(), known));
  }
}

}  // namespace synerbench
