#include "reports/numbers/published.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/core/csv.h"
#include "harness/core/error.h"
#include "reports/numbers/embedded.h"

namespace synerbench {
namespace {

constexpr const char* kSchema = "published-results/1";

/// Digits behind the point of the shortest decimal text: 85.0 -> 0, 66.17 -> 2. JSON keeps no trailing zeros,
/// so a table is printed with the digits of its longest figure.
int decimals_of_number(double value) {
  const std::string text = csv_number(value);
  const auto point = text.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> parts;
  size_t at = 0;
  for (size_t comma; (comma = text.find(',', at)) != std::string::npos; at = comma + 1)
    parts.push_back(text.substr(at, comma - at));
  parts.push_back(text.substr(at));
  return parts;
}

double number_of(const Json& json, const std::string& where) {
  if (!json.is_number() || !std::isfinite(json.get<double>())) {
    throw usage_error(where, "a finite number is wanted, " + to_text(json, -1) + " found");
  }
  return json.get<double>();
}

PublishedTable table_from_json(JsonObject& object, const std::vector<std::string>& known_metrics) {
  PublishedTable table;
  table.id = object.text("id");
  table.metrics = split_commas(object.text("metric"));
  for (const std::string& metric : table.metrics) {
    if (std::find(known_metrics.begin(), known_metrics.end(), metric) == known_metrics.end()) {
      throw usage_error(object.where("metric"), "no unit is given for the metric \"" + metric + "\"",
                        did_you_mean(metric, known_metrics));
    }
  }
  table.origin = object.text("origin");
  table.note = object.text_or("note", "");
  if (object.has("models") && object.has("columns")) {
    throw usage_error(object.where("columns"), "a table has either models or columns");
  }
  if (object.has("models")) table.columns = object.texts("models");
  if (object.has("columns")) table.columns = object.texts("columns");
  const std::set<std::string> unique(table.columns.begin(), table.columns.end());
  if (unique.size() != table.columns.size())
    throw usage_error(object.where("columns"), "two columns have one name");
  if (object.has("routes")) {  // how many tasks each averaged column holds: repeated in words for the reader
    const Json& routes = object.raw("routes");
    if (!routes.is_object())
      throw usage_error(object.where("routes"), "an object column -> number of tasks is wanted");
    for (const auto& [column, count] : routes.items()) {
      const std::string where = object.where("routes") + "/" + column;
      if (!unique.contains(column))
        throw usage_error(where, "no such column", did_you_mean(column, table.columns));
      if (!count.is_number_integer() || count.get<int64_t>() <= 0)
        throw usage_error(where, "a positive integer is wanted");
      table.note += (table.note.empty() ? "" : " ") + column + ": average of " +
                    std::to_string(count.get<int64_t>()) + " routes.";
    }
  }
  const bool plain = table.columns.empty();
  if (plain) table.columns = {"value"};
  const Json& rows = object.raw("rows");
  if (!rows.is_object() || rows.empty())
    throw usage_error(object.where("rows"), "an object with at least one row is wanted");
  for (const auto& [name, values] : rows.items()) {
    const std::string where = object.where("rows") + "/" + name;
    PublishedTable::Row row{name, {}};
    if (plain) {
      row.values.push_back(number_of(values, where));
    } else {
      if (!values.is_array() || values.size() != table.columns.size()) {
        throw usage_error(where, "a list of " + std::to_string(table.columns.size()) +
                                     " numbers is wanted, one per column");
      }
      for (size_t i = 0; i < values.size(); ++i)
        row.values.push_back(number_of(values[i], where + "/" + std::to_string(i)));
    }
    for (const double value : row.values)
      table.decimals = std::max(table.decimals, decimals_of_number(value));
    table.rows.push_back(std::move(row));
  }
  object.done();
  return table;
}

}  // namespace

std::string Published::unit_of(const std::string& metric) const {
  for (const auto& [name, unit] : units) {
    if (name == metric) return unit;
  }
  return "";
}

double Published::scale_of(const std::string& metric) const {
  return unit_of(metric).starts_with("x100") ? 100 : 1;
}

std::optional<PublishedFigure> find_published(const std::vector<Published>& all, const std::string& task,
                                              const std::string& model, const std::string& metric) {
  for (const Published& published : all) {
    for (const PublishedTable& table : published.tables) {
      if (table.metrics != std::vector<std::string>{metric}) continue;
      const auto column = std::find(table.columns.begin(), table.columns.end(), model);
      const auto row =
          std::find_if(table.rows.begin(), table.rows.end(), [&](const auto& r) { return r.name == task; });
      if (column == table.columns.end() || row == table.rows.end()) continue;
      const auto i = static_cast<size_t>(column - table.columns.begin());
      return PublishedFigure{row->values[i], published.scale_of(metric), &published, &table};
    }
  }
  return std::nullopt;
}

Published published_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  const std::string schema = object.text("schema");
  if (schema != kSchema) {
    throw usage_error(object.where("schema"), "unknown schema \"" + schema + "\"",
                      std::string("wanted: ") + kSchema);
  }
  Published published;
  published.place = place;
  published.paper = object.text("paper");
  const Json& units = object.raw("units");
  if (!units.is_object()) throw usage_error(object.where("units"), "an object metric -> unit is wanted");
  std::vector<std::string> metrics;
  for (const auto& [metric, unit] : units.items()) {
    if (!unit.is_string()) throw usage_error(object.where("units") + "/" + metric, "a text is wanted");
    published.units.emplace_back(metric, unit.get<std::string>());
    metrics.push_back(metric);
  }
  std::set<std::string> ids;
  for (JsonObject& table : object.objects("tables")) {
    published.tables.push_back(table_from_json(table, metrics));
    if (!ids.insert(published.tables.back().id).second) {
      throw usage_error(table.where("id"), "two tables are called \"" + published.tables.back().id + "\"");
    }
  }
  object.done();
  return published;
}

std::vector<Published> load_published(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw usage_error(folder.string(), "no such folder of published figures",
                      "wanted: a folder with files like suites/published/synermedgen-2026.json");
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  if (files.empty()) throw usage_error(folder.string(), "the folder holds no *.json file");
  std::sort(files.begin(), files.end());
  std::vector<Published> all;
  for (const auto& file : files) all.push_back(published_from_json(read_json(file), file.string()));
  return all;
}

std::vector<Published> embedded_published() {
  std::vector<Published> all;
  for (const auto& [name, text] : embedded_published_files()) {
    const std::string place = "suites/published/" + std::string(name) + ".json";
    all.push_back(published_from_json(parse_json(std::string(text), place), place));
  }
  return all;
}

}  // namespace synerbench
