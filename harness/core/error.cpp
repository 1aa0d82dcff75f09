#include "harness/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace synerbench {
namespace {

std::string compose(const std::string& place, const std::string& problem, const std::string& hint) {
  std::string text = place.empty() ? problem : place + ": " + problem;
  if (!hint.empty()) text += "\n  " + hint;
  return text;
}

// Insertions, deletions, changes and swaps of neighbors count 2, a change of case counts 1: "T1C" is nearer
// to "T1c" than to "T1", and "pda" is one step from "pad".
size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = 2 * i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = 2 * j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : 2;
      d[i][j] = std::min({d[i - 1][j] + 2, d[i][j - 1] + 2, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 2);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

Error::Error(ExitCode code, std::string place, std::string problem, std::string hint)
    : std::runtime_error(compose(place, problem, hint)),
      code_(code),
      place_(std::move(place)),
      problem_(std::move(problem)),
      hint_(std::move(hint)) {}

Error usage_error(std::string place, std::string problem, std::string hint) {
  return Error(ExitCode::kUsage, std::move(place), std::move(problem), std::move(hint));
}

Error input_error(std::string place, std::string problem, std::string hint) {
  return Error(ExitCode::kBadInput, std::move(place), std::move(problem), std::move(hint));
}

std::string did_you_mean(std::string_view seen, const std::vector<std::string>& known) {
  std::string list;
  for (const auto& name : known) list += (list.empty() ? "" : " ") + name;
  std::string text;
  size_t best = std::string::npos;
  const std::string* nearest = nullptr;
  for (const auto& name : known) {
    const size_t distance = edit_distance(seen, name);
    if (distance < best) best = distance, nearest = &name;
  }
  // Near enough: at most a third of the letters differ, but one wrong letter is always forgiven.
  if (nearest && best <= std::max<size_t>(2, 2 * nearest->size() / 3))
    text = fmt::format("did you mean \"{}\"? ", *nearest);
  return text + (known.empty() ? "nothing is known here" : "known: " + list);
}

void check_failed(const char* expression, const char* file, int line, const std::string& detail) {
  throw std::logic_error(fmt::format("check failed: {} at {}:{}{}{}", expression, file, line,
                                     detail.empty() ? "" : ": ", detail));
}

}  // namespace synerbench
