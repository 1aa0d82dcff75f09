#include "harness/data/import/list_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/core/csv.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/letters.h"
#include "harness/core/utf8.h"

namespace synerbench {
namespace {

struct CsvRecord {
  size_t line;
  std::vector<std::string> cells;
};

constexpr const char* kSaveAsUtf8 = "save the list as UTF-8 (in a spreadsheet: \"CSV UTF-8\")";

std::string row_place(const std::string& file, size_t line) { return fmt::format("{}: row {}", file, line); }

size_t line_of(const std::string& text, size_t at) {
  return 1 +
         static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// White space of text that was typed, pasted from a page, or saved with a byte order mark somewhere inside.
std::string trimmed(std::string_view text) { return std::string(trimmed_cell(text)); }

// Bytes 0 to 31 and 127, and the second set of control characters, U+0080 to U+009F, which terminals obey,
// too.
std::optional<size_t> find_control(const std::string& text, bool also_layout) {
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const bool layout = c == '\n' || c == '\r' || c == '\t';
    if ((c < 0x20 || c == 0x7f) && (also_layout || !layout)) return at;
    if (c == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return at;
  }
  return std::nullopt;
}

// What programs write as "Unicode text". `high_first`: big-endian.
std::string from_utf16(std::string_view bytes, bool high_first, const std::string& file) {
  std::string text;
  const auto fail = [&] { throw usage_error(file, "is damaged UTF-16 text", kSaveAsUtf8); };
  if (bytes.size() % 2 != 0) fail();
  const auto unit = [&](size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]),
               second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(high_first ? first << 8 | second : second << 8 | first);
  };
  for (size_t at = 0; at < bytes.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xDC00 && c <= 0xDFFF) fail();
    if (c >= 0xD800 && c <= 0xDBFF) {
      const char32_t low = at + 2 < bytes.size() ? unit(at + 2) : 0;
      if (low < 0xDC00 || low > 0xDFFF) fail();
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      at += 2;
    }
    append_utf8(text, c);
  }
  return text;
}

// The file's text in UTF-8 with line ends "\n", fit to be shown. UTF-16 is told by its byte order mark, or by
// the zero in every other byte of plain letters.
std::string readable_text(std::string bytes, const std::string& file) {
  using namespace std::string_view_literals;
  const auto begins = [&](std::string_view start) { return std::string_view(bytes).starts_with(start); };
  if (begins("PK\x03\x04") || begins("\xD0\xCF\x11\xE0")) {
    throw usage_error(file, "is a spreadsheet or an archive, no text", "save it as \"CSV UTF-8\"");
  }
  if (begins("\xFF\xFE\0\0"sv) || begins("\0\0\xFE\xFF"sv))
    throw usage_error(file, "is UTF-32 text", kSaveAsUtf8);
  const auto zeros = [&](size_t parity) {
    const size_t looked_at = std::min<size_t>(bytes.size(), 64);
    size_t count = 0;
    for (size_t at = parity; at < looked_at; at += 2) count += bytes[at] == '\0';
    return looked_at >= 4 && count == (looked_at + 1 - parity) / 2;
  };
  const std::string_view view = bytes;
  if (begins("\xEF\xBB\xBF")) {
    bytes.erase(0, 3);
  } else if (begins("\xFF\xFE")) {
    bytes = from_utf16(view.substr(2), false, file);
  } else if (begins("\xFE\xFF")) {
    bytes = from_utf16(view.substr(2), true, file);
  } else if (zeros(1)) {
    bytes = from_utf16(view, false, file);
  } else if (zeros(0)) {
    bytes = from_utf16(view, true, file);
  }
  if (!bytes.empty() && bytes.back() == '\x1A') bytes.pop_back();  // the end of a file to DOS
  std::string text;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] != '\r') {
      text += bytes[at];
    } else if (at + 1 == bytes.size() || bytes[at + 1] != '\n') {
      text += '\n';  // the line end of old Macs
    }
  }
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(std::string_view(text).substr(at));
    if (!step.valid) {
      throw usage_error(row_place(file, line_of(text, at)),
                        fmt::format("byte 0x{:02X} is no UTF-8", static_cast<unsigned char>(text[at])),
                        kSaveAsUtf8);
    }
    at += step.length;
  }
  if (const auto at = find_control(text, false)) {
    throw usage_error(row_place(file, line_of(text, *at)), "holds a control character",
                      "this is no plain text");
  }
  return text;
}

// ="001" is how people make a spreadsheet keep the zeros.
std::string without_formula(std::string cell) {
  if (cell.size() < 4 || !cell.starts_with("=\"") || !cell.ends_with('"')) return cell;
  const std::string inside = cell.substr(2, cell.size() - 3);
  return inside.find('"') == std::string::npos ? inside : cell;
}

