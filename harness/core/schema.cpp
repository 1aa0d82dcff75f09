#include "harness/core/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace synerbench {

bool Range::contains(double value) const {
  return (low_open ? value > low : value >= low) && (high_open ? value < high : value <= high);
}

std::string Range::text() const {
  const bool below = std::isfinite(low), above = std::isfinite(high);
  if (!below && !above) return "any";
  if (below && above)
    return fmt::format("in {}{:g}, {:g}{}", low_open ? '(' : '[', low, high, high_open ? ')' : ']');
  if (below) return fmt::format("{} {:g}", low_open ? "above" : "at least", low);
  return fmt::format("{} {:g}", high_open ? "below" : "at most", high);
}

std::string Range::problem(double value) const {
  if (low == 0 && !low_open && !std::isfinite(high)) return fmt::format("{} is negative", value);
  return fmt::format("{} is not {}", value, text());
}

Error FieldPlace::error(const std::string& field, std::string problem, std::string hint) const {
  return object_->error(field, std::move(problem), std::move(hint));
}

std::string to_markdown(const std::vector<FieldInfo>& fields) {
  // A bar inside a cell would end it.
  const auto cell = [](std::string text) {
    for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
      text.insert(at, "\\");
    return text;
  };
  std::string table = "| field | values | default | meaning |\n| --- | --- | --- | --- |\n";
  const auto code = [&](const std::string& text) {
    return text.empty() ? "" : fmt::format("`{}`", cell(text));
  };
  for (const FieldInfo& field : fields) {
    std::string fallback = code(field.fallback);
    for (const auto& [preset, value] : field.other_presets) {
      if (!value.empty())
        fallback += fmt::format("{}{} {}", fallback.empty() ? "" : "; ", preset, code(value));
    }
    table += fmt::format("| `{}` | {} | {} | {}{} |\n", field.name, cell(field.type), fallback,
                         cell(field.meaning), field.option ? " (also when weights are loaded)" : "");
  }
  return table;
}

std::vector<std::string> option_names(const std::vector<FieldInfo>& fields) {
  std::vector<std::string> names;
  for (const FieldInfo& field : fields) {
    if (field.option) names.push_back(field.name);
  }
  return names;
}

Json value_of_text(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  const char* const end = text.data() + text.size();
  int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return whole;
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number);
      read.ec == std::errc() && read.ptr == end && std::isfinite(number))
    return number;
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    if (const auto list = try_parse_json(text); list && list->is_array()) return *list;
  }
  return text;
}

namespace detail {

double read_number(JsonObject& object, const std::string& name, double fallback, const Range& range) {
  const double value = object.number_or(name, fallback);
  if (!std::isfinite(value) || !range.contains(value)) throw object.error(name, range.problem(value));
  return value;
}

std::vector<int64_t> read_integers(JsonObject& object, const std::string& name,
                                   const std::vector<int64_t>& fallback, const ListBounds& bounds) {
  if (!object.mark(name)) return fallback;
  const Json& list = object.raw(name);
  const auto fits = [&](const Json& item) {
    return item.is_number_integer() && item.get<int64_t>() >= bounds.lowest &&
           item.get<int64_t>() <= bounds.highest;
  };
  if (!list.is_array() || list.size() < bounds.fewest || list.size() > bounds.most ||
      !std::all_of(list.begin(), list.end(), fits)) {
    throw object.error(name,
                       fmt::format("{} is no list of whole numbers from {} to {}", to_text(list, -1),
                                   bounds.lowest, bounds.highest),
                       fmt::format("for example [1, 2, 4]; {} to {} of them", bounds.fewest, bounds.most));
  }
  return list.get<std::vector<int64_t>>();
}

std::optional<std::array<Modality, 2>> read_modality_pair(
    JsonObject& object, const std::string& name, const std::optional<std::array<Modality, 2>>& fallback) {
  if (!object.mark(name)) return fallback;
  const std::vector<std::string> names = object.texts(name);
  if (names.empty()) return {};
  if (names.size() != 2)
    throw object.error(name, fmt::format("{} modalities", names.size()), "two are wanted: [\"MRI\", \"CT\"]");
  const auto one = [&](const std::string& text) {
    try {
      return parse_modality(text, object.where(name));
    } catch (const Error& error) {
      throw object.error(name, error.problem(), error.hint());
    }
  };
  const std::array<Modality, 2> pair{one(names[0]), one(names[1])};
  if (pair[0] == pair[1])
    throw object.error(name, fmt::format("\"{}\" twice", names[0]), "two different modalities are wanted");
  return pair;
}

std::string list_of_words(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value, -1);
}

}  // namespace detail

}  // namespace synerbench
