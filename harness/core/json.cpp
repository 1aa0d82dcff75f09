#include "harness/core/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

}  // namespace

Json parse_json(const std::string& text, const std::string& place, ExitCode kind) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const size_t end = std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0);
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    const size_t start = text.rfind('\n', end > 0 ? end - 1 : 0);
    const size_t column = end - (start == std::string::npos || start >= end ? 0 : start + 1) + 1;
    throw Error(kind, fmt::format("{}:{}:{}", place, line, column), "not valid JSON here",
                "a comma, quote or bracket is missing or too many; any JSON checker will point at it");
  } catch (const Json::exception& error) {
    throw Error(kind, place, fmt::format("not valid JSON ({})", error.what()), "");
  }
}

Json json_of_option(const std::string& text, const std::string& place) {
  return text.find('{') == std::string::npos ? read_json(text) : parse_json(text, place);
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

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

std::string JsonObject::where(const std::string& key) const { return file_ + ": " + pointer_ + "/" + key; }

bool JsonObject::has(const std::string& key) const { return json_->contains(key); }

bool JsonObject::mark(const std::string& key) {
  used_.push_back(key);
  return has(key);
}

const Json& JsonObject::require(const std::string& key) {
  const auto it = json_->find(key);
  if (it == json_->end()) {
    std::vector<std::string> present;
    for (auto entry = json_->begin(); entry != json_->end(); ++entry) present.push_back(entry.key());
    throw error("", fmt::format("\"{}\" is missing", key), present.empty() ? "" : did_you_mean(key, present));
  }
  used_.push_back(key);
  return *it;
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

std::string JsonObject::choice(const std::string& key, const std::vector<std::string>& allowed) {
  const std::string value = text(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    throw error(key, fmt::format("unknown value \"{}\"", value), did_you_mean(value, allowed));
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
  return JsonObject(require(key), file_, pointer_ + "/" + key, kind_, remedy_);
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
  for (auto it = json_->begin(); it != json_->end(); ++it) {
    if (std::find(used_.begin(), used_.end(), it.key()) == used_.end()) {
      std::vector<std::string> known = used_;
      std::sort(known.begin(), known.end());
      known.erase(std::unique(known.begin(), known.end()), known.end());
      throw error(it.key(), "this key is not known here", did_you_mean(it.key(), known));
    }
  }
}

}  // namespace synerbench