// Cells are trimmed, in quotes, too: a blank at an end is typed by accident, and nobody sees it.
std::vector<CsvRecord> parse_csv(const std::string& text, size_t at, size_t line, char separator,
                                 const std::string& file, size_t most = std::string::npos) {
  std::vector<CsvRecord> records;
  const auto is_blank = [&](char c) { return c == ' ' || (c == '\t' && separator != '\t'); };
  while (at < text.size() && records.size() < most) {
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
      while (at < text.size() && is_blank(text[at])) ++at;
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
        cell = trimmed(cell);
      }
      std::string rest;
      while (at < text.size() && text[at] != separator && text[at] != '\n') rest += text[at++];
      rest = trimmed(rest);
      if (quoted && !rest.empty()) {
        throw usage_error(row_place(file, record.line), "characters after a closing quote: " + rest,
                          "write a quote inside a quoted cell as \"\"");
      }
      record.cells.push_back(without_formula(quoted ? cell : rest));
      end_of_record = at >= text.size() || text[at] == '\n';
      line += at < text.size() && text[at] == '\n';
      ++at;
    }
    // Cells that were used once and cleared are saved as a row of separators.
    if (std::any_of(record.cells.begin(), record.cells.end(),
                    [](const auto& cell) { return !trimmed(cell).empty(); })) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

std::vector<std::string> known_columns(const ListColumns& columns) {
  std::vector<std::string> known = columns.required;
  known.insert(known.end(), columns.optional.begin(), columns.optional.end());
  return known;
}

// "sep=;" in the first line is how Excel is told, and tells, what separates the cells.
std::optional<char> take_declared_separator(const std::string& text, size_t& at) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string first = text.substr(0, end);
  std::erase(first, '"');
  if (first.size() < 5 || lower(first.substr(0, 4)) != "sep=") return std::nullopt;
  const std::string separator = first.substr(4);
  const char declared = separator.rfind("\\t", 0) == 0 ? '\t' : separator[0];
  const std::string behind = trimmed(separator.substr(separator.rfind("\\t", 0) == 0 ? 2 : 1));
  // A row of cells follows its own separators: "sep=;,,,,".
  if (behind.find_first_not_of(",; \t") != std::string::npos) return std::nullopt;
  at = std::min(end + 1, text.size());
  return declared;
}

// The separator by which the first row falls into the most names that are known; the comma when it is a draw.
char find_separator(const std::string& text, size_t at, size_t line, const ListColumns& columns,
                    const std::string& file) {
  const auto known = known_columns(columns);
  char best = ',';
  size_t most = 0;
  for (const char separator : {',', ';', '\t', '|'}) {
    std::vector<CsvRecord> header;
    try {
      header = parse_csv(text, at, line, separator, file, 1);
    } catch (const Error&) {
      continue;  // by this separator the row is none; if by every other, too, the comma's complaint is heard
    }
    size_t names = 0;
    for (size_t i = 0; !header.empty() && i < header[0].cells.size(); ++i) {
      names += std::find(known.begin(), known.end(), lower(trimmed(header[0].cells[i]))) != known.end();
    }
    if (names > most) best = separator, most = names;
  }
  return best;
}

// `seen`: lower case; empty where a column has no name.
void check_columns(const std::vector<std::string>& seen, const ListColumns& columns,
                   const std::string& place) {
  const auto known = known_columns(columns);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].empty()) continue;
    if (std::find(known.begin(), known.end(), seen[i]) == known.end()) {
      throw usage_error(place, fmt::format("unknown column \"{}\"", seen[i]),
                        seen[i].starts_with("unnamed:")
                            ? "a data frame's index, perhaps: write the list without it (index=False)"
                            : did_you_mean(seen[i], known));
    }
    const auto first = static_cast<size_t>(std::find(seen.begin(), seen.end(), seen[i]) - seen.begin());
    if (first != i) {
      throw usage_error(
          place,
          fmt::format("column \"{}\" appears twice, as column {} and column {}", seen[i], first + 1, i + 1),
          "leave one of them out");
    }
  }
  for (const auto& name : columns.required) {
    if (std::find(seen.begin(), seen.end(), name) == seen.end()) {
      throw usage_error(place, fmt::format("column \"{}\" is missing", name),
                        fmt::format("known columns: {}", fmt::join(known, " ")));
    }
  }
}

// What R, data frames and spreadsheets write where they have no value. As a patient it would be one person.
bool stands_for_nothing(const std::string& cell) {
  constexpr std::array<std::string_view, 9> kWords{"NA",  "N/A",  "#N/A", "<NA>", "nan",
                                                   "NaN", "None", "null", "NULL"};
  return std::find(kWords.begin(), kWords.end(), cell) != kWords.end();
}

// #REF!, #VALUE!, #NAME?, #DIV/0!
bool is_failed_formula(const std::string& cell) {
  return cell.size() > 2 && cell.front() == '#' && (cell.back() == '!' || cell.back() == '?') &&
         std::all_of(cell.begin() + 1, cell.end() - 1,
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '/' || c == '0'; });
}

