// Lists of records, as CSV (RFC 4180) or JSON, into rows of named texts. Strict about columns and values,
// lenient about how spreadsheets and data frames spell a table.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace synerbench {

struct ListRow {
  std::string place;  // for messages: "pairs.csv: row 7" (line in the file), "pairs.json: /3"
  std::map<std::string, std::string> cells;  // every column of `Columns`, empty where nothing is given
};

struct ListColumns {
  std::vector<std::string> required;  // have to be there, and no cell of theirs may be empty
  std::vector<std::string> optional;
};

/// Reads a .csv, .tsv, .txt or .json file (JSON: a list of objects with the columns as keys; null is
/// nothing).
///
/// Tables: the first line names the columns, in upper or lower case. Cells are separated by commas, or by
/// semicolons, tabs or bars where the first line falls into known names by them, or as a line "sep=;" before
/// it says. Quoted cells may hold separators, quotes ("") and line breaks. Left out: lines starting with '#',
/// rows without any value, columns without name and values, empty cells behind the last column. Text is UTF-8
/// or UTF-16, with a byte order mark or without; line ends are those of any system. Other encodings are
/// refused.
///
/// Errors are Error(kUsage) with the row and, for unknown columns, "did you mean".
std::vector<ListRow> read_list(const std::filesystem::path& path, const ListColumns& columns);

}  // namespace synerbench
