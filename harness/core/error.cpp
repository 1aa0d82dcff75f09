#include "harness/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "harness/core/utf8.h"

namespace synerbench {
namespace {

constexpr size_t kLongestPart = 6000;                    // bytes of a place, a problem, a hint
constexpr size_t kLongestCompared = 64;                  // bytes; longer names are no slip of the hand
constexpr size_t kMostListed = 64, kLongestList = 2000;  // names and bytes of a list of known names

struct CodePoints {
  char32_t first, last;
};
// Marks of direction, and Unicode's default ignorable characters and separators of lines: two texts that
// differ in them alone look the same. Selectors of variants (U+FE00) belong to the character before them.
constexpr CodePoints kUnseen[] = {
    {0x00AD, 0x00AD}, {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool is_unseen(char32_t c) {
  return std::any_of(std::begin(kUnseen), std::end(kUnseen),
                     [c](const CodePoints& range) { return c >= range.first && c <= range.last; });
}

/// Persian, Hindi and others are written with joiners, and pictures are composed with them. Beside plain
/// letters they only hide.
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }
bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x80; }

std::string printable_part(std::string_view text, size_t limit, bool keep_lines) {
  std::string out;
  bool after_plain = true;  // the character before is of ASCII
  while (!text.empty()) {
    if (out.size() >= limit) return out + fmt::format("... ({} bytes more)", text.size());
    if (text.front() >= ' ' && text.front() < 0x7F) {  // nearly all there is
      out += text.front();
      text.remove_prefix(1);
      after_plain = true;
      continue;
    }
    const Utf8Step step = next_utf8(text);
    const char32_t c = step.code_point;
    if (!step.valid) {
      for (const char byte : text.substr(0, step.length))
        out += fmt::format("\\x{:02X}", static_cast<unsigned char>(byte));
    } else if ((c < 0x20 && c != '\t' && !(keep_lines && c == '\n')) || (c >= 0x7F && c < 0xA0)) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned>(c));
    } else if (is_unseen(c) &&
               !(is_joiner(c) && !after_plain && text.size() > step.length && !is_plain(text[step.length]))) {
      out += fmt::format("\\u{{{:04X}}}", static_cast<unsigned>(c));
    } else {
      out += text.substr(0, step.length);
    }
    after_plain = step.valid && c < 0x80;
    text.remove_prefix(step.length);
  }
  return out;
}

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

bool lower_equal(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

Error::Error(ExitCode code, std::string place, std::string problem, std::string hint)
    : std::runtime_error(compose(printable_lines(place, kLongestPart), printable_lines(problem, kLongestPart),
                                 printable_lines(hint, kLongestPart))),
      code_(code),
      place_(printable_lines(place, kLongestPart)),
      problem_(printable_lines(problem, kLongestPart)),
      hint_(printable_lines(hint, kLongestPart)) {}

std::string printable(std::string_view text, size_t limit) { return printable_part(text, limit, false); }

std::string printable_lines(std::string_view text, size_t limit) { return printable_part(text, limit, true); }

bool is_line(std::string_view text) {
  return text.find('\t') == std::string_view::npos && printable(text, text.size() + 1) == text;
}

void require_line(std::string_view text, const std::string& place) {
  if (is_line(text)) return;
  throw usage_error(place, fmt::format("\"{}\" holds what cannot be seen in a line of text", printable(text)),
                    "write it without control characters, marks of direction and invisible characters");
}

Error usage_error(std::string place, std::string problem, std::string hint) {
  return Error(ExitCode::kUsage, std::move(place), std::move(problem), std::move(hint));
}

Error input_error(std::string place, std::string problem, std::string hint) {
  return Error(ExitCode::kBadInput, std::move(place), std::move(problem), std::move(hint));
}

std::string did_you_mean(std::string_view seen, const std::vector<std::string>& known) {
  std::string list;
  size_t listed = 0;
  for (const auto& name : known) {
    if (listed == kMostListed || list.size() >= kLongestList) break;
    list += (list.empty() ? "" : " ") + printable(name, kLongestCompared);
    ++listed;
  }
  if (listed < known.size()) list += fmt::format(" ... and {} more", known.size() - listed);
  std::string text;
  size_t best = std::string::npos;
  const std::string* nearest = nullptr;
  for (const auto& name : known) {
    if (seen.size() > kLongestCompared) break;
    if (name.size() > kLongestCompared) continue;
    // "mri" is "MRI" however many letters that changes.
    const size_t distance = lower_equal(seen, name) && seen != name ? 1 : edit_distance(seen, name);
    if (distance < best) best = distance, nearest = &name;
  }
  // Near enough: at most a third of the letters differ, but one wrong letter is always forgiven.
  if (nearest && best <= std::max<size_t>(2, 2 * nearest->size() / 3))
    text = fmt::format("did you mean \"{}\"? ", printable(*nearest));
  return text + (known.empty() ? "nothing is known here" : "known: " + list);
}

void check_failed(const char* expression, const char* file, int line, const std::string& detail) {
  throw std::logic_error(fmt::format("check failed: {} at {}:{}{}{}", expression, file, line,
                                     detail.empty() ? "" : ": ", detail));
}

}  // namespace synerbench
