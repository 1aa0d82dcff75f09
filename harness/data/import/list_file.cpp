#include "harness/data/import/list_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"

namespace synerbench {
namespace {

struct CsvRecord {
  size_t line;
  std::vector<std::string> cells;
};

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string row_place(const std::string& file, size_t line) { return fmt::format("{}: row {}", file, line); }

// Cells outside quotes are trimmed; inside quotes every character counts.
std::vector<CsvRecord> parse_csv(std::string text, const std::string& file) {
  if (text.rfind("\xEF\xBB\xBF", 0) == 0) text.erase(0, 3);
  std::vector<CsvRecord> records;
  size_t line = 1, at = 0;
  while (at < text.size()) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
      at += at < text.size();
      ++line;
      continue;
    }
    CsvRecord record{line, {}};
    bool end_of_record = false;
    while (!end_of_record) {
      std::string cell;
      bool quoted = false;
      while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
      if (at < text.size() && text[at] == '"') {
        quoted = true;
        for (++at;; ++at) {
          if (at >= text.size()) {
            throw usage_error(row_place(file, record.line), "a quoted cell does not end",
                              "close the quote \"");
          }
          if (text[at] == '"' && at + 1 < text.size() && text[at + 1] == '"') {
            cell += text[at++];
          } else if (text[at] == '"') {
            ++at;
            break;
          } else {
            line += text[at] == '\n';
            cell += text[at];
          }
        }
      }
      std::string rest;
      while (at < text.size() && text[at] != ',' && text[at] != '\n') rest += text[at++];
      if (!rest.empty() && rest.back() == '\r') rest.pop_back();
      if (quoted && !trimmed(rest).empty()) {
        throw usage_error(row_place(file, record.line), "characters after a closing quote: " + trimmed(rest),
                          "write a quote inside a quoted cell as \"\"");
      }
      record.cells.push_back(quoted ? cell : trimmed(rest));
      end_of_record = at >= text.size() || text[at] == '\n';
      line += at < text.size() && text[at] == '\n';
      ++at;
    }
    if (record.cells.size() > 1 || !record.cells[0].empty()) records.push_back(std::move(record));
  }
  return records;
}

void check_columns(const std::vector<std::string>& seen, const ListColumns& columns,
                   const std::string& place) {
  std::vector<std::string> known = columns.required;
  known.insert(known.end(), columns.optional.begin(), columns.optional.end());
  for (size_t i = 0; i < seen.size(); ++i) {
    if (std::find(known.begin(), known.end(), seen[i]) == known.end()) {
      throw usage_error(place, fmt::format("unknown column \"{}\"", seen[i]), did_you_mean(seen[i], known));
    }
    if (std::find(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(i), seen[i]) !=
        seen.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw usage_error(place, fmt::format("column \"{}\" appears twice", seen[i]), "leave one of them out");
    }
  }
  for (const auto& name : columns.required) {
    if (std::find(seen.begin(), seen.end(), name) == seen.end()) {
      throw usage_error(place, fmt::format("column \"{}\" is missing", name),
                        fmt::format("known columns: {}", fmt::join(known, " ")));
    }
  }
}

void fill_and_check(ListRow& row, const ListColumns& columns) {
  for (const auto& name : columns.optional) row.cells.try_emplace(name);
  for (const auto& name : columns.required) {
    if (row.cells[name].empty()) {
      throw usage_error(row.place, fmt::format("\"{}\" is empty", name), "every row needs a value there");
    }
  }
  for (const auto& [name, cell] : row.cells) {
    if (std::any_of(cell.begin(), cell.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      throw usage_error(row.place, fmt::format("\"{}\" holds a control character", name),
                        "a quote that is not closed, or a tab, perhaps");
    }
  }
}

std::vector<ListRow> read_csv(const std::filesystem::path& path, const ListColumns& columns) {
  const std::string file = path.string();
  const auto records = parse_csv(read_file(path), file);
  if (records.empty()) throw usage_error(file, "is empty", "the first line names the columns");
  const auto& header = records[0].cells;
  check_columns(header, columns, row_place(file, records[0].line));
  std::vector<ListRow> rows;
  for (size_t r = 1; r < records.size(); ++r) {
    ListRow row;
    row.place = row_place(file, records[r].line);
    if (records[r].cells.size() != header.size()) {
      throw usage_error(
          row.place,
          fmt::format("{} cells, the first line names {} columns", records[r].cells.size(), header.size()),
          "a comma is missing or too many; cells with commas need quotes");
    }
    for (size_t c = 0; c < header.size(); ++c) row.cells[header[c]] = records[r].cells[c];
    fill_and_check(row, columns);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ListRow> read_json_list(const std::filesystem::path& path, const ListColumns& columns) {
  const std::string file = path.string();
  const Json json = read_json(path);
  if (!json.is_array()) throw usage_error(file, "a list of objects [...] is wanted", "one object per volume");
  std::vector<ListRow> rows;
  for (size_t i = 0; i < json.size(); ++i) {
    ListRow row;
    row.place = fmt::format("{}: /{}", file, i);
    JsonObject object(json[i], file, fmt::format("/{}", i));
    std::vector<std::string> keys;
    for (auto it = json[i].begin(); it != json[i].end(); ++it) keys.push_back(it.key());
    check_columns(keys, columns, row.place);
    for (const auto& key : keys) row.cells[key] = object.text(key);
    fill_and_check(row, columns);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<ListRow> read_list(const std::filesystem::path& path, const ListColumns& columns) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) {
    throw usage_error(path.string(), "no such file", "give the list, a .csv or .json file");
  }
  if (path.extension() == ".csv") return read_csv(path, columns);
  if (path.extension() == ".json") return read_json_list(path, columns);
  throw usage_error(path.string(),
                    fmt::format("a list ends in .csv or .json, not \"{}\"", path.extension().string()),
                    "rename or convert it");
}

}  // namespace synerbench
