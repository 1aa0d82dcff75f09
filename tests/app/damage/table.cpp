#include "tests/app/damage/table.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string summary(const Cells& cells) {
  std::map<char, int> counts;
  for (const auto& [names, cell] : cells) ++counts[cell.verdict];
  return fmt::format(
      "{} cells: {} refused, {} harmless, {} recovered, {} noted, {} another sound file, {} faults.",
      cells.size(), counts['r'], counts['='], counts['c'], counts['n'], counts['o'], counts['F']);
}

int64_t faults(const Cells& cells) {
  return std::ranges::count_if(cells, [](const auto& cell) { return cell.second.verdict == 'F'; });
}

}  // namespace synerbench::damage
