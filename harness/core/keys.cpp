#include "harness/core/keys.h"

#include <fmt/format.h>

#include <charconv>

namespace synerbench {

std::string CaseId::text() const { return dataset + "/" + name; }

std::strong_ordering CaseId::operator<=>(const CaseId& other) const { return text() <=> other.text(); }

CaseId parse_case_id(std::string_view text, const std::string& place, ExitCode kind) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) {
    throw Error(kind, place, fmt::format("\"{}\" names no case", text),
                "a case is written DATASET/CASE, as in synthrad2023/1BA001");
  }
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::string SliceKey::text() const { return fmt::format("{}#{}", scan.text(), slice); }

SliceKey parse_slice_key(std::string_view text, const std::string& place, ExitCode kind) {
  const size_t mark = text.rfind('#');
  int64_t slice = -1;
  if (mark != std::string_view::npos) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + mark + 1, end, slice);
    if (read.ec != std::errc() || read.ptr != end) slice = -1;
  }
  if (slice < 0) {
    throw Error(kind, place, fmt::format("\"{}\" names no slice", text),
                "a slice is written DATASET/CASE#SLICE, as in synthrad2023/1BA001#17");
  }
  return {parse_case_id(text.substr(0, mark), place, kind), slice};
}

std::string ItemKey::text() const { return fmt::format("{}|{}|{}", task, model, scan.text()); }

}  // namespace synerbench
