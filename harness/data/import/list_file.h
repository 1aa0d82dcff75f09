// Lists of records, as CSV (RFC 4180) or JSON, into rows of named texts. Strict about columns, lenient about
// nothing.
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

/// Reads a .csv or .json file (a list of objects with the columns as keys). CSV: the first line names the
/// columns; quoted cells may hold commas, quotes ("") and line breaks; empty lines and lines starting with
/// '#' are left out; a UTF-8 byte order mark and CRLF are accepted. Errors are Error(kUsage) with the row
/// and, for unknown columns, "did you mean".
std::vector<ListRow> read_list(const std::filesystem::path& path, const ListColumns& columns);

}  // namespace synerbench