void fill_and_check(ListRow& row, const ListColumns& columns) {
  for (const auto& name : columns.optional) row.cells.try_emplace(name);
  for (const auto& name : columns.required) {
    if (row.cells[name].empty()) {
      throw usage_error(row.place, fmt::format("\"{}\" is empty", name), "every row needs a value there");
    }
  }
  for (const auto& [name, cell] : row.cells) {
    if (stands_for_nothing(cell)) {
      throw usage_error(row.place, fmt::format("\"{}\" is \"{}\"", name, cell),
                        "leave the cell empty where nothing is to be said, or give the value");
    }
    if (is_failed_formula(cell)) {
      throw usage_error(row.place, fmt::format("\"{}\" is \"{}\"", name, cell),
                        "the spreadsheet could not compute that cell; mend it there and save the list again");
    }
    if (find_control(cell, true)) {
      throw usage_error(row.place, fmt::format("\"{}\" holds a control character", name),
                        "a line break in the cell, a quote that is not closed, or a tab, perhaps");
    }
  }
}

ListRow row_of(const CsvRecord& record, const std::vector<std::string>& header, const ListColumns& columns,
               const std::string& place) {
  ListRow row;
  row.place = place;
  const size_t cells = record.cells.size();
  const auto is_required = [&](const std::string& name) {
    return std::find(columns.required.begin(), columns.required.end(), name) != columns.required.end();
  };
  // Spreadsheets save empty cells at the end of a row, or leave them out; nothing else may be missing or
  // more.
  const bool too_few =
      cells < header.size() &&
      std::any_of(header.begin() + static_cast<std::ptrdiff_t>(cells), header.end(), is_required);
  const bool too_many = cells > header.size() &&
                        std::any_of(record.cells.begin() + static_cast<std::ptrdiff_t>(header.size()),
                                    record.cells.end(), [](const auto& cell) { return !cell.empty(); });
  if (too_few || too_many) {
    throw usage_error(place, fmt::format("{} cells, the first line names {} columns", cells, header.size()),
                      "a separator is missing or too many; cells that hold one need quotes");
  }
  for (size_t c = 0; c < header.size() && c < cells; ++c) {
    if (!header[c].empty()) {
      row.cells[header[c]] = record.cells[c];
    } else if (!record.cells[c].empty()) {
      throw usage_error(place,
                        fmt::format("column {} has no name, but a cell with \"{}\"", c + 1, record.cells[c]),
                        "name the column, or leave it out (data frames: write without the index)");
    }
  }
  fill_and_check(row, columns);
  return row;
}

std::vector<ListRow> read_csv(const std::filesystem::path& path, const ListColumns& columns) {
  const std::string file = path.string();
  const std::string text = readable_text(read_file(path), file);
  size_t at = 0;
  const auto declared = take_declared_separator(text, at);
  const size_t line = declared ? 2 : 1;
  const char separator = declared ? *declared : find_separator(text, at, line, columns, file);
  const auto records = parse_csv(text, at, line, separator, file);
  if (records.empty()) throw usage_error(file, "is empty", "the first line names the columns");
  std::vector<std::string> header;
  for (const auto& cell : records[0].cells) header.push_back(lower(trimmed(cell)));
  check_columns(header, columns, row_place(file, records[0].line));
  std::vector<ListRow> rows;
  for (size_t r = 1; r < records.size(); ++r)
    rows.push_back(row_of(records[r], header, columns, row_place(file, records[r].line)));
  return rows;
}

std::vector<ListRow> read_json_list(const std::filesystem::path& path, const ListColumns& columns) {
  const std::string file = path.string();
  const Json json = parse_json(readable_text(read_file(path), file), file);
  if (!json.is_array()) throw usage_error(file, "a list of objects [...] is wanted", "one object per volume");
  std::vector<ListRow> rows;
  for (size_t i = 0; i < json.size(); ++i) {
    ListRow row;
    row.place = fmt::format("{}: /{}", file, i);
    JsonObject object(json[i], file, fmt::format("/{}", i));
    std::vector<std::string> keys;
    for (auto it = json[i].begin(); it != json[i].end(); ++it) keys.push_back(lower(it.key()));
    check_columns(keys, columns, row.place);
    for (auto it = json[i].begin(); it != json[i].end(); ++it) {
      // Data frames write null where nothing is.
      row.cells[lower(it.key())] = it->is_null() ? "" : object.text(it.key());
    }
    fill_and_check(row, columns);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<ListRow> read_list(const std::filesystem::path& path, const ListColumns& columns) {
  if (!file_exists(path)) {
    throw usage_error(path.string(), "no such file", "give the list, a .csv or .json file");
  }
  const std::string ending = lower(path.extension().string());
  if (ending == ".csv" || ending == ".tsv" || ending == ".txt") return read_csv(path, columns);
  if (ending == ".json") return read_json_list(path, columns);
  const bool spreadsheet = ending == ".xlsx" || ending == ".xls" || ending == ".ods" || ending == ".numbers";
  throw usage_error(path.string(),
                    fmt::format("a list ends in .csv, .tsv or .json, not \"{}\"", path.extension().string()),
                    spreadsheet ? "save the table as \"CSV UTF-8\"" : "rename or convert it");
}

}  // namespace synerbench
