#include "tests/app/damage/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"

namespace synerbench::damage {

std::string markdown(const std::vector<Subject>& rows, const std::vector<Damage>& kinds, const Cells& cells) {
  std::vector<std::string> names;
  for (const Damage& damage : kinds) {
    if (std::find(names.begin(), names.end(), damage.name) == names.end()) names.push_back(damage.name);
  }
  std::string text = "| |";
  for (size_t i = 0; i < rows.size(); ++i) text += fmt::format(" {} |", i + 1);
  text += "\n| --- |";
  for (size_t i = 0; i < rows.size(); ++i) text += " --- |";
  text += "\n";
  for (const std::string& name : names) {
    text += "| " + name + " |";
    for (const Subject& row : rows) {
      const auto at = cells.find({name, row.name});
      const char verdict = at == cells.end() ? '-' : at->second.verdict;
      text += verdict == '-' ? "  |" : fmt::format(" {} |", verdict);
    }
    text += "\n";
  }
  text += "\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    text += fmt::format("{}. {}: `{}`, read by `{}{}`{}\n", i + 1, rows[i].name, rows[i].file,
                        rows[i].words[0], rows[i].words[1].starts_with("-") ? " " + rows[i].words[1] : "",
                        rows[i].open.empty() ? "" : "; o: " + rows[i].open);
  }
  return text;
}

Cells read_cells(const std::filesystem::path& file) {
  Cells cells;
  if (!file_exists(file)) return cells;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const Json json = parse_json(line, file.string());
    cells[{json.at("damage"), json.at("file")}] = {json.at("verdict").get<std::string>().at(0),
                                                   json.at("code"), json.at("message")};
  }
  return cells;
}

void add_cell(const std::filesystem::path& file, const Cells::key_type& names, const Cell& cell) {
  const Json line{{"damage", names.first},
                  {"file", names.second},
                  {"verdict", std::string(1, cell.verdict)},
                  {"code", cell.code},
                  {"message", printable(cell.message, 150)}};
  std::ofstream(file, std::ios::app) << line.dump() << "\n";
}

std::string summary(const Cells& cells) {
  std::map<char, int> counts;
  for (const auto& [names, cell] : cells) ++counts[cell.verdict];
  return fmt::format(
      "{} cells: {} refused, {} harmless, {} recovered, {} noted, {} another sound file, {} faults.",
      static_cast<int>(cells.size()) - counts['-'], counts['r'], counts['='], counts['c'], counts['n'],
      counts['o'], counts['F']);
}

int64_t faults(const Cells& cells) {
  return std::ranges::count_if(cells, [](const auto& cell) { return cell.second.verdict == 'F'; });
}

}  // namespace synerbench::damage
